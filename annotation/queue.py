"""This will be the one queue of human work: lease the seats of open questions, take them back.

Law of the queue: a seat belongs to one person at a time, a person sits at most once at a question, nothing waits
outside the table. A claim takes the earliest due job of a lane with ``FOR UPDATE SKIP LOCKED``, so that people who
claim at once never meet. Whatever holds a lease proves it with its token: else LeaseLost, and nothing changes.
"""

import random
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from annotation import blindness, gold, seats, suggestions
from annotation.models import Desk, Exclusion, Job, JobStatus, Lane, Purpose, Question
from annotation.questions import escalate, needs_two
from config.accounts.models import Project, Role, User

LEASE_SECONDS = 300
MOST_SEATS = 100
SKIPS_TO_ESCALATE = 3
# How often a claim looks into a lane first; the drawn lane's share is guaranteed, so audits never starve.
LANE_SHARES = {Lane.URGENT: 0.5, Lane.NORMAL: 0.3, Lane.DRAWN: 0.2}

DESKS_OF_ROLE = {
    Role.MODERATOR: {Desk.REVIEW, Desk.COMPLAINT, Desk.APPEAL},
    Role.ANNOTATOR: {Desk.LABEL},
    Role.MANAGER: set(Desk),
    Role.ADMIN: set(Desk),
}
ESCALATED_TO = frozenset({Role.MANAGER, Role.ADMIN})


class LeaseLost(Exception):
    """The job is no longer held with this token: the lease ran out, or it was answered or given back."""

    code = "lease_lost"

    def __str__(self) -> str:
        return "This job is no longer yours: its time ran out, or it was answered or given back."


class TooManySeats(Exception):
    """One person holds as many seats as are allowed."""


_FREE_EXPIRED = """
    UPDATE annotation_job
    SET status = 'waiting', person_id = NULL, lease_token = NULL, lease_until = NULL, leased_at = NULL
    WHERE id IN (SELECT id FROM annotation_job WHERE status = 'leased' AND lease_until <= %s
                 LIMIT 1000 FOR NO KEY UPDATE SKIP LOCKED)
"""


def desks_of(roles: Iterable[Role]) -> frozenset[Desk]:
    """Return the desks at which these roles work."""
    return frozenset().union(*(DESKS_OF_ROLE.get(role, set()) for role in roles))


@transaction.atomic
def claim(
    person: User,
    *,
    project: Project,
    roles: frozenset[Role],
    desk: Desk | None = None,
    lanes: Sequence[Lane] = tuple(Lane),
    count: int = 1,
    now: datetime,
    chance: random.Random | None = None,
) -> list[Job]:
    """Lease up to ``count`` waiting jobs to a person, from one lane if it holds enough.

    The lane is chosen by its share; an empty one falls through to the next. Returns the jobs of a lane by ``due_at``.
    Two claims at once never return one job, and a person's own claims wait for each other. Raises TooManySeats.
    """
    desks = desks_of(roles) & ({desk} if desk else set(Desk))
    if not desks:
        return []
    chance = chance or random.SystemRandom()
    seats.wait_for_other_claims(person)
    wanted = seats.Wanted(
        project_id=project.pk,
        desks=sorted(desks),
        lanes=_order(lanes, chance),
        takes_escalated=bool(roles & ESCALATED_TO),
        until=now + timedelta(seconds=LEASE_SECONDS),
        most=MOST_SEATS,
    )
    taken = seats.take(wanted, person=person, count=count, now=now)
    if not taken and (held := seats.count_held(person, now=now)) >= MOST_SEATS:
        raise TooManySeats(f"{held} seats are held already; answer or release some.")
    # Leases that ran out are given back twice a minute; who would go without does not wait for that.
    if len(taken) < count and release_expired(now=now):
        taken += seats.take(wanted, person=person, count=count - len(taken), now=now)
    if project.gold_rate and taken:
        taken = _mixed(taken, person=person, project=project, chance=chance, until=wanted.until, now=now)
    leased = _kept_apart(taken, person=person)
    suggestions.attach(leased, project=project)
    return leased


def _mixed(
    taken: Sequence[Job], *, person: User, project: Project, chance: random.Random, until: datetime, now: datetime
) -> list[Job]:
    """Return the jobs with gold in place of some, which wait again."""
    swapped = gold.in_place_of(
        [job.pk for job in taken], person=person, project=project, chance=chance, until=until, now=now
    )
    free(Job.objects.filter(pk__in=swapped))
    mine = {job.pk: job for job in seats.read(list(swapped.values()))}
    return [mine[swapped[job.pk]] if job.pk in swapped else job for job in taken]


def _kept_apart(taken: list[Job], *, person: User) -> list[Job]:
    """Return the jobs just taken, in their order; blind ones about an image that came twice wait again."""
    if len({job.question.image_id for job in taken}) == len(taken):
        return taken
    withheld = set(blindness.withheld(person))
    free(Job.objects.filter(pk__in=[job.pk for job in taken if job.question_id in withheld]))
    return [job for job in taken if job.question_id not in withheld]


def _order(lanes: Sequence[Lane], chance: random.Random) -> list[Lane]:
    """Return the lanes in the order to look into them: each position is drawn by share."""
    left, order = list(lanes), []
    while left:
        lane = chance.choices(left, weights=[LANE_SHARES[one] for one in left])[0]
        left.remove(lane)
        order.append(lane)
    return order


def held(job_id: int, *, person: User, token: uuid.UUID, now: datetime) -> Job:
    """Lock a leased job for whoever proves to hold it; the caller is in a transaction.

    The question's row is locked first, so that two seats of one question settle one after the other. Somebody who
    was excluded from the question after the claim holds it no longer. Raises LeaseLost.
    """
    job = seats.look(job_id, person=person, token=token, now=now)
    if job is None or not seats.hold(job_id, person=person, token=token, now=now):
        raise LeaseLost
    return job


@transaction.atomic
def extend(job_id: int, *, person: User, token: uuid.UUID, now: datetime) -> Job:
    """Give a lease its full time again. Raises LeaseLost."""
    job = held(job_id, person=person, token=token, now=now)
    job.lease_until = now + timedelta(seconds=LEASE_SECONDS)
    job.save(update_fields=["lease_until"])
    return job


@transaction.atomic
def release(job_id: int, *, person: User, token: uuid.UUID, now: datetime) -> None:
    """Give a job back unanswered; the same person may claim it again. Raises LeaseLost."""
    free(Job.objects.filter(pk=held(job_id, person=person, token=token, now=now).pk))


@transaction.atomic
def skip(job_id: int, *, person: User, token: uuid.UUID, reason: str, now: datetime) -> None:
    """Give a job back and never see its question again; the third skip escalates it. Raises LeaseLost."""
    job = held(job_id, person=person, token=token, now=now)
    _leave(job, person=person, reason=reason, is_skip=True, now=now)
    if _has_skips_enough(job.question):
        escalate(job.question)


@transaction.atomic
def hand_up(job_id: int, *, person: User, token: uuid.UUID, reason: str, now: datetime) -> None:
    """Escalate a question at once, and never see it again; managers find it at their desks. Raises LeaseLost.

    Where several people have to agree, one of them alone does not hand the truth to a manager: there it is a skip.
    """
    job = held(job_id, person=person, token=token, now=now)
    is_skip = _needs_several(job.question)
    _leave(job, person=person, reason=reason, is_skip=is_skip, now=now)
    if not is_skip or _has_skips_enough(job.question):
        escalate(job.question)


def _needs_several(question: Question) -> bool:
    return question.purpose == Purpose.AUDIT or needs_two(question)


def _has_skips_enough(question: Question) -> bool:
    return question.exclusions.filter(is_skip=True).count() >= SKIPS_TO_ESCALATE


def _leave(job: Job, *, person: User, reason: str, is_skip: bool, now: datetime) -> None:
    """Free a job whose question this person is not to be asked again."""
    _exclude(job.question, person=person, reason=reason, is_skip=is_skip, now=now)
    if job.desk in blindness.TELLING:
        blindness.keep(job.question, person=person, now=now)
    free(Job.objects.filter(pk=job.pk))


def _exclude(question: Question, *, person: User, reason: str, is_skip: bool, now: datetime) -> None:
    facts = {"reason": reason[:200], "is_skip": is_skip, "created_at": now}
    Exclusion.objects.get_or_create(question=question, person=person, defaults=facts)


def hand_on(job: Job, question: Question, *, person: User, now: datetime) -> None:
    """Let somebody else sit where this person did, and never ask them again. The caller holds the question's row."""
    _exclude(question, person=person, reason=blindness.REASON, is_skip=False, now=now)
    free(Job.objects.filter(pk=job.pk))


def release_expired(*, now: datetime) -> int:
    """Return every job whose lease ran out to the queue; returns how many. Safe to run at once and twice."""
    with connection.cursor() as cursor:
        cursor.execute(_FREE_EXPIRED, [now])
        return int(cursor.rowcount)


def free(jobs: Any) -> int:
    """Let these leased jobs wait again; returns how many. The caller holds them."""
    return int(jobs.update(status=JobStatus.WAITING, person=None, lease_token=None, lease_until=None, leased_at=None))
