"""This will read daily costs as plain tuples: two years are thousands of rows, and instances take far longer."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Case, DateField, Min, QuerySet, Sum, Value, When

from config.accounts.models import Project
from moderation.models import DailyCost


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


def used(project: Project, *, first: date, last: date) -> list[Used]:
    """Return the rows of some days, both included, oldest first. One query."""
    rows = _days(project, first, last).order_by("day", "resource", "source")
    return [Used._make(row) for row in rows.values_list(*Used._fields)]


def sums(project: Project, *, first: date, last: date, priced_from: Iterable[date] = ()) -> list[Used]:
    """Return the same, added up over the days between two changes of prices, each sum under the first of its days.

    Stored bytes are the same every day, so the number of their rows means nothing here. One query.
    """
    changes = [When(day__gte=day, then=Value(day)) for day in sorted(set(priced_from), reverse=True)]
    since = Case(*changes, default=Value(date.min), output_field=DateField())
    grouped = _days(project, first, last).annotate(since=since).values("since", "resource", "source")
    names = [name for name in Used._fields if name not in ("day", "resource", "source")]
    added = grouped.annotate(first=Min("day"), **{f"sum_{name}": Sum(name) for name in names}).order_by("first")
    return [Used._make(row) for row in added.values_list("first", "resource", "source", *(f"sum_{n}" for n in names))]


def _days(project: Project, first: date, last: date) -> QuerySet[DailyCost]:
    return DailyCost.objects.filter(project=project, day__range=(first, last))
