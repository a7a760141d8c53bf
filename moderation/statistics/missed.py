"""This will say how much was missed in total, violations or their views, from the looks that chance drew.

Pure. The one uncertain number of a period: built once, and then turned into shares (`proportions`).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from moderation.statistics.intervals import Amount, Scope, scoped, total
from moderation.statistics.reviewer_error import FLAWLESS, Sensitivity
from moderation.statistics.weighing import Cell, Finds, Numbers, Tally, finds_of, heaviest_find, next_find, tally

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


def missed(finds: Finds, cells: Sequence[Cell], *, looks: int | None = None, allowing: Allowance = THE_DRAWS) -> Missed:
    """Estimate the total over all passed posts, from all their `cells` and what was found among them.

    A violation is found when it is drawn *and* recognized, so the probabilities are multiplied by the reviewers'
    sensitivity. `looks` is the number of answered looks; without it the expected number stands in. Raises
    ImpossibleProbability.
    """
    found = tally(finds)
    looked = round(sum(cell.posts * cell.probability for cell in cells)) if looks is None else looks
    corrected = scoped(tally(_recognized(finds, by=allowing.reviewers)), scope=allowing.scope)
    variance = corrected.variance + allowing.reviewers.relative_variance * corrected.total**2
    if not len(finds) and sum(cell.posts for cell in cells) <= 0:
        return Missed(None, found, looked, variance)
    return Missed(_bounded(corrected, finds, cells, allowing=allowing), found, looked, variance)


def _bounded(corrected: Tally, finds: Finds, cells: Sequence[Cell], *, allowing: Allowance) -> Amount:
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
    limit = max(passed, float(finds.views.sum())) if passed > 0 else math.inf
    is_known = not unreachable and (len(finds) > 0 or not _sampled(cells))
    low, high = outward(found.low, found.high) if _is_number(finds, cells, allowing) else (found.low, found.high)
    high = min(float(high) + unreachable, limit)
    return Amount(min(float(found.estimate), limit) if is_known else math.nan, min(float(low), high), high)


def _is_number(finds: Finds, cells: Sequence[Cell], allowing: Allowance) -> bool:
    """Whether the total is a number of posts of a period that is over, and so a whole one."""
    if allowing.scope != Scope.PERIOD:
        return False
    return bool((finds.views == 1).all()) and all(cell.mean_views == 1 for cell in cells)


def outward(low: Numbers, high: Numbers) -> tuple[Numbers, Numbers]:
    """The whole numbers that a continuous interval reaches into. Where much of what passed was looked at, a bound may
    lie between two numbers: one find at pi = 1/2 would rule out that it was the only one."""
    return np.floor(low + ROUNDING), np.ceil(high - ROUNDING)


def _following(finds: Finds, cells: Sequence[Cell], *, reviewers: Sensitivity) -> Tally:
    """The next find comes from where chance decided; where all was seen, it is one more that people overlooked."""
    sampled = _sampled(cells)
    if sampled:
        return next_find(sampled, sensitivity=reviewers.share)
    return heaviest_find(_recognized(finds, by=reviewers) if len(finds) else finds_of([reviewers.share]))


def _sampled(cells: Sequence[Cell]) -> list[Cell]:
    return [cell for cell in cells if cell.posts > 0 and 0 < cell.probability < 1]


def _recognized(finds: Finds, *, by: Sensitivity) -> Finds:
    return Finds(finds.probability * by.share, finds.views)
