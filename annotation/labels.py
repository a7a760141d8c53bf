"""This will accept or take back what a person answered on a leased job, and settle the question when it can be.

The row of the question is locked first, so that two seats of one question count one after the other and exactly one
of them settles it. An escalated question is settled by the first sure answer of an adjudicator, that is of somebody
to whom the queue gives escalated jobs: the rules of agreement are for people who cannot see each other's answers, and
have failed by then.
"""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from annotation import blindness, consensus, gold, questions, queue, seats, storing, suggestions
from annotation.models import (
    DatasetMember,
    Job,
    JobStatus,
    Label,
    Question,
    QuestionStatus,
    Retraction,
    Truth,
)
from config.accounts.models import Membership, User
from config.compiled import Compiled, Given
from models_registry.models import LabelSchema, SchemaKind

UNDO_SECONDS = 600

_STANDING = Compiled(
    lambda: (
        Label.objects.filter(question=Given("question"), retraction__isnull=True)
        .only("person", "classes", "is_unsure")
        .order_by("id")
    )
)


class BadAnswer(ValueError):
    """The answer does not fit the schema version that the question was asked under."""

    code = "bad_answer"


class RetractionRefused(Exception):
    """The label can no longer be taken back; the message says why."""

    code = "retraction_refused"


@dataclass(frozen=True)
class Accepted:
    """A stored label; ``truth`` is there when it settled its question."""

    label: Label
    question: Question
    truth: Truth | None


@dataclass(frozen=True)
class Answer:
    """``classes`` empty means fine. ``regions`` is kept as given; screens do not draw them yet.

    ``reason`` is the key of a text for whoever is told of what follows; this floor only keeps it. ``seconds`` are
    those the person spent on it, as their screen measured them: part of the answer, and nothing that it says.
    """

    classes: tuple[str, ...]
    regions: tuple[Any, ...] = ()
    is_unsure: bool = False
    note: str = ""
    reason: str = ""
    seconds: float | None = None


def check(answer: Answer, schema: LabelSchema) -> None:
    """Raises BadAnswer for a class the schema does not know, one named twice, two where one at most is asked for, a
    sure-and-unsure answer, or text that no database can hold."""
    unknown = set(answer.classes) - set(schema.keys)
    if unknown:
        raise BadAnswer(f"Schema {schema.version} has no class {', '.join(sorted(unknown))}.")
    if len(set(answer.classes)) != len(answer.classes):
        raise BadAnswer("A class is named twice.")
    meant = schema.closest(answer.classes)
    if schema.kind == SchemaKind.SINGLE and len(meant) > 1:
        raise BadAnswer(f"Schema {schema.version} takes one class at most, and this names {' and '.join(meant)}.")
    if answer.is_unsure and answer.classes:
        raise BadAnswer("An answer is either unsure or names classes.")
    if not _is_storable([answer.regions, answer.note]):
        raise BadAnswer("Regions and notes hold neither NUL, nor half a character, nor a number that is none.")


def _is_storable(value: Any) -> bool:
    """Say whether PostgreSQL takes it as text and JSON."""
    try:
        written = json.dumps(value, ensure_ascii=False, allow_nan=False)
        written.encode()
    except ValueError:
        return False
    return "\\u0000" not in written.replace("\\\\", "")


def accept(
    job_id: int,
    *,
    person: User,
    token: uuid.UUID,
    answer: Answer,
    batch_id: uuid.UUID | None = None,
    now: datetime,
) -> Accepted:
    """Store a label for the job this token holds; settle the question, ask more people, or escalate.

    The label names every class above those that were answered, whether the person named them or not.
    The caller is in a transaction. Raises LeaseLost or BadAnswer, and then nothing has changed.
    """
    job = seats.look(job_id, person=person, token=token, now=now)
    if job is None:
        raise queue.LeaseLost
    check(answer, job.question.schema)
    label = _label(job, answer, person=person, batch_id=batch_id, now=now)
    earlier = storing.label(job, label, token=token, now=now)
    if earlier is None:
        raise queue.LeaseLost
    return Accepted(label=label, question=job.question, truth=_advance(job.question, label, earlier, now=now))


def _label(job: Job, answer: Answer, *, person: User, batch_id: uuid.UUID | None, now: datetime) -> Label:
    classes = job.question.schema.with_parents(answer.classes)
    lasted = max(0.0, (now - job.leased_at).total_seconds()) if job.leased_at else 0.0
    # A page of many images shows no suggestions.
    shown = None if batch_id else job.suggestion
    return Label(
        job=job,
        question=job.question,
        person=person,
        classes=classes,
        regions=list(answer.regions),
        is_unsure=answer.is_unsure,
        note=answer.note,
        reason=answer.reason,
        batch_id=batch_id,
        suggestion=shown,
        is_suggestion_accepted=suggestions.is_accepted(shown, classes=classes, is_unsure=answer.is_unsure),
        seconds=lasted,
        # Whatever a screen says, nobody looked longer than they held the job.
        looked_seconds=None if answer.seconds is None else min(answer.seconds, lasted),
        created_at=now,
    )


def sent_before(job_id: int, *, person: User, token: uuid.UUID, answer: Answer) -> Accepted | None:
    """Return what came of this very answer, if it is stored already; None for any other, or one taken back.

    Somebody whose connection lost the reply sends again: the same words under the same token are the same answer.
    """
    stored = Label.objects.filter(job=job_id, person=person, retraction__isnull=True)
    stored = stored.filter(job__lease_token=token, job__status=JobStatus.ANSWERED)
    label = stored.select_related("question__schema", "question__image", "person").order_by("-id").first()
    if label is None or not _says(label, answer):
        return None
    truth = Truth.objects.filter(question=label.question, withdrawn_at__isnull=True).first()
    return Accepted(label=label, question=label.question, truth=truth)


def _says(label: Label, answer: Answer) -> bool:
    schema = label.question.schema
    if not set(answer.classes) <= set(schema.keys):
        return False
    said = [schema.with_parents(answer.classes), list(answer.regions), answer.is_unsure, answer.note, answer.reason]
    return said == [label.classes, label.regions, label.is_unsure, label.note, label.reason]


def _advance(question: Question, label: Label, earlier: Sequence[consensus.Answer], *, now: datetime) -> Truth | None:
    """Apply the purpose's agreement rule to the answers so far, of which ``label`` is the last."""
    answers = [*_confirmed(question), *earlier, _read(label)]
    if question.is_escalated and not label.is_unsure and _is_adjudicator(label.person, question):
        return _settle(question, answers, classes=label.classes, now=now)
    step = consensus.decide(consensus.Rule(question.rule), answers, is_hold_out=questions.needs_two(question))
    if isinstance(step, consensus.Settled):
        return _settle(question, answers, classes=sorted(step.classes), now=now)
    unfilled = question.jobs.filter(status__in=[JobStatus.WAITING, JobStatus.LEASED]).count()
    wanted = step.n_more if isinstance(step, consensus.AskMore) else 1
    questions.add_seats(question, max(0, wanted - unfilled))
    if isinstance(step, consensus.Escalate):
        questions.escalate(question)
    return None


def _is_adjudicator(person: User, question: Question) -> bool:
    return Membership.objects.filter(user=person, project=question.project_id, role__in=queue.ESCALATED_TO).exists()


def standing(question: Question) -> list[consensus.Answer]:
    """Return the answers of a question that were not retracted, oldest first."""
    return [_read(one) for one in _STANDING.all(question=question.pk)]


def _read(label: Label) -> consensus.Answer:
    return consensus.Answer(label.person_id, frozenset(label.classes), label.is_unsure)


def _confirmed(question: Question) -> list[consensus.Answer]:
    """Return the answers to the question that this one confirms: they count, before its own."""
    return standing(question.confirms.question) if question.confirms and question.confirms.question else []


def _settle(question: Question, answers: Sequence[consensus.Answer], *, classes: list[str], now: datetime) -> Truth:
    return storing.truth(
        question,
        classes=classes,
        saw_suggestion=suggestions.was_shown(question),
        votes=len({answer.person_id for answer in answers if not answer.unsure}),
        now=now,
    )


@dataclass(frozen=True)
class Retracted:
    """A label taken back; ``job`` is leased to its person again, or None where somebody else is asked now."""

    label: Label
    question: Question
    job: Job | None


@transaction.atomic
def retract(label_id: int, *, person: User, now: datetime) -> Retracted:
    """Take back an answer of one's own within ten minutes, and reopen its question.

    Who settled a blind question was told about the image, and is not asked it again: somebody else is.
    Raises RetractionRefused; then nothing has changed. Two calls at once: the second is refused. A dataset being
    frozen at the same moment holds the truth's row, so that it is in there or taken back, never both.
    """
    mine = Label.objects.select_related("job").filter(person=person, question__project__memberships__user=person)
    label = mine.filter(pk=label_id).first()
    if label is None:
        raise RetractionRefused("This answer is not yours, or does not exist.")
    rows = Question.objects.select_for_update(of=("self",), no_key=True).select_related("schema", "image")
    question = rows.get(pk=label.question_id)
    truths = Truth.objects.filter(question=question, withdrawn_at__isnull=True)
    held = [one.pk for one in truths.select_for_update(no_key=True).order_by("id")]
    _refuse_late(label, question, now=now)
    Retraction.objects.create(label=label, created_at=now)
    Truth.objects.filter(pk__in=held).update(withdrawn_at=now)
    knows = (bool(held) or gold.seems_settled(label)) and blindness.is_blind(question)
    _reopen(question)
    if knows:
        queue.hand_on(label.job, question, person=person, now=now)
    return Retracted(label=label, question=question, job=None if knows else _lease_again(label.job, question, now=now))


def _refuse_late(label: Label, question: Question, *, now: datetime) -> None:
    if now - label.created_at > timedelta(seconds=UNDO_SECONDS):
        raise RetractionRefused("Answers can be taken back for ten minutes.")
    if Retraction.objects.filter(label=label).exists():
        raise RetractionRefused("This answer was taken back already.")
    if DatasetMember.objects.filter(truth__question=question, truth__withdrawn_at__isnull=True).exists():
        raise RetractionRefused("This answer is part of a dataset version by now.")
    if question.status == QuestionStatus.CLOSED:
        raise RetractionRefused("This question was closed meanwhile.")


def _reopen(question: Question) -> None:
    try:
        with transaction.atomic():
            question.status, question.finished_at = QuestionStatus.OPEN, None
            question.save(update_fields=["status", "finished_at"])
    except IntegrityError:
        raise RetractionRefused("The same is being asked anew already; answer there.") from None


def _lease_again(job: Job, question: Question, *, now: datetime) -> Job:
    job.question = question
    job.status, job.lease_token = JobStatus.LEASED, uuid.uuid4()
    job.leased_at, job.lease_until = now, now + timedelta(seconds=queue.LEASE_SECONDS)
    job.save(update_fields=["status", "lease_token", "leased_at", "lease_until"])
    return job
