"""This will count what images look like, and how they score, in bins that never change. Pure.

Counts of different days can so be added up and compared without the images, and a day takes a few hundred numbers
however many posts it had. Bins are fine; comparing puts them together into tenths of the reference (`measures`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Values = NDArray[np.float64]
ANY = "any"


@dataclass(frozen=True)
class Ruler:
    """A scale cut into len(edges) + 1 bins; the first and the last have no end. A value on an edge lies below it."""

    edges: tuple[float, ...]
    onto: Callable[[Values], Values]
    back: Callable[[float], float]

    def counts(self, values: ArrayLike, weights: ArrayLike | None = None) -> list[float]:
        """Count values, [N], each as much as its weight; what is not a number is left out."""
        given = np.asarray(values, dtype=np.float64)
        known = np.isfinite(given)
        heavy = np.ones(len(given)) if weights is None else np.asarray(weights, dtype=np.float64)
        places = np.searchsorted(self.edges, self.onto(given[known]), side="left")
        found = np.bincount(places, weights=heavy[known], minlength=len(self.edges) + 1)
        return [round(float(one), 6) for one in found]

    def value_at(self, place: float) -> float:
        """The value at a place between the edges: 0 is the first edge, 1 the second."""
        return self.back(float(np.interp(place, np.arange(len(self.edges)), self.edges)))

    def median(self, counts: Sequence[float]) -> float:
        """The value that half of the counted lie below, as far as the bins tell."""
        reached = np.concatenate([[0.0], np.cumsum(counts)])
        return self.value_at(float(np.interp(reached[-1] / 2, reached, np.arange(-1, len(counts)))))


def _logit(values: Values) -> Values:
    inside = np.clip(values, 1e-12, 1 - 1e-12)
    return np.asarray(np.log(inside / (1 - inside)))


def _steps(low: float, high: float, step: float) -> tuple[float, ...]:
    return tuple(float(one) for one in np.round(np.arange(low, high + step / 2, step), 6))


# Mean luminance in [0, 1].
BRIGHTNESS = Ruler(_steps(0.02, 0.98, 0.02), lambda one: one, lambda one: one)
# Pixels, in quarters of a doubling, from 1,024 to 134 million.
SIZE = Ruler(_steps(10.125, 27.125, 0.25), lambda one: np.log2(np.maximum(one, 1.0)), lambda one: float(2.0**one))
# Width by height, in twelfths of a doubling; no edge lies on a usual shape, such as a square.
SHAPE = Ruler(_steps(-3 + 1 / 24, 3, 1 / 12), lambda one: np.log2(one), lambda one: float(2.0**one))
# Probabilities on the scale of their logits, for nearly all lie near 0.
SCORE = Ruler(_steps(-9.225, 9.225, 0.45), _logit, lambda one: float(1 / (1 + np.exp(-one))))

INPUTS = {"brightness": BRIGHTNESS, "size": SIZE, "shape": SHAPE}
SCORES = "score:"


def ruler_of(key: str) -> Ruler:
    """The ruler of a quantity: of an input, or of the score of a class (``score:any`` is the highest of all)."""
    return SCORE if key.startswith(SCORES) else INPUTS[key]


def looks(brightness: ArrayLike, width_px: ArrayLike, height_px: ArrayLike) -> dict[str, Values]:
    """Brightness, size and shape of images; each [N], NaN where it is not known."""
    width, height = (np.asarray(one, dtype=np.float64) for one in (width_px, height_px))
    return {"brightness": np.asarray(brightness, dtype=np.float64), "size": width * height, "shape": width / height}


def scores(probabilities: Values, keys: Sequence[str]) -> dict[str, Values]:
    """The scores of each class, and the highest of them; each [N], from [N, C]."""
    found = {f"{SCORES}{key}": probabilities[:, place] for place, key in enumerate(keys)}
    return {f"{SCORES}{ANY}": probabilities.max(axis=1, initial=0.0), **found}
