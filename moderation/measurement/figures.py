"""This will say what a period came to: every metric with its interval, from the sums of its days.

Fast over any number of posts, because only sums are read. Periods are whole days (UTC).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

from config.accounts.models import Project
from moderation.measurement import reading
from moderation.measurement.estimating import Estimates, estimate, estimates
from moderation.measurement.evidence import Evidence, from_dict
from moderation.measurement.periods import WHOLE, Part, PartKind, Period
from moderation.models import DailyMeasurement
from moderation.statistics.comparison import Difference, difference
from moderation.statistics.intervals import Scope
from moderation.statistics.sufficiency import Interval


@dataclass(frozen=True)
class Figures:
    """The metrics of one part of a period, by key of the catalog; what it cannot speak of is left out."""

    period: Period
    part: Part
    evidence: Evidence
    estimates: Estimates

    @property
    def intervals(self) -> dict[str, Interval]:
        return self.estimates.intervals

    @property
    def needed(self) -> dict[str, int | None]:
        """Looks still needed, None where looks cannot help."""
        return self.estimates.needed

    @property
    def missed(self) -> Interval:
        """The number of violations that passed."""
        return self.estimates.missed

    @property
    def pending(self) -> int:
        return self.evidence.pending

    @property
    def is_final(self) -> bool:
        """Whether nothing that was drawn in the period waits for an answer."""
        return self.pending == 0


@dataclass(frozen=True)
class Measured:
    """A whole period, what was counted in it, and all ``parts`` of a kind that had posts, in the order of values."""

    whole: Figures
    counts: dict[str, Any]
    parts: dict[PartKind, list[Figures]]


@dataclass(frozen=True)
class TrendPoint:
    """The metrics of the 28 days that end with ``day``."""

    day: date
    intervals: dict[str, Interval]


def figures(project: Project, period: Period, *, part: Part = WHOLE) -> Figures:
    """Return the metrics of a part of a period."""
    return of_evidence(reading.evidence(project, period, part=part), period=period, part=part)


def everything(project: Project, period: Period) -> Measured:
    """Return the metrics of the whole period and of all its parts, in as few queries as one part takes."""
    whole, counted, parts = reading.everything(project, period)
    every = [(WHOLE, whole), *(one for some in parts.values() for one in some)]
    found = estimates([evidence for _, evidence in every], wholes={0})
    shown = iter(Figures(period, *one, made) for one, made in zip(every, found, strict=True))
    return Measured(next(shown), counted, {kind: list(islice(shown, len(some))) for kind, some in parts.items()})


def of_evidence(evidence: Evidence, *, period: Period, part: Part = WHOLE) -> Figures:
    """Compute the metrics from their evidence alone."""
    return Figures(period, part, evidence, estimate(evidence, is_whole=part == WHOLE))


def of_stored(stored: dict[str, Any], *, period: Period, part: Part = WHOLE) -> Figures:
    """Compute the metrics from evidence that was written down with ``Evidence.to_dict``."""
    return of_evidence(from_dict(stored), period=period, part=part)


def counts(project: Project, period: Period) -> dict[str, Any]:
    """Return what was counted in a period: see ``counting.counts`` for the keys. Empty where nothing was counted."""
    return reading.days_counts(project, period)


def change(later: Figures, earlier: Figures) -> dict[str, Difference]:
    """Return how each metric changed between two periods, for the process behind them."""
    both = [later, earlier]
    wholes = {place for place, one in enumerate(both) if one.part == WHOLE}
    now, then = (one.intervals for one in estimates([one.evidence for one in both], scope=Scope.PROCESS, wholes=wholes))
    return {key: difference(now[key], then[key]) for key in now if key in then}


def trend(project: Project, days: Collection[date], *, keys: Iterable[str]) -> list[TrendPoint]:
    """Return, for each of some days that was counted, the metrics of the 28 days that end with it."""
    wanted = list(keys)
    rows = DailyMeasurement.objects.filter(project=project, day__in=days)
    # All metrics of a day are read at once: decoding each of them by itself takes three times as long.
    found = rows.order_by("day").values_list("day", "metrics")
    return [
        TrendPoint(day, {key: Interval(**metrics[key]) for key in wanted if metrics.get(key)}) for day, metrics in found
    ]
