"""This will measure one score apart on parts of a hold-out, at one operating point, the worst part first.

Which parts there are is given; here they are only names. Every image is weighted by 1/π. A part may be small, so a
number stands with its interval, and with how many violations are behind it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .bootstrap import Ranked
from .curves import Sums, average_precision, share_interval, typical_weight

# A part with fewer violations is listed, but says nothing.
LEAST_POSITIVES = 20
Array = NDArray[np.float64]
# Part by part: what it is of (its dimension), its value, and which images are in it, bool [N].
Parts = Sequence[tuple[str, str, NDArray[np.bool_]]]


def operating_point(
    scores: Array, truths: NDArray[np.bool_], weights: Array, *, required_precision: float, share: float = 0.1
) -> dict[str, Any]:
    """Choose the lowest threshold from which on precision is at least the required one.

    Where none reaches that, the threshold that flags about `share` of the traffic. Returns {"basis": "precision" or
    "share", "required_precision", "threshold", "precision", "recall", "flagged_share"}.
    """
    ladder = Ranked.of(scores, truths).ladders(weights[None, :])
    position = int(ladder.position_at(required_precision)[0])
    flagged = ladder.flagged[0] / ladder.flagged[0, -1]
    basis = "precision" if position >= 0 else "share"
    if position < 0:
        position = int(np.argmin(np.abs(flagged - share)))
    recall = ladder.recall[0, position]
    return {
        "basis": basis,
        "required_precision": required_precision,
        "threshold": float(ladder.thresholds[position]),
        "precision": float(ladder.precision[0, position]),
        "recall": float(recall) if np.isfinite(recall) else None,
        "flagged_share": float(flagged[position]),
    }


def measure(
    scores: Array, truths: NDArray[np.bool_], weights: Array, *, parts: Parts, threshold: float
) -> list[dict[str, Any]]:
    """Return one mapping a part: those with enough violations first, by recall, the worst first.

    {"dimension", "value", "n", "n_positive", "is_enough", "prevalence", "average_precision", "recall", "recall_low",
    "recall_high", "wrong_share", "wrong_share_low", "wrong_share_high"}, where the last three are of the images
    without a violation: the share that is flagged all the same. Intervals are of 95 % (`share_interval`).
    """
    found = [
        {"dimension": dimension, "value": value} | _measures(scores[rows], truths[rows], weights[rows], threshold)
        for dimension, value, rows in parts
        if rows.any()
    ]
    return sorted(found, key=_worst_first)


def _worst_first(one: Mapping[str, Any]) -> tuple[bool, float, str, str]:
    recall = one["recall"]
    return not one["is_enough"], 1.0 if recall is None else recall, one["dimension"], one["value"]


def _measures(scores: Array, truths: NDArray[np.bool_], weights: Array, threshold: float) -> dict[str, Any]:
    flagged = scores >= threshold
    return {
        "n": len(scores),
        "n_positive": int(truths.sum()),
        "is_enough": bool(truths.sum() >= LEAST_POSITIVES),
        "prevalence": float(weights @ truths / weights.sum()),
        "average_precision": average_precision(scores, truths, weights),
        **_share("recall", flagged, truths, weights),
        **_share("wrong_share", flagged, ~truths, weights),
    }


def _share(name: str, flagged: NDArray[np.bool_], among: NDArray[np.bool_], weights: Array) -> dict[str, float | None]:
    """Estimate which share of some images is flagged; unknown where there are none."""
    if not among.any():
        return {name: None, f"{name}_low": None, f"{name}_high": None}
    following = typical_weight(weights[among])
    yes, no = (Sums.of(weights[among & kind], next_weight=following) for kind in (flagged, ~flagged))
    value, low, high = share_interval(yes, no)
    return {name: float(value[0]), f"{name}_low": float(low[0]), f"{name}_high": float(high[0])}
