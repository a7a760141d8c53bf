"""This will say how much was missed in total, violations or their views, from the looks that chance drew.

Pure. The one uncertain number of a period: built once, and then turned into shares (`proportions`). Finds and cells run
over the last axis, so that one call serves one period or many.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from moderation.statistics.intervals import UNKNOWN, Amount, Scope, either, scoped, total
from moderation.statistics.reviewer_error import FLAWLESS, Sensitivity
from moderation.statistics.weighing import Cells, Finds, Numbers, Tally, heaviest_find, next_find, tally

ROUNDING = 1e-9


@dataclass(frozen=True)
class Allowance:
    """What an interval allows for beside the draws: chance in the traffic itself, and people who overlook."""

    scope: Scope = Scope.PERIOD
    reviewers: Sensitivity = FLAWLESS


THE_DRAWS = Allowance()


@dataclass(frozen=True, eq=False)
class Missed:
    """The missed total, NaN where nothing is known of what passed; `variance` is that of its estimate. What was found
    is tallied as it was drawn."""

    amount: Amount
    finds: Tally
    looks: Numbers
    variance: Numbers


def missed(finds: Finds, cells: Cells, *, looks: ArrayLike | None = None, allowing: Allowance = THE_DRAWS) -> Missed:
    """Estimate the total over all passed posts, from all their `cells` and what was found among them.

    A violation is found when it is drawn *and* recognized, so the probabilities are multiplied by the reviewers'
    sensitivity. `looks` is the number of answered looks; without it the expected number stands in. Raises
    ImpossibleProbability.
    """
    found, blur = tally(finds), allowing.reviewers.relative_variance
    looked = np.rint((cells.posts * cells.probability).sum(axis=-1)) if looks is None else np.asarray(looks)
    corrected = scoped(tally(_recognized(finds, by=allowing.reviewers)), scope=allowing.scope)
    is_nothing = (found.count == 0) & (cells.posts.sum(axis=-1) <= 0)
    amount = either(is_nothing, UNKNOWN, _bounded(corrected, finds, cells, allowing=allowing))
    return Missed(amount, found, looked, corrected.variance + blur * corrected.total**2)


def _bounded(corrected: Tally, finds: Finds, cells: Cells, *, allowing: Allowance) -> Amount:
    """The total's bounds. Posts without a chance of a look leave no estimate and may all violate; no total exceeds
    what passed."""
    following = scoped(_following(finds, cells, reviewers=allowing.reviewers), scope=allowing.scope)
    found = total(corrected, following=following, blur=allowing.reviewers.relative_variance)
    views = cells.posts * cells.mean_views
    unreachable, passed = np.where(cells.probability <= 0, views, 0.0).sum(axis=-1), views.sum(axis=-1)
    limit = np.where(passed > 0, np.maximum(passed, (finds.count * finds.views).sum(axis=-1)), math.inf)
    is_known = (unreachable <= 0) & (finds.is_there.any(axis=-1) | ~cells.is_sampled.any(axis=-1))
    low, high = _in_numbers(found, finds, cells, scope=allowing.scope)
    high = np.minimum(high + unreachable, limit)
    return Amount(np.where(is_known, np.minimum(found.estimate, limit), math.nan), np.minimum(low, high), high)


def _in_numbers(found: Amount, finds: Finds, cells: Cells, *, scope: Scope) -> tuple[Numbers, Numbers]:
    """The bounds; whole numbers where posts of a period that is over are counted."""
    if scope != Scope.PERIOD:
        return found.low, found.high
    is_number = (finds.views == 1).all(axis=-1) & (cells.mean_views == 1).all(axis=-1)
    low, high = outward(found.low, found.high)
    return np.where(is_number, low, found.low), np.where(is_number, high, found.high)


def outward(low: Numbers, high: Numbers) -> tuple[Numbers, Numbers]:
    """The whole numbers that a continuous interval reaches into. Where much of what passed was looked at, a bound may
    lie between two numbers: one find at pi = 1/2 would rule out that it was the only one."""
    return np.floor(low + ROUNDING), np.ceil(high - ROUNDING)


def _following(finds: Finds, cells: Cells, *, reviewers: Sensitivity) -> Tally:
    """The next find comes from where chance decided; where all was seen, it is one more that people overlooked."""
    expected = next_find(cells, sensitivity=reviewers.share)
    heaviest = heaviest_find(_recognized(finds, by=reviewers), otherwise=reviewers.share)
    return _either(cells.is_sampled.any(axis=-1), expected, heaviest)


def _either(condition: ArrayLike, one: Tally, other: Tally) -> Tally:
    names = one.__dataclass_fields__
    return Tally(**{name: np.where(condition, getattr(one, name), getattr(other, name)) for name in names})


def _recognized(finds: Finds, *, by: Sensitivity) -> Finds:
    return Finds(finds.probability * np.asarray(by.share)[..., None], finds.views, finds.count)
