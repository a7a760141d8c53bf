"""This will weigh what was found by the chance with which it was looked at.

Pure. A find of x (1 for a post, or its views) that was drawn with the recorded inclusion probability pi stands for
x/pi: x itself, which was seen, and x (1 - pi)/pi more of its kind, which nobody saw (Horvitz and Thompson 1952, JASA
47:663; Poisson sampling). Sums run over the last axis, so that one call weighs one period or thousands of them.
"""

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
    """Confirmed missed violations: their recorded probabilities in (0, 1] and the views they stand for, both [n]. Years
    have thousands."""

    probability: NDArray[np.float64]
    views: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.probability)


def finds_of(probability: ArrayLike, views: ArrayLike = 1.0) -> Finds:
    """Put finds together; without views they are counted as posts."""
    p, x = (np.asarray(one, dtype=float) for one in (probability, views))
    return Finds(p, x if x.ndim else np.full(len(p), x))


# Compared by identity: whoever remembers by cells would else spend more time comparing than it saves.
@dataclass(frozen=True, eq=False)
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
    """Tally one period's finds. Raises ImpossibleProbability."""
    refuse_impossible(finds.probability)
    return weigh(finds.probability, views=finds.views, squares=finds.views**2)


def next_find(cells: Sequence[Cell], *, sensitivity: float = 1.0) -> Tally:
    """What one more find is expected to add, were there one, if people recognize that share; see `expected_find`."""
    columns = np.array(
        [(one.posts, one.probability, one.mean_score, one.mean_views, one.mean_square_views) for one in cells]
    ).T
    posts, probability, score, views, squares = columns
    return expected_find(posts, probability=probability * sensitivity, mean_score=score, views=views, squares=squares)


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


def heaviest_find(finds: Finds) -> Tally:
    """Without cells the next find may weigh as much as the heaviest so far (Fay and Feuer's choice)."""
    place = int(np.argmax(finds.views / finds.probability)) if len(finds) else 0
    one = slice(place, place + 1)
    return tally(Finds(finds.probability[one], finds.views[one]))


def refuse_impossible(probabilities: Column) -> None:
    """Raise ImpossibleProbability unless every probability lies in (0, 1]."""
    every = np.asarray(probabilities, dtype=float)
    impossible = every[~((every > 0) & (every <= 1))]
    if impossible.size:
        raise ImpossibleProbability(f"{float(impossible[0])!r} is not an inclusion probability in (0, 1]")


def effective(probabilities: Column) -> float | None:
    """Kish's effective number of 1/pi weights; None for no probabilities."""
    weights = 1 / np.asarray(probabilities, dtype=float)
    return float(weights.sum() ** 2 / (weights**2).sum()) if weights.size else None


def weighted_share(ones: Column, others: Column) -> tuple[float, float] | None:
    """Hajek's ratio of 1/pi sums, and Kish's effective number of looks; None where nothing was looked at.

    Both arguments hold recorded probabilities: of what is counted, and of the rest. Raises ImpossibleProbability.
    """
    counted, rest = np.asarray(ones, dtype=float), np.asarray(others, dtype=float)
    every = np.concatenate((counted, rest))
    refuse_impossible(every)
    size = effective(every)
    if size is None:
        return None
    positive, negative = float((1 / counted).sum()), float((1 / rest).sum())
    return positive / (positive + negative), size


def _share(parts: NDArray[np.float64], *, of: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each part over the sum of the last axis; zeros where that sum is 0."""
    whole = of.sum(axis=-1, keepdims=True)
    return np.divide(parts, whole, out=np.zeros_like(parts), where=whole > 0)
