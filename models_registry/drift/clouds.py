"""This will say how far the embeddings of a day lie from those of the reference. Pure.

Embeddings are what the network makes of an image before its last layer: a change that neither brightness nor size
tells (other animals, drawings for photos) moves them. They are looked at along the few directions in which the
reference itself differs most (principal components, as in Rabanser, Günnemann and Lipton, Failing Loudly, NeurIPS
2019), each scaled to a standard deviation of 1. The distance is that of Mahalanobis between the means, which for one
direction is Cohen's d; it is estimated without bias (Lachenbruch and Mickey, Technometrics 10:1, 1968), and its noise
bound is that of Hotelling's T² test (Annals of Mathematical Statistics 2:360, 1931).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from models_registry.drift.measures import FEWEST, Difference
from models_registry.validation import comparing

MOST_DIRECTIONS = 10
# Cohen's medium effect (1988): one can see it with the naked eye.
DISTANCE_LIMIT = 0.5
_IMAGES_PER_DIRECTION = 10
_FLAT = 1e-9

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Cloud:
    """Where the embeddings of the reference lie.

    ``mean`` [D]; ``directions`` [K, D], scaled so that the reference has variance 1 along each; ``size`` images of
    equal weight.
    """

    mean: Floats
    directions: Floats
    size: float

    def to_dict(self) -> dict[str, Any]:
        """Describe it in JSON types; six digits are more than float32 has."""
        directions = [[float(f"{one:.6g}") for one in row] for row in self.directions]
        return {"mean": [float(f"{one:.6g}") for one in self.mean], "directions": directions, "size": self.size}

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> "Cloud":
        return cls(np.array(stored["mean"]), np.array(stored["directions"]), float(stored["size"]))


def describe(embeddings: Floats, weights: Floats) -> Cloud | None:
    """Describe the embeddings [N, D] of a reference, weighted [N]; None where there are too few, or all are alike."""
    size = comparing.effective(weights)
    if size < FEWEST:
        return None
    shares = weights / weights.sum()
    mean = shares @ embeddings
    apart = (embeddings - mean) * np.sqrt(shares)[:, None]
    _, spreads, directions = np.linalg.svd(apart, full_matrices=False)  # [R], [R, D]
    most = min(MOST_DIRECTIONS, int(size / _IMAGES_PER_DIRECTION))
    kept = np.flatnonzero(spreads > max(_FLAT, 1e-4 * spreads[0]))[:most]
    if not len(kept):
        return None
    # The sample's own variance is a little too small: n / (n - 1).
    scale = np.sqrt((size - 1) / size) / spreads[kept]
    return Cloud(mean, directions[kept] * scale[:, None], size)


def distance(cloud: Cloud, embeddings: Floats, *, tests: int) -> Difference | None:
    """Measure how far the mean of a day's embeddings [N, D] lies from the reference, in standard deviations."""
    n, m, k = len(embeddings), cloud.size, len(cloud.directions)
    if n < max(FEWEST, k + 2):
        return None
    placed = (embeddings - cloud.mean) @ cloud.directions.T  # [N, K]
    mean, spread = placed.mean(axis=0), np.atleast_2d(np.cov(placed, rowvar=False))
    pooled = ((m - 1) * np.eye(k) + (n - 1) * spread) / (n + m - 2)
    squared = float(mean @ np.linalg.solve(pooled, mean))
    level = (1 - comparing.CONFIDENCE) / tests
    t_squared = k * (n + m - 2) / (n + m - k - 1) * stats.f.isf(level, k, n + m - k - 1)
    noise = t_squared * (n + m) / (n * m)
    return Difference(_unbiased(squared, n, m, k), _unbiased(float(noise), n, m, k), DISTANCE_LIMIT, n)


def _unbiased(squared: float, n: float, m: float, k: int) -> float:
    """Take away what chance adds to a squared distance; returns the distance."""
    return float(np.sqrt(max(0.0, (n + m - k - 3) / (n + m - 2) * squared - k * (n + m) / (n * m))))
