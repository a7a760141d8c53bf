"""Put bounds around a total or a share that was only sampled.

Pure mathematics, two-sided 95 % throughout; `estimation` says what the totals mean. Totals are sums of 1/pi
over what was found, pi being the inclusion probability that was recorded before anybody looked (Poisson
sampling).

Sources: Horvitz and Thompson 1952 (JASA 47:663) for totals; Fay and Feuer 1997 (Stat Med 16:791) for the
gamma interval of a weighted sum of Poisson counts; Fay and Kim 2017 (Biom J, doi 10.1002/bimj.201600111) for
its mid-p form; Zou and Donner 2008 and Donner and Zou 2012 (SMMR 21:347) for MOVER sums and ratios; Wilson
1927 (JASA 22:209); Kish 1965 for effective numbers. The weight of the next find (a quarter by score, three
quarters anywhere) was chosen by simulating seasons.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.special import gammainc, gammaincinv

Z = 1.959963984540054
TAILS = (0.025, 0.975)
BLIND_SHARE = 0.75
# Halving a bracket this often leaves less than one part in 10^18 of it.
BISECTIONS = 60


class ImpossibleProbability(ValueError):
    """Something was found with an inclusion probability outside (0, 1]: it could not have been drawn."""


@dataclass(frozen=True)
class Cell:
    """Passed posts that shared one inclusion probability: usually one stratum under one plan.

    `probability` is the recorded pi in [0, 1], `mean_score` the mean calibrated score in [0, 1] (only ratios
    matter).
    """

    posts: int
    probability: float
    mean_score: float


@dataclass(frozen=True)
class Amount:
    """A number or share with its bounds; the estimate is None where the sample cannot give one."""

    estimate: float | None
    low: float
    high: float


@dataclass(frozen=True)
class NextFind:
    """What one more find would add to the unseen part: the mean of (1 - pi)/pi and of (1 - pi)/pi^2."""

    unseen: float
    variance: float


def refuse_impossible(probabilities: Sequence[float]) -> None:
    """Raise ImpossibleProbability unless every probability lies in (0, 1]."""
    for probability in probabilities:
        if not 0 < probability <= 1:
            raise ImpossibleProbability(f"{probability!r} is not an inclusion probability in (0, 1]")


def effective(probabilities: Sequence[float]) -> float | None:
    """Kish's effective number (sum w)^2 / sum w^2 with w = 1/pi; None for no probabilities."""
    weights = [1.0 / probability for probability in probabilities]
    return sum(weights) ** 2 / sum(weight**2 for weight in weights) if weights else None


def variance_of_total(probabilities: Sequence[float]) -> float:
    """The unbiased variance of sum 1/pi under Poisson sampling: sum (1 - pi)/pi^2."""
    return sum((1 - probability) / probability**2 for probability in probabilities)


def next_find(cells: Sequence[Cell]) -> NextFind:
    """Where one more find would come from, were there one.

    Cell c has the share e_c, proportional to n_c pi_c r_c with r_c = (1 - b) q_c + b (sum n q / sum n), b =
    0.75. Takes cells with posts and 0 < pi < 1 only: a cell that was seen whole hides no find, and with its
    large pi it would draw nearly all of e to itself and leave an upper limit near zero for the rest.
    """
    posts = sum(cell.posts for cell in cells)
    flat = sum(cell.posts * cell.mean_score for cell in cells) / posts
    rates = [(1 - BLIND_SHARE) * cell.mean_score + BLIND_SHARE * flat if flat > 0 else 1.0 for cell in cells]
    parts = [cell.posts * cell.probability * rate for cell, rate in zip(cells, rates, strict=True)]
    shares = [(part / sum(parts), cell.probability) for part, cell in zip(parts, cells, strict=True)]
    return NextFind(
        unseen=sum(share * (1 - probability) / probability for share, probability in shares),
        variance=sum(share * (1 - probability) / probability**2 for share, probability in shares),
    )


def heaviest_find(finds: Sequence[float]) -> NextFind:
    """Without cells the next find may weigh as much as the heaviest so far (Fay and Feuer's choice)."""
    smallest = min(finds, default=1.0)
    return NextFind(unseen=(1 - smallest) / smallest, variance=(1 - smallest) / smallest**2)


def total_bounds(finds: Sequence[float], *, following: NextFind) -> tuple[float, float]:
    """The bounds of a total ("M75"), from the inclusion probabilities of what was found.

    The seen part is the count itself. The unseen part has the 2.5 % and 97.5 % quantiles of the even mixture
    of Gamma(mean y, var v) and Gamma(mean y + y1, var v + v1), y = sum (1 - pi)/pi, v = sum (1 - pi)/pi^2 and
    (y1, v1) the next find (Fay and Kim's mid-p form). No finds and small pi give the rule of three, 3/pi; pi
    = 1 throughout, the count.
    """
    unseen, variance = sum(1 / probability - 1 for probability in finds), variance_of_total(finds)
    components = ((unseen, variance), (unseen + following.unseen, variance + following.variance))
    low, high = (_mixture_quantile(tail, components=components) for tail in TAILS)
    return len(finds) + low, len(finds) + high


def wilson(share: float, size: float) -> tuple[float, float]:
    """Wilson's score interval of a share in [0, 1] seen in `size` > 0 (effective) trials."""
    middle = share + Z**2 / (2 * size)
    reach = Z * math.sqrt(share * (1 - share) / size + Z**2 / (4 * size**2))
    scale = 1 + Z**2 / size
    return min(share, max(0.0, (middle - reach) / scale)), max(share, min(1.0, (middle + reach) / scale))


def times(amount: Amount, factor: float) -> Amount:
    """The amount on another scale; `factor` is at least 0."""
    estimate = None if amount.estimate is None else amount.estimate * factor
    return Amount(estimate, amount.low * factor, amount.high * factor)


def plus(one: Amount, other: Amount) -> Amount:
    """The sum of two independent amounts (MOVER, Zou and Donner 2008); without estimates, bound to bound."""
    if one.estimate is None or other.estimate is None:
        return Amount(None, one.low + other.low, one.high + other.high)
    estimate = one.estimate + other.estimate
    down = math.hypot(one.estimate - one.low, other.estimate - other.low)
    up = math.hypot(one.high - one.estimate, other.high - other.estimate)
    return Amount(estimate, estimate - down, estimate + up)


def ratio(one: Amount, other: Amount) -> tuple[float, float]:
    """The bounds of one/other for independent amounts; infinite where `other` may be 0.

    MOVER (Donner and Zou 2012); bound over bound where one has no estimate, and where `other` is exact, as
    MOVER itself then comes to that. `other.high` must be above 0.
    """
    if one.estimate is None or other.estimate is None or other.low == other.high:
        return one.low / other.high, one.high / other.low if other.low > 0 else math.inf
    product = one.estimate * other.estimate
    below, above = one.low * (2 * one.estimate - one.low), one.high * (2 * one.estimate - one.high)
    root = math.sqrt(max(0.0, product**2 - below * other.high * (2 * other.estimate - other.high)))
    # This form of the lower limit stays finite where other.high passes twice the estimate.
    low = below / (product + root) if below > 0 else 0.0
    divisor = other.low * (2 * other.estimate - other.low)
    if divisor <= 0:
        return low, math.inf
    return low, (product + math.sqrt(max(0.0, product**2 - above * divisor))) / divisor


def _mixture_quantile(level: float, *, components: Sequence[tuple[float, float]]) -> float:
    """The quantile of the even mixture of gamma laws (mean, variance); it lies between their own."""
    quantiles = [_gamma_quantile(level, mean, variance) for mean, variance in components]
    low, high = min(quantiles), max(quantiles)
    if _mixture_cdf(low, components) >= level:
        return low
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if _mixture_cdf(middle, components) < level else (low, middle)
    return high


def _mixture_cdf(value: float, components: Sequence[tuple[float, float]]) -> float:
    return sum(_gamma_cdf(value, mean, variance) for mean, variance in components) / len(components)


def _gamma_quantile(level: float, mean: float, variance: float) -> float:
    return float(gammaincinv(mean**2 / variance, level)) * variance / mean if variance > 0 else mean


def _gamma_cdf(value: float, mean: float, variance: float) -> float:
    return float(gammainc(mean**2 / variance, value * mean / variance)) if variance > 0 else float(value >= mean)
