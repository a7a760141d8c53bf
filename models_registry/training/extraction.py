"""This will turn a dataset version into arrays: canvases, targets, weights, sides of the split."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from django.conf import settings
from django.core.files.storage import default_storage

from models_registry.ml.preprocessing import CanvasSpec, NotAnImage, decode, to_canvas
from models_registry.models import DatasetVersion

FILES = ("canvases.npy", "table.npz")
SIDES = ("fit", "calibration", "hold_out")


@dataclass
class Extract:
    """A dataset as arrays of N images.

    ``canvases`` uint8 [N, H, W, 3]; ``targets`` float32 [N, C], 0 or 1; ``weights`` float64 [N], 1/π, NaN where π is
    not known; ``split`` int8 [N], the position in SIDES.
    """

    canvases: np.ndarray
    targets: np.ndarray
    weights: np.ndarray
    split: np.ndarray
    unreadable: int

    def sides(self) -> dict[str, np.ndarray]:
        """Return the rows of each side. Calibration and hold-out hold only images of known weight: the others were
        chosen for a reason, and would say nothing of the traffic."""
        has_weight = np.isfinite(self.weights)
        usable = {"fit": np.ones_like(has_weight), "calibration": has_weight, "hold_out": has_weight}
        return {name: np.flatnonzero((self.split == index) & usable[name]) for index, name in enumerate(SIDES)}

    def save(self, folder: Path) -> None:
        np.save(folder / FILES[0], self.canvases)
        np.savez(
            folder / FILES[1],
            targets=self.targets,
            weights=self.weights,
            split=self.split,
            unreadable=np.array(self.unreadable),
        )

    @classmethod
    def load(cls, folder: Path) -> "Extract":
        """Read what ``save`` wrote; canvases stay on disk until they are used."""
        table = np.load(folder / FILES[1])
        return cls(
            canvases=np.load(folder / FILES[0], mmap_mode="r"),
            targets=table["targets"],
            weights=table["weights"],
            split=table["split"],
            unreadable=int(table["unreadable"]),
        )


def extract(
    dataset: DatasetVersion, *, class_keys: Sequence[str], spec: CanvasSpec, check: Callable[[], None]
) -> Extract:
    """Decode a dataset's images; those that cannot be read are left out and counted. ``check`` may raise to stop."""
    with default_storage.open(dataset.manifest) as file:
        rows = pq.read_table(io.BytesIO(file.read())).to_pylist()
    canvases, kept = [], []
    for row in rows:
        check()
        try:
            canvases.append(_canvas(row["original"], spec))
            kept.append(row)
        except (NotAnImage, FileNotFoundError):
            continue
    empty = np.zeros((0, spec.size_px, spec.size_px, 3), dtype=np.uint8)
    return Extract(
        canvases=np.stack(canvases) if canvases else empty,
        targets=np.array([[key in row["classes"] for key in class_keys] for row in kept], dtype=np.float32),
        weights=np.array([1 / (row["inclusion_probability"] or np.nan) for row in kept]),
        split=np.array([SIDES.index(row["split"]) for row in kept], dtype=np.int8),
        unreadable=len(rows) - len(kept),
    )


def _canvas(original: str, spec: CanvasSpec) -> np.ndarray:
    with default_storage.open(original) as file:
        return to_canvas(decode(file.read(), max_pixels=settings.IMAGE_MAX_PX), spec)
