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
class _Ladder:
    """Weighted sums over everything flagged at each distinct score, highest first; arrays of [K]."""

    thresholds: Array
    positive: Array
    positive_squares: Array
    negative: Array
    negative_squares: Array


def curve(scores: ArrayLike, truths: ArrayLike, weights: ArrayLike) -> list[dict[str, Any]]:
    """Draw the curve, thresholds ascending; empty when there is no positive and recall means nothing.

    Takes scores [N] in 0 to 1, truths 0 or 1 [N] and weights [N], 1/π. Both ends are always there, and every
    point is the highest threshold of its recall or the lowest of its precision. The 95 % intervals are those
    of `share_interval`.
    """
    ladder = _ladder(np.asarray(scores, float), np.asarray(truths, bool), np.asarray(weights, float))
    if not ladder.thresholds.size or ladder.positive[-1] == 0:
        return []
    chosen = _chosen(ladder)
    missed = ladder.positive[-1] - ladder.positive
    missed_squares = ladder.positive_squares[-1] - ladder.positive_squares
    precision = share_interval(
        ladder.positive[chosen],
        ladder.positive_squares[chosen],
        ladder.negative[chosen],
        ladder.negative_squares[chosen],
        next_part=_next_weight(ladder.positive, ladder.positive_squares),
        next_rest=_next_weight(ladder.negative, ladder.negative_squares),
    )
    recall = share_interval(
        ladder.positive[chosen],
        ladder.positive_squares[chosen],
        missed[chosen],
        missed_squares[chosen],
        next_part=_next_weight(ladder.positive, ladder.positive_squares),
        next_rest=_next_weight(ladder.positive, ladder.positive_squares),
    )
    flagged = (ladder.positive + ladder.negative)[chosen] / (ladder.positive[-1] + ladder.negative[-1])
    columns = np.stack([ladder.thresholds[chosen], *precision, *recall, flagged], axis=1)  # [points, 8]
    return [asdict(CurvePoint(*row)) for row in columns.tolist()]


def average_precision(scores: ArrayLike, truths: ArrayLike, weights: ArrayLike) -> float | None:
    """Sum precision over the steps of recall, weighted; None without positives.

    The same as scikit-learn's `average_precision_score` with `sample_weight`.
    """
    ladder = _ladder(np.asarray(scores, float), np.asarray(truths, bool), np.asarray(weights, float))
    if not ladder.thresholds.size or ladder.positive[-1] == 0:
        return None
    recall = ladder.positive / ladder.positive[-1]  # [K]
    precision = ladder.positive / (ladder.positive + ladder.negative)  # [K]
    return float(np.diff(recall, prepend=0.0) @ precision)


def share_interval(
    part: ArrayLike,
    part_squares: ArrayLike,
    rest: ArrayLike,
    rest_squares: ArrayLike,
    *,
    next_part: float,
    next_rest: float,
) -> tuple[Array, Array, Array]:
    """Estimate part / (part + rest) with a 95 % interval, where both are sums of weights of sampled images.

    Takes the sums of weights and of squared weights, arrays [K], and the weight that one more image on either
    side would probably have; returns (estimate, low, high), each [K]. Where nothing was seen on either side
    the share is unknown: estimate 0, interval 0 to 1.

    Each sum is a weighted Poisson count with the gamma interval of Fay and Feuer (1997): matched by mean y
    and variance v (shape y²/v, which is Kish's effective size), the upper side having one more image. The
    ratio of two such gammas is a scaled beta, so the share's limits are exact quantiles. With equal weights
    this is Clopper-Pearson. A Wilson interval with Kish's n was not enough: it claims precision above .96
    after 100 positives of weight 1 and no negative of weight 14, though three unseen negatives (.70) are well
    possible.
    """
    sums = [np.asarray(values, dtype=np.float64) for values in (part, part_squares, rest, rest_squares)]
    x, xx, y, yy = (np.where(values < 1e-9 * values.max(initial=1.0), 0.0, values) for values in sums)
    low = _quantile((x, xx), (y + next_rest, yy + next_rest**2), level=_TAIL)
    high = _quantile((x + next_part, xx + next_part**2), (y, yy), level=1 - _TAIL)
    estimate = np.divide(x, x + y, out=np.zeros_like(x), where=x + y > 0)
    return estimate, np.where(x > 0, low, 0.0), np.where(y > 0, high, 1.0)


def effective_size(weights: ArrayLike) -> float:
    """Count how many equally weighted images would say as much: (Σw)²/Σw² (Kish 1965); 0 without images."""
    weight = np.asarray(weights, dtype=np.float64)
    return float(weight.sum() ** 2 / np.square(weight).sum()) if weight.size else 0.0


def _quantile(part: tuple[Array, Array], rest: tuple[Array, Array], *, level: float) -> Array:
    """Read a quantile of G₁ / (G₁ + G₂) for gammas given by (mean, variance)."""
    tiny = np.finfo(float).tiny
    (mean, variance), (other_mean, other_variance) = part, rest
    shape, other_shape = (
        np.divide(m**2, v, out=np.ones_like(m), where=v > 0) for m, v in (part, rest)
    )  # Sums that are zero get any shape; their limit is set by the caller.
    scale = np.divide(variance, mean, out=np.ones_like(mean), where=mean > 0)
    other_scale = np.divide(other_variance, other_mean, out=np.ones_like(mean), where=other_mean > 0)
    level_of_beta = betaincinv(shape, other_shape, level)
    return np.asarray(
        scale * level_of_beta / np.maximum(scale * level_of_beta + other_scale * (1 - level_of_beta), tiny)
    )


def _next_weight(sums: Array, squares: Array) -> float:
    """Guess the weight of an image not yet seen: Σw²/Σw, above the mean and below the largest.

    The largest is right in the worst case only and far too wide where most weights are small; 1 without any
    image.
    """
    return float(squares[-1] / sums[-1]) if sums[-1] > 0 else 1.0


def _ladder(scores: Array, truths: NDArray[np.bool_], weights: Array) -> _Ladder:
    order = np.argsort(-scores, kind="stable")
    ranked, is_positive, weight = scores[order], truths[order], weights[order]
    # Equal scores are flagged together: only the last of each group is a threshold.
    ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True)) if ranked.size else np.array([], dtype=int)
    positive, negative = weight * is_positive, weight * ~is_positive
    sums = [np.cumsum(values)[ends] for values in (positive, positive**2, negative, negative**2)]
    return _Ladder(ranked[ends], *sums)


def _chosen(ladder: _Ladder) -> NDArray[np.intp]:
    """Pick the points to keep: both ends, then where recall changes, closest together where it is high."""
    last = len(ladder.thresholds) - 1
    # A point where recall rises is the highest threshold of that recall; those between only flag more.
    rising = np.flatnonzero(np.diff(ladder.positive, prepend=0.0) > 0)
    ends = np.array([0, last])
    if len(rising) + 2 <= POINTS:
        return np.unique(np.concatenate([ends, rising]))[::-1]
    recall = ladder.positive[rising] / ladder.positive[-1]
    flagged = (ladder.positive + ladder.negative)[rising]
    wanted = np.concatenate([np.linspace(0, 0.8, 60), np.linspace(0.8, 1.0, 98)])
    by_recall = np.searchsorted(recall, wanted - 1e-12)
    # Thresholds for removing without a person lie where little is flagged, so that end is spaced by ratio.
    by_share = np.searchsorted(flagged, np.geomspace(flagged[0], flagged[-1], 40))
    picks = rising[np.clip(np.concatenate([by_recall, by_share]), 0, len(rising) - 1)]
    return np.unique(np.concatenate([ends, picks]))[::-1]
