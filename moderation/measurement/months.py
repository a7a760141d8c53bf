"""This will keep the sums of whole months beside those of their days, so that years are read in few rows.

A month is summed once it is over and each of its days has been counted, and anew after one of them was. Whoever counts
a day takes away what says that its month is in step, in the same transaction; such a month is read day by day. So what
is read is right at any moment, and where summing is killed it is only slower.
"""

import calendar
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Case, Count, F, FloatField, Q, QuerySet, Sum, When
from django.db.models.functions import Cast, Floor, Ln, TruncMonth

from config.accounts.models import Project
from moderation.measurement import counting
from moderation.measurement.gathering import Side
from moderation.measurement.periods import Period
from moderation.models import (
    DailyMeasurement,
    DayLooks,
    DaySecondLooks,
    DayViewLooks,
    MonthLooks,
    MonthlyMeasurement,
    MonthSecondLooks,
    MonthViewLooks,
)

# Passed posts whose probabilities differ by less than a twentieth are put together under their mean.
BAND = Floor(Ln("probability") * 20)
# What is read by its recorded probability: finds among what passed, and what second looks at removals told.
TOLD = Q(side=Side.PASSED, found__gt=0) | Q(side=Side.REMOVED, answered__gt=0)
SHORTEST_MONTH = 28
_COUNTS = ("posts", "drawn", "answered", "found", "lost")
_VIEW_SUMS = (
    "posts",
    "probability_sum",
    "score_sum",
    "views",
    "square_views",
    "drawn",
    "answered",
    "lost",
    "known_views",
)


@dataclass(frozen=True)
class Spans:
    """A period as the months in it that are summed, by their first days, and the stretches of days that are left, both
    ends included."""

    months: Sequence[date]
    days: Sequence[tuple[date, date]]


def spans(project: Project, period: Period) -> Spans:
    """Say how a period is best read. One query, and none for less than a month."""
    months = _inside(project, period) if period.days >= SHORTEST_MONTH else []
    left, start = [], period.first
    for first in months:
        left.append((start, first - timedelta(days=1)))
        start = _last(first) + timedelta(days=1)
    left.append((start, period.last))
    return Spans(months, [(one, other) for one, other in left if one <= other])


def _inside(project: Project, period: Period) -> list[date]:
    """Return the first days of the summed months that lie wholly in a period, oldest first."""
    summed = MonthlyMeasurement.objects.filter(project=project, day__range=(period.first, period.last))
    return [one for one in summed.order_by("day").values_list("day", flat=True) if _last(one) <= period.last]


def out_of_step(project: Project, day: date) -> None:
    """Say that a day is counted anew; in the transaction that does so, which holds the day's measurement."""
    MonthlyMeasurement.objects.filter(project=project, day=day.replace(day=1)).delete()


def sum_up(project: Project, *, now: datetime) -> list[date]:
    """Sum every month that is over, counted and not in step; returns their first days. Safe at once and twice."""
    return [first for first in _due(project, today=now.date()) if _sum_up(project, first)]


def _due(project: Project, *, today: date) -> list[date]:
    of_months = DailyMeasurement.objects.filter(project=project, day__lt=today.replace(day=1))
    counted = of_months.annotate(first=TruncMonth("day")).values_list("first").annotate(n=Count("pk")).order_by("first")
    in_step = set(MonthlyMeasurement.objects.filter(project=project).values_list("day", flat=True))
    return [first for first, n in counted if n == _days_in(first) and first not in in_step]


@transaction.atomic
def _sum_up(project: Project, first: date) -> bool:
    """Sum one month. Nobody counts a day of it meanwhile: its days are held, in their order."""
    days = DailyMeasurement.objects.filter(project=project, day__range=(first, _last(first))).order_by("day")
    counts = list(days.select_for_update(no_key=True).values_list("counts", flat=True))
    if MonthlyMeasurement.objects.filter(project=project, day=first).exists():
        return False
    for model, rows in _sums(project, first).items():
        model.objects.filter(project=project, day=first).delete()
        model.objects.bulk_create(model(project=project, day=first, **row) for row in rows)
    MonthlyMeasurement.objects.create(project=project, day=first, counts=counting.together(counts))
    return True


def _sums(project: Project, first: date) -> dict[Any, Iterable[dict[str, Any]]]:
    inside: dict[str, Any] = {"project": project, "day__range": (first, _last(first))}
    return {
        MonthLooks: _looks(DayLooks.objects.filter(**inside)),
        MonthViewLooks: _view_looks(DayViewLooks.objects.filter(**inside)),
        MonthSecondLooks: _second_looks(DaySecondLooks.objects.filter(**inside)),
    }


def _looks(days: QuerySet[DayLooks]) -> Iterable[dict[str, Any]]:
    """Add up a month's looks: what told something by its probability, the rest by bands, under their means."""
    keys = ("part", "value", "side", "stratum")
    exact = Case(When(TOLD, then=F("probability")), default=None, output_field=FloatField())
    sums: Any = days.annotate(exact=exact, band=BAND).values(*keys, "exact", "band").order_by()
    sums = sums.annotate(
        looked=Sum(F("probability") * Cast("posts", FloatField())),
        score=Sum("score_sum"),
        **{f"n_{name}": Sum(name) for name in _COUNTS},
    )
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for one in sums:
        # Rounding must not push what was looked at for certain above 1.
        probability = one["exact"] or min(1.0, one["looked"] / one["n_posts"])
        row = {"score_sum": one["score"], **{name: one[f"n_{name}"] for name in _COUNTS}}
        place = {**{key: one[key] for key in keys}, "probability": probability}
        other = found.setdefault(tuple(place.values()), {**place, **dict.fromkeys(row, 0)})
        other.update({name: other[name] + n for name, n in row.items()})
    return found.values()


def _view_looks(days: QuerySet[DayViewLooks]) -> Iterable[dict[str, Any]]:
    keys = ("is_passed", "stratum", "band")
    finds: dict[tuple[Any, ...], list[list[float]]] = defaultdict(list)
    for *key, some in days.exclude(finds=[]).order_by("day").values_list(*keys, "finds"):
        finds[tuple(key)] += some
    sums: Any = days.values(*keys).annotate(**{f"sum_{name}": Sum(name) for name in _VIEW_SUMS}).order_by()
    for one in sums:
        key = {name: one[name] for name in keys}
        yield {**key, **{name: one[f"sum_{name}"] for name in _VIEW_SUMS}, "finds": finds[tuple(key.values())]}


def _second_looks(days: QuerySet[DaySecondLooks]) -> Iterable[dict[str, Any]]:
    keys = ("part", "value", "group", "outcome", "probability")
    sums: Any = days.values(*keys).annotate(n=Sum("looks")).order_by()
    return [{**{key: one[key] for key in keys}, "looks": one["n"]} for one in sums]


def _last(first: date) -> date:
    return first.replace(day=_days_in(first))


def _days_in(first: date) -> int:
    return calendar.monthrange(first.year, first.month)[1]
