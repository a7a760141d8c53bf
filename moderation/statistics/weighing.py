"""This will weigh what was found by the chance with which it was looked at.

Pure. A find of x (1 for a post, or its views) that was drawn with the recorded inclusion probability pi stands for
x/pi: x itself, which was seen, and x (1 - pi)/pi more of its kind, which nobody saw (Horvitz and Thompson 1952, JASA
47:663; Poisson sampling). Sums run over the last axis, so that one call weighs one period or thousands of them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Numbers = float | NDArray[np.float64]
Column = Sequence[float] | NDArray[np.float64]
BLIND_SHARE = 0.75


class ImpossibleProbability(ValueError):
    """Something was found with an inclusion probability outside (0, 1]: it could not have been drawn."""


@dataclass(frozen=True, eq=False)
class Finds:
    """Confirmed missed violations: their recorded probabilities in (0, 1] and the views each stands for, [..., n]; one
    entry for each, or for `count` that are alike, none where rows of many periods are filled up. Years have thousands.
    """

    probability: NDArray[np.float64]
    views: NDArray[np.float64]
    count: NDArray[np.float64] | float = 1.0

    @property
    def is_there(self) -> NDArray[np.bool_]:
        return np.broadcast_to(np.asarray(self.count) > 0, self.probability.shape)


def finds_of(probability: ArrayLike, views: ArrayLike = 1.0) -> Finds:
    """Put finds together; without views they are counted as posts."""
    p, x = (np.asarray(one, dtype=float) for one in (probability, views))
    return Finds(p, x if x.ndim else np.full(len(p), x))


@dataclass(frozen=True)
class Cell:
    """Passed posts that shared one inclusion probability: usually one stratum under one plan.

    `probability` is the recorded pi in [0, 1], `mean_score` the mean calibrated score in [0, 1] (only ratios
    matter). Where views are summed, `mean_views` and `mean_square_views` are means over the posts of the cell.
    """

    posts: int
    probability: float
    mean_score: float
    mean_views: float = 1.0
    mean_square_views: float = 1.0


@dataclass(frozen=True, eq=False)
class Cells:
    """Cells in columns, [..., n]; rows of many periods are filled up with cells of no posts."""

    posts: NDArray[np.float64]
    probability: NDArray[np.float64]
    mean_score: NDArray[np.float64]
    mean_views: NDArray[np.float64]
    mean_square_views: NDArray[np.float64]

    @property
    def is_sampled(self) -> NDArray[np.bool_]:
        """Where chance decided who was looked at."""
        return (self.posts > 0) & (self.probability > 0) & (self.probability < 1)


def cells_of(cells: Sequence[Cell]) -> Cells:
    rows = [(one.posts, one.probability, one.mean_score, one.mean_views, one.mean_square_views) for one in cells]
    return Cells(*np.array(rows, dtype=float).reshape(-1, 5).T)


@dataclass(frozen=True)
class Tally:
    """What a period's finds add up to, or what one more find is expected to add.

    `seen` is sum x, `unseen` sum x (1 - pi)/pi, `variance` sum x^2 (1 - pi)/pi^2 (unbiased for the total of a period
    that is over), `squares` sum x^2/pi^2.
    """

    count: Numbers
    seen: Numbers
    unseen: Numbers
    variance: Numbers
    squares: Numbers

    @property
    def total(self) -> Numbers:
        return self.seen + self.unseen

    @property
    def effective(self) -> Numbers:
        """Kish's effective number (sum w)^2 / sum w^2 with w = x/pi; 0 without finds."""
        return self.total**2 / np.where(self.squares > 0, self.squares, 1.0)


def weigh(probability: ArrayLike, *, count: ArrayLike = 1.0, views: ArrayLike = 1.0, squares: ArrayLike = 1.0) -> Tally:
    """Tally groups of finds along the last axis: `count` of them in each, with the sums of x and of x^2 given.

    Probabilities lie in (0, 1]; all arguments broadcast against each other.
    """
    p, n, x, xx = np.broadcast_arrays(*(np.asarray(one, dtype=float) for one in (probability, count, views, squares)))
    weight = 1 / p
    return Tally(
        count=n.sum(axis=-1),
        seen=x.sum(axis=-1),
        unseen=(x * (weight - 1)).sum(axis=-1),
        variance=(xx * weight * (weight - 1)).sum(axis=-1),
        squares=(xx * weight**2).sum(axis=-1),
    )


def tally(finds: Finds) -> Tally:
    """Tally the finds of a period, or of many. Raises ImpossibleProbability."""
    refuse_impossible(finds.probability)
    n, x = finds.count, finds.views
    return weigh(finds.probability, count=n, views=n * x, squares=n * x**2)


def next_find(cells: Cells, *, sensitivity: ArrayLike = 1.0) -> Tally:
    """What one more find is expected to add, were there one, if people recognize that share; see `expected_find`."""
    return expected_find(
        np.where(cells.is_sampled, cells.posts, 0.0),
        probability=cells.probability * np.asarray(sensitivity)[..., None],
        mean_score=cells.mean_score,
        views=cells.mean_views,
        squares=cells.mean_square_views,
    )


def expected_find(
    posts: ArrayLike,
    *,
    probability: ArrayLike,
    mean_score: ArrayLike,
    views: ArrayLike = 1.0,
    squares: ArrayLike = 1.0,
) -> Tally:
    """Tally one more find from cells along the last axis; `views` and `squares` are means over a cell's posts.

    It comes from cell c with the share e_c, proportional to n_c pi_c r_c with r_c = (1 - b) q_c + b (sum n q / sum
    n), b = 0.75: a quarter by score, three quarters anywhere, chosen by simulating seasons. Only cells with 0 < pi <
    1 take part: one that was seen whole hides no find, and with its large pi it would draw nearly all of e to itself
    and leave an upper limit near zero for the rest. Nothing is added where no cell takes part.
    """
    given = (np.asarray(one, dtype=float) for one in (posts, probability, mean_score, views, squares))
    n, p, q, x, xx = np.broadcast_arrays(*given)
    is_sampled = (p > 0) & (p < 1)
    n = np.where(is_sampled, n, 0.0)
    flat = _share(n * q, of=n).sum(axis=-1, keepdims=True)
    rates = np.where(flat > 0, (1 - BLIND_SHARE) * q + BLIND_SHARE * flat, 1.0)
    parts = n * p * rates
    share = _share(parts, of=parts)
    return weigh(np.where(is_sampled, p, 1.0), count=share, views=share * x, squares=share * xx)


def heaviest_find(finds: Finds, *, otherwise: ArrayLike) -> Tally:
    """Without cells the next find may weigh as much as the heaviest so far (Fay and Feuer's choice); before there is
    any, as a post with the probability `otherwise`."""
    first = np.broadcast_to(np.asarray(otherwise)[..., None], (*finds.probability.shape[:-1], 1))
    p, x = (np.concatenate(both, axis=-1) for both in ((first, finds.probability), (np.ones(first.shape), finds.views)))
    is_there = np.concatenate((np.zeros(first.shape, dtype=bool), finds.is_there), axis=-1)
    place = np.argmax(np.where(is_there, x / p, -1.0), axis=-1)[..., None]
    return tally(Finds(*(np.take_along_axis(one, place, axis=-1) for one in (p, x))))


def refuse_impossible(probabilities: Column) -> None:
    """Raise ImpossibleProbability unless every probability lies in (0, 1]."""
    every = np.asarray(probabilities, dtype=float)
    impossible = every[~((every > 0) & (every <= 1))]
    if impossible.size:
        raise ImpossibleProbability(f"{float(impossible[0])!r} is not an inclusion probability in (0, 1]")


def weighted_share(ones: Column, others: Column) -> tuple[float, float] | None:
    """Hajek's ratio of 1/pi sums, and Kish's effective number of looks; None where nothing was looked at.

    Both arguments hold recorded probabilities: of what is counted, and of the rest. Raises ImpossibleProbability.
    """
    share, size = share_of(tally(finds_of(ones)), tally(finds_of(others)))
    return (float(share), float(size)) if len(ones) or len(others) else None


def share_of(ones: Tally, others: Tally) -> tuple[Numbers, Numbers]:
    """The same of tallies; NaN where nothing was looked at."""
    is_seen = np.asarray(ones.count) + others.count > 0
    whole = np.where(is_seen, ones.total + others.total, math.nan)
    return ones.total / whole, whole**2 / np.where(is_seen, ones.squares + others.squares, 1.0)


def stacked_finds(rows: Sequence[Finds]) -> Finds:
    """Put the finds of many periods beneath each other, [P, n], filled up with none."""
    return Finds(
        _stacked([one.probability for one in rows], fill=1.0),
        _stacked([one.views for one in rows], fill=1.0),
        _stacked([np.broadcast_to(one.count, one.probability.shape) for one in rows], fill=0.0),
    )


def stacked_cells(rows: Sequence[Cells]) -> Cells:
    """The same of cells, filled up with such as have no posts."""
    fills = {"posts": 0.0, "probability": 1.0, "mean_score": 0.0, "mean_views": 1.0, "mean_square_views": 1.0}
    return Cells(**{name: _stacked([getattr(one, name) for one in rows], fill=fill) for name, fill in fills.items()})


def beside(one: Cells, other: Cells) -> Cells:
    """The cells of both, period by period."""
    names = one.__dataclass_fields__
    return Cells(**{name: np.concatenate((getattr(one, name), getattr(other, name)), axis=-1) for name in names})


def _stacked(rows: Sequence[NDArray[np.float64]], *, fill: float) -> NDArray[np.float64]:
    found = np.full((len(rows), max(map(len, rows), default=0)), fill)
    for line, row in zip(found, rows, strict=True):
        line[: len(row)] = row
    return found


def _share(parts: NDArray[np.float64], *, of: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each part over the sum of the last axis; zeros where that sum is 0."""
    whole = of.sum(axis=-1, keepdims=True)
    return np.divide(parts, whole, out=np.zeros_like(parts), where=whole > 0)
