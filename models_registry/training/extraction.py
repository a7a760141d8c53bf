"""This will turn a dataset version into arrays: canvases, targets, weights, sides of the split."""

import io
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from django.conf import settings
from django.core.files.storage import default_storage

from models_registry.ml.preprocessing import CanvasSpec, NotAnImage, decode, to_canvas
from models_registry.models import DatasetVersion

CANVASES, TABLE = "canvases.npy", "table.npz"
SIDES = ("fit", "calibration", "hold_out")
UNREADABLE = -1


@dataclass
class Extract:
    """A dataset as arrays of N images.

    ``canvases`` uint8 [N, H, W, 3]; ``targets`` float32 [N, C], 0 or 1; ``weights`` float64 [N], 1/π, NaN where π is
    not known; ``split`` int8 [N], the position in SIDES, or UNREADABLE for what could not be decoded.
    """

    canvases: np.ndarray
    targets: np.ndarray
    weights: np.ndarray
    split: np.ndarray

    @property
    def unreadable(self) -> int:
        return int((self.split == UNREADABLE).sum())

    def sides(self) -> dict[str, np.ndarray]:
        """Return the rows of each side. Calibration and hold-out hold only images of known weight: the others were
        chosen for a reason, and would say nothing of the traffic."""
        has_weight = np.isfinite(self.weights)
        usable = {"fit": np.ones_like(has_weight), "calibration": has_weight, "hold_out": has_weight}
        return {name: np.flatnonzero((self.split == index) & usable[name]) for index, name in enumerate(SIDES)}

    @classmethod
    def load(cls, folder: Path) -> "Extract":
        """Read what ``extract`` wrote; canvases stay on disk until they are used."""
        with np.load(folder / TABLE) as table:
            return cls(
                canvases=np.load(folder / CANVASES, mmap_mode="r"),
                targets=table["targets"],
                weights=table["weights"],
                split=table["split"],
            )


def extract(
    dataset: DatasetVersion,
    *,
    class_keys: Sequence[str],
    spec: CanvasSpec,
    folder: Path,
    check: Callable[[], None],
    sides: Collection[str] = SIDES,
) -> Extract:
    """Decode a dataset's images into files of a folder, one at a time; ``check`` may raise to stop.

    What cannot be read, or is no longer stored, stays blank and is marked. Raises FileNotFoundError where the
    manifest itself is gone.
    """
    with default_storage.open(dataset.manifest) as file:
        rows = [row for row in pq.read_table(io.BytesIO(file.read())).to_pylist() if row["split"] in sides]
    split = np.array([SIDES.index(row["split"]) for row in rows], dtype=np.int8)
    split[_draw(rows, spec=spec, to=folder / CANVASES, check=check)] = UNREADABLE
    targets = np.array([[key in row["classes"] for key in class_keys] for row in rows], dtype=np.float32)
    np.savez(
        folder / TABLE,
        targets=targets.reshape(len(rows), len(class_keys)),
        weights=np.array([1 / (row["inclusion_probability"] or np.nan) for row in rows]),
        split=split,
    )
    return Extract.load(folder)


def _draw(rows: Sequence[dict[str, Any]], *, spec: CanvasSpec, to: Path, check: Callable[[], None]) -> list[int]:
    """Write the canvases; returns the positions of those that cannot be read."""
    # A worker that lost this run may still have the old file mapped; it keeps that one, and this is another.
    to.unlink(missing_ok=True)
    shape = (len(rows), spec.size_px, spec.size_px, 3)
    canvases = np.lib.format.open_memmap(to, mode="w+", dtype=np.uint8, shape=shape)  # [N, H, W, 3]
    unreadable = []
    for index, row in enumerate(rows):
        check()
        try:
            canvases[index] = _canvas(row["original"], spec)
        except (NotAnImage, FileNotFoundError):
            unreadable.append(index)
    canvases.flush()
    return unreadable


def _canvas(original: str, spec: CanvasSpec) -> np.ndarray:
    with default_storage.open(original) as file:
        return to_canvas(decode(file.read(), max_pixels=settings.IMAGE_MAX_PX), spec)
