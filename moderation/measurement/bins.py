"""This will keep times as numbers of a few bins, so that days can be added up and still tell their median.

Pure. Bins grow by a tenth from half a minute on, so that a median is known to within 5 %.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

FIRST_HOURS = 1 / 120
GROWTH = 1.1
# The last one holds everything from about 330 days on.
N_BINS = 145


def spread(hours: Iterable[float]) -> list[int]:
    """Count times, in hours, by bin; the list ends with the last bin that holds any."""
    found = [0] * N_BINS
    for one in hours:
        found[_bin(one)] += 1
    return found[: max((number + 1 for number, n in enumerate(found) if n), default=0)]


def together(days: Iterable[Sequence[int]]) -> tuple[int, ...]:
    """Add up the bins of many days."""
    total = np.zeros(N_BINS, dtype=int)
    for one in days:
        total[: len(one)] += np.asarray(one, dtype=int)
    last = max((number for number, n in enumerate(total.tolist()) if n), default=-1)
    return tuple(total[: last + 1].tolist())


def hours_at(counts: NDArray[Any], rank: float) -> float:
    """The time, in hours, that ``rank`` of the counted ones did not exceed; ``rank`` lies in [0, their number]."""
    reached = np.cumsum(counts)
    number = min(int(np.searchsorted(reached, rank)), len(counts) - 1)
    inside = counts[number]
    part = (rank - (reached[number] - inside)) / inside if inside else 0.0
    low, high = _edges(number)
    return float(low + (high - low) * part)


def _bin(hours: float) -> int:
    if hours < FIRST_HOURS:
        return 0
    return min(N_BINS - 1, 1 + int(math.log(hours / FIRST_HOURS) / math.log(GROWTH)))


def _edges(number: int) -> tuple[float, float]:
    return (FIRST_HOURS * GROWTH ** (number - 1) if number else 0.0), FIRST_HOURS * GROWTH**number
