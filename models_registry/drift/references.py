"""This will read what a model version was measured on: its dataset, weighted to the traffic.

Inputs are those of every image whose inclusion probability is known, scores those of the hold-out, each counted 1/π
times. So the reference speaks of the traffic that the dataset stands for, and not of what happened to be labeled.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from models_registry.artifacts import ArtifactDamaged
from models_registry.drift import bins
from models_registry.models import ModelVersion
from models_registry.training import extraction, scores
from models_registry.training.replaying import Original
from models_registry.validation import comparing

# Images of equal weight, of inputs and of scores alike; with fewer the days are compared with each other instead.
LEAST = 200
# So many embeddings tell where the reference lies.
MOST_EMBEDDED = 1000


@dataclass(frozen=True)
class Reference:
    """Histograms by quantity, how many images of equal weight each tells about, and the share from a threshold on."""

    histograms: dict[str, list[float]]
    sizes: dict[str, float]
    above: float | None


def of_dataset(version: ModelVersion, *, threshold: float | None) -> Reference | None:
    """Read the reference of a version; None where its dataset is too small, or gone."""
    inputs, scored = _inputs(version), _scores(version)
    if inputs is None or scored is None:
        return None
    known = bins.scores(scored.probabilities, scored.known)
    size = comparing.effective(scored.weights)
    return Reference(
        histograms={
            **inputs.histograms,
            **{key: bins.SCORE.counts(values, scored.weights) for key, values in known.items()},
        },
        sizes={**inputs.sizes, **dict.fromkeys(known, size)},
        above=_above(scored, threshold),
    )


def operating_point(version: ModelVersion) -> float | None:
    """The threshold of any violation at which a version was measured; None for reports of before they had one."""
    point = version.report.get("operating_point") or {}
    found = point.get("threshold")
    return None if found is None else float(found)


def hold_out(version: ModelVersion) -> tuple[list[Original], np.ndarray]:
    """Return images of the hold-out of known weight, named by their place, and their weights [N]; at most a thousand,
    spread evenly over the hashes."""
    kept = [one for one in _rows(version) if one["split"] == "hold_out" and one["inclusion_probability"]]
    kept = sorted(kept, key=lambda one: str(one["sha256"]))[:MOST_EMBEDDED]
    images = [Original(place, one["original"], one["sha256"]) for place, one in enumerate(kept)]
    return images, np.array([1 / one["inclusion_probability"] for one in kept], dtype=np.float64)


def _rows(version: ModelVersion) -> list[dict[str, Any]]:
    if not version.dataset.manifest:
        return []
    try:
        return extraction.rows_of(extraction.manifest(version.dataset))
    except FileNotFoundError:
        return []


def _inputs(version: ModelVersion) -> Reference | None:
    rows = [one for one in _rows(version) if one["inclusion_probability"]]
    weights = np.array([1 / one["inclusion_probability"] for one in rows], dtype=np.float64)
    looks = bins.looks(*(_column(rows, name) for name in ("brightness", "width_px", "height_px")))
    sizes = {key: comparing.effective(weights[np.isfinite(values)]) for key, values in looks.items()}
    if min(sizes.values()) < LEAST:
        return None
    return Reference({key: bins.ruler_of(key).counts(one, weights) for key, one in looks.items()}, sizes, None)


def _column(rows: Sequence[dict[str, Any]], name: str) -> np.ndarray:
    found = (row.get(name) for row in rows)
    return np.array([np.nan if one is None else one for one in found], dtype=np.float64)


def _scores(version: ModelVersion) -> scores.Scores | None:
    try:
        found = scores.of(version.evaluations.get(dataset_id=version.dataset_id))
    except ArtifactDamaged:
        return None
    if found is None or not found.known or comparing.effective(found.weights) < LEAST:
        return None
    return found


def _above(found: scores.Scores, threshold: float | None) -> float | None:
    if threshold is None:
        return None
    return float(np.average(found.any_violation >= threshold, weights=found.weights))
