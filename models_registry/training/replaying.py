"""This will score stored originals on the path of training, whatever serving made of them.

Fetched, checked, decoded and laid on to the canvas by the steps *extract* and *preprocess* of a run, and scored by the
registered file; the canvas is the one that the file was exported with, not the one that serving was told. Loads
onnxruntime.
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models_registry import artifacts
from models_registry.models import ModelVersion
from models_registry.training import extraction

_SIDE = "hold_out"


@dataclass(frozen=True)
class Original:
    """An image as it is stored; ``name`` is the caller's."""

    name: int
    original: str
    sha256: str


@dataclass(frozen=True)
class Replayed:
    """What could be read, by its name: scores {class: probability}, and embeddings float32 [N, D] in their order."""

    scores: Mapping[int, dict[str, float]]
    embeddings: np.ndarray


def replay(version: ModelVersion, images: Sequence[Original], *, threads: int) -> Replayed:
    """Score originals; those that are gone, are not whole or are other bytes than their hash says are left out.

    Raises ArtifactDamaged where the version's own file is.
    """
    from models_registry.ml.inference import Predictor

    predictor = Predictor(artifacts.fetch(version), threads=threads)
    with tempfile.TemporaryDirectory() as folder:
        extraction.fetch([_row(one) for one in images], folder=Path(folder), told=_nobody)
        drawn = extraction.draw(
            source=Path(folder), class_keys=(), spec=predictor.spec, folder=Path(folder), told=_nobody, sides=(_SIDE,)
        )
        readable = np.flatnonzero(drawn.split != extraction.UNREADABLE)
        probabilities, embeddings = predictor.predict(np.asarray(drawn.canvases[readable]))
    scores = [
        {key: float(value) for key, value in zip(predictor.class_keys, row, strict=True)} for row in probabilities
    ]
    return Replayed(dict(zip([images[place].name for place in readable.tolist()], scores, strict=True)), embeddings)


def _row(one: Original) -> dict[str, object]:
    """The line that a manifest would have."""
    stored = {"original": one.original, "sha256": one.sha256}
    return {**stored, "split": _SIDE, "classes": [], "inclusion_probability": 1.0}


def _nobody(done: int, of: int) -> None:
    """Nobody waits to be told how far it is."""
