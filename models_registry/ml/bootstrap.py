"""This will say how far a number from a weighted hold-out may be off, by drawing the hold-out anew many times.

Every image came in with a probability π of its own and weighs 1/π. Images of about the same weight are a stratum; of
its n images, n - 1 are drawn with replacement, and what is drawn weighs n / (n - 1) times as much. With that factor
the variance over the draws is that of the weighted sum itself (Rao, Wu and Yue 1992, *Some recent work on resampling
methods for complex surveys*). Thresholds are chosen anew in each draw, so an interval covers that choice too. Two
scores of the same images are compared on the same draws, which is what pairs them. Intervals are percentiles.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
# Of every draw, so many numbers are held in memory at a time.
_CELLS = 2_000_000
_LEAST_IN_STRATUM = 10
_MOST_STRATA = 20
SEED = 20_261_122


def draws(weights: ArrayLike, *, count: int, seed: int = SEED) -> Iterator[Array]:
    """Yield the weights of the images in each draw, [B, N] at a time, B summing up to `count`.

    The same weights, count and seed give the same draws. One image alone cannot vary, and keeps its weight.
    """
    weight = np.asarray(weights, dtype=np.float64)
    random = np.random.default_rng(seed)
    groups = _strata(weight)
    at_once = max(1, min(count, _CELLS // max(1, len(weight))))
    for start in range(0, count, at_once):
        yield _drawn(weight, groups, rows=min(at_once, count - start), random=random)


def interval(values: Array, *, tail: float) -> tuple[float, float] | None:
    """Return the percentiles that leave `tail` of the draws on either side; None where few draws gave a number."""
    known = values[np.isfinite(values)]
    if len(known) < 0.9 * len(values) or not len(known):
        return None
    low, high = np.quantile(known, [tail, 1 - tail])
    return float(low), float(high)


@dataclass(frozen=True)
class Ranked:
    """One score of N images, sorted once, so that many sets of weights are summed at once.

    `order` [N] sorts by score, highest first; `ends` [K] are the last of those with the same score, which are flagged
    together from `thresholds` [K] on; `is_positive` [N] is in that order.
    """

    order: NDArray[np.intp]
    ends: NDArray[np.intp]
    thresholds: Array
    is_positive: NDArray[np.bool_]

    @classmethod
    def of(cls, scores: ArrayLike, truths: ArrayLike) -> "Ranked":
        values = np.asarray(scores, dtype=np.float64)
        order = np.argsort(-values, kind="stable")
        ranked = values[order]
        ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True)[: len(ranked)])
        return cls(order, ends, ranked[ends], np.asarray(truths, dtype=bool)[order])

    def ladders(self, weights: Array) -> "Ladders":
        """Sum up weights [B, N] for each threshold."""
        sorted_weights = weights[:, self.order]  # [B, N]
        flagged = np.cumsum(sorted_weights, axis=1)[:, self.ends]  # [B, K]
        found = np.cumsum(sorted_weights * self.is_positive, axis=1)[:, self.ends]  # [B, K]
        return Ladders(self.thresholds, found, flagged)


@dataclass(frozen=True)
class Ladders:
    """What flagging at each of K thresholds would have found and flagged, in weight, in each of B draws: [B, K]."""

    thresholds: Array
    found: Array
    flagged: Array

    @property
    def precision(self) -> Array:
        return _ratio(self.found, self.flagged)

    @property
    def recall(self) -> Array:
        return _ratio(self.found, self.found[:, -1:])

    def average_precision(self) -> Array:
        """Return [B], NaN in draws without a positive."""
        steps = np.diff(self.recall, axis=1, prepend=0.0)
        return np.asarray((steps * np.nan_to_num(self.precision)).sum(axis=1))

    def position_at(self, required_precision: float) -> NDArray[np.intp]:
        """Return [B], the lowest threshold from which on precision is at least the required one; -1 where none is."""
        reaches = np.nan_to_num(self.precision) >= required_precision - 1e-12
        last = reaches.shape[1] - 1 - np.argmax(reaches[:, ::-1], axis=1)
        return np.where(reaches.any(axis=1), last, -1)

    def recall_at(self, required_precision: float) -> Array:
        """Return [B], the recall at `position_at`; 0 where nothing may be flagged, NaN without a positive."""
        position = self.position_at(required_precision)
        found = np.take_along_axis(self.recall, np.maximum(position, 0)[:, None], axis=1)[:, 0]
        return np.where((position < 0) & np.isfinite(found), 0.0, found)

    def in_order(self) -> Array:
        """Return [B], the share of pairs of a positive and a negative in which the positive scores higher; ties half.

        The area under the ROC curve (Hanley and McNeil 1982); unlike precision it does not depend on prevalence.
        """
        wrong = self.flagged - self.found
        before = np.concatenate([np.zeros((len(self.found), 1)), self.found[:, :-1]], axis=1)
        pairs = (np.diff(wrong, axis=1, prepend=0.0) * (before + self.found) / 2).sum(axis=1)
        return np.asarray(_ratio(pairs, self.found[:, -1] * wrong[:, -1]))


def over_draws(weights: ArrayLike, measure: Callable[[Array], Array], *, count: int, seed: int = SEED) -> Array:
    """Measure each draw: `measure` takes weights [B, N] and returns [B, …]; returns [count, …]."""
    return np.concatenate([measure(one) for one in draws(weights, count=count, seed=seed)])


def _ratio(part: Array, whole: Array) -> Array:
    part, whole = np.broadcast_arrays(part, whole)
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)


def _strata(weights: Array) -> list[NDArray[np.intp]]:
    """Cut the images, sorted by weight, into groups of ten or more, at most twenty; equal weights stay together."""
    order = np.argsort(weights, kind="stable")
    least = max(_LEAST_IN_STRATUM, -(-len(weights) // _MOST_STRATA))
    changes = np.flatnonzero(np.diff(weights[order]) > 1e-9) + 1
    cuts: list[int] = []
    for place in changes.tolist():
        if place - (cuts[-1] if cuts else 0) >= least and len(weights) - place >= least:
            cuts.append(place)
    return [group for group in np.split(order, cuts) if len(group)]


def _drawn(weights: Array, groups: list[NDArray[np.intp]], *, rows: int, random: np.random.Generator) -> Array:
    drawn = np.empty((rows, len(weights)))
    for group in groups:
        size = len(group)
        if size == 1:
            drawn[:, group] = weights[group]
            continue
        # Counting drawn positions is several times faster than drawing the counts themselves.
        places = random.integers(0, size, (rows, size - 1)) + size * np.arange(rows)[:, None]
        counts = np.bincount(places.ravel(), minlength=rows * size).reshape(rows, size)  # [B, n]
        drawn[:, group] = counts * weights[group] * (size / (size - 1))
    return drawn
