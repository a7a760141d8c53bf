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
from django.db.models import Exists, F, OuterRef

from annotation import blindness, gold, suggestions
from annotation.models import Desk, Exclusion, Job, JobStatus, Lane, Purpose, Question, QuestionStatus
from annotation.questions import escalate, needs_two
from config.accounts.models import Membership, Project, Role, User
from config.compiled import Among, Compiled, Given

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


class TooManySeats(Exception):
    """One person holds as many seats as are allowed."""


# Each desk is walked along the index job_claim in the order of due_at, and the walk ends at the first jobs that fit:
# that takes a named desk (an ANY would be sorted) and OFFSET 0 (or the conditions become joins over the whole queue).
# With 200,000 questions waiting either mistake costs half a second a claim.
_CLAIM = """
    WITH picked AS MATERIALIZED (
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
              AND job.question_id <> ALL(%(withheld)s::bigint[])
              AND NOT EXISTS (SELECT 1 FROM annotation_job sooner
                              WHERE sooner.question_id = job.question_id AND sooner.seat < job.seat
                                AND sooner.status = 'waiting' OFFSET 0)
            ORDER BY job.due_at, job.id LIMIT %(count)s FOR UPDATE SKIP LOCKED) job
        ORDER BY job.due_at, job.id LIMIT %(count)s),
    taken AS (
        UPDATE annotation_job job
        SET status = 'leased', person_id = %(person)s, lease_token = gen_random_uuid(),
            lease_until = %(until)s, leased_at = %(now)s
        FROM picked WHERE job.id = picked.id
        RETURNING job.id, job.due_at)
    SELECT id FROM taken ORDER BY due_at, id
"""


_FREE_EXPIRED = """
    UPDATE annotation_job
    SET status = 'waiting', person_id = NULL, lease_token = NULL, lease_until = NULL, leased_at = NULL
    WHERE id IN (SELECT id FROM annotation_job WHERE status = 'leased' AND lease_until <= %s
                 LIMIT 1000 FOR NO KEY UPDATE SKIP LOCKED)
"""

_COUNT_HELD = """
    SELECT count(*) FILTER (WHERE lease_until > %s), count(*) FROM annotation_job
    WHERE person_id = %s AND status = 'leased'
"""

_MINE = Compiled(
    lambda: Job.objects.select_related("question__image", "question__schema").filter(
        Among(F("pk"), Given("ids")), person=Given("person")
    )
)

_QUESTION_OF = Compiled(
    lambda: (
        Question.objects.select_for_update(of=("self",), no_key=True)
        .select_related("schema", "image")
        .filter(jobs=Given("job"))
    )
)

_HELD = Compiled(
    lambda: (
        Job.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk=Given("job"), person=Given("person"), lease_token=Given("token"))
        .filter(status=JobStatus.LEASED, lease_until__gt=Given("now"))
        .filter(Exists(Membership.objects.filter(user=Given("person"), project=OuterRef("project"))))
        .exclude(question__exclusions__person=Given("person"))
    )
)


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
    held, leased_at_all = _wait_and_count(person, now=now)
    if held >= MOST_SEATS:
        raise TooManySeats(f"{held} seats are held already; answer or release some.")
    until = now + timedelta(seconds=LEASE_SECONDS)
    facts = {
        "project": project.pk,
        "person": person.pk,
        "desks": [str(one) for one in desks],
        "escalated": [False, True] if roles & ESCALATED_TO else [False],
        "now": now,
        "until": until,
        "withheld": blindness.withheld(person) if leased_at_all else [],
    }
    chance = chance or random.SystemRandom()
    order, wanted = _order(lanes, chance), min(count, MOST_SEATS - held)
    taken = _take(facts, lanes=order, count=wanted)
    # Leases that ran out are given back twice a minute; who would go without does not wait for that.
    if len(taken) < wanted and release_expired(now=now):
        taken += _take(facts, lanes=order, count=wanted - len(taken))
    if project.gold_rate and taken:
        swapped = gold.in_place_of(taken, person=person, project=project, chance=chance, until=until, now=now)
        free(Job.objects.filter(pk__in=swapped))
        taken = [swapped.get(pk, pk) for pk in taken]
    leased = _kept_apart(taken, person=person)
    suggestions.attach(leased, project=project)
    return leased


_CLAIMS = 0x5EC0  # The namespace of the advisory locks that queue up one person's own claims.


def _wait_and_count(person: User, *, now: datetime) -> tuple[int, int]:
    """Wait for the person's other claims to end; returns how many seats they hold then, without and with those whose
    time ran out."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_CLAIMS, person.pk])
        cursor.execute(_COUNT_HELD, [now, person.pk])
        found: tuple[int, int] = cursor.fetchone()
        return found


def _take(facts: dict[str, Any], *, lanes: Sequence[Lane], count: int) -> list[int]:
    """Lease up to ``count`` jobs out of these lanes, one lane after the other; returns their ids."""
    taken: list[int] = []
    with connection.cursor() as cursor:
        for lane in lanes:
            if len(taken) < count:
                cursor.execute(_CLAIM, facts | {"lane": str(lane), "count": count - len(taken)})
                taken += [row[0] for row in cursor.fetchall()]
    return taken


def _kept_apart(taken: Sequence[int], *, person: User) -> list[Job]:
    """Return the jobs just taken, in their order; blind ones about an image that came twice wait again."""
    if len(taken) > 1:
        free(Job.objects.filter(pk__in=taken, question__in=blindness.withheld(person)))
    jobs = {job.pk: job for job in _MINE.all(ids=taken, person=person.pk)} if taken else {}
    return [jobs[pk] for pk in taken if pk in jobs]


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
    # Only the question: with the job's row too, two seats could each hold what the other waits for.
    question = _QUESTION_OF.first(job=job_id)
    job = _HELD.first(job=job_id, person=person.pk, token=token, now=now)
    if job is None or question is None or question.status != QuestionStatus.OPEN:
        raise LeaseLost("This job is no longer yours: its time ran out, or it was answered or given back.")
    job.question = question
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
