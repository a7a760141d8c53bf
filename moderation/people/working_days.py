"""This will count what each person answered on each day, so that pages need not read every answer.

A day is counted anew from its answers whenever it may have changed; counted twice, or from scratch, it is the same.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from django.db.models import Max, Min

from annotation.models import Label, Question
from config.accounts.models import Project
from moderation.measurement.periods import Period
from moderation.models import PersonDay
from moderation.pace import seconds_each

_COUNTED = ("answers", "unsure", "timed", "seconds", "seen")


@dataclass(frozen=True)
class _Given:
    person: int
    at: datetime
    batch: Any
    classes: list[str]
    is_unsure: bool
    question: int
    retraction: int | None


def refresh_all(project: Project, *, now: datetime) -> int:
    """Count the newest counted day and all after it; returns how many days. Safe to run at once and twice."""
    first = _first_day(project)
    days = (now.date() - first).days + 1 if first else 0
    for n in range(days):
        refresh(project, now.date() - timedelta(days=days - 1 - n))
    return max(days, 0)


def _first_day(project: Project) -> date | None:
    """Return the day before the newest counted one, whose last answers may have been taken back since; else the day of
    the first question."""
    newest: date | None = PersonDay.objects.filter(project=project).aggregate(last=Max("day"))["last"]
    if newest:
        return newest - timedelta(days=1)
    opened: datetime | None = Question.objects.filter(project=project).aggregate(first=Min("opened_at"))["first"]
    return opened.date() if opened else None


def refresh(project: Project, day: date) -> None:
    """Count a day anew."""
    of = Period.of_days(day, day)
    given = Label.objects.filter(created_at__gte=of.start, created_at__lt=of.end, question__project=project)
    rows = given.order_by("person", "created_at", "pk").values_list(
        "person", "created_at", "batch_id", "classes", "is_unsure", "question", "retraction"
    )
    people = groupby((_Given(*row) for row in rows.iterator(chunk_size=5000)), key=lambda one: one.person)
    PersonDay.objects.bulk_create(
        [_day(project, person, day, list(answers)) for person, answers in people],
        update_conflicts=True,
        unique_fields=["project", "day", "person"],
        update_fields=list(_COUNTED),
    )


def _day(project: Project, person: int, day: date, given: Sequence[_Given]) -> PersonDay:
    seconds = seconds_each([(one.at, one.batch) for one in given])
    standing = [one for one in given if one.retraction is None]
    return PersonDay(
        project=project,
        person_id=person,
        day=day,
        answers=len(standing),
        unsure=sum(one.is_unsure for one in standing),
        timed=len(seconds),
        seconds=sum(seconds),
        seen=_seen(standing),
    )


def _seen(standing: Iterable[_Given]) -> dict[str, int]:
    """Count images, not answers: one that was answered twice was seen once."""
    pairs = {(key, one.question) for one in standing for key in one.classes}
    return dict(sorted(Counter(key for key, _ in pairs).items()))
