"""This will take waiting seats for a person, and find the seat that a token holds: one statement each.

What a claim or an answer asks of the database again and again is said here once, so that it takes few journeys there.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.db.models import Exists, F, OuterRef, QuerySet

from annotation import blindness
from annotation.models import Desk, Job, JobStatus, Lane, QuestionStatus
from config.accounts.models import Membership, User
from config.compiled import Among, Compiled, Given, rows

_CLAIMS = 0x5EC0  # The namespace of the advisory locks that queue up one person's own claims.

# A lease need not outlive a crash of the database: whoever holds one it forgot is told so when they answer.
_WAIT = """
    SELECT pg_advisory_xact_lock(%s, %s), set_config('synchronous_commit', 'off', TRUE),
           set_config('plan_cache_mode', 'force_generic_plan', TRUE)
"""

# The seats that a person holds, but for those whose time ran out.
_COUNT_HELD = """
    SELECT count(*) FROM annotation_job held
    WHERE held.person_id = %(person)s AND held.status = 'leased' AND held.lease_until > %(now)s
"""

# Each desk is walked along the index job_claim in the order of due_at, and the walk ends at the first jobs that fit:
# that takes a named desk (an ANY would be sorted) and OFFSET 0 (or the conditions become joins over the whole queue).
# With 200,000 questions waiting either mistake costs half a second a claim. What is taken stands in the table's place
# for the queryset that reads it.
_CLAIM = f"""
    picked AS MATERIALIZED (
        SELECT job.id
        FROM unnest(%(desks)s::text[]) AS at(desk)
        CROSS JOIN unnest(%(escalated)s::boolean[]) AS of(is_escalated)
        CROSS JOIN LATERAL (
            SELECT job.id, job.due_at FROM annotation_job job
            WHERE job.project_id = %(project)s AND job.desk = at.desk AND job.lane = %(lane)s
              AND job.is_escalated = of.is_escalated AND job.status = 'waiting'
              AND NOT EXISTS (SELECT 1 FROM annotation_job mine
                              WHERE mine.question_id = job.question_id AND mine.person_id = %(person)s OFFSET 0)
              AND NOT EXISTS (SELECT 1 FROM annotation_exclusion x
                              WHERE x.question_id = job.question_id AND x.person_id = %(person)s OFFSET 0)
              AND job.question_id <> ALL(ARRAY({blindness.WITHHELD}))
              AND NOT EXISTS (SELECT 1 FROM annotation_job sooner
                              WHERE sooner.question_id = job.question_id AND sooner.seat < job.seat
                                AND sooner.status = 'waiting' OFFSET 0)
            ORDER BY job.due_at, job.id LIMIT {{count}} FOR UPDATE SKIP LOCKED) job
        ORDER BY job.due_at, job.id
        LIMIT least({{count}}, greatest(0, %(most)s - ({_COUNT_HELD})))),
    annotation_job AS (
        UPDATE annotation_job job
        SET status = 'leased', person_id = %(person)s, lease_token = gen_random_uuid(),
            lease_until = %(until)s, leased_at = %(now)s
        FROM picked WHERE job.id = picked.id
        RETURNING job.*)
"""  # nosec B608


def _whole() -> QuerySet[Job]:
    return Job.objects.select_related("question__image", "question__schema")


def _held() -> QuerySet[Job]:
    """The job that a token holds, for a member who was not excluded from its question since."""
    held = Job.objects.filter(pk=Given("job"), person=Given("person"), lease_token=Given("token"))
    held = held.filter(status=JobStatus.LEASED, lease_until__gt=Given("now"))
    held = held.filter(Exists(Membership.objects.filter(user=Given("person"), project=OuterRef("project"))))
    return held.exclude(question__exclusions__person=Given("person"))


@cache
def _taken(count: int) -> Compiled[Job]:
    """A claim of so many: for a number PostgreSQL plans what it would not for a blank, which may be a tenth of all."""
    return Compiled(lambda: _whole().order_by("due_at", "id"), along=_CLAIM.format(count=count))


_READ = Compiled(lambda: _whole().filter(Among(F("pk"), Given("ids"))))
_HELD = Compiled(lambda: _held().select_for_update(of=("self",), no_key=True))
# Only the question is locked: with the job's row too, two seats could each hold what the other waits for.
_SEAT = Compiled(
    lambda: (
        _held()
        .filter(question__status=QuestionStatus.OPEN)
        .select_related("question__schema", "question__image")
        .select_for_update(of=("question",), no_key=True)
    )
)


@dataclass(frozen=True)
class Wanted:
    """Which seats somebody wants, in the lanes' order, until when, and how many they may hold in all."""

    project_id: int
    desks: Sequence[Desk]
    lanes: Sequence[Lane]
    takes_escalated: bool
    until: datetime
    most: int


def wait_for_other_claims(person: User) -> None:
    """Let the person's other claims end first, for what one counts and withholds hangs on what they hold.

    A statement of its own: the next has to see what those claims took. Holds for the rest of the transaction, whose end
    does not wait for the disk, and in which statements are planned once and not each time (the planner overrates what
    arrays hold, and would go on planning claims anew, which takes twice as long as they do).
    """
    rows(_WAIT, [_CLAIMS, person.pk])


def take(wanted: Wanted, *, person: User, count: int, now: datetime) -> list[Job]:
    """Lease up to ``count`` seats, one lane after the other, each by ``due_at``, within the limit of seats."""
    facts = {
        "project": wanted.project_id,
        "person": person.pk,
        "desks": [str(desk) for desk in wanted.desks],
        "escalated": [False, True] if wanted.takes_escalated else [False],
        "now": now,
        "until": wanted.until,
        "most": wanted.most,
    }
    taken: list[Job] = []
    for lane in wanted.lanes:
        if len(taken) < count:
            taken += _taken(count - len(taken)).all(**facts, lane=str(lane))
    return taken


def count_held(person: User, *, now: datetime) -> int:
    [[held]] = rows(_COUNT_HELD, {"person": person.pk, "now": now})
    return int(held)


def read(ids: Sequence[int]) -> list[Job]:
    """Return jobs with their questions, images and schemas."""
    return _READ.all(ids=ids) if ids else []


def look(job_id: int, *, person: User, token: uuid.UUID, now: datetime) -> Job | None:
    """Lock the open question of a job that this token seems to hold; returns the job with it.

    Seems to: whoever waited for the question looks again before they write, with ``hold`` or in what they write.
    """
    return _SEAT.first(job=job_id, person=person.pk, token=token, now=now)


def hold(job_id: int, *, person: User, token: uuid.UUID, now: datetime) -> bool:
    """Lock the job; returns whether this token holds it. The caller holds its question."""
    return _HELD.first(job=job_id, person=person.pk, token=token, now=now) is not None
