"""This will read the columns of a manifest that the page of a dataset version counts, without making a row of each.

Manifests of before a column existed lack it; what they do not say stays unknown.
"""

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from django.core.files.storage import default_storage
from numpy.typing import NDArray

from models_registry.models import DatasetVersion

SIDES = ("fit", "calibration", "hold_out")


class ManifestGone(Exception):
    """The manifest is no longer in storage."""


@dataclass(frozen=True)
class Manifest:
    """A manifest of N images by column; texts are empty and numbers NaN where nothing is known.

    ``classes`` are the keys of each image, ``weights`` 1/π.
    """

    sha256: list[str]
    classes: list[list[str]]
    split: NDArray[np.str_]
    source: list[str]
    purpose: list[str]
    weights: NDArray[np.float64]
    brightness: NDArray[np.float64]
    longer_px: NDArray[np.float64]
    saw_suggestion: NDArray[np.bool_]
    size_bytes: int

    def has_class(self, key: str) -> NDArray[np.bool_]:
        """Say of each image whether it is of a class; an empty key means fine."""
        return np.array([key in one if key else not one for one in self.classes], dtype=bool)


def read(dataset: DatasetVersion) -> Manifest:
    """Read a manifest out of storage. Raises ManifestGone."""
    try:
        with default_storage.open(dataset.manifest) as file:
            content = bytes(file.read())
    except (FileNotFoundError, IsADirectoryError, ValueError) as error:
        raise ManifestGone(f"The manifest of {dataset} is no longer in storage.") from error
    table = pq.read_table(io.BytesIO(content))
    sides = [_numbers(table, name) for name in ("width_px", "height_px")]
    return Manifest(
        sha256=_texts(table, "sha256"),
        classes=table["classes"].to_pylist(),
        split=np.array(_texts(table, "split"), dtype=str),
        source=_texts(table, "source"),
        purpose=_texts(table, "purpose"),
        weights=1 / _numbers(table, "inclusion_probability"),
        brightness=_numbers(table, "brightness"),
        longer_px=np.fmax(*sides),
        saw_suggestion=_numbers(table, "saw_suggestion") > 0.5,
        size_bytes=len(content),
    )


def _texts(table: Any, name: str) -> list[str]:
    if name not in table.column_names:
        return [""] * table.num_rows
    return [one or "" for one in table[name].to_pylist()]


def _numbers(table: Any, name: str) -> NDArray[np.float64]:
    if name not in table.column_names:
        return np.full(table.num_rows, np.nan)
    column = table[name].cast(pa.float64()).to_pylist()
    return np.array([np.nan if one is None else one for one in column], dtype=np.float64)
