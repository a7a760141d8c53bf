"""This will take an answer and lease what comes next, for whoever goes on: one request instead of two.

Both are what they are alone. The answer is stored before anything is leased, so it stands whatever becomes of the rest,
and what it makes blind is known to the claim.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from annotation import queue
from annotation.labels import Answer
from annotation.models import Desk, Job, Lane
from config.accounts.models import Project, Role, User
from moderation import decisions
from moderation.decisions import Answered


@dataclass(frozen=True)
class Ahead:
    """What to lease after an answer; see queue.claim."""

    project: Project
    roles: frozenset[Role]
    desk: Desk | None
    lanes: Sequence[Lane]
    count: int


def take(
    job_id: int, *, person: User, token: uuid.UUID, answer: Answer, ahead: Ahead | None, now: datetime
) -> tuple[Answered, list[Job] | None]:
    """Return what came of an answer, and the jobs leased after it: None where none were asked for.

    Somebody who holds as many seats as are allowed gets none. Raises LeaseLost, BadAnswer or BadReason, and then
    nothing has changed and nothing is leased. An answer that comes again leases again, for the reply may be what was
    lost; what the first reply held waits again when its leases run out.
    """
    answered = decisions.answer(job_id, person=person, token=token, answer=answer, now=now)
    return answered, None if ahead is None else _lease(ahead, person=person, now=now)


def _lease(ahead: Ahead, *, person: User, now: datetime) -> list[Job]:
    try:
        return queue.claim(
            person,
            project=ahead.project,
            roles=ahead.roles,
            desk=ahead.desk,
            lanes=ahead.lanes,
            count=ahead.count,
            now=now,
        )
    except queue.TooManySeats:
        return []
