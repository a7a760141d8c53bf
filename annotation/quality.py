"""This will gather what tells how well people answer: gold items, and images that several people judged blind.

Plain counts and answers; moderation/people/reviewers says what they amount to. Answers that were unsure or taken back
do not count, nor do those given beside what a model suggested. Complaints and appeals are never read: there people know
what others say.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from annotation.models import Job, JobStatus, Label, Purpose, Question, QuestionStatus
from config.accounts.models import Project

BLIND = (Purpose.AUDIT, Purpose.SECOND_LOOK, Purpose.LABEL)
# Of a long period the newest are compared: so many say enough, and are read while somebody waits for a page.
MOST_QUESTIONS = 2000

Classes = frozenset[str]


@dataclass(frozen=True)
class GoldAnswer:
    """One sure answer on a gold item: what was right, and what this person said."""

    person_id: int
    known: Classes
    said: Classes

    @property
    def is_right(self) -> bool:
        """Whether it names the classes of the item, and no others."""
        return self.known == self.said

    @property
    def is_found(self) -> bool:
        """Whether a violation was seen at all, of whatever class."""
        return bool(self.known) and bool(self.said)


@dataclass(frozen=True)
class Found:
    """Of ``gold`` answers on items that violate, so many ``found`` a violation."""

    found: int
    gold: int


@dataclass(frozen=True)
class Judged:
    """What people said, blind, of one image in one question, by person; at least two of them."""

    image_id: int
    answers: dict[int, Classes]


def gold_answers(project: Project, *, since: datetime, until: datetime) -> list[GoldAnswer]:
    """Return the answers on gold items from ``since`` up to ``until``, oldest first."""
    given = _on_gold(project, since, until)
    rows = given.values_list("person", "question__gold__classes", "classes").order_by("pk")
    return [GoldAnswer(person, frozenset(known), frozenset(said)) for person, known, said in rows]


def found(project: Project, *, since: datetime, until: datetime) -> Found:
    """Count how many of the answers on violating gold items saw a violation."""
    violating = _on_gold(project, since, until).filter(question__gold__classes__len__gt=0)
    return Found(**violating.aggregate(gold=Count("pk"), found=Count("pk", filter=Q(classes__len__gt=0))))


def judged(project: Project, *, since: datetime, until: datetime, most: int = MOST_QUESTIONS) -> list[Judged]:
    """Return the images of questions that ended in a period and that at least two people answered, newest first.

    The answer that a question confirms counts among its answers. At most ``most``.
    """
    questions = _ended(project, since, until, most=most)
    said: dict[int, dict[int, Classes]] = defaultdict(dict)
    asked = {one.pk: one.pk for one in questions}
    asked |= {one.confirms.question_id: one.pk for one in questions if one.confirms and one.confirms.question_id}
    labels = _sure(Label.objects.filter(question__in=asked)).order_by("pk")
    for question, person, classes in labels.values_list("question", "person", "classes"):
        said[asked[question]][person] = frozenset(classes)
    return [Judged(one.image_id, said[one.pk]) for one in questions if len(said[one.pk]) >= 2]


def _ended(project: Project, since: datetime, until: datetime, *, most: int) -> Sequence[Question]:
    """Return the newest settled blind questions that several people answered, by their own answers or by another's."""
    ended = Question.objects.filter(
        project=project, status=QuestionStatus.SETTLED, finished_at__gte=since, finished_at__lt=until
    )
    second = Job.objects.filter(question=OuterRef("pk"), seat__gte=2, status=JobStatus.ANSWERED)
    several = ended.filter(Exists(second) | Q(confirms__isnull=False), purpose__in=BLIND)
    return list(several.select_related("confirms").order_by("-finished_at", "-pk")[:most])


def _on_gold(project: Project, since: datetime, until: datetime) -> QuerySet[Label]:
    return _sure(Label.objects.filter(created_at__gte=since, created_at__lt=until, question__gold__project=project))


def _sure(labels: QuerySet[Label]) -> QuerySet[Label]:
    return labels.filter(retraction__isnull=True, is_unsure=False, suggestion__isnull=True)
