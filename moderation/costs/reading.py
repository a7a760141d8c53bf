"""This will read daily costs as plain tuples: two years are thousands of rows, and instances take far longer."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

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
    rows = DailyCost.objects.filter(project=project, day__range=(first, last)).order_by("day", "resource", "source")
    return [Used._make(row) for row in rows.values_list(*Used._fields)]
