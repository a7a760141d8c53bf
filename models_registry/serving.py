"""This will keep model versions loaded and predict a batch (door 2 into ml/).

onnxruntime is imported at the first prediction, so a process that never predicts never loads it. A version is loaded
when it is first asked for; whatever has not been asked for lately is let go, so a new deployment is noticed simply
by being asked.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from django.conf import settings

from models_registry import artifacts
from models_registry.ml.preprocessing import CanvasSpec
from models_registry.models import ModelVersion

if TYPE_CHECKING:
    from models_registry.ml.inference import Predictor

# The champion, a rollout's challenger, what is being re-scored, and the eight that the playground sets side by side: a
# worker that keeps fewer loads one for every batch.
KEPT = 11
# A loaded version takes about as much memory as its file.
KEPT_BYTES = 2**30


class Loaded:
    """The versions this process holds in memory, by the checksum of their file, most recently used last.

    Safe to share between threads; one that asks for a loaded version waits while another is being loaded.
    """

    def __init__(self, *, most_bytes: int = KEPT_BYTES) -> None:
        self._most_bytes = most_bytes
        self._predictors: OrderedDict[str, Predictor] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, version: ModelVersion) -> Predictor:
        """Return a version's predictor, loaded if it is not. Raises ArtifactDamaged, and what Predictor raises."""
        key = version.artifact_sha256
        with self._lock:
            if key not in self._predictors:
                self._predictors[key] = _load(version)
            self._predictors.move_to_end(key)
            while self._are_too_many():
                self._predictors.popitem(last=False)
            return self._predictors[key]

    def _are_too_many(self) -> bool:
        """Tell whether one has to go; the one that was just asked for stays, however large."""
        size_bytes = sum(one.size_bytes for one in self._predictors.values())
        return len(self._predictors) > KEPT or (len(self._predictors) > 1 and size_bytes > self._most_bytes)

    def __len__(self) -> int:
        return len(self._predictors)


def _load(version: ModelVersion) -> Predictor:
    from models_registry.ml.inference import Predictor

    return Predictor(artifacts.fetch(version), threads=settings.INFERENCE_THREADS)


@cache
def loaded() -> Loaded:
    """Return this process's loaded versions."""
    return Loaded()


def spec_of(version: ModelVersion) -> CanvasSpec:
    """Return the canvas a version wants; loads nothing."""
    return CanvasSpec.from_dict(version.preprocessing)


def is_on_gpu(version: ModelVersion) -> bool:
    """Return whether this process computes a version's predictions on a graphics processor; loads it if need be."""
    return loaded().get(version).provider == "CUDAExecutionProvider"


def predict(version: ModelVersion, canvases: np.ndarray) -> list[dict[str, float]]:
    """Score canvases, uint8 [N, H, W, 3] of ``spec_of(version)``; returns {class: probability} for each."""
    predictor = loaded().get(version)
    probabilities, _ = predictor.predict(canvases)  # [N, C]
    return [{key: float(value) for key, value in zip(predictor.class_keys, row, strict=True)} for row in probabilities]
