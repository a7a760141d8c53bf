"""This will keep a few posts of a day so that all of them can be counted from these. Pure.

Priority sampling (Duffield, Lund and Thorup 2007, J ACM 54:32): a post of weight w gets the priority u/w, u being its
coin; the posts of the lowest priorities are kept, and `cut` is the priority of the first that is not. A post then
stands for 1/min(1, w cut) posts. Totals are unbiased, sum (1 - k)/k^2 is unbiased for their variance, and a prefix of a
kept sample is itself such a sample, with a lower cut.

Weights are the highest score of a post, mixed 75:25 with the mean of the day (defensive mixture, Hesterberg 1995);
what the machine flagged weighs 1, the most there is. So all of it is kept wherever it fits.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
FLAT_SHARE = 0.25
LEAST_WEIGHT = 1e-6
_COIN_BITS = 53


def weights(scores: Floats, *, is_flagged: NDArray[np.bool_]) -> Floats:
    """Weights in (0, 1] from each post's highest score in [0, 1]; both arguments [N]."""
    mean = float(scores.mean()) if scores.size else 0.0
    mixed = (1 - FLAT_SHARE) * scores + FLAT_SHARE * mean
    return np.where(is_flagged, 1.0, np.clip(mixed, LEAST_WEIGHT, 1.0))


def coins(keys: NDArray[np.int64]) -> Floats:
    """A number in (0, 1) for each key, always the same: what is kept never depends on when it was asked.

    SplitMix64 (Steele, Lea and Flood 2014, OOPSLA). No secret is needed: these coins choose what is counted, never who
    is looked at, and share nothing with the coins of the draws.
    """
    with np.errstate(over="ignore"):
        mixed = keys.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
    return ((mixed >> np.uint64(64 - _COIN_BITS)).astype(np.float64) + 0.5) / 2**_COIN_BITS


def chosen(priorities: Floats, *, size: int) -> tuple[NDArray[np.int64], float | None]:
    """Return which posts to keep, by ascending priority, and the cut; None where all are kept."""
    order = np.argsort(priorities, kind="stable")
    if order.size <= size:
        return order, None
    return order[:size], float(priorities[order[size]])


def rates(weights: Floats, *, cut: float | None) -> Floats:
    """The probability with which each kept post was kept."""
    return np.ones_like(weights) if cut is None else np.minimum(1.0, weights * cut)
