"""This will say whether a number rests on enough to be shown, and how many looks are still missing.

Pure. The rules come from simulated seasons: from six finds on the bias of machine recall stays below 1 % and the
coverage of its interval between 93 and 99 %; one find that stands for a thousand counts for little, hence four
effective ones (Kish 1965).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from moderation.statistics.intervals import UNKNOWN, Amount, Z
from moderation.statistics.weighing import Cell, Numbers, Tally

ENOUGH_FINDS = 6
ENOUGH_EFFECTIVE_FINDS = 4.0
ENOUGH_WIDTH = 0.30
FINDS_TO_EXTRAPOLATE = 5
# The most that Wilson's interval can ask for: half of the looks answered either way.
LOOKS_FOR_WIDTH = Z**2


@dataclass(frozen=True)
class Interval:
    """One metric of one period, None where nothing is known; show `estimate` only if `enough`."""

    estimate: float | None
    low: float | None
    high: float | None
    finds: int
    looks: int
    enough: bool
    effective_finds: float | None

    @property
    def width(self) -> float | None:
        return None if self.low is None or self.high is None else self.high - self.low

    @property
    def amount(self) -> Amount:
        return Amount(*(math.nan if one is None else one for one in (self.estimate, self.low, self.high)))


@dataclass(frozen=True, eq=False)
class Intervals:
    """One metric of one period or of many, in columns: the fields of Interval, NaN for None."""

    amount: Amount
    finds: ArrayLike
    looks: ArrayLike
    enough: ArrayLike
    effective_finds: ArrayLike

    @classmethod
    def of(cls, one: Interval | None) -> "Intervals":
        """One period's; None where nobody looked."""
        if one is None:
            return cls(UNKNOWN, 0, 0, enough=False, effective_finds=math.nan)
        effective = math.nan if one.effective_finds is None else one.effective_finds
        return cls(one.amount, one.finds, one.looks, one.enough, effective)

    def each(self) -> list[Interval]:
        """Every period's; where nothing is known nothing is effective."""
        found = self.amount
        columns = (found.estimate, found.low, found.high, self.finds, self.looks, self.enough, self.effective_finds)
        rows = zip(*(np.ravel(one).tolist() for one in np.broadcast_arrays(*columns)), strict=True)
        return [
            _interval(point, low, high, n, looks, enough, math.nan if math.isnan(low) else effective)
            for point, low, high, n, looks, enough, effective in rows
        ]

    def one(self) -> Interval:
        """The only period's."""
        [found] = self.each()
        return found


def _interval(
    estimate: float, low: float, high: float, finds: float, looks: float, enough: bool, effective: float
) -> Interval:
    """Never `enough` without an estimate."""
    n, seen, known = int(finds), int(looks), None if math.isnan(effective) else effective
    if math.isnan(low) or math.isnan(high):
        return Interval(None, None, None, finds=n, looks=seen, enough=False, effective_finds=known)
    point = None if math.isnan(estimate) else estimate
    is_enough = enough and point is not None
    return Interval(point, low, high, finds=n, looks=seen, enough=is_enough, effective_finds=known)


def by_finds(amount: Amount, *, finds: Tally, looks: ArrayLike) -> Intervals:
    """Enough with six finds of which four are effective, or where the number is exact."""
    is_exact = np.asarray(amount.low) == amount.high
    return Intervals(amount, finds.count, looks, is_exact | has_enough(finds), _effective(finds))


def by_finds_and_width(amount: Amount, *, finds: Tally, looks: ArrayLike, violations: ArrayLike) -> Intervals:
    """Enough finds, and at most 0.30 wide; an exact share needs six `violations` and nothing else."""
    is_exact = np.asarray(amount.low) == amount.high
    enough = np.where(is_exact, np.asarray(violations) >= ENOUGH_FINDS, has_enough(finds) & _is_narrow(amount))
    return Intervals(amount, finds.count, looks, enough, _effective(finds))


def by_width_alone(
    amount: Amount, *, finds: ArrayLike, looks: ArrayLike, effective_finds: ArrayLike = math.nan
) -> Intervals:
    """Enough where at most 0.30 wide: for shares of what was itself sampled."""
    return Intervals(amount, finds, looks, _is_narrow(amount), effective_finds)


def by_width(amount: Amount | None, *, finds: int, looks: int, effective_finds: float | None = None) -> Interval:
    """The same of one period; None where nothing is known."""
    known, effective = amount or UNKNOWN, math.nan if effective_finds is None else effective_finds
    ends = float(known.estimate), float(known.low), float(known.high)
    return _interval(*ends, finds, looks, bool(_is_narrow(known)), effective)


def has_enough(finds: Tally) -> NDArray[np.bool_]:
    return (np.asarray(finds.count) >= ENOUGH_FINDS) & (np.asarray(finds.effective) >= ENOUGH_EFFECTIVE_FINDS)


def _is_narrow(amount: Amount) -> NDArray[np.bool_]:
    return np.asarray(amount.high) - amount.low <= ENOUGH_WIDTH


def _effective(finds: Tally) -> Numbers:
    return np.where(np.asarray(finds.count) > 0, finds.effective, math.nan)


def looks_still_needed(
    recall: Interval, *, cells: Sequence[Cell], flagged_violations: float, width: float | None = ENOUGH_WIDTH
) -> int | None:
    """How many more looks, drawn in the same proportions, would make a metric "enough"; 0 when it is.

    For machine recall and system recall (`flagged_violations` are those caught); with `width` None for a metric that
    finds alone make enough. From five finds on the width is extrapolated: n (W/W*)^2 looks in all; before, it is
    predicted (_predicted_need). Six finds and four effective ones must be in reach too. None when looks cannot help:
    none are drawn from what passed, or some posts had no chance of one.
    """
    if recall.enough and recall.width is not None and (width is None or recall.width <= width):
        return 0
    sampled = [cell for cell in cells if cell.posts > 0 and cell.probability < 1]
    if not sampled or any(cell.probability <= 0 for cell in sampled):
        return None
    if recall.finds < FINDS_TO_EXTRAPOLATE or recall.width is None or recall.effective_finds is None:
        total = _predicted_need(sampled, finds=recall.finds, caught=flagged_violations, width=width)
    else:
        factors = ENOUGH_FINDS / recall.finds, ENOUGH_EFFECTIVE_FINDS / recall.effective_finds
        total = recall.looks * max(*factors, (recall.width / width) ** 2 if width else 0.0)
    return max(0, math.ceil(total) - recall.looks)


def second_looks_still_needed(precision: Interval, *, width: float = ENOUGH_WIDTH) -> int:
    """How many more second looks would make a sampled precision "enough"; 0 when it is.

    n (W/W*)^2 in all; without any look yet, as many as the widest Wilson interval asks for.
    """
    if precision.width is not None and precision.looks and precision.estimate is not None:
        return max(0, math.ceil(precision.looks * (precision.width / width) ** 2) - precision.looks)
    return math.ceil(LOOKS_FOR_WIDTH / width**2)


def _predicted_need(cells: Sequence[Cell], *, finds: int, caught: float, width: float | None) -> float:
    """The looks in all that are expected to give six finds and the width, from the scores alone.

    The predicted half-width is 1.96 R (1 - R) sqrt(sum N r (1/pi - 1)) / sum N r. Miss rates r = g (3/4 q +
    1/4 mean q), g = (finds + 1)/(expected finds + 1), are the allocation's own belief; they are above 0
    without a find.
    """
    posts = sum(cell.posts for cell in cells)
    mean = max(sum(cell.posts * cell.mean_score for cell in cells) / posts, 1e-9)
    looks = sum(cell.posts * cell.probability for cell in cells)
    scale = (finds + 1) / (sum(cell.posts * cell.probability * cell.mean_score for cell in cells) + 1)
    missed = [cell.posts * scale * (0.75 * cell.mean_score + 0.25 * mean) for cell in cells]
    found = sum(part * cell.probability for part, cell in zip(missed, cells, strict=True))
    if width is None:
        return looks * ENOUGH_FINDS / found
    spread = sum(part * (1 / cell.probability - 1) for part, cell in zip(missed, cells, strict=True))
    recall = caught / (caught + sum(missed))
    predicted = 2 * Z * recall * (1 - recall) * math.sqrt(spread) / sum(missed)
    return looks * max((predicted / width) ** 2, ENOUGH_FINDS / found)
