"""This will cut a hold-out into parts that are measured apart: by brightness, size, source, and attributes.

Pure. What a manifest does not say of an image puts that image into no part. Values are codes that stay the same in
every language: ``0.25-0.5`` of brightness, ``512-1024`` px of the longer side, and else what the manifest holds.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

Row = Mapping[str, Any]
Parts = list[tuple[str, str, np.ndarray]]

BRIGHTNESS, SIZE, SOURCE, ATTRIBUTE = "brightness", "size", "source", "attribute"
_BRIGHTNESS_EDGES = (0.0, 0.25, 0.5, 0.75, 1.0)
_SIZE_EDGES = (0, 256, 512, 1024, 2048)
# An attribute of many values, such as an id, is no slice.
_MOST_VALUES = 12
_MOST_ATTRIBUTES = 8


def parts_of(rows: Sequence[Row]) -> Parts:
    """Return (dimension, value, which rows [N]) for each part that holds a row; an attribute's name follows a colon."""
    found = _binned(BRIGHTNESS, [row.get("brightness") for row in rows], _BRIGHTNESS_EDGES, last="")
    found += _binned(SIZE, [_longer_side(row) for row in rows], _SIZE_EDGES, last="+")
    found += _named(SOURCE, [row.get("source") or "" for row in rows])
    attributes = [json.loads(row.get("attributes") or "{}") for row in rows]
    for name in _attributes(attributes):
        values = [str(one.get(name) or "") for one in attributes]
        if len(set(values) - {""}) <= _MOST_VALUES:
            found += _named(f"{ATTRIBUTE}:{name}", values)
    # What holds every image is no part.
    return [one for one in found if not one[2].all()]


def _longer_side(row: Row) -> int | None:
    sides = [side for side in (row.get("width_px"), row.get("height_px")) if side]
    return max(sides) if sides else None


def _binned(dimension: str, values: Sequence[float | None], edges: Sequence[float], *, last: str) -> Parts:
    """Cut numbers at the edges; a ``last`` of ``+`` means that the last bin has no end, else it holds its end too."""
    known = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    bins = np.searchsorted(edges[1:] if last else edges[1:-1], known, side="right")
    names = [f"{low:g}-{high:g}" for low, high in zip(edges, edges[1:], strict=False)]
    names += [f"{edges[-1]:g}{last}"] if last else []
    found = [(dimension, name, (bins == index) & np.isfinite(known)) for index, name in enumerate(names)]
    return [one for one in found if one[2].any()]


def _named(dimension: str, values: Sequence[str]) -> Parts:
    named = np.array(values, dtype=object)
    return [(dimension, value, named == value) for value in sorted(set(values) - {""})]


def _attributes(attributes: Sequence[Mapping[str, Any]]) -> list[str]:
    """Name the attributes that most images have."""
    counted = Counter(name for one in attributes for name in one)
    return [name for name, _ in counted.most_common(_MOST_ATTRIBUTES)]
