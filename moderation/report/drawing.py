"""This will draw lines over time as plain SVG, so that a printed report needs no script. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from moderation.measurement.catalog import METRIC, Metric
from moderation.overview.trends import Line
from moderation.readings import number

WIDTH, HEIGHT = 320.0, 90.0
_AIR = 0.08


@dataclass(frozen=True)
class Drawn:
    """One metric: ``bands`` are polygons, ``lines`` polylines, in a box of WIDTH x HEIGHT; None where nothing is known.

    ``top`` and ``bottom`` say what the ends of the axis stand for, ``marks`` where numbered marks stand (x, numbers).
    """

    metric: Metric
    bands: Sequence[str]
    lines: Sequence[str]
    top: str
    bottom: str
    marks: Sequence[tuple[float, str]]


def draw(line: Line, *, marks: Sequence[tuple[float, int]] = (), currency: str = "") -> Drawn | None:
    """Draw a line; ``marks`` are (place of the day, number). None where no day is known."""
    known = [value for point in line.points for value in point if value is not None]
    if not known:
        return None
    low, high = _limits(min(known), max(known), is_share=line.unit == "share")
    place = _Place(len(line.points), low, high)
    metric = METRIC[line.key]
    return Drawn(
        metric=metric,
        bands=[
            _band(run, line, place) for run in _runs([one[1] is not None and one[2] is not None for one in line.points])
        ],
        lines=[
            " ".join(place.at(n, line.points[n][0] or 0.0) for n in run)
            for run in _runs([one[0] is not None for one in line.points])
        ],
        top=number(high, metric.unit, currency=currency),
        bottom=number(low, metric.unit, currency=currency),
        marks=_marks(marks, place),
    )


@dataclass(frozen=True)
class _Place:
    days: int
    low: float
    high: float

    def x(self, day: float) -> float:
        return WIDTH * day / max(1, self.days - 1)

    def at(self, day: int, value: float) -> str:
        y = HEIGHT * (1 - (value - self.low) / (self.high - self.low))
        return f"{self.x(day):.1f},{y:.1f}"


def _limits(low: float, high: float, *, is_share: bool) -> tuple[float, float]:
    """From nothing on where that is near, else with a little air; a share never beyond the whole."""
    air = (high - low) * _AIR or high * _AIR or 1.0
    bottom = 0.0 if low < high / 2 else low - air
    return max(0.0, bottom), min(1.0, high + air) if is_share and high <= 1 else high + air


def _runs(known: Sequence[bool]) -> list[list[int]]:
    """Return the places of each unbroken run."""
    runs: list[list[int]] = []
    for place, is_known in enumerate(known):
        if not is_known:
            continue
        if runs and runs[-1][-1] == place - 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    return runs


def _band(run: Sequence[int], line: Line, place: _Place) -> str:
    upper = [place.at(n, line.points[n][2] or 0.0) for n in run]
    lower = [place.at(n, line.points[n][1] or 0.0) for n in reversed(run)]
    return " ".join(upper + lower)


def _marks(marks: Sequence[tuple[float, int]], place: _Place) -> list[tuple[float, str]]:
    by_day: dict[float, list[str]] = {}
    for day, n in marks:
        by_day.setdefault(day, []).append(str(n))
    return [(round(place.x(day), 1), " ".join(numbers)) for day, numbers in sorted(by_day.items())]
