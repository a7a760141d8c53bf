"""This will draw days and distributions as plain SVG, so that a page of small pictures needs no script. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from models_registry.drift.bins import Ruler

WIDTH, HEIGHT = 320.0, 84.0
_AIR = 5.0
_MOST_BARS = 28


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    said: str
    is_beyond: bool


@dataclass(frozen=True)
class Days:
    """Values over days in a box of WIDTH x HEIGHT: a line for each run of days without a gap, dots that can be pointed
    at, and what must be exceeded before it counts. ``top`` is the value of the upper edge; the lower one is 0."""

    lines: Sequence[str]
    dots: Sequence[Dot]
    bound: str
    top: float
    first: date
    last: date


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Distribution:
    """A day's distribution as bars and the reference's as an outline, both with the same area; the ends in values."""

    bars: Sequence[Bar]
    outline: str
    low: float
    high: float


@dataclass(frozen=True)
class Point:
    """A day's value and bound; None where nothing is known of it."""

    day: date
    value: float | None
    bound: float | None
    said: str = ""

    @property
    def is_beyond(self) -> bool:
        return self.value is not None and self.bound is not None and self.value > self.bound


def days(points: Sequence[Point], *, least_top: float = 0.0) -> Days | None:
    """Draw points, oldest first; None where no value is known."""
    known = [one.value for one in points if one.value is not None]
    if not known:
        return None
    bounds = [one.bound for one in points if one.bound is not None]
    top = max([*known, *(1.25 * one for one in bounds), least_top]) or 1.0
    first, last = points[0].day, points[-1].day
    span = max(1, (last - first).days)

    def at(day: date, value: float) -> tuple[float, float]:
        x = WIDTH / 2 if first == last else _AIR + (WIDTH - 2 * _AIR) * (day - first).days / span
        return round(x, 1), round(_AIR + (HEIGHT - 2 * _AIR) * (1 - min(value, top) / top), 1)

    runs = [[at(one.day, one.value or 0.0) for one in run] for run in _runs(points)]
    dots = [Dot(*at(one.day, one.value), one.said, one.is_beyond) for one in points if one.value is not None]
    edge = [at(one.day, one.bound) for one in points if one.bound is not None]
    return Days([_joined(run) for run in runs], dots, _across(edge), top, first, last)


def distribution(now: Sequence[float], before: Sequence[float], ruler: Ruler) -> Distribution | None:
    """Draw a day beside its reference, over the bins that either fills; None where one of them is empty."""
    both = [np.asarray(one, dtype=np.float64) for one in (now, before)]
    if not all(one.sum() for one in both):
        return None
    first, end = _filled(both)
    step = max(1, -(-(end - first) // _MOST_BARS))
    shares = [_grouped(one[first:end], step) / one.sum() for one in both]
    top = float(max(one.max() for one in shares))
    width = WIDTH / len(shares[0])
    heights = [(HEIGHT - _AIR) * one / top for one in shares]
    bars = [
        Bar(round(width * n + 1, 1), round(HEIGHT - one, 1), round(width - 2, 1), round(one, 1))
        for n, one in enumerate(heights[0])
    ]
    return Distribution(bars, _outline(heights[1], width), ruler.value_at(first - 1), ruler.value_at(end - 1))


def _filled(both: Sequence[np.ndarray]) -> tuple[int, int]:
    """The first bin that holds anything worth seeing, and the one after the last."""
    worth = np.flatnonzero(np.maximum(*(one / one.sum() for one in both)) > 0.001)
    return int(worth[0]), int(worth[-1]) + 1


def _grouped(counts: np.ndarray, step: int) -> np.ndarray:
    return np.asarray(np.add.reduceat(counts, np.arange(0, len(counts), step)))


def _outline(heights: np.ndarray, width: float) -> str:
    corners = [(0.0, HEIGHT)]
    for number, height in enumerate(heights):
        corners += [(width * number, HEIGHT - height), (width * (number + 1), HEIGHT - height)]
    return _joined([(round(x, 1), round(y, 1)) for x, y in [*corners, (WIDTH, HEIGHT)]])


def _across(edge: Sequence[tuple[float, float]]) -> str:
    """A bound from side to side, also where only some days have one."""
    if not edge:
        return ""
    return _joined([(0.0, edge[0][1]), *edge, (WIDTH, edge[-1][1])])


def _runs(points: Sequence[Point]) -> list[list[Point]]:
    """Part the points where a day has no value."""
    runs: list[list[Point]] = [[]]
    for one in points:
        if one.value is None:
            runs.append([])
        else:
            runs[-1].append(one)
    return [run for run in runs if len(run) > 1]


def _joined(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in points)
