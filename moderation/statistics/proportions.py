"""This will turn totals of a period into shares of it, bounds and all.

Pure; each function works on one period's amounts or on arrays of many periods'. Where what was flagged is known
exactly every share here is a monotone function of the missed total, so its bounds are that total's, transformed; where
it is sampled too, the two independent amounts are joined by MOVER (`intervals`).
"""

import numpy as np
from numpy.typing import ArrayLike

from moderation.statistics.intervals import Amount, Z, exactly, plus, ratio, times
from moderation.statistics.weighing import Numbers


def caught_share(caught: Amount, escaped: Amount, *, variance: Numbers) -> Amount:
    """caught/(caught + escaped): machine recall, or system recall; NaN where there is no violation at all.

    The estimate is R - (R v - (1 - R) w)/V^2, V = caught + escaped, against the ratio's second-order bias: v is the
    `variance` of the escaped total, w that of the caught one, read off its bounds. It stays within the bounds.
    """
    fewest, most = ratio(escaped, caught)
    low, high = 1 / (1 + most), 1 / (1 + fewest)
    with np.errstate(divide="ignore", invalid="ignore"):
        violations = np.asarray(caught.estimate + escaped.estimate)
        share = caught.estimate / violations
        noise = ((caught.high - caught.low) / (2 * Z)) ** 2
        bias = (share * variance - (1 - share) * noise) / violations**2
    return Amount(np.clip(share - bias, low, high), low, high)


def at_least(known: ArrayLike, amount: Amount) -> Amount:
    """The amount, never less than what is known for certain."""
    return Amount(*(np.maximum(one, known) for one in (amount.estimate, amount.low, amount.high)))


def f1(flagged: Amount, missed: Amount, *, flags: Numbers) -> Amount:
    """2 TP/(2 TP + FP + FN) = 2/(1 + (flags + FN)/TP), `flags` = TP + FP being known exactly."""
    return _twice_over(plus(missed, exactly(flags)), flagged, extra=1)


def f1_of_process(flagged: Amount, wrong: Amount) -> Amount:
    """2/(2 + (FP + FN)/TP), where violations and wrongful flags come by chance, independent of each other."""
    return _twice_over(wrong, flagged, extra=2)


def accuracy(wrong: Amount, *, posts: Numbers) -> Amount:
    """(TP + TN)/N = 1 - (FP + FN)/N, within [0, 1]."""
    bounds = (np.clip(1 - wrong.high / posts, 0, 1), np.clip(1 - wrong.low / posts, 0, 1))
    return Amount(np.clip(1 - wrong.estimate / posts, *bounds), *bounds)


def _twice_over(one: Amount, other: Amount, *, extra: int) -> Amount:
    """2/(extra + one/other)."""
    fewest, most = ratio(one, other)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = 2 / (extra + np.divide(one.estimate, other.estimate))
    return Amount(share, 2 / (extra + most), 2 / (extra + fewest))


def prevalence(flagged: Amount, missed: Amount, *, posts: Numbers) -> Amount:
    """(TP + FN)/N."""
    return times(plus(flagged, missed), 1 / posts)
