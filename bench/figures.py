"""This will hold what was measured beside the limit it has to keep, and lay it out as a table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter


@dataclass(frozen=True)
class Figure:
    """One measured number; ``limit`` is the most it may be, or the least where ``is_least``; None binds to nothing."""

    name: str
    value: float
    unit: str
    limit: float | None = None
    is_least: bool = False
    note: str = ""

    @property
    def is_kept(self) -> bool:
        if self.limit is None:
            return True
        return self.value >= self.limit if self.is_least else self.value <= self.limit


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as a table in Markdown."""
    rows = [("measured", "value", "limit", "", "note"), ("---", "---:", "---:", "---", "---"), *map(_row, figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    )


def _row(one: Figure) -> tuple[str, ...]:
    limit = "" if one.limit is None else f"{'≥' if one.is_least else '≤'} {one.limit:g}"
    return (
        one.name,
        f"{one.value:.3g} {one.unit}",
        limit,
        "" if one.limit is None else "kept" if one.is_kept else "BROKEN",
        one.note,
    )


def milliseconds(act: Callable[[], object], *, times: int) -> list[float]:
    """Return how long each of so many calls took, shortest first; one call before them is not counted."""
    act()
    taken = []
    for _ in range(times):
        start = perf_counter()
        act()
        taken.append(1000 * (perf_counter() - start))
    return sorted(taken)


def percentile(ordered: Sequence[float], share: float) -> float:
    """Return the value below which this share of ordered values lies."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
