"""This will say how far two weighted samples differ: in a share, and in a distribution. Pure.

Effect sizes do not grow with the sample, and tests say whether they are more than noise; a drift is called one only
where both agree.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Values = NDArray[np.float64]
BINS = 10
CONFIDENCE = 0.999


def effective(weights: Values) -> float:
    """Return how many images of equal weight would say as much (Kish, Survey Sampling, 1965, §11.7)."""
    total = float(weights.sum())
    return total * total / float((weights**2).sum()) if total else 0.0


def cohens_h(first: float, second: float) -> float:
    """Return the distance of two shares, 0 to π (Cohen, Statistical Power Analysis, 2nd ed., 1988, chapter 6)."""
    return abs(2 * float(np.arcsin(np.sqrt(first))) - 2 * float(np.arcsin(np.sqrt(second))))


def is_share_changed(first: float, second: float, *, sizes: tuple[float, float], tests: int) -> bool:
    """Say whether two shares of independent samples differ by more than noise.

    Cohen's h is normal with variance 1/n + 1/m, also where shares are small; the level is divided by the number of
    tests that are made at once (Bonferroni).
    """
    z = cohens_h(first, second) / np.sqrt(1 / sizes[0] + 1 / sizes[1])
    return bool(2 * stats.norm.sf(z) < (1 - CONFIDENCE) / tests)


@dataclass(frozen=True)
class Stability:
    """The index, and what it hardly ever reaches between samples of one population."""

    index: float
    noise: float


def stability(before: Values, now: Values, *, sizes: tuple[float, float], tests: int = 1) -> Stability:
    """Compare counts in the same bins by the population stability index Σ (q − p) ln(q / p).

    Siddiqi, Credit Risk Scorecards, 2006, chapter 8. ``sizes`` are the effective sizes of both samples; an empty bin
    counts as half an image. Between samples of one population the index is about (1/n + 1/m) χ² with bins − 1 degrees
    of freedom (Yurdakul, Statistical Properties of the Population Stability Index, 2018); the level is divided by the
    number of tests that are made at once.
    """
    if len(before) < 2:
        return Stability(0.0, 0.0)
    p, q = _shares(before, sizes[0]), _shares(now, sizes[1])
    index = float(((q - p) * np.log(q / p)).sum())
    quantile = _chi2(1 - (1 - CONFIDENCE) / tests, len(p) - 1)
    return Stability(index, quantile * (1 / sizes[0] + 1 / sizes[1]))


def stability_index(before: Values, now: Values, *, weights: tuple[Values, Values]) -> float:
    """Return the stability index over tenths of the sample before, 0 where it is no more than noise.

    Values that many images share make fewer bins.
    """
    edges = np.unique(np.quantile(before, np.linspace(0, 1, BINS + 1)[1:-1], method="inverted_cdf"))
    sizes = (effective(weights[0]), effective(weights[1]))
    found = stability(_counts(before, weights[0], edges), _counts(now, weights[1], edges), sizes=sizes)
    return found.index if found.index > found.noise else 0.0


@cache
def _chi2(level: float, degrees: int) -> float:
    return float(stats.chi2.ppf(level, df=degrees))


def _counts(values: Values, weights: Values, edges: Values) -> Values:
    # A value that equals an edge lies below it: sizes that most photos share then have a bin of their own.
    bins = np.searchsorted(edges, values, side="left")
    return np.asarray(np.bincount(bins, weights=weights, minlength=len(edges) + 1), dtype=np.float64)


def _shares(counts: Values, size: float) -> Values:
    shares = np.maximum(counts / counts.sum(), 0.5 / size)
    return np.asarray(shares / shares.sum())
