"""This will draw the weighted precision-recall curve of one score, with honest intervals, in at most 200 points.

Every image stands for 1/π images of the traffic. "Flagged" means a score at or above the threshold.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv

POINTS = 200
_TAIL = 0.025
Array = NDArray[np.float64]


@dataclass(frozen=True)
class CurvePoint:
    """What flagging at one threshold would have done; every value a share in 0 to 1."""

    threshold: float
    precision: float
    precision_low: float
    precision_high: float
    recall: float
    recall_low: float
    recall_high: float
    flagged_share: float


@dataclass(frozen=True)
class Sums:
    """Sums of the weights and of the squared weights of some images, each [K].

    `next_weight` is the weight that one more image of the kind would probably have.
    """

    total: Array
    squares: Array
    next_weight: float

    @classmethod
    def of(cls, weights: Array, *, next_weight: float) -> "Sums":
        """Sum up one group of images, K = 1."""
        return cls(weights.sum(keepdims=True), np.square(weights).sum(keepdims=True), next_weight)

    def at(self, rows: NDArray[np.intp]) -> "Sums":
        """Keep some rows."""
        return Sums(self.total[rows], self.squares[rows], self.next_weight)

    def left(self) -> "Sums":
        """Turn sums that run to the last row into what each row has still to come."""
        return Sums(self.total[-1] - self.total, self.squares[-1] - self.squares, self.next_weight)


@dataclass(frozen=True)
class _Ladder:
    """Running sums over everything flagged at each distinct score, highest first."""

    thresholds: Array
    positive: Sums
    negative: Sums

    @property
    def has_positives(self) -> bool:
        return bool(self.thresholds.size and self.positive.total[-1] > 0)


def curve(scores: ArrayLike, truths: ArrayLike, weights: ArrayLike) -> list[dict[str, Any]]:
    """Draw the curve, thresholds ascending; empty when there is no positive and recall means nothing.

    Takes scores [N] in 0 to 1, truths 0 or 1 [N] and weights [N], 1/π. Both ends are always there, and every
    other point is the highest threshold of its recall. The 95 % intervals are those of `share_interval`.
    """
    ladder = _ladder(scores, truths, weights)
    if not ladder.has_positives:
        return []
    chosen = _chosen(ladder)
    found, wrong = ladder.positive.at(chosen), ladder.negative.at(chosen)
    precision = share_interval(found, wrong)
    recall = share_interval(found, ladder.positive.left().at(chosen))
    flagged = (found.total + wrong.total) / (ladder.positive.total[-1] + ladder.negative.total[-1])
    columns = np.stack([ladder.thresholds[chosen], *precision, *recall, flagged], axis=1)  # [points, 8]
    return [asdict(CurvePoint(*row)) for row in columns.tolist()]


def average_precision(scores: ArrayLike, truths: ArrayLike, weights: ArrayLike) -> float | None:
    """Sum precision over the steps of recall, weighted; None without positives.

    The same as scikit-learn's `average_precision_score` with `sample_weight`.
    """
    ladder = _ladder(scores, truths, weights)
    if not ladder.has_positives:
        return None
    recall = ladder.positive.total / ladder.positive.total[-1]  # [K]
    precision = ladder.positive.total / (ladder.positive.total + ladder.negative.total)  # [K]
    return float(np.diff(recall, prepend=0.0) @ precision)


def share_interval(part: Sums, rest: Sums) -> tuple[Array, Array, Array]:
    """Estimate part / (part + rest), both being sums over sampled images, with a 95 % interval.

    Returns (estimate, low, high), each [K]. Where nothing was seen on either side the share is unknown:
    estimate 0, interval 0 to 1.

    Each sum is a weighted Poisson count with the gamma interval of Fay and Feuer (1997): matched by mean y
    and variance v (shape y²/v, which is Kish's effective size), the upper side having one more image. The
    ratio of two such gammas is a scaled beta, so the share's limits are exact quantiles. With equal weights
    this is Clopper-Pearson. A Wilson interval with Kish's n was not enough: it claims precision above .96
    after 100 positives of weight 1 and no negative of weight 14, though three unseen negatives (.70) are well
    possible.
    """
    part, rest = _without_dust(part), _without_dust(rest)
    low = _quantile(part, _with_next(rest), level=_TAIL)
    high = _quantile(_with_next(part), rest, level=1 - _TAIL)
    whole = part.total + rest.total
    estimate = np.divide(part.total, whole, out=np.zeros_like(whole), where=whole > 0)
    return estimate, np.where(part.total > 0, low, 0.0), np.where(rest.total > 0, high, 1.0)


def typical_weight(weights: Array) -> float:
    """Guess the weight of an image not yet seen: Σw²/Σw, above the mean and below the largest; 1 without any.

    The largest is right in the worst case only and far too wide where most weights are small.
    """
    return float(np.square(weights).sum() / weights.sum()) if weights.size else 1.0


def effective_size(weights: ArrayLike) -> float:
    """Count how many equally weighted images would say as much: (Σw)²/Σw² (Kish 1965); 0 without images."""
    weight = np.asarray(weights, dtype=np.float64)
    return float(weight.sum() ** 2 / np.square(weight).sum()) if weight.size else 0.0


def _without_dust(sums: Sums) -> Sums:
    """Make zero of what subtracting long sums left of it; weights are 1 or more, sums below 10⁹."""
    is_some = sums.total > 1e-9 * sums.total.max(initial=1.0)
    return Sums(np.where(is_some, sums.total, 0.0), np.where(is_some, sums.squares, 0.0), sums.next_weight)


def _with_next(sums: Sums) -> Sums:
    following = sums.next_weight
    return Sums(sums.total + following, sums.squares + following**2, following)


def _quantile(part: Sums, rest: Sums, *, level: float) -> Array:
    """Read a quantile of G₁ / (G₁ + G₂) for gammas whose means are the totals and variances the squares."""
    (shape, scale), (other_shape, other_scale) = _gamma(part), _gamma(rest)
    drawn = betaincinv(shape, other_shape, level)
    return np.asarray(scale * drawn / (scale * drawn + other_scale * (1 - drawn)))


def _gamma(sums: Sums) -> tuple[Array, Array]:
    """Match (shape, scale). A sum of zero gets any; its limit is known without."""
    ones = np.ones_like(sums.total)
    shape = np.divide(sums.total**2, sums.squares, out=ones.copy(), where=sums.squares > 0)
    return shape, np.divide(sums.squares, sums.total, out=ones, where=sums.total > 0)


def _ladder(scores: ArrayLike, truths: ArrayLike, weights: ArrayLike) -> _Ladder:
    values, weight = np.asarray(scores, dtype=np.float64), np.asarray(weights, dtype=np.float64)  # [N]
    order = np.argsort(-values, kind="stable")
    ranked, weight, is_positive = values[order], weight[order], np.asarray(truths, dtype=bool)[order]
    # Equal scores are flagged together: only the last of each group is a threshold.
    ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True)[: len(ranked)])
    return _Ladder(
        ranked[ends],
        _running(weight, is_counted=is_positive).at(ends),
        _running(weight, is_counted=~is_positive).at(ends),
    )


def _running(weights: Array, *, is_counted: NDArray[np.bool_]) -> Sums:
    counted = np.where(is_counted, weights, 0.0)
    return Sums(np.cumsum(counted), np.cumsum(np.square(counted)), typical_weight(weights[is_counted]))


def _chosen(ladder: _Ladder) -> NDArray[np.intp]:
    """Pick the points to keep: both ends, then where recall rises, closest together where it is high."""
    # A point where recall rises is the highest threshold of that recall; those between only flag more.
    rising = np.flatnonzero(np.diff(ladder.positive.total, prepend=0.0) > 0)
    ends = np.array([0, len(ladder.thresholds) - 1])
    picks = rising if len(rising) + 2 <= POINTS else rising[_thinned(ladder, rising)]
    return np.unique(np.concatenate([ends, picks]))[::-1]


def _thinned(ladder: _Ladder, rising: NDArray[np.intp]) -> NDArray[np.intp]:
    """Choose among too many rises: evenly in recall, twice as close above .8, and by ratio of what is flagged.

    Thresholds for removing without a person lie where little is flagged, and even steps of recall miss those.
    """
    recall = ladder.positive.total[rising] / ladder.positive.total[-1]
    flagged = (ladder.positive.total + ladder.negative.total)[rising]
    wanted = np.concatenate([np.linspace(0, 0.8, 60), np.linspace(0.8, 1.0, 98)])
    by_recall = np.searchsorted(recall, wanted - 1e-12)
    by_share = np.searchsorted(flagged, np.geomspace(flagged[0], flagged[-1], POINTS - 2 - len(wanted)))
    picks: NDArray[np.intp] = np.concatenate([by_recall, by_share])
    return picks.clip(0, len(rising) - 1)
