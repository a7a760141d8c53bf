"""This will say to programs what one part of a period came to: every metric with its interval, and its change."""

from dataclasses import asdict
from typing import Any

from config.accounts.models import Project
from moderation import costs
from moderation.measurement import figures
from moderation.measurement.catalog import METRIC
from moderation.measurement.figures import Figures
from moderation.measurement.parts import require
from moderation.measurement.periods import WHOLE, Part, Period
from moderation.overview import COST
from moderation.statistics.comparison import Difference, difference
from moderation.statistics.sufficiency import Interval

# The period before has to be in the calendar, too; and nobody compares centuries.
MOST_DAYS_COMPARED = 10 * 366
Values = dict[str, Any]


def measured(project: Project, period: Period, *, part: Part = WHOLE) -> Values:
    """Return a part of a period as plain values; counts, and what posts cost, of the whole traffic alone.

    Raises UnknownPart.
    """
    require(project, part)
    shown = figures.figures(project, period, part=part)
    before = _before(project, period, part)
    changes = figures.change(shown, before) if before else {}
    metrics = {
        key: _metric(key, one, period, needed=shown.needed.get(key), change=changes.get(key))
        for key, one in shown.intervals.items()
    }
    counts: Values = {}
    if part == WHOLE:
        counts = {key: n for key, n in figures.counts(project, period).items() if isinstance(n, int)}
        metrics[COST] = _cost(project, period, is_compared=before is not None)
    return {
        "from": period.first,
        "to": period.last,
        "part": {"kind": str(part.kind), "value": part.value},
        "scored": shown.evidence.scored,
        "is_final": shown.is_final,
        "counts": counts,
        "metrics": {
            **metrics,
            "pending": shown.pending,
            "looks_still_needed": shown.needed.get("machine_recall"),
        },
    }


def _before(project: Project, period: Period, part: Part) -> Figures | None:
    if period.days > MOST_DAYS_COMPARED or period.first.year < 1900:
        return None
    return figures.figures(project, period.before, part=part)


def _metric(key: str, one: Interval, period: Period, *, needed: int | None = None, change: Difference | None) -> Values:
    return {
        **asdict(one),
        "unit": str(METRIC[key].unit),
        "needed": needed,
        "from": period.first,
        "to": period.last,
        "change": {**asdict(change), "is_more_than_noise": change.is_more_than_noise} if change else None,
    }


def _cost(project: Project, period: Period, *, is_compared: bool) -> Values:
    book = costs.book(project)
    now = costs.interval(project, period, book=book)
    change = difference(now, costs.interval(project, period.before, book=book)) if is_compared else None
    return {**_metric(COST, now, period, change=change), "currency": book.currency}
