"""This will open the questions people are asked, and end those that need no answer.

A question that is already open is joined, not doubled: it can only become more urgent. Opening locks the open
questions it joins, so that an answer given at the same moment either counts for the newcomer or comes before it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import F, Max, OuterRef, Subquery
from django.db.models.functions import Least

from annotation import blindness, splits
from annotation.consensus import Rule
from annotation.models import Desk, Exclusion, Image, Job, JobStatus, Lane, Purpose, Question, QuestionStatus, Truth
from config.compiled import Among, Compiled, Given
from config.each_row import InsertEach
from models_registry.models import LabelSchema

RULE_OF = {
    Purpose.REVIEW: Rule.ONE,
    Purpose.COMPLAINT: Rule.ONE,
    Purpose.APPEAL: Rule.ONE,
    Purpose.GOLD: Rule.NEVER,
    Purpose.SECOND_LOOK: Rule.ONE,
    Purpose.LABEL: Rule.TWO_THEN_THIRD,
    Purpose.AUDIT: Rule.UNANIMOUS_THREE,
}

DESK_OF = {Purpose.LABEL: Desk.LABEL, Purpose.COMPLAINT: Desk.COMPLAINT, Purpose.APPEAL: Desk.APPEAL}

_OPEN = Compiled(
    lambda: (
        Question.objects.filter(Among(F("image_id"), Given("images")), status=QuestionStatus.OPEN)
        .select_for_update(no_key=True)
        .order_by("pk")
    )
)
_INSERT = InsertEach(Question, ignore_conflicts=True)
_INSERT_SEATS = InsertEach(Job, ignore_conflicts=True)


@dataclass(frozen=True)
class Ask:
    """A question to be opened; facts of the post travel with it. ``rule`` replaces that of its purpose."""

    image: Image
    schema: LabelSchema
    purpose: Purpose
    lane: Lane
    due_at: datetime
    origin: dict[str, Any] = field(default_factory=dict)
    attributes: dict[str, Any] = field(default_factory=dict)
    stratum: str = ""
    inclusion_probability: float | None = None
    not_for: frozenset[int] = frozenset()
    confirms: Truth | None = None
    rule: Rule | None = None


def open_questions(asks: Sequence[Ask], *, now: datetime) -> list[Question]:
    """Open many questions, each with one seat; returns them in the order asked.

    An image that already has an open question of this purpose and schema keeps it, with the earlier ``due_at``
    and the more urgent lane. Asks may repeat an image. Call it inside the transaction of what asks.
    Blind questions are not for people who judged the image before: see annotation/blindness.
    """
    keys = [_key(ask) for ask in asks]
    there = _open_now(keys)
    # Answers and withdrawals may end a question between finding that it is open and joining it: then anew.
    while missing := {key: ask for key, ask in reversed(list(zip(keys, asks, strict=True))) if key not in there}:
        there |= _create([missing[key] for key in sorted(missing)], now=now)
    for key, ask in zip(keys, asks, strict=True):
        _hurry(there[key], due_at=ask.due_at, lane=Lane(ask.lane))
    judges = blindness.judges(one for one in map(there.__getitem__, keys) if blindness.is_blind(one))
    pairs = [
        (there[key], ask.not_for | judges.get(there[key].pk, frozenset())) for key, ask in zip(keys, asks, strict=True)
    ]
    _exclude(pairs, now=now)
    return [there[key] for key in keys]


Key = tuple[int, str, int]


def _key(ask: Ask) -> Key:
    return (ask.image.pk, str(ask.purpose), ask.schema.pk)


def _create(asks: Sequence[Ask], *, now: datetime) -> dict[Key, Question]:
    """Create questions, each with its first seat, unless somebody else just has; returns and locks those now open.

    The asks are sorted by key: two callers with the same images in different orders would wait for each other.
    """
    _INSERT([_question(ask, now=now) for ask in asks])
    there = _open_now([_key(ask) for ask in asks])
    _INSERT_SEATS([_job(there[key], seat=1) for key in sorted(there)])
    return there


def _open_now(keys: Iterable[Key]) -> dict[Key, Question]:
    """Return and lock the open questions of these keys, so that none settles while a post is attached to it."""
    keys = set(keys)
    found = _OPEN.all(images=list({key[0] for key in keys})) if keys else []
    by_key = {(one.image_id, one.purpose, one.schema_id): one for one in found}
    return {key: one for key, one in by_key.items() if key in keys}


def _question(ask: Ask, *, now: datetime) -> Question:
    return Question(
        project_id=ask.image.project_id,
        image_id=ask.image.pk,
        schema_id=ask.schema.pk,
        purpose=ask.purpose,
        desk=DESK_OF.get(Purpose(ask.purpose), Desk.REVIEW),
        lane=ask.lane,
        rule=ask.rule or RULE_OF[Purpose(ask.purpose)],
        origin=ask.origin,
        attributes=ask.attributes,
        stratum=ask.stratum,
        inclusion_probability=ask.inclusion_probability,
        confirms_id=ask.confirms.pk if ask.confirms else None,
        due_at=ask.due_at,
        opened_at=now,
    )


def _job(question: Question, *, seat: int) -> Job:
    return Job(
        question_id=question.pk,
        seat=seat,
        project_id=question.project_id,
        desk=question.desk,
        lane=question.lane,
        due_at=question.due_at,
        is_escalated=question.is_escalated,
    )


def _hurry(question: Question, *, due_at: datetime, lane: Lane) -> None:
    """Move an open question earlier, never later; only toward the urgent lane."""
    lane = Lane.URGENT if Lane.URGENT in (lane, question.lane) else Lane(question.lane)
    if due_at >= question.due_at and lane == question.lane:
        return
    for rows in (Question.objects.filter(pk=question.pk), Job.objects.filter(question=question)):
        rows.update(due_at=Least(F("due_at"), due_at), lane=lane)
    question.due_at, question.lane = min(question.due_at, due_at), lane


def hurry(ids: Iterable[int], *, due_at: datetime) -> list[int]:
    """Move open questions to the urgent lane, and earlier; returns those that were open. Call it in a transaction."""
    held = Question.objects.select_for_update(no_key=True).filter(pk__in=list(ids), status=QuestionStatus.OPEN)
    found = list(held.order_by("pk"))
    for question in found:
        _hurry(question, due_at=due_at, lane=Lane.URGENT)
    return [question.pk for question in found]


def is_about_hold_out(question: Question) -> bool:
    """Tell whether its answers measure models, so that one person alone does not say "fine"."""
    return question.purpose == Purpose.LABEL and splits.is_hold_out(question.image.split_key)


def needs_two(question: Question) -> bool:
    """Tell whether "fine" too needs a second vote: about what measures models, and where one answer is confirmed."""
    return is_about_hold_out(question) or question.confirms_id is not None


def bring_forward(due: Mapping[int, datetime]) -> None:
    """Move open questions earlier, each to a time of its own, and never later; lanes stay. Call it in a transaction."""
    held = Question.objects.select_for_update(no_key=True).filter(pk__in=due, status=QuestionStatus.OPEN).order_by("pk")
    sooner = [question for question in held if due[question.pk] < question.due_at]
    for question in sooner:
        question.due_at = due[question.pk]
    Question.objects.bulk_update(sooner, ["due_at"], batch_size=500)
    theirs = Question.objects.filter(pk=OuterRef("question")).values("due_at")
    Job.objects.filter(question__in=sooner).update(due_at=Subquery(theirs))


def tell(question: Question, *, origin: dict[str, Any]) -> None:
    """Replace the facts that travel with an open question. The caller holds its row."""
    question.origin = origin
    question.save(update_fields=["origin"])


def _exclude(pairs: Iterable[tuple[Question, frozenset[int]]], *, now: datetime) -> None:
    rows = [
        Exclusion(question=question, person_id=person, reason="judged this before", created_at=now)
        for question, people in pairs
        for person in people
    ]
    rows.sort(key=lambda row: (row.question_id, row.person_id))
    Exclusion.objects.bulk_create(rows, ignore_conflicts=True)


def add_seats(question: Question, n: int) -> None:
    """Ask ``n`` more people. The caller holds the question's row."""
    last = question.jobs.aggregate(last=Max("seat"))["last"] or 0
    Job.objects.bulk_create([_job(question, seat=last + 1 + one) for one in range(n)])


def escalate(question: Question) -> None:
    """Hand a question to managers, in the urgent lane. The caller holds the question's row.

    A gold item is not handed on: what is true of it is known.
    """
    if question.purpose == Purpose.GOLD:
        return
    for rows in (Question.objects.filter(pk=question.pk), Job.objects.filter(question=question)):
        rows.update(is_escalated=True, lane=Lane.URGENT)
    question.is_escalated, question.lane = True, Lane.URGENT


def close(questions: Iterable[int], *, now: datetime) -> None:
    """Close open questions without an answer, with all their seats; whoever holds one finds the lease lost."""
    ids = list(
        Question.objects.select_for_update(no_key=True)
        .filter(pk__in=list(questions), status=QuestionStatus.OPEN)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    Question.objects.filter(pk__in=ids).update(status=QuestionStatus.CLOSED, finished_at=now)
    Job.objects.filter(question__in=ids).exclude(status=JobStatus.ANSWERED).update(
        status=JobStatus.CLOSED, person=None, lease_token=None, lease_until=None, leased_at=None
    )
