"""This will say how far a day lies from the reference, and how far chance alone would have put it. Pure.

A distance is called drift only where it is above a limit *and* above what chance reaches. The limit says that it
matters, whatever the number of images; the noise bound that it is there, however few they are. All quantities of a day
are held to one level together (Bonferroni): with nothing changed, one day in a thousand has any above its noise.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from models_registry.validation import comparing

# The usual limits of the population stability index (Siddiqi 2006): from here on it is another population.
INDEX_LIMIT = 0.25
# Cohen's small effect (1988): 2 % grow to 6 %, or 30 % to 40 %.
SHARE_LIMIT = 0.2
# Images of equal weight; fewer say nothing.
FEWEST = 50


@dataclass(frozen=True)
class Counts:
    """A histogram of what ``size`` images of equal weight would tell as much about."""

    counts: Sequence[float]
    size: float


@dataclass(frozen=True)
class Difference:
    """``value`` is the distance from the reference, ``noise`` what chance reaches once in a thousand days."""

    value: float
    noise: float
    limit: float
    size: float

    @property
    def bound(self) -> float:
        """What has to be exceeded before the difference is called drift."""
        return max(self.limit, self.noise)

    @property
    def is_beyond(self) -> bool:
        return self.value > self.bound


def of_counts(before: Counts, now: Counts, *, tests: int) -> Difference | None:
    """Compare two histograms over one ruler by the stability index; None where either is too small to tell.

    The bins are tenths of the reference, as far as its fine bins can be put together to tenths.
    """
    if min(before.size, now.size) < FEWEST:
        return None
    edges = _tenths(np.asarray(before.counts, dtype=np.float64))
    p, q = (_together(np.asarray(one.counts, dtype=np.float64), edges) for one in (before, now))
    found = comparing.stability(p, q, sizes=(before.size, now.size), tests=tests)
    return Difference(found.index, found.noise, INDEX_LIMIT, now.size)


def of_shares(before: float, now: float, *, sizes: tuple[float, float], tests: int) -> Difference | None:
    """Compare two shares by Cohen's h; None where either sample is too small to tell."""
    if min(sizes) < FEWEST:
        return None
    bound = _two_sided((1 - comparing.CONFIDENCE) / tests) * math.sqrt(1 / sizes[0] + 1 / sizes[1])
    return Difference(comparing.cohens_h(before, now), bound, SHARE_LIMIT, sizes[1])


@cache
def _two_sided(level: float) -> float:
    return float(stats.norm.isf(level / 2))


def added(days: Sequence[Mapping[str, Sequence[float]]]) -> dict[str, list[float]]:
    """Add up the histograms of days, by quantity."""
    keys = {key: None for one in days for key in one}
    return {key: np.sum([one[key] for one in days if key in one], axis=0).tolist() for key in keys}


def _tenths(counts: NDArray[np.float64]) -> NDArray[np.intp]:
    """The fine bins with which tenths of the reference end, without the last."""
    reached = np.cumsum(counts) / counts.sum()
    ends = np.searchsorted(reached, np.linspace(0, 1, comparing.BINS + 1)[1:-1] - 1e-12, side="left")
    return np.unique(ends[ends < len(counts) - 1])


def _together(counts: NDArray[np.float64], edges: NDArray[np.intp]) -> NDArray[np.float64]:
    return np.add.reduceat(counts, np.concatenate([[0], edges + 1]))
