"""This will mix jobs whose truth was known before in among a person's others, to measure how well people recognize it.

At the rate of the project (``gold_rate``, a share of jobs) a claim gives a gold item's job in place of one it has just
taken, which waits again: so gold comes only to those who have work, at the desk where they work, each item once to each
person, whoever claims at once. An item is one question that stays open; each person who is asked gets a seat of their
own, made when it is leased, so that the queue holds no job for it before. It is blind: who judged the image in another
question is not asked, and who is asked judges it in no other blind one.

What is answered settles nothing, decides nothing and teaches nothing; what the right answer was is told to nobody.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from annotation import blindness
from annotation.consensus import Rule
from annotation.models import (
    Desk,
    Exclusion,
    GoldItem,
    GoldSource,
    Image,
    Job,
    JobStatus,
    Label,
    Lane,
    Purpose,
    Question,
    QuestionStatus,
    Truth,
    TruthSource,
)
from annotation.questions import close
from config.accounts.models import Project, User
from models_registry import registry
from models_registry.models import LabelSchema

# At desks where people judge cases gold would need a case.
DESKS = frozenset({Desk.REVIEW, Desk.LABEL})
HOURS = 24
# So many people have to agree before what they said is taken for known.
AGREED_BY = 3
# The items of a desk that are kept ready, half of them violations where there are as many.
POOL = 100
_AGREED = frozenset({Purpose.REVIEW, Purpose.AUDIT, Purpose.SECOND_LOOK, Purpose.LABEL})
_CASE = frozenset({"title", "description", "external_id"})


class AlreadyGold(Exception):
    """The image is a gold item under this schema version, or was one."""

    code = "already_gold"


@transaction.atomic
def add(
    image: Image,
    *,
    schema: LabelSchema,
    classes: Iterable[str],
    source: GoldSource,
    desk: Desk,
    origin: Mapping[str, Any],
    attributes: Mapping[str, Any],
    truth: Truth | None = None,
    by: User | None = None,
    now: datetime,
) -> GoldItem:
    """Make an image a gold item, with the facts that its job shows. Whoever judged it before is not asked.

    An image is a gold item once under a schema version, for good. Raises AlreadyGold; so is the later of two callers
    told.
    """
    if _is_item(image, schema):
        raise AlreadyGold("This image is a gold item already, or was one.")
    question = _open(image, schema=schema, desk=desk, origin=origin, attributes=attributes, now=now)
    judges = blindness.judges([question]).get(question.pk, frozenset())
    Exclusion.objects.bulk_create(
        Exclusion(question=question, person_id=person, reason=blindness.REASON, created_at=now)
        for person in sorted(judges)
    )
    return GoldItem.objects.create(
        question=question,
        project_id=image.project_id,
        classes=schema.with_parents(tuple(classes)),
        source=source,
        truth=truth,
        added_by=by,
        added_at=now,
    )


def _is_item(image: Image, schema: LabelSchema) -> bool:
    return GoldItem.objects.filter(question__image=image, question__schema=schema).exists()


def is_known(truth: Truth) -> bool:
    """Say whether the image of a truth is or was a gold item under its schema version."""
    return _is_item(truth.image, truth.schema)


def _open(
    image: Image,
    *,
    schema: LabelSchema,
    desk: Desk,
    origin: Mapping[str, Any],
    attributes: Mapping[str, Any],
    now: datetime,
) -> Question:
    try:
        with transaction.atomic():
            return Question.objects.create(
                project_id=image.project_id,
                image=image,
                schema=schema,
                purpose=Purpose.GOLD,
                desk=desk,
                lane=Lane.DRAWN,
                rule=Rule.NEVER,
                origin={key: value for key, value in origin.items() if key in _CASE},
                attributes=dict(attributes),
                due_at=now + timedelta(hours=HOURS),
                opened_at=now,
            )
    except IntegrityError:
        raise AlreadyGold("This image is a gold item already.") from None


def add_truth(truth: Truth, *, by: User | None = None, now: datetime) -> GoldItem:
    """Make a gold item of what is known of an image, at the desk where it was asked about. Raises AlreadyGold."""
    asked = truth.question
    is_labeled = asked is None or asked.purpose == Purpose.LABEL
    source = GoldSource.IMPORTED if truth.source == TruthSource.IMPORT else GoldSource.AGREED
    return add(
        truth.image,
        schema=truth.schema,
        classes=truth.classes,
        source=GoldSource.CHOSEN if by else source,
        desk=Desk.LABEL if is_labeled else Desk.REVIEW,
        # Jobs of the label desk show no title, so one that does would be known.
        origin={} if is_labeled or asked is None else asked.origin,
        attributes=asked.attributes if asked else {},
        truth=truth,
        by=by,
        now=now,
    )


@transaction.atomic
def retire(item: GoldItem, *, now: datetime) -> None:
    """Ask nobody else; what was answered stays. Whoever holds a job of it finds the lease lost. Safe to repeat."""
    held = GoldItem.objects.select_for_update(no_key=True, of=("self",)).get(pk=item.pk)
    if held.retired_at is None:
        held.retired_at = now
        held.save(update_fields=["retired_at"])
        close([held.question_id], now=now)


def in_place_of(
    taken: Sequence[int], *, person: User, project: Project, chance: random.Random, until: datetime, now: datetime
) -> dict[int, int]:
    """Lease gold jobs in place of some just taken, by the project's rate; returns gold jobs by the job they replace.

    The caller is the claim of this person, of whom there is one at a time, and lets the replaced jobs wait again.
    """
    tossed = [pk for pk in taken if chance.random() < project.gold_rate]
    desks = dict(Job.objects.filter(pk__in=tossed, desk__in=DESKS, is_escalated=False).values_list("pk", "desk"))
    swapped: dict[int, int] = {}
    for pk in tossed:
        question = _pick(person, project=project, desk=desks[pk]) if pk in desks else None
        if question:
            swapped[pk] = _seat(question, person=person, until=until, now=now).pk
    return swapped


def _pick(person: User, *, project: Project, desk: str) -> Question | None:
    """Lock the question of an item this person was not asked about, by chance; None where there is none.

    Of one that somebody else is being seated at another is taken, so that nobody waits.
    """
    schemas = registry.versions_asking_the_same(registry.current_schema(project))
    seated = Job.objects.filter(person=person, question__image=OuterRef("image"))
    excluded = Exclusion.objects.filter(person=person, question=OuterRef("pk"))
    open_ = Question.objects.filter(project=project, desk=desk, schema__in=schemas, status=QuestionStatus.OPEN)
    fresh = open_.filter(~Exists(seated), ~Exists(excluded), gold__retired_at__isnull=True, purpose=Purpose.GOLD)
    return fresh.select_for_update(of=("self",), no_key=True, skip_locked=True).order_by("?").first()


def _seat(question: Question, *, person: User, until: datetime, now: datetime) -> Job:
    last = question.jobs.aggregate(last=Max("seat"))["last"] or 0
    return Job.objects.create(
        question=question,
        seat=last + 1,
        project_id=question.project_id,
        desk=question.desk,
        lane=question.lane,
        due_at=now + timedelta(hours=HOURS),
        status=JobStatus.LEASED,
        person=person,
        lease_token=uuid4(),
        lease_until=until,
        leased_at=now,
    )


def seems_settled(label: Label) -> bool:
    """Say whether an answer on gold is told to have ended it: as in audits "fine" does, and a violation asks others."""
    return label.question.purpose == Purpose.GOLD and not label.classes and not label.is_unsure


def tend(project: Project, *, now: datetime) -> int:
    """Keep a pool of items ready at each desk while the project asks for gold; returns how many were added.

    They are made of what at least three people agreed on, and of what was known when it was imported. Seats that nobody
    sits at any more are closed: their person may be asked again. Safe to run at once and twice.
    """
    left = Job.objects.filter(project=project, question__purpose=Purpose.GOLD, status=JobStatus.WAITING)
    left.update(status=JobStatus.CLOSED)
    if not project.gold_rate:
        return 0
    with transaction.atomic():
        registry.lock(project)
        return sum(_fill(project, desk, now=now) for desk in sorted(DESKS))


def _fill(project: Project, desk: Desk, *, now: datetime) -> int:
    known = _known(project, desk)
    active = GoldItem.objects.filter(project=project, question__desk=desk, retired_at__isnull=True)
    n_violations = active.exclude(classes=[]).count()
    n_fine = active.filter(classes=[]).count()
    chosen = [
        *known.exclude(classes=[]).order_by("-id")[: max(0, POOL // 2 - n_violations)],
        *known.filter(classes=[]).order_by("-id")[: max(0, POOL // 2 - n_fine)],
    ]
    # Of two truths about one image the newest speaks.
    newest = {truth.image_id: truth for truth in reversed(chosen)}
    for truth in newest.values():
        add_truth(truth, now=now)
    return len(newest)


def _known(project: Project, desk: Desk) -> QuerySet[Truth]:
    """Return the truths that can become gold items of a desk."""
    schemas = registry.versions_asking_the_same(registry.current_schema(project))
    is_known = Q(votes__gte=AGREED_BY, purpose__in=_AGREED) | Q(source=TruthSource.IMPORT)
    is_labeled = Q(source=TruthSource.IMPORT) | Q(purpose=Purpose.LABEL)
    standing = Truth.objects.filter(is_known, project=project, schema__in=schemas, withdrawn_at__isnull=True)
    here = standing.filter(is_labeled) if desk == Desk.LABEL else standing.exclude(is_labeled)
    taken = GoldItem.objects.filter(question__image=OuterRef("image"))
    newer = Truth.objects.filter(image=OuterRef("image"), withdrawn_at__isnull=True, pk__gt=OuterRef("pk"))
    decoded = here.filter(~Exists(taken), ~Exists(newer), image__decoded_at__isnull=False)
    return decoded.select_related("image", "schema", "question")
