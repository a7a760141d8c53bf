"""This will tell whether a network knows its hold-out better than it can, if it never saw it.

The calibration side and the hold-out are both unseen and split by chance, so a network orders both about as well:
violations above the others. One that was fitted on the hold-out, by whatever way, orders that better. What is compared
does not depend on how common violations are on a side. One fitted on both sides alike is not noticed here.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .bootstrap import SEED, Ranked, interval, over_draws

LEAST_POSITIVES = 10
_DRAWS = 2000
# One run in 200 of honest ones would stand out by chance alone, and only by more than the gate's own margin.
_TAIL = 0.005
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Seen:
    """Scores [N] of one side, with truths [N] and weights [N]."""

    scores: Array
    truths: NDArray[np.bool_]
    weights: Array


def compare_sides(hold_out: Seen, calibration: Seen) -> dict[str, Any]:
    """Compare how well both sides are ordered.

    Returns {"hold_out", "calibration", "difference", "low", "n_positive"}: the shares of pairs in order, the
    difference, its lower bound at 99.5 % (None with fewer than ten violations on a side) and the smaller side's count.
    """
    positives = min(int(one.truths.sum()) for one in (hold_out, calibration))
    orders = [_order(one) for one in (hold_out, calibration)]
    found = {"hold_out": orders[0], "calibration": orders[1], "difference": None, "low": None, "n_positive": positives}
    if orders[0] is None or orders[1] is None:
        return found
    found["difference"] = orders[0] - orders[1]
    if positives < LEAST_POSITIVES:
        return found
    drawn = _drawn(hold_out, seed=SEED) - _drawn(calibration, seed=SEED + 1)
    limits = interval(drawn, tail=_TAIL)
    return found | {"low": limits[0] if limits else None}


def _order(side: Seen) -> float | None:
    if not len(side.scores):
        return None
    value = float(Ranked.of(side.scores, side.truths).ladders(side.weights[None, :]).in_order()[0])
    return value if np.isfinite(value) else None


def _drawn(side: Seen, *, seed: int) -> Array:
    ranked = Ranked.of(side.scores, side.truths)
    return over_draws(side.weights, lambda one: ranked.ladders(one).in_order(), count=_DRAWS, seed=seed)
