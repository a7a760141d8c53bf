"""This will put bounds around a total or a share that was only sampled.

Pure mathematics, two-sided 95 % throughout; `estimation` says what the totals mean. Every function works element by
element, on one period's numbers or on arrays of many periods'; NaN stands for what is not known.

Sources: Fay and Feuer 1997 (Stat Med 16:791) for the gamma interval of a weighted sum of Poisson counts; Fay and Kim
2017 (Biom J, doi 10.1002/bimj.201600111) for its mid-p form; Zou and Donner 2008 (Stat Med 27:1693) for MOVER sums
and differences, Newcombe 1998 (Stat Med 17:873) for the difference of two shares, Donner and Zou 2012 (SMMR 21:347)
for MOVER ratios; Wilson 1927 (JASA 22:209).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammainc, gammaincinv

from moderation.statistics.weighing import Numbers, Tally

Z = 1.959963984540054
TAILS = (0.025, 0.975)
STEPS = 60
PRECISION = 1e-12


class Scope(StrEnum):
    """What an interval speaks of.

    PERIOD: the realized value of a period that is over; only the draws are uncertain. PROCESS: what the same traffic
    would give on average; how many violations happened to come is uncertain, too.
    """

    PERIOD = "PERIOD"
    PROCESS = "PROCESS"


@dataclass(frozen=True)
class Amount:
    """A number or share with its bounds; the estimate is NaN where the sample cannot give one."""

    estimate: Numbers
    low: Numbers
    high: Numbers


UNKNOWN = Amount(math.nan, math.nan, math.nan)


def either(condition: ArrayLike, one: Amount, other: Amount) -> Amount:
    """The one where the condition holds, element by element, else the other."""
    pairs = (one.estimate, other.estimate), (one.low, other.low), (one.high, other.high)
    return Amount(*(np.where(condition, *pair) for pair in pairs))


def exactly(number: Numbers) -> Amount:
    return Amount(number, number, number)


def scoped(tally: Tally, *, scope: Scope) -> Tally:
    """The tally as the scope reads it: for the process nothing is certain, not even what was seen.

    Poisson noise adds FN^ to the variance, which turns (1 - pi)/pi^2 into 1/pi^2.
    """
    if scope == Scope.PERIOD:
        return tally
    return Tally(tally.count, 0.0 * tally.seen, tally.total, tally.squares, tally.squares)


def counted(number: Numbers, *, scope: Scope) -> Amount:
    """A number of which every one was seen: exact for the period, a Poisson count (mid-p) for the process."""
    if scope == Scope.PERIOD:
        return exactly(number)
    one = Tally(1.0, 1.0, 0.0, 0.0, 1.0)
    known = Tally(number, number, 0.0 * number, 0.0 * number, number)
    return total(scoped(known, scope=scope), following=scoped(one, scope=scope))


def total(tally: Tally, *, following: Tally, blur: Numbers = 0.0) -> Amount:
    """The total with its bounds ("M75") from what was found and what one more find would add.

    The seen part is certain. The unseen part has the 2.5 % and 97.5 % quantiles of the even mixture of Gamma(mean y,
    var v) and Gamma(mean y + y1, var v + v1), (y, v) from the tally and (y1, v1) from the next find (Fay and Kim's
    mid-p form). No finds and small pi give the rule of three, 3/pi; pi = 1 throughout, the count. `blur` is the
    relative variance of a factor that all weights share and that is itself only estimated.
    """
    more = tally.unseen + following.unseen
    components = (
        _gamma(tally.unseen, tally.variance + blur * tally.total**2),
        _gamma(more, tally.variance + following.variance + blur * (tally.seen + more) ** 2),
    )
    tails = np.reshape(TAILS, (2, *(1 for _ in np.shape(more))))
    low, high = np.asarray(tally.seen + _mixture_quantile(tails, components=components))
    # Where all pi are near 1 the gamma law is so skewed that its mean can lie above its own 97.5 % quantile.
    return Amount(tally.total, np.minimum(low, tally.total), np.maximum(high, tally.total))


def wilson(share: ArrayLike, size: ArrayLike) -> tuple[Numbers, Numbers]:
    """Wilson's score interval of a share in [0, 1] seen in `size` > 0 (effective) trials."""
    p, n = np.asarray(share, dtype=float), np.asarray(size, dtype=float)
    middle = p + Z**2 / (2 * n)
    reach = Z * np.sqrt(p * (1 - p) / n + Z**2 / (4 * n**2))
    scale = 1 + Z**2 / n
    return np.minimum(p, np.maximum(0.0, (middle - reach) / scale)), np.maximum(
        p, np.minimum(1.0, (middle + reach) / scale)
    )


def times(amount: Amount, factor: Numbers) -> Amount:
    """The amount on another scale; `factor` is at least 0."""
    return Amount(amount.estimate * factor, amount.low * factor, amount.high * factor)


def plus(one: Amount, other: Amount) -> Amount:
    """The sum of two independent amounts (MOVER); without estimates, bound to bound."""
    estimate = one.estimate + other.estimate
    down = np.hypot(one.estimate - one.low, other.estimate - other.low)
    up = np.hypot(one.high - one.estimate, other.high - other.estimate)
    is_unknown = np.isnan(estimate)
    low = np.where(is_unknown, one.low + other.low, estimate - down)
    return Amount(estimate, low, np.where(is_unknown, one.high + other.high, estimate + up))


def minus(one: Amount, other: Amount) -> Amount:
    """The difference of two independent amounts: MOVER-D, Newcombe's method 10 where both are Wilson shares."""
    return plus(one, Amount(-other.estimate, -other.high, -other.low))


def ratio(one: Amount, other: Amount) -> tuple[Numbers, Numbers]:
    """The bounds of one/other for independent amounts at least 0; infinite where `other` may be 0, NaN for 0/0.

    MOVER (Donner and Zou 2012); bound over bound where one has no estimate, and where `other` is exact, as MOVER
    itself then comes to that.
    """
    product = one.estimate * other.estimate
    below, above = one.low * (2 * one.estimate - one.low), one.high * (2 * one.estimate - one.high)
    beyond = other.high * (2 * other.estimate - other.high)
    divisor = other.low * (2 * other.estimate - other.low)
    is_plain = np.isnan(product) | (np.asarray(other.low) == other.high)
    with np.errstate(divide="ignore", invalid="ignore"):
        # This form of the lower limit stays finite where other.high passes twice the estimate.
        low = np.where(below > 0, below / (product + np.sqrt(np.maximum(0.0, product**2 - below * beyond))), 0.0)
        high = (product + np.sqrt(np.maximum(0.0, product**2 - above * divisor))) / divisor
        high = np.where(divisor > 0, high, math.inf)
        plain = np.divide(one.low, other.high), np.divide(one.high, other.low)
    return np.where(is_plain, plain[0], low), np.where(is_plain, plain[1], high)


def _mixture_quantile(level: Numbers, *, components: Sequence["_Gamma"]) -> Numbers:
    """The quantiles, at levels along the first axis, of an even mixture of laws; they lie between their own.

    False position in the Illinois form (Dowell and Jarratt 1971, BIT 11:168), which needs about ten steps. Once all
    quantiles of a period are found they stay, so that they do not depend on what is computed beside it.
    """
    one, other = (component.quantile(level) for component in components)
    low, high = np.minimum(one, other), np.maximum(one, other)
    below, above = (_mixture_cdf(end, components) - level for end in (low, high))
    # A point mass at the lower end may hold the level by itself.
    high, above = np.where(below >= 0, low, high), np.where(below >= 0, 0.0, above)
    middle, side, is_found = high, np.zeros_like(high), np.zeros(high.shape[1:], dtype=bool)
    for _ in range(STEPS):
        gap = np.where(above > below, above - below, 1.0)
        middle = np.where(is_found, middle, np.clip(high - above * (high - low) / gap, low, high))
        error = _mixture_cdf(middle, components) - level
        is_found = np.all((np.abs(error) < PRECISION) | (high <= low), axis=0)
        if np.all(is_found):
            break
        # An end that stays a second time counts half, so that it moves, too.
        now = np.sign(error)
        kept = np.where(now == side, 0.5, 1.0)
        is_below, side = error < 0, now
        low, below = np.where(is_below, middle, low), np.where(is_below, error, below * kept)
        high, above = np.where(is_below, high, middle), np.where(is_below, above * kept, error)
    return middle


def _mixture_cdf(value: Numbers, components: Sequence["_Gamma"]) -> Numbers:
    return sum((component.cdf(value) for component in components), 0.0) / len(components)


@dataclass(frozen=True)
class _Gamma:
    """A gamma law; without variance it is the point ``mean``."""

    mean: Numbers
    is_point: NDArray[np.bool_]
    shape: Numbers
    scale: Numbers

    def quantile(self, level: Numbers) -> Numbers:
        return np.where(self.is_point, self.mean, gammaincinv(self.shape, level) * self.scale)

    def cdf(self, value: Numbers) -> Numbers:
        return np.where(self.is_point, np.asarray(value) >= self.mean, gammainc(self.shape, value / self.scale))


def _gamma(mean: Numbers, variance: Numbers) -> _Gamma:
    is_point = np.asarray(variance) <= 0
    m, v = np.where(is_point, 1.0, mean), np.where(is_point, 1.0, variance)
    return _Gamma(mean, is_point, m**2 / v, v / m)
