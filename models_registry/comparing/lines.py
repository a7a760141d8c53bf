"""This will say what a table that sets runs side by side is made of: lines of cells, one cell for each run."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

# Fewer violations say nothing of a share.
LEAST_POSITIVES = 20


@dataclass(frozen=True)
class Cell:
    """What stands in a line for one run. ``low`` and ``high`` bound a 95 % interval, in percent like ``value``, which
    is there for shares alone; ``tone`` is good, warn, bad or empty."""

    text: str = "–"
    note: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    tone: str = ""

    @property
    def width(self) -> float:
        """How wide the interval is, in percent."""
        return 0.0 if self.low is None or self.high is None else self.high - self.low


@dataclass(frozen=True)
class Line:
    """One line: what is compared, and a cell for each run, in their order."""

    name: str
    cells: list[Cell]
    about: str = ""
    is_code: bool = False

    @property
    def differs(self) -> bool:
        return len({one.text for one in self.cells}) > 1

    @property
    def is_known(self) -> bool:
        return any(one.text != "–" or one.note for one in self.cells)


def texts(name: str, said: Sequence[str], *, is_code: bool = False, about: str = "") -> Line:
    """Make a line of plain texts."""
    return Line(name, [Cell(one or "–") for one in said], is_code=is_code, about=about)


def share(value: float | None, low: float | None = None, high: float | None = None, *, note: str = "") -> Cell:
    """Make the cell of a share in [0, 1], with its interval where it has one."""
    if value is None:
        return Cell(note=note)
    is_bounded = low is not None and high is not None
    bounds = (100 * low, 100 * high) if low is not None and high is not None else (None, None)
    said = f"{bounds[0]:.1f} – {bounds[1]:.1f}" if is_bounded else ""
    return Cell(f"{100 * value:.1f} %", "; ".join(filter(None, [said, note])), 100 * value, *bounds)


def too_few(n: int) -> Cell:
    """Make the cell of a share that too few violations are behind."""
    return Cell(gettext("Not enough data"), gettext("%(n)s violations") % {"n": f"{n:,}"}, tone="warn")
