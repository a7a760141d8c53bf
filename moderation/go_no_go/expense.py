"""This will keep what a thousand posts cost as evidence: each line of the account, and what it adds up to."""

from collections.abc import Mapping
from typing import Any

from config.accounts.models import Project
from moderation import costs
from moderation.measurement.periods import Period
from moderation.statistics.sufficiency import Interval

METRIC = "cost_per_thousand_posts"


def interval(project: Project, period: Period) -> Interval:
    return costs.interval(project, period, book=costs.book(project))


def frozen(project: Project, period: Period) -> dict[str, Any]:
    """Return the lines of the account, as plain values, and the posts they were for."""
    found = costs.of_period(project, period)
    lines = [
        {
            "resource": line.resource,
            "source": line.source,
            "rows": line.rows,
            "estimate": float(line.cost.amount.estimate),
            "low": float(line.cost.amount.low),
            "high": float(line.cost.amount.high),
            "is_complete": line.cost.is_complete,
        }
        for line in found.lines
    ]
    return {"lines": lines, "posts": found.achieved.posts}


def from_frozen(stored: Mapping[str, Any]) -> Interval:
    """Add the lines up again. Raises KeyError and TypeError."""
    lines, posts = stored["lines"], stored["posts"]
    empty = Interval(None, None, None, finds=posts, looks=posts, enough=False, effective_finds=None)
    if not posts:
        return empty
    estimate, low, high = (sum(line[key] for line in lines) / (posts / 1000) for key in ("estimate", "low", "high"))
    if not all(line["is_complete"] for line in lines):
        return Interval(None, low, None, finds=posts, looks=posts, enough=False, effective_finds=None)
    return Interval(estimate, low, high, finds=posts, looks=posts, enough=True, effective_finds=None)
