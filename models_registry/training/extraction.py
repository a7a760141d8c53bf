"""This will bring a dataset version to this machine, and turn it into arrays: canvases, targets, weights, sides.

Two steps of a run. ``gather`` fetches manifest and originals once, from wherever they are stored; ``draw`` works on
what is local, so another canvas needs no other fetching.
"""

import hashlib
import io
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings
from django.core.files.storage import default_storage

from models_registry.ml.preprocessing import CanvasSpec, NotAnImage, decode, to_canvas
from models_registry.models import DatasetVersion
from models_registry.training.plan import CANVASES, ORIGINALS, ROWS, TABLE
from models_registry.validation.contents import is_sound

SIDES = ("fit", "calibration", "hold_out")
UNREADABLE = -1

Told = Callable[[int, int], None]


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
        """Read what ``draw`` wrote; canvases stay on disk until they are used."""
        with np.load(folder / TABLE) as table:
            return cls(
                canvases=np.load(folder / CANVASES, mmap_mode="r"),
                targets=table["targets"],
                weights=table["weights"],
                split=table["split"],
            )


def manifest(dataset: DatasetVersion) -> bytes:
    """Return a dataset's manifest as it is stored. Raises FileNotFoundError where it is gone."""
    with default_storage.open(dataset.manifest) as file:
        return bytes(file.read())


def rows_of(content: bytes) -> list[dict[str, Any]]:
    return list(pq.read_table(io.BytesIO(content)).to_pylist())


def gather(
    dataset: DatasetVersion, *, folder: Path, told: Told, sides: Collection[str] = SIDES
) -> list[dict[str, Any]]:
    """Fetch the originals of a dataset's rows into one local file, and write beside it what each row is.

    Returns the rows: the manifest's, and where each original lies (``offset``, ``length``) and whether it is readable,
    which means that it is stored, that its bytes are those that were frozen, and that all of it can be decoded.
    ``told`` is called with how many are done, of how many, and may raise to stop. Raises FileNotFoundError where the
    manifest itself is gone.
    """
    rows = [row for row in rows_of(manifest(dataset)) if row["split"] in sides or sides == SIDES]
    return fetch(rows, folder=folder, told=told)


def fetch(rows: list[dict[str, Any]], *, folder: Path, told: Told) -> list[dict[str, Any]]:
    """Do the same for rows that are given, which have at least ``original`` and ``sha256``."""
    _fresh(folder / ORIGINALS)
    with (folder / ORIGINALS).open("wb") as file:
        for index, row in enumerate(rows):
            told(index, len(rows))
            data = _original(row)
            row |= {"offset": file.tell(), "length": len(data), "is_readable": _is_whole(data, row)}
            file.write(data)
    _fresh(folder / ROWS)
    pq.write_table(pa.Table.from_pylist(rows, schema=_schema(rows)), folder / ROWS)
    return rows


def _fresh(path: Path) -> None:
    """Make way for a new file: whoever still reads the old one, or shares it with an earlier run, keeps that."""
    path.unlink(missing_ok=True)


def _schema(rows: Sequence[dict[str, Any]]) -> pa.Schema | None:
    """Let a list that is empty in every row be one of texts; Parquet cannot write a list of nothing."""
    if not rows:
        return None
    found = pa.Table.from_pylist(list(rows)).schema
    texts = pa.list_(pa.string())
    return pa.schema([pa.field(one.name, texts) if pa.types.is_list(one.type) else one for one in found])


def _original(row: dict[str, Any]) -> bytes:
    try:
        with default_storage.open(row["original"]) as file:
            return bytes(file.read())
    except (FileNotFoundError, ValueError, TypeError):
        return b""


def _is_whole(data: bytes, row: dict[str, Any]) -> bool:
    if hashlib.sha256(data).hexdigest() != row["sha256"]:
        return False
    try:
        decode(data, max_pixels=settings.IMAGE_MAX_PX)
    except NotAnImage:
        return False
    return True


def listed(source: Path, *, sides: Collection[str] = SIDES) -> list[dict[str, Any]]:
    """Return the rows that ``gather`` left in a folder, in the order in which ``draw`` lays them out."""
    return [row for row in pq.read_table(source / ROWS).to_pylist() if row["split"] in sides]


def originals(source: Path, rows: Sequence[int]) -> Iterator[bytes]:
    """Yield the stored bytes of some of the rows that ``gather`` left."""
    every = listed(source)
    with (source / ORIGINALS).open("rb") as file:
        for row in rows:
            file.seek(every[row]["offset"])
            yield file.read(every[row]["length"])


def draw(
    *,
    source: Path,
    class_keys: Sequence[str],
    spec: CanvasSpec,
    folder: Path,
    told: Told,
    sides: Collection[str] = SIDES,
) -> Extract:
    """Decode what ``gather`` left in ``source`` on to canvases in ``folder``, one at a time.

    What is not readable, or not what a manifest may hold, stays blank and is marked.
    """
    rows = listed(source, sides=sides)
    split = np.array([SIDES.index(row["split"]) for row in rows], dtype=np.int8)
    is_usable = [bool(row["is_readable"]) and is_sound(row, class_keys=class_keys) for row in rows]
    split[~np.array(is_usable, dtype=bool)] = UNREADABLE
    with (source / ORIGINALS).open("rb") as file:
        pictures = _pictures(rows, file, is_usable=is_usable, spec=spec, told=told)
        _write(pictures, shape=(len(rows), spec.size_px, spec.size_px, 3), to=folder / CANVASES)
    _fresh(folder / TABLE)
    targets = np.array([[key in row["classes"] for key in class_keys] for row in rows], dtype=np.float32)
    np.savez(
        folder / TABLE,
        targets=targets.reshape(len(rows), len(class_keys)),
        weights=np.array([1 / (row["inclusion_probability"] or np.nan) for row in rows]),
        split=split,
    )
    return Extract.load(folder)


def _pictures(
    rows: Sequence[dict[str, Any]], originals: BinaryIO, *, is_usable: Sequence[bool], spec: CanvasSpec, told: Told
) -> Iterator[tuple[int, np.ndarray]]:
    """Yield the position and canvas of each row that can be used."""
    for index, row in enumerate(rows):
        told(index, len(rows))
        if is_usable[index]:
            originals.seek(row["offset"])
            image = decode(originals.read(row["length"]), max_pixels=settings.IMAGE_MAX_PX)
            yield index, to_canvas(image, spec)


def _write(pictures: Iterator[tuple[int, np.ndarray]], *, shape: tuple[int, int, int, int], to: Path) -> None:
    _fresh(to)
    canvases = np.lib.format.open_memmap(to, mode="w+", dtype=np.uint8, shape=shape)  # [N, H, W, 3]
    for index, picture in pictures:
        canvases[index] = picture
    canvases.flush()
