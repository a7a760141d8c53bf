"""This will read daily costs as plain tuples: two years are thousands of rows, and instances take far longer."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Case, DateField, Min, Q, QuerySet, Sum, Value, When

from config.accounts.models import Project
from config.compiled import rows
from moderation.models import DailyCost, DailyOutput, Resource


class Used(NamedTuple):
    """What one source used of a resource on a day: see DailyCost."""

    day: date
    resource: str
    source: str
    quantity: int
    low: int
    high: int
    squares: Decimal
    rows: int
    measured_rows: int


class Output(NamedTuple):
    """What a day's work came to: see DailyOutput."""

    day: date
    posts: int
    decisions: int
    removals: int
    machine_removals: int
    complaint_removals: int
    complaints: int


def outputs(project: Project, *, first: date, last: date) -> list[Output]:
    """Return the rows of some days, both included, oldest first. One query."""
    days = DailyOutput.objects.filter(project=project, day__range=(first, last)).order_by("day")
    return [Output._make(row) for row in days.values_list(*Output._fields)]


# Two years are 60,000 numbers, which the database adds up sooner than Python reads them.
_SPARED = """
    SELECT who, age, sum(n::float8)
    FROM moderation_dailyoutput, jsonb_each(prevented) AS by(who, days),
         jsonb_array_elements_text(days) WITH ORDINALITY AS spared(n, age)
    WHERE project_id = %s AND day BETWEEN %s AND %s
    GROUP BY who, age ORDER BY who, age
"""


def spared(project: Project, *, first: date, last: date) -> dict[str, list[float]]:
    """Return the post-days that removals of some days spared, by whose they were and by age. One query."""
    found: dict[str, list[float]] = {}
    for who, _age, n in rows(_SPARED, [project.pk, first, last]):
        found.setdefault(who, []).append(n)
    return found


def used(project: Project, *, first: date, last: date) -> list[Used]:
    """Return the rows of some days, both included, oldest first. One query."""
    days = _days(project, first, last).order_by("day", "resource", "source")
    return [Used._make(row) for row in days.values_list(*Used._fields)]


def sums(project: Project, *, first: date, last: date, priced_from: Iterable[date] = ()) -> list[Used]:
    """Return the same, added up over the days between two changes of prices, each sum under the first of its days.

    The same bytes are stored on every day, so the rows of a sum of them are those of its last day. One query.
    """
    changes = [When(day__gte=day, then=Value(day)) for day in sorted(set(priced_from), reverse=True)]
    since = Case(*changes, default=Value(date.min), output_field=DateField())
    grouped = _days(project, first, last).annotate(since=since).values("since", "resource", "source")
    added = grouped.annotate(
        first=Min("day"),
        **{f"sum_{name}": Sum(name) for name in _SUMMED},
        # Not in the order of days: PostgreSQL would sort every row for it, which takes longer than adding all up.
        **{f"each_{name}": ArrayAgg(name, filter=_IS_STORED) for name in ("day", *_ROWS)},
    )
    columns = ("first", "resource", "source", *(f"sum_{name}" for name in _SUMMED))
    each = [f"each_{name}" for name in ("day", *_ROWS)]
    return [_used(*row) for row in added.order_by("first").values_list(*columns, *each)]


def _used(*row: Any) -> Used:
    *summed, days, stored, measured_rows = row
    used = Used._make(summed)
    if not days:
        return used
    _, newest, newest_measured = max(zip(days, stored, measured_rows, strict=True))
    return used._replace(rows=newest, measured_rows=newest_measured)


_ROWS = ("rows", "measured_rows")
_SUMMED = ("quantity", "low", "high", "squares", *_ROWS)
_IS_STORED = Q(resource=Resource.STORAGE)


def _days(project: Project, first: date, last: date) -> QuerySet[DailyCost]:
    return DailyCost.objects.filter(project=project, day__range=(first, last))
