"""This will gather what the page about people shows: each person's work, agreement, accuracy and exposure.

Never a ranking: people come in the order of their names, nothing sorts or colors them by a number, and a number without
enough behind it is not said. Managers and admins see everybody. Others see themselves alone, and of that what is tested
(gold, second looks, agreement) only up to the last midnight, or a count that has just grown would tell what was gold.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import Count, FilteredRelation, Q, QuerySet, Sum

from annotation import quality
from annotation.models import GoldItem
from annotation.quality import GoldAnswer, Judged
from config.accounts.models import Preferences, Project, Role, User
from models_registry.registry import current_schema
from moderation.measurement.periods import Period
from moderation.models import ExposureBudget, PersonDay, SecondLook
from moderation.people import reviewers, seen_images
from moderation.people.reviewers import Quality
from moderation.people.seen_images import NOTHING, Seen
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
            days if sees_all else days.filter(person=viewer),
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


class _Worked(NamedTuple):
    """What a person's days of a period add up to."""

    person: int
    answers: int
    unsure: int
    timed: int
    seconds: float
    days: int


Pairs = Mapping[int, tuple[int, int]]


def _people(
    project: Project,
    days: QuerySet[PersonDay],
    *,
    period: Period,
    stretch: int,
    agreed: Pairs,
    right: Pairs,
    stood: Pairs,
) -> list[Person]:
    worked = _worked(days)
    known = User.objects.in_bulk(list(worked))
    budgets = _budgets(project, known)
    bars = _sums(days, first=period.first, n_days=period.days, stretch=stretch)
    seen = seen_images.by_person(days, budgets=budgets)
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
            exposure=_exposure(seen.get(pk, {}), worked[pk].days, classes=classes, budgets=budgets[pk]),
        )
        for pk, person in known.items()
    ]
    return sorted(made, key=lambda one: (str(one.person).casefold(), one.person.pk))


def _person(
    person: User,
    worked: _Worked,
    *,
    bars: Sequence[float],
    agreed: tuple[int, int],
    right: tuple[int, int],
    stood: tuple[int, int],
    exposure: Sequence[Exposure],
) -> Person:
    return Person(
        person=person,
        answers=worked.answers,
        unsure=worked.unsure,
        days=worked.days,
        hours=worked.seconds / 3600,
        per_hour=3600 * worked.timed / worked.seconds if worked.seconds else None,
        bars=bars,
        agreement=agreement.accuracy_of_person(right=agreed[0], items=agreed[1]),
        accuracy=agreement.accuracy_of_person(right=right[0], items=right[1]),
        looked_at_again=stood[1],
        stood=stood[0],
        exposure=exposure,
    )


def _worked(days: QuerySet[PersonDay]) -> dict[int, _Worked]:
    names = ("answers", "unsure", "timed", "seconds")
    sums: Any = days.order_by().values("person").annotate(**{f"sum_{name}": Sum(name) for name in names}, n=Count("pk"))
    return {row[0]: _Worked(*row) for row in sums.values_list("person", *(f"sum_{name}" for name in names), "n")}


def _sums(days: QuerySet[PersonDay], *, first: date, n_days: int, stretch: int) -> dict[int, list[int]]:
    """Return by person the answers of each stretch of so many days."""
    found: dict[int, list[int]] = defaultdict(lambda: [0] * math.ceil(n_days / stretch))
    for person, day, answers in days.values_list("person", "day", "answers"):
        found[person][(day - first).days // stretch] += answers
    return found


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
    given = settled.filter(first__question__labels__retraction=None, first__question__labels__is_unsure=False)
    is_alike = Q(first__classes__len=0, settled__classes__len=0) | Q(
        first__classes__len__gt=0, settled__classes__len__gt=0
    )
    counted = given.values_list("first__question__labels__person").order_by()
    return {person: (n, of) for person, n, of in counted.annotate(n=Count("pk", filter=is_alike), of=Count("pk"))}


def _budgets(project: Project, people_of: Iterable[int]) -> dict[int, dict[str, int]]:
    """Return by person, per class, how many images a day: of the project's budget and their own, the smaller."""
    common = dict(ExposureBudget.objects.filter(project=project).values_list("class_key", "per_day"))
    own = dict(Preferences.objects.filter(person__in=people_of).values_list("person", "exposure_budget"))
    found = {}
    for person in people_of:
        mine: dict[str, int] = own.get(person) or {}
        found[person] = {key: min(one[key] for one in (common, mine) if key in one) for key in {*common, *mine}}
    return found


def _exposure(
    seen: Mapping[str, Seen], days: int, *, classes: Mapping[str, str], budgets: Mapping[str, int]
) -> list[Exposure]:
    """Return the classes a person saw or has a budget for, in the order of the schema."""
    found = []
    for key, name in classes.items():
        one, budget = seen.get(key, NOTHING), budgets.get(key)
        if one.images or budget is not None:
            # A budget of none is reached on every day.
            reached = None if budget is None else one.days_reached if budget > 0 else days
            found.append(Exposure(key, name, one.images, one.most, budget, reached))
    return found
