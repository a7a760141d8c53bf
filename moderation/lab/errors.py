"""This will carry the errors of single answers on flagged posts into any part of a period, by second looks. Pure.

As in `measurement`, posts that were first answered alike are a group, and blind second looks at some of a group say
how many of these answers were wrong (moderation/statistics/reviewer_error). An answer is likelier wrong where the
machine was in doubt, so a group is cut by score into bands of equally many second looks, and a part of the posts is
taken to hold its share of the wrong answers of each band. Over everything that was flagged this is exactly what
`measurement` says; between, the number of violations grows with every post that is added.

The interval is the one of `reviewer_error.group_total`, with the second looks that fall into the part: their number
shrinks with it, so the fewer posts a policy flags, the wider it is.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from moderation.statistics.intervals import Amount
from moderation.statistics.reviewer_error import as_answered, group_total

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
MOST_BANDS = 8
LEAST_LOOKS = 10


@dataclass(frozen=True)
class Again:
    """Settled second looks at flagged posts; ``probability`` is the recorded one, in (0, 1].

    Bit c of ``first`` and of ``settled`` says that class c violates, as in Looks.
    """

    scores: NDArray[np.float32]  # [K, C]
    first: NDArray[np.uint64]  # [K]
    settled: NDArray[np.uint64]  # [K]
    probability: Floats  # [K]


@dataclass(frozen=True)
class Group:
    """Posts of a period that were first answered alike, band by band: how many, and the second looks at them.

    ``edges`` are the scores between bands; ``weight`` sums 1/p, ``squares`` 1/p^2, ``wrong`` 1/p of answers that second
    looks contradict.
    """

    edges: Floats  # [B - 1]
    posts: Floats  # [B]
    looks: Floats  # [B]
    weight: Floats  # [B]
    squares: Floats  # [B]
    wrong: Floats  # [B]

    @property
    def error(self) -> Floats:
        """The share of wrong answers in each band, such that all of them give the share of the whole group."""
        share = _over(self.wrong, self.weight)
        expected, whole = float(self.posts @ share), float(_over(self.wrong.sum(), self.weight.sum()))
        scale = whole * float(self.posts.sum()) / expected if expected > 0 else 1.0
        return np.minimum(1.0, scale * share)

    def wrong_in(self, posts: Floats) -> Amount:
        """How many answers are wrong in parts that hold so many posts of each band: [S, B] to [S]."""
        inside = np.minimum(1.0, _over(posts, self.posts))
        # Of each look the part that falls inside, so Kish's number shrinks with the posts.
        size = _over((inside @ self.weight) ** 2, inside @ self.squares)
        whole = posts.sum(axis=-1)
        share = np.clip(_over(posts @ self.error, whole), 0.0, 1.0)
        found = group_total(share, size=np.maximum(size, 1e-9), looks=inside @ self.looks, posts=whole)
        # Where nobody looked again the answers stand, and anything may be wrong with them.
        return as_answered(found, 0.0)


@dataclass(frozen=True)
class Errors:
    """What second looks say of answers that a post violates, and of those that it is fine."""

    said: Group
    fine: Group


def edges(scores: Floats) -> Floats:
    """Scores that cut second looks into bands of equally many, each of at least ten where there are as many."""
    bands = min(MOST_BANDS, max(1, len(scores) // LEAST_LOOKS))
    cuts = np.sort(scores)[[round(len(scores) * place / bands) for place in range(1, bands)]]
    return np.unique(cuts)


def band(at: Floats, scores: NDArray[np.floating]) -> Whole:
    """The band of each score, 0 … len(at)."""
    return np.searchsorted(at, scores.astype(np.float64), side="right").astype(np.int64)


def counted(at: Floats, bands: Whole, weights: Floats | None = None) -> Floats:
    """How many there are in each band."""
    return np.bincount(bands, weights, minlength=len(at) + 1).astype(float)


def group(at: Floats, *, posts: Floats, scores: Floats, probability: Floats, is_wrong: NDArray[np.bool_]) -> Group:
    """Put a group together from its posts [B] and its second looks [K]."""
    place, weight = band(at, scores), 1 / probability
    looks, weights, squares, wrong = (
        counted(at, place, each) for each in (np.ones_like(weight), weight, weight**2, weight * is_wrong)
    )
    # A look of a post whose own answer was taken back meanwhile may be one too many.
    return Group(at, np.maximum(posts, looks), looks, weights, squares, wrong)


def _over(one: Floats, other: Floats) -> Floats:
    """The quotient, 0 where there is nothing to divide by."""
    above, below = np.broadcast_arrays(np.asarray(one, dtype=float), np.asarray(other, dtype=float))
    return np.divide(above, below, out=np.zeros(above.shape), where=below > 0)
