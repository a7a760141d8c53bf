"""This will give the numbers that charts over time draw: metrics of the 28 days that end with each day, and marks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from config.accounts.models import Project
from moderation import costs
from moderation.marks import Mark, marks
from moderation.measurement.catalog import HEADLINES, METRIC, Unit
from moderation.measurement.figures import trend
from moderation.measurement.periods import Period
from moderation.statistics.sufficiency import Interval

DRAWN = (*HEADLINES, "flag_precision", "system_recall")


@dataclass(frozen=True)
class Line:
    """One metric over the days of a period: [estimate, low, high] a day, None where nothing is known.

    The estimate is None, too, where there is not enough behind it. ``currency`` is that of money, else empty.
    """

    key: str
    title: str
    unit: str
    points: Sequence[tuple[float | None, float | None, float | None]]
    currency: str = ""


def days_of(period: Period, *, every: int = 1) -> list[date]:
    """Return the days of a period, or every so many of them up to the last, oldest first."""
    return [period.last - timedelta(days=n) for n in range(0, period.days, every)][::-1]


def lines(project: Project, period: Period, *, currency: str, every: int = 1) -> list[Line]:
    """Return the lines of a period, one point a day or every so many, also for days that were not counted."""
    days = days_of(period, every=every)
    found = {one.day: one.intervals for one in trend(project, days, keys=DRAWN)}
    return [
        Line(
            key,
            str(METRIC[key].title),
            METRIC[key].unit,
            [_point(found.get(day, {}).get(key)) for day in days],
            currency if METRIC[key].unit == Unit.MONEY else "",
        )
        for key in DRAWN
    ]


def _point(one: Interval | None) -> tuple[float | None, float | None, float | None]:
    if one is None:
        return None, None, None
    return one.estimate if one.enough else None, one.low, one.high


def numbered(found: Sequence[Mark]) -> list[tuple[int, Mark]]:
    """Number marks as charts and lists name them, from 1."""
    return list(enumerate(found, start=1))


def drawn(project: Project, period: Period) -> dict[str, Any]:
    """Return plain values for the charts."""
    currency = costs.book(project).currency
    return {
        "days": [day.isoformat() for day in days_of(period)],
        "lines": [
            {"key": one.key, "title": one.title, "unit": one.unit, "points": one.points, "currency": one.currency}
            for one in lines(project, period, currency=currency)
        ],
        "marks": [
            {"number": number, "kind": one.kind, "day": one.at.date().isoformat(), "title": one.title}
            for number, one in numbered(marks(project, period))
        ],
    }
