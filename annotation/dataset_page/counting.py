"""This will count what a dataset version holds: classes and sides, where its truths come from, how its images look."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext
from numpy.typing import NDArray

from annotation.dataset_page.manifest import SIDES, Manifest
from annotation.lineage import way_in_words
from models_registry.validation import comparing

BRIGHTNESS_EDGES = tuple(np.linspace(0, 1, 11).round(1).tolist())
SIZE_EDGES = (0, 128, 256, 512, 1024, 2048, 4096)


@dataclass(frozen=True)
class ClassRow:
    """How many images of a class lie on each side, and its shares, in percent; ``weighted`` is that of the traffic.

    ``key`` is empty for fine. ``number`` picks a color, 0 for fine.
    """

    key: str
    name: str
    number: int
    sides: list[int]
    images: int
    share: float
    weighted: float | None

    @property
    def is_fine(self) -> bool:
        return not self.key


@dataclass(frozen=True)
class SourceRow:
    """Truths that came about alike: how many, of how many is it known how likely they were looked at, violations."""

    name: str
    images: int
    share: float
    violations: int
    of_known_weight: int


@dataclass(frozen=True)
class Bar:
    """A bar of a histogram: ``share`` is of all that is known, in percent.

    ``short`` is where it begins; ``x`` and ``wide`` place it on a width of 100, ``top`` and ``tall`` on a height of 40.
    """

    name: str
    short: str
    images: int
    share: float
    x: float
    wide: float
    tall: float

    @property
    def top(self) -> float:
        return 40 - self.tall


@dataclass(frozen=True)
class DriftRow:
    """A class's share of the traffic, in percent, in the version before and among what is new since.

    ``h`` is Cohen's; ``is_changed`` says whether the change is more than noise.
    """

    name: str
    before: float
    now: float
    h: float
    is_changed: bool


def classes(found: Manifest, names: Mapping[str, str]) -> list[ClassRow]:
    """Return a row for each class, in the order of the names, and one for fine."""
    rows = [_class(found, key, name, number) for number, (key, name) in enumerate(names.items(), start=1)]
    return [*rows, _class(found, "", gettext("Fine"), 0)]


def _class(found: Manifest, key: str, name: str, number: int) -> ClassRow:
    held, known = found.has_class(key), np.isfinite(found.weights)
    weights = found.weights[known]
    weighted = float(np.average(held[known], weights=weights)) if known.any() else None
    return ClassRow(
        key=key,
        name=name,
        number=number,
        sides=[int((held & (found.split == side)).sum()) for side in SIDES],
        images=int(held.sum()),
        share=100 * float(held.mean()) if len(held) else 0.0,
        weighted=None if weighted is None else 100 * weighted,
    )


def sides(found: Manifest) -> list[int]:
    return [int((found.split == side).sum()) for side in SIDES]


def sources(found: Manifest) -> list[SourceRow]:
    """Return how the truths came about, the most frequent way first."""
    ways = list(zip(found.source, found.purpose, strict=True))
    known, is_violation = np.isfinite(found.weights), ~found.has_class("")
    rows = []
    for way, images in Counter(ways).most_common():
        held = np.array([one == way for one in ways], dtype=bool)
        share = 100 * images / len(ways)
        rows.append(
            SourceRow(way_in_words(*way), images, share, int((held & is_violation).sum()), int((held & known).sum()))
        )
    return rows


def histogram(values: NDArray[np.float64], edges: Sequence[float], *, unit: str = "") -> list[Bar]:
    """Count known values between edges; the last bin has no end. Empty where nothing is known."""
    known = values[np.isfinite(values)]
    if not len(known):
        return []
    bins = np.clip(np.searchsorted(edges, known, side="right") - 1, 0, len(edges) - 1)
    counted = np.bincount(bins, minlength=len(edges)).tolist()
    counts, names = _without_an_empty_end(counted, _names(edges, unit))
    width = 100 / len(counts)
    return [
        Bar(name, f"{edges[at]:g}", n, 100 * n / len(known), at * width, 0.94 * width, 40 * n / max(counts))
        for at, (name, n) in enumerate(zip(names, counts, strict=True))
    ]


def _names(edges: Sequence[float], unit: str) -> list[str]:
    between = [f"{low:g}–{high:g}{unit}" for low, high in zip(edges, edges[1:], strict=False)]
    return [*between, gettext("%(low)s and more") % {"low": f"{edges[-1]:g}{unit}"}]


def _without_an_empty_end(counts: list[int], names: list[str]) -> tuple[list[int], list[str]]:
    while len(counts) > 1 and not counts[-1]:
        counts, names = counts[:-1], names[:-1]
    return counts, names


def brightness(found: Manifest) -> list[Bar]:
    # One that is white through and through lies in the last tenth.
    return histogram(np.minimum(found.brightness, 0.9999), BRIGHTNESS_EDGES[:-1])


def longer_side(found: Manifest) -> list[Bar]:
    return histogram(found.longer_px, SIZE_EDGES, unit=" px")


# Images of equal weight; fewer say nothing. The same as the check of the data.
FEWEST = 50


def label_drift(found: Manifest, before: Manifest, names: Mapping[str, str]) -> list[DriftRow]:
    """Compare what is new with all of the version before, weighted to the traffic; empty where too little is known."""
    known_before = set(before.sha256)
    is_new = np.array([one not in known_before for one in found.sha256], dtype=bool) & np.isfinite(found.weights)
    was = np.isfinite(before.weights)
    sizes = (comparing.effective(before.weights[was]), comparing.effective(found.weights[is_new]))
    if min(sizes) < FEWEST:
        return []
    return [
        _drift(
            name,
            float(np.average(before.has_class(key)[was], weights=before.weights[was])),
            float(np.average(found.has_class(key)[is_new], weights=found.weights[is_new])),
            sizes=sizes,
            tests=len(names),
        )
        for key, name in names.items()
    ]


def _drift(name: str, was: float, now: float, *, sizes: tuple[float, float], tests: int) -> DriftRow:
    is_changed = comparing.is_share_changed(was, now, sizes=sizes, tests=tests)
    return DriftRow(name, 100 * was, 100 * now, comparing.cohens_h(was, now), is_changed)
