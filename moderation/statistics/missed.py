"""This will say how much was missed in total, violations or their views, from the looks that chance drew.

Pure. The one uncertain number of a period: built once, and then turned into shares (`proportions`).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from moderation.statistics.intervals import Amount, Scope, scoped, total
from moderation.statistics.reviewer_error import FLAWLESS, Sensitivity
from moderation.statistics.weighing import Cell, Find, Numbers, Tally, heaviest_find, next_find, tally

ROUNDING = 1e-9


@dataclass(frozen=True)
class Allowance:
    """What an interval allows for beside the draws: chance in the traffic itself, and people who overlook."""

    scope: Scope = Scope.PERIOD
    reviewers: Sensitivity = FLAWLESS


THE_DRAWS = Allowance()


@dataclass(frozen=True)
class Missed:
    """The missed total, None where nothing is known of what passed; `variance` is that of its estimate."""

    amount: Amount | None
    finds: Tally
    looks: int
    variance: Numbers


def missed(
    finds: Sequence[Find], cells: Sequence[Cell], *, looks: int | None = None, allowing: Allowance = THE_DRAWS
) -> Missed:
    """Estimate the total over all passed posts, from all their `cells` and what was found among them.

    A violation is found when it is drawn *and* recognized, so the probabilities are multiplied by the reviewers'
    sensitivity. `looks` is the number of answered looks; without it the expected number stands in. Raises
    ImpossibleProbability.
    """
    found = tally(finds)
    looked = round(sum(cell.posts * cell.probability for cell in cells)) if looks is None else looks
    corrected = scoped(tally(_recognized(finds, by=allowing.reviewers)), scope=allowing.scope)
    variance = corrected.variance + allowing.reviewers.relative_variance * corrected.total**2
    if not finds and sum(cell.posts for cell in cells) <= 0:
        return Missed(None, found, looked, variance)
    return Missed(_bounded(corrected, finds, cells, allowing=allowing), found, looked, variance)


def _bounded(corrected: Tally, finds: Sequence[Find], cells: Sequence[Cell], *, allowing: Allowance) -> Amount:
    """The total's bounds. Posts without a chance of a look leave no estimate and may all violate; no total exceeds
    what passed."""
    following = _following(finds, cells, reviewers=allowing.reviewers)
    found = total(
        corrected,
        following=scoped(following, scope=allowing.scope),
        blur=allowing.reviewers.relative_variance,
    )
    unreachable = sum(cell.posts * cell.mean_views for cell in cells if cell.probability <= 0)
    passed = sum(cell.posts * cell.mean_views for cell in cells)
    limit = max(passed, sum(find.views for find in finds)) if passed > 0 else math.inf
    is_known = not unreachable and (bool(finds) or not _sampled(cells))
    low, high = outward(found.low, found.high) if _is_number(finds, cells, allowing) else (found.low, found.high)
    high = min(float(high) + unreachable, limit)
    return Amount(min(float(found.estimate), limit) if is_known else math.nan, min(float(low), high), high)


def _is_number(finds: Sequence[Find], cells: Sequence[Cell], allowing: Allowance) -> bool:
    """Whether the total is a number of posts of a period that is over, and so a whole one."""
    counts_posts = all(find.views == 1 for find in finds) and all(cell.mean_views == 1 for cell in cells)
    return allowing.scope == Scope.PERIOD and counts_posts


def outward(low: Numbers, high: Numbers) -> tuple[Numbers, Numbers]:
    """The whole numbers that a continuous interval reaches into. Where much of what passed was looked at, a bound may
    lie between two numbers: one find at pi = 1/2 would rule out that it was the only one."""
    return np.floor(low + ROUNDING), np.ceil(high - ROUNDING)


def _following(finds: Sequence[Find], cells: Sequence[Cell], *, reviewers: Sensitivity) -> Tally:
    """The next find comes from where chance decided; where all was seen, it is one more that people overlooked."""
    sampled = _sampled(cells)
    if sampled:
        return next_find(sampled, sensitivity=reviewers.share)
    return heaviest_find(_recognized(finds, by=reviewers) or [Find(reviewers.share)])


def _sampled(cells: Sequence[Cell]) -> list[Cell]:
    return [cell for cell in cells if cell.posts > 0 and 0 < cell.probability < 1]


def _recognized(finds: Sequence[Find], *, by: Sensitivity) -> list[Find]:
    return [Find(find.probability * by.share, find.views) for find in finds]
