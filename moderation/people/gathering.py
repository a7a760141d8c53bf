"""This will gather what the page about people shows: each person's work, agreement, accuracy and exposure.

Never a ranking: people come in the order of their names, nothing sorts or colors them by a number, and a number without
enough behind it is not said. Managers and admins see everybody. Others see themselves alone, and of that what is tested
(gold, second looks, agreement) only up to the last midnight, or a count that has just grown would tell what was gold.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import F, FilteredRelation, Q, QuerySet

from annotation import quality
from annotation.models import GoldItem, Label
from annotation.quality import GoldAnswer, Judged
from config.accounts.models import Preferences, Project, Role, User
from models_registry.registry import current_schema
from moderation.measurement.periods import Period
from moderation.models import ExposureBudget, PersonDay, SecondLook
from moderation.people import reviewers
from moderation.people.reviewers import Quality
from moderation.statistics import agreement
from moderation.statistics.agreement import Agreement

SEES_ALL = frozenset({Role.MANAGER, Role.ADMIN})
MOST_BARS = 60


@dataclass(frozen=True)
class Exposure:
    """Images of one class that a person answered in a period; ``days_reached`` of them at the budget of a day or
    above, None where nobody set one."""

    key: str
    name: str
    images: int
    most: int
    budget: int | None
    days_reached: int | None


@dataclass(frozen=True)
class Person:
    """One person's period. ``per_hour`` is None where no two answers followed each other without a break.

    ``bars`` are answers, in equal stretches of time, the oldest first, as shares of the most anybody gave in one.
    """

    person: User
    answers: int
    unsure: int
    days: int
    hours: float
    per_hour: float | None
    bars: Sequence[float]
    agreement: Agreement
    accuracy: Agreement
    looked_at_again: int
    stood: int
    exposure: Sequence[Exposure]

    @property
    def per_day(self) -> float:
        return self.answers / self.days


@dataclass(frozen=True)
class People:
    """The page of a period; ``gold_items`` are ready to be asked, at the rate of the project."""

    quality: Quality
    people: Sequence[Person]
    gold_items: int
    bar_days: int


def people(project: Project, period: Period, *, viewer: User, roles: Iterable[Role], now: datetime) -> People:
    """Gather a period for somebody with these roles."""
    sees_all = bool(frozenset(roles) & SEES_ALL)
    tested = period if sees_all else _until_midnight(period, now=now)
    judged = quality.judged(project, since=tested.start, until=tested.end)
    gold = quality.gold_answers(project, since=tested.start, until=tested.end)
    days = PersonDay.objects.filter(project=project, day__range=(period.first, period.last), answers__gt=0)
    stretch = math.ceil(period.days / MOST_BARS)
    return People(
        quality=reviewers.together(project, tested, judged=judged, gold=gold),
        people=_people(
            project,
            _by_person(days if sees_all else days.filter(person=viewer)),
            period=period,
            stretch=stretch,
            agreed=_agreed(judged),
            right=_right(gold),
            stood=_stood(project, tested),
        ),
        gold_items=GoldItem.objects.filter(project=project, retired_at__isnull=True).count(),
        bar_days=stretch,
    )


def _until_midnight(period: Period, *, now: datetime) -> Period:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return Period(period.start, max(period.start, min(period.end, midnight)))


class _Day(NamedTuple):
    """A PersonDay; there may be tens of thousands of them in a long period."""

    person: int
    day: date
    answers: int
    unsure: int
    timed: int
    seconds: float
    seen: dict[str, int]


def _by_person(days: QuerySet[PersonDay]) -> dict[int, list[_Day]]:
    found: dict[int, list[_Day]] = defaultdict(list)
    for row in days.order_by("day").values_list(*_Day._fields):
        found[row[0]].append(_Day(*row))
    return found


Pairs = Mapping[int, tuple[int, int]]


def _people(
    project: Project,
    worked: Mapping[int, Sequence[_Day]],
    *,
    period: Period,
    stretch: int,
    agreed: Pairs,
    right: Pairs,
    stood: Pairs,
) -> list[Person]:
    known = User.objects.in_bulk(list(worked))
    budgets = _budgets(project, known)
    bars = {pk: _sums(days, first=period.first, n_days=period.days, stretch=stretch) for pk, days in worked.items()}
    top = max((max(one) for one in bars.values()), default=1)
    classes = {str(one["key"]): str(one.get("name", one["key"])) for one in current_schema(project).classes}
    made = [
        _person(
            person,
            worked[pk],
            bars=[n / top for n in bars[pk]],
            agreed=agreed.get(pk, (0, 0)),
            right=right.get(pk, (0, 0)),
            stood=stood.get(pk, (0, 0)),
            exposure=_exposure(worked[pk], classes=classes, budgets=budgets[pk]),
        )
        for pk, person in known.items()
    ]
    return sorted(made, key=lambda one: (str(one.person).casefold(), one.person.pk))


def _person(
    person: User,
    days: Sequence[_Day],
    *,
    bars: Sequence[float],
    agreed: tuple[int, int],
    right: tuple[int, int],
    stood: tuple[int, int],
    exposure: Sequence[Exposure],
) -> Person:
    seconds, timed = sum(one.seconds for one in days), sum(one.timed for one in days)
    return Person(
        person=person,
        answers=sum(one.answers for one in days),
        unsure=sum(one.unsure for one in days),
        days=len(days),
        hours=seconds / 3600,
        per_hour=3600 * timed / seconds if seconds else None,
        bars=bars,
        agreement=agreement.accuracy_of_person(right=agreed[0], items=agreed[1]),
        accuracy=agreement.accuracy_of_person(right=right[0], items=right[1]),
        looked_at_again=stood[1],
        stood=stood[0],
        exposure=exposure,
    )


def _sums(days: Sequence[_Day], *, first: date, n_days: int, stretch: int) -> list[int]:
    sums = [0] * math.ceil(n_days / stretch)
    for one in days:
        sums[(one.day - first).days // stretch] += one.answers
    return sums


def _agreed(judged: Iterable[Judged]) -> Pairs:
    """Return by person: on how many images more than half of the others said the very same, and of how many."""
    found: dict[int, list[bool]] = defaultdict(list)
    for one in judged:
        for person, said in one.answers.items():
            same = sum(other == said for other in one.answers.values()) - 1
            found[person].append(2 * same > len(one.answers) - 1)
    return {person: (sum(same), len(same)) for person, same in found.items()}


def _right(gold: Iterable[GoldAnswer]) -> Pairs:
    found: dict[int, list[bool]] = defaultdict(list)
    for one in gold:
        found[one.person_id].append(one.is_right)
    return {person: (sum(right), len(right)) for person, right in found.items()}


def _stood(project: Project, period: Period) -> Pairs:
    """Return by person: of how many answers second looks said the same (that it violates or not), and of how many."""
    inside = SecondLook.objects.filter(answered_at__gte=period.start, answered_at__lt=period.end)
    standing = FilteredRelation("question__truths", condition=Q(question__truths__withdrawn_at__isnull=True))
    settled = inside.filter(project=project, is_drawn=True).annotate(settled=standing).filter(settled__isnull=False)
    rows = settled.values_list("first__question", "first__classes", F("settled__classes"))
    same = {question: bool(first) == bool(second) for question, first, second in rows}
    given = Label.objects.filter(question__in=same, retraction__isnull=True, is_unsure=False)
    found: dict[int, Counter[bool]] = defaultdict(Counter)
    for question, person in given.values_list("question", "person"):
        found[person][same[question]] += 1
    return {person: (counts[True], counts.total()) for person, counts in found.items()}


def _budgets(project: Project, people_of: Iterable[int]) -> dict[int, dict[str, int]]:
    """Return by person, per class, how many images a day: of the project's budget and their own, the smaller."""
    common = dict(ExposureBudget.objects.filter(project=project).values_list("class_key", "per_day"))
    own = dict(Preferences.objects.filter(person__in=people_of).values_list("person", "exposure_budget"))
    found = {}
    for person in people_of:
        mine: dict[str, int] = own.get(person) or {}
        found[person] = {key: min(one[key] for one in (common, mine) if key in one) for key in {*common, *mine}}
    return found


def _exposure(days: Sequence[_Day], *, classes: Mapping[str, str], budgets: Mapping[str, int]) -> list[Exposure]:
    """Return the classes a person saw or has a budget for, in the order of the schema."""
    found = []
    for key, name in classes.items():
        seen = [int(one.seen.get(key, 0)) for one in days]
        budget = budgets.get(key)
        if any(seen) or budget is not None:
            reached = None if budget is None else sum(n >= budget for n in seen)
            found.append(Exposure(key, name, sum(seen), max(seen), budget, reached))
    return found
