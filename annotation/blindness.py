"""This will keep blind questions blind: who judged an image, or read what others say of it, is not asked them.

Blind are audits, second looks, gold items, and the questions that confirm what one person said of a hold-out image:
their answers are counted, so they must not come from somebody who was led. Whoever answers any other question of the
image may have been shown scores, and decisions on images like it; whoever reads a complaint or an appeal knows what
others say of it.

A seat that is held, and not yet answered, is lost with that; one whose answer is stored stays. Where nobody is left who
may sit, the question waits past its due time and is counted as overdue at its desk: it takes more people, for nothing
settles a blind question with fewer answers than it asks for.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet

from annotation.models import Desk, Exclusion, Job, JobStatus, Label, Purpose, Question, QuestionStatus
from config.accounts.models import User
from config.compiled import Compiled, Given

TELLING = frozenset({Desk.COMPLAINT, Desk.APPEAL})
BLIND = frozenset({Purpose.AUDIT, Purpose.SECOND_LOOK, Purpose.GOLD})
REASON = "judged this image, or read what others say of it"
_OPEN_AND_BLIND = Q(purpose__in=BLIND) | Q(confirms__isnull=False), Q(status=QuestionStatus.OPEN)


def is_blind(question: Question) -> bool:
    return question.purpose in BLIND or question.confirms_id is not None


def _unanswered() -> QuerySet[Question]:
    """The blind questions of an image but for one, of those that a person has not answered."""
    answered = Job.objects.filter(person=Given("person"), status=JobStatus.ANSWERED, question__image=Given("image"))
    others = Question.objects.filter(*_OPEN_AND_BLIND, image=Given("image")).exclude(pk=Given("question"))
    # In the order of their ids, as everybody writes them.
    return others.exclude(pk__in=answered.values("question")).only("id").order_by("id")


def _withheld() -> QuerySet[Question]:
    held = Job.objects.filter(person=Given("person"), status=JobStatus.LEASED, question__confirms__isnull=True)
    images = held.exclude(question__purpose__in=BLIND).values("question__image")
    return Question.objects.filter(*_OPEN_AND_BLIND, image__in=images).only("id")


_UNANSWERED, _WITHHELD = Compiled(_unanswered), Compiled(_withheld)


def keep(question: Question, *, person: User, now: datetime) -> None:
    """Exclude somebody who answered or read this question from the open blind ones of its image.

    The caller is in the transaction of that answer. Safe to run twice.
    """
    blind = _UNANSWERED.all(person=person.pk, image=question.image_id, question=question.pk)
    Exclusion.objects.bulk_create(
        [Exclusion(question=one, person=person, reason=REASON, created_at=now) for one in blind], ignore_conflicts=True
    )


def withheld(person: User) -> list[int]:
    """Return the blind questions about images of which this person holds another question right now.

    They are not excluded for good: who gives a complaint back unread may be asked.
    """
    return [one.pk for one in _WITHHELD.all(person=person.pk)]


def judges(questions: Iterable[Question]) -> dict[int, frozenset[int]]:
    """Return who answered another question of the same image, or left one whose case they had read, by the id of the
    question; two queries at most.

    Somebody whose answer is being stored at this very moment may be missed.
    """
    found: dict[int, set[int]] = defaultdict(set)
    of_image: dict[int, list[int]] = defaultdict(list)
    for one in questions:
        of_image[one.image_id].append(one.pk)
    if not of_image:
        return {}
    said = Label.objects.filter(question__image__in=of_image)
    read = Exclusion.objects.filter(question__image__in=of_image, question__desk__in=TELLING)
    who = ("question__image", "question", "person")
    for image, asked, person in [*said.values_list(*who), *read.values_list(*who)]:
        for pk in of_image[image]:
            if pk != asked:
                found[pk].add(person)
    return {pk: frozenset(people) for pk, people in found.items()}
