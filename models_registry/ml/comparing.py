"""This will compare two model versions image by image on one hold-out, with intervals of the differences.

Both scored the same images, so the differences vary much less than the numbers themselves: what is hard for one is
hard for the other. Draws, strata and weights are those of `bootstrap`. Differences are candidate less champion, and
always such that more is better. With several differences to look at, each interval is widened (Bonferroni), so that
all of a kind hold together.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .bootstrap import Ladders, Ranked, interval, over_draws
from .curves import Sums, share_interval, typical_weight
from .evaluation import calibration_errors
from .slices import LEAST_POSITIVES, Parts

DRAWS = 2000
# On either side of an interval; one bound alone then holds at 95 %.
TAIL = 0.05
Array = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Difference:
    """Candidate less champion; `low` and `high` are None where the draws say nothing."""

    candidate: float
    champion: float
    difference: float
    low: float | None
    high: float | None
    n_positive: int

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Pair:
    """One score of each of two versions for the same N images, with truths and weights."""

    candidate: Array
    champion: Array
    truths: Bools
    weights: Array

    def ladders(self, weights: Array) -> tuple[Ladders, Ladders]:
        """Sum up weights [B, N] along both scores."""
        ranked = (Ranked.of(scores, self.truths) for scores in (self.candidate, self.champion))
        candidate, champion = (one.ladders(weights) for one in ranked)
        return candidate, champion


def compare(whole: Pair, classes: Mapping[str, Pair], *, parts: Parts, required_precision: float) -> dict[str, Any]:
    """Compare as a whole, by class and by part.

    Returns {"n", "n_positive", "required_precision", "recall", "gains": {name: difference}, "classes": {key:
    difference}, "slices": [{"dimension", "value", …}]}, each difference as in Difference. "recall" is machine recall at
    the required precision; the gains are average precision, recall, the calibration error and each class's average
    precision. Classes and parts with fewer than 20 violations are left out.
    """
    counted = {key: one for key, one in classes.items() if one.truths.sum() >= LEAST_POSITIVES}
    measured = _overall(whole, counted, required_precision)
    by_class = {key: measured[f"class:{key}"] for key in counted}
    return {
        "n": len(whole.truths),
        "n_positive": int(whole.truths.sum()),
        "required_precision": required_precision,
        "recall": _cautious(measured["recall"].difference(tail=TAIL), whole, required_precision).to_dict(),
        "gains": {name: one.difference(tail=TAIL / len(measured)).to_dict() for name, one in measured.items()},
        "classes": {key: one.difference(tail=TAIL / len(by_class)).to_dict() for key, one in by_class.items()},
        "slices": _slices(whole, parts, required_precision),
    }


@dataclass(frozen=True)
class _Drawn:
    """Two numbers, and what they came to in each draw, [2] and [B, 2]."""

    measured: Array
    draws: Array
    n_positive: int

    def difference(self, *, tail: float) -> Difference:
        candidate, champion = (float(one) for one in np.nan_to_num(self.measured))
        low, high = interval(self.draws[:, 0] - self.draws[:, 1], tail=tail) or (None, None)
        return Difference(candidate, champion, candidate - champion, low, high, self.n_positive)


def _overall(whole: Pair, classes: Mapping[str, Pair], required: float) -> dict[str, _Drawn]:
    """Measure all that compares whole scores, on the hold-out and on the same draws of it."""
    names = ("average_precision", "recall", "calibration", *(f"class:{key}" for key in classes))
    pairs = (whole, whole, whole, *classes.values())

    def measure(weights: Array) -> Array:
        ladders = whole.ladders(weights)
        columns = [
            [one.average_precision() for one in ladders],
            [one.recall_at(required) for one in ladders],
            # An error is better when it is smaller.
            [-calibration_errors(one, whole.truths, weights) for one in (whole.candidate, whole.champion)],
            *([one.average_precision() for one in pair.ladders(weights)] for pair in classes.values()),
        ]
        return np.array(columns).transpose(2, 0, 1)  # [B, names, 2]

    once, drawn = measure(whole.weights[None, :])[0], over_draws(whole.weights, measure, count=DRAWS)
    return {
        name: _Drawn(once[index], drawn[:, index], int(pair.truths.sum()))
        for index, (name, pair) in enumerate(zip(names, pairs, strict=True))
    }


def _flagged(pair: Pair, required: float) -> tuple[Bools, Bools]:
    """Say which images each version flags at its own threshold for the required precision; none where it has none."""
    flagged = []
    for scores, ladder in zip((pair.candidate, pair.champion), pair.ladders(pair.weights[None, :]), strict=True):
        position = int(ladder.position_at(required)[0])
        flagged.append(scores >= ladder.thresholds[position] if position >= 0 else np.zeros(len(scores), dtype=bool))
    return flagged[0], flagged[1]


def _cautious(found: Difference, pair: Pair, required: float) -> Difference:
    """Widen downwards by what no draw can show: a kind of miss of which the hold-out holds no example.

    Where the candidate misses nothing that the champion finds, every draw says so too. One more such violation is
    then always possible: the share that is lost may be as high as its own upper limit (Fay and Feuer 1997).
    """
    candidate, champion = _flagged(pair, required)
    weights = pair.weights[pair.truths]
    if found.low is None or not len(weights):
        return found
    lost = (champion & ~candidate)[pair.truths]
    following = typical_weight(weights)
    share, _, most = share_interval(*(Sums.of(weights[kind], next_weight=following) for kind in (lost, ~lost)))
    low = min(found.low, found.difference - float(most[0] - share[0]))
    return Difference(**(found.to_dict() | {"low": low}))


def _slices(pair: Pair, parts: Parts, required: float) -> list[dict[str, Any]]:
    """Compare the recall of each part, both versions at their thresholds for the whole."""
    candidate, champion = _flagged(pair, required)
    counted = [one for one in parts if (one[2] & pair.truths).sum() >= LEAST_POSITIVES]
    found = []
    for dimension, value, rows in counted:
        kept = rows & pair.truths
        shares = _found_shares(candidate[kept], champion[kept])
        once, drawn = shares(pair.weights[kept][None, :])[0], over_draws(pair.weights[kept], shares, count=DRAWS)
        difference = _Drawn(once, drawn, int(kept.sum())).difference(tail=TAIL / len(counted))
        found.append({"dimension": dimension, "value": value} | difference.to_dict())
    return sorted(found, key=lambda one: float(one["difference"]))


def _found_shares(candidate: Bools, champion: Bools) -> Callable[[Array], Array]:
    both = np.stack([candidate, champion], axis=1).astype(np.float64)  # [N, 2]
    return lambda weights: (weights @ both) / np.maximum(weights.sum(axis=1, keepdims=True), 1e-300)
