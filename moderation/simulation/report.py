"""This will say, of a day or a season, what was measured and what was true."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from statistics import median
from typing import Any

from PIL import Image

from config.accounts.models import Project
from moderation import costs
from moderation.measurement import Period, figures
from moderation.measurement.catalog import METRIC
from moderation.measurement.counting import STATED_HOURS
from moderation.simulation import costing, truth
from moderation.simulation.plan import Plan, midnight
from moderation.simulation.platform import Platform
from moderation.simulation.pool import Pool
from moderation.statistics.sufficiency import Interval

COST = "cost_per_thousand_posts"
COUNTED = ("posts", "flagged", "removed", "removals", "audited", "human_looks", "views", "complaints", "appeals")


@dataclass(frozen=True)
class Played:
    """What no row tells of a day: the real ``seconds`` that taking and screening its posts took, and who decided."""

    number: int
    seconds: float
    model_version: int | None


@dataclass(frozen=True)
class Secrets:
    """What no measurement may know: by sha256 which images violate, and how many ``seconds`` people took each day."""

    platform: Platform
    answers: Mapping[str, bool]
    seconds: Mapping[date, float]


@dataclass(frozen=True)
class Ended:
    """A season that is over, with its secrets."""

    plan: Plan
    project: Project
    secrets: Secrets
    played: Sequence[Played]

    @cached_property
    def views(self) -> dict[str, int]:
        return self.secrets.platform.seen_by_cut_off()

    @property
    def period(self) -> Period:
        """The days on which posts came."""
        return Period(midnight(1), midnight(self.plan.days + 1))


def of_season(ended: Ended) -> dict[str, Any]:
    """Return a row a day and one for the period of all posts: counts, and each metric with truth and interval."""
    days = [_day(ended, one) for one in ended.played[: ended.plan.days]]
    return {"days": days, "totals": _row(ended, ended.period) | _sums(ended, days)}


def _day(ended: Ended, played: Played) -> dict[str, Any]:
    period = Period(midnight(played.number), midnight(played.number + 1))
    return {
        "day": played.number,
        **_row(ended, period),
        "posts_per_second": round(ended.plan.posts_per_day / played.seconds, 1),
        "model_version": played.model_version,
    }


def _row(ended: Ended, period: Period) -> dict[str, Any]:
    known = truth.facts(ended.project, period, answers=ended.secrets.answers, views=ended.views)
    measured = figures.figures(ended.project, period)
    intervals = {COST: costs.interval(ended.project, period, book=costs.book(ended.project))} | measured.intervals
    true = truth.metrics(known, hours_allowed=STATED_HOURS) | _rates(ended, period)
    return {
        "violations": sum(one.violates for one in known),
        "wrongly_down": sum(one.is_down and not one.violates for one in known),
        "pending": measured.pending,
        "metrics": {key: _beside(intervals[key], true=true.get(key)) for key in METRIC if key in intervals},
        **_counts(ended.project, period),
    }


def _counts(project: Project, period: Period) -> dict[str, Any]:
    counted = figures.counts(project, period)
    return {name: counted[name] for name in COUNTED}


def _rates(ended: Ended, period: Period) -> dict[str, float | None]:
    """Return how many complaints a thousand views of these days bring on average, and what a thousand posts cost."""
    first, last = ((at - midnight(1)).days for at in (period.start, period.end))
    platform = ended.secrets.platform
    expected, views = platform.expected_complaints[first:last].sum(), platform.views[:, first:last].sum()
    return {
        "complaints_per_thousand_views": truth.share(1000 * float(expected), float(views)),
        COST: costing.per_thousand(ended.project, period, seconds=ended.secrets.seconds),
    }


def _sums(ended: Ended, days: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what happened in all, the days after the last post with it."""
    seconds = sum(one.seconds for one in ended.played)
    return {
        "day": None,
        **_counts(ended.project, Period(midnight(1), midnight(ended.plan.all_days + 1))),
        "posts_per_second": round(sum(one["posts"] for one in days) / seconds, 1),
        "model_version": days[-1]["model_version"],
    }


def canvas_px(pool: Pool) -> int:
    """Choose a canvas for a source: as large as its images where they are small, 96 px where they are photos."""
    sizes = [max(Image.open(io.BytesIO(data)).size) for _, data in pool.source.read(pool.source.names[:50])]
    return 32 if median(sizes) <= 48 else 64 if median(sizes) <= 64 else 96


def _beside(interval: Interval, *, true: float | None) -> dict[str, Any]:
    return {
        "true": true,
        "estimate": interval.estimate,
        "low": interval.low,
        "high": interval.high,
        "finds": interval.finds,
        "looks": interval.looks,
        "enough": interval.enough,
        "is_inside": _is_inside(interval, true),
    }


def _is_inside(interval: Interval, true: float | None) -> bool | None:
    """Say whether the interval holds the truth, but for rounding; None where there is no truth or no interval."""
    if true is None or interval.low is None or interval.high is None:
        return None
    slack = 5e-4 * abs(true)
    return interval.low - slack <= true <= interval.high + slack
