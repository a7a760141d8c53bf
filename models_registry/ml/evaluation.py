"""This will measure a model version's probabilities on a hold-out, as they would turn out on the traffic.

Every image is weighted by 1/π, the inverse of the probability with which it came into the set. Positive means
violation.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import bootstrap
from .curves import Sums, average_precision, curve, effective_size, share_interval, typical_weight

# Most of the traffic scores near zero, so the bins are finer there: equal ones would put 97 % into the first.
_EDGES = (0.0, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
ANY = "any"
# With fewer positives than this an interval of average precision would say more about the draws than about the score.
_LEAST_POSITIVES = 5
_DRAWS = 400
_TAIL = 0.025
Array = NDArray[np.float64]


def evaluate(
    probabilities: ArrayLike, targets: ArrayLike, weights: ArrayLike, *, class_keys: Sequence[str]
) -> dict[str, Any]:
    """Report on every class, and on "any violation", in JSON types.

    Takes probabilities [N, C] in 0 to 1, targets 0 or 1 [N, C] and weights [N], 1/π. Returns {"n", "n_effective",
    "classes": {key: measures}, "any": measures}, where measures are {"n_positive", "prevalence", "average_precision"
    (None without positives), "average_precision_low", "average_precision_high" (95 %; None with fewer than five),
    "calibration_error", "reliability", "curve"}. The score of "any" is the highest over the
    classes. All but the counts are weighted; "n_effective" is Kish's. Raises ValueError on shapes that disagree,
    an empty hold-out, or values outside their ranges.
    """
    scores, truths = np.asarray(probabilities, dtype=np.float64), np.asarray(targets, dtype=np.float64)
    weight = np.asarray(weights, dtype=np.float64)
    _check(scores, truths, weight, class_keys=class_keys)
    is_positive = truths > 0.5  # [N, C]
    return {
        "n": len(scores),
        "n_effective": effective_size(weight),
        "classes": {
            key: _measures(scores[:, index], is_positive[:, index], weight) for index, key in enumerate(class_keys)
        },
        ANY: _measures(scores.max(axis=1), is_positive.max(axis=1), weight),
    }


def calibration_errors(scores: Array, truths: NDArray[np.bool_], weights: Array) -> Array:
    """Return the calibration error under each of B sets of weights [B, N]; [B]."""
    bins = np.eye(len(_EDGES))[_bins(scores)] * (scores - truths)[:, None]  # [N, bins]
    return np.asarray(np.abs(weights @ bins).sum(axis=1) / weights.sum(axis=1))


def calibration_error(scores: Array, truths: NDArray[np.bool_], weights: Array) -> float:
    """Average the distance between probability and frequency over the bins, weighted (expected calibration error)."""
    bins = _bins(scores)
    excess = np.bincount(bins, weights * (scores - truths), minlength=len(_EDGES))
    return float(np.abs(excess).sum() / weights.sum())


def reliability(scores: Array, truths: NDArray[np.bool_], weights: Array) -> list[dict[str, Any]]:
    """Say for each bin that holds an image how often what was predicted came true.

    Returns [{"low", "high", "n", "weight_share", "mean_probability", "observed", "observed_low",
    "observed_high"}].
    """
    bins = _bins(scores)
    return [
        _bin(index, scores[rows], truths[rows], weights[rows], whole=weights)
        for index, rows in ((index, bins == index) for index in np.unique(bins).tolist())
    ]


def _check(scores: Array, truths: Array, weights: Array, *, class_keys: Sequence[str]) -> None:
    if scores.ndim != 2 or scores.shape != truths.shape or weights.shape != scores.shape[:1]:
        raise ValueError(f"Shapes disagree: {scores.shape}, {truths.shape}, {weights.shape}.")
    if not len(scores) or scores.shape[1] != len(class_keys) or not class_keys:
        raise ValueError(f"{scores.shape} are no probabilities of {len(class_keys)} classes for one or more images.")
    # Written so that a value that is not a number fails too.
    if not (scores.min() >= 0 and scores.max() <= 1 and np.isfinite(scores).all()):
        raise ValueError("Probabilities lie between 0 and 1.")
    if not (np.isfinite(weights).all() and weights.min() > 0):
        raise ValueError("Weights are positive and finite.")


def _measures(scores: Array, truths: NDArray[np.bool_], weights: Array) -> dict[str, Any]:
    low, high = _average_precision_interval(scores, truths, weights)
    return {
        "n_positive": int(truths.sum()),
        "prevalence": float(weights @ truths / weights.sum()),
        "average_precision": average_precision(scores, truths, weights),
        "average_precision_low": low,
        "average_precision_high": high,
        "calibration_error": calibration_error(scores, truths, weights),
        "reliability": reliability(scores, truths, weights),
        "curve": curve(scores, truths, weights),
    }


def _average_precision_interval(
    scores: Array, truths: NDArray[np.bool_], weights: Array
) -> tuple[float | None, float | None]:
    """Find the 95 % interval over weighted draws of the hold-out."""
    if truths.sum() < _LEAST_POSITIVES:
        return None, None
    ranked = bootstrap.Ranked.of(scores, truths)
    drawn = bootstrap.over_draws(weights, lambda one: ranked.ladders(one).average_precision(), count=_DRAWS)
    return bootstrap.interval(drawn, tail=_TAIL) or (None, None)


def _bins(scores: Array) -> NDArray[np.intp]:
    return np.searchsorted(_EDGES[1:-1], scores, side="right")


def _bin(index: int, scores: Array, truths: NDArray[np.bool_], weights: Array, *, whole: Array) -> dict[str, Any]:
    next_weight = typical_weight(whole)
    came_true, did_not = (Sums.of(weights[is_kind], next_weight=next_weight) for is_kind in (truths, ~truths))
    observed, low, high = share_interval(came_true, did_not)
    return {
        "low": _EDGES[index],
        "high": _EDGES[index + 1],
        "n": len(scores),
        "weight_share": float(weights.sum() / whole.sum()),
        "mean_probability": float(weights @ scores / weights.sum()),
        "observed": float(observed[0]),
        "observed_low": float(low[0]),
        "observed_high": float(high[0]),
    }
