"""Say how much was missed, and how sure that is, from the looks that chance drew.

Pure: plain numbers in, frozen dataclasses out. "Positive" means a violation. Every interval is two-sided 95
%. Machine recall, prevalence and missed violations describe the realized values of the period; flag precision
and takedown precision describe the process (Wilson). Only finds from questions that a draw opened may be
given here: whatever a complaint, an appeal or active learning found has no inclusion probability and would be
counted up to 2 - pi times.

Flagged posts are a census, so what a period missed, FN = sum 1/pi, is the one uncertain number: its interval
is built once (`intervals`, with the sources) and machine recall, prevalence and missed per 1,000 are
transformations of it. The rules for "enough" come from simulated seasons: from six finds on the bias of
machine recall stays below 1 % and the coverage of its interval between 93 and 99 %.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from moderation.intervals import (
    Amount,
    Cell,
    ImpossibleProbability,
    Z,
    effective,
    heaviest_find,
    next_find,
    plus,
    ratio,
    refuse_impossible,
    times,
    total_bounds,
    variance_of_total,
    wilson,
)

__all__ = [
    "Cell",
    "ImpossibleProbability",
    "Interval",
    "flag_precision",
    "looks_still_needed",
    "machine_recall",
    "missed_per_thousand",
    "missed_violations",
    "prevalence",
    "takedown_precision",
]

ENOUGH_FINDS = 6
ENOUGH_EFFECTIVE_FINDS = 4.0
ENOUGH_WIDTH = 0.30
FINDS_TO_EXTRAPOLATE = 5


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


def missed_violations(finds: Sequence[float], cells: Sequence[Cell], *, looks: int | None = None) -> Interval:
    """How many violations passed unflagged in the period.

    `finds` are the recorded probabilities of the confirmed missed violations, `cells` all passed posts.
    `looks` is the number of answered looks; without it the expected number stands in. Without finds there is
    no estimate, only bounds, unless every passed post was looked at. Raises ImpossibleProbability.
    """
    return _by_finds(_missed(finds, cells), finds=finds, looks=_looks(looks, cells))


def missed_per_thousand(
    finds: Sequence[float], cells: Sequence[Cell], *, posts: int, looks: int | None = None
) -> Interval:
    """Missed violations per 1,000 of all `posts` of the period (flagged ones too)."""
    missed = _missed(finds, cells) if posts > 0 else None
    return _by_finds(times(missed, 1000 / posts) if missed else None, finds=finds, looks=_looks(looks, cells))


def prevalence(
    *,
    flagged_violations: int,
    finds: Sequence[float],
    cells: Sequence[Cell],
    posts: int,
    looks: int | None = None,
    removed: int = 0,
    takedown: Interval | None = None,
) -> Interval:
    """The share of all `posts` that violate, (TP + FN)/N; arguments as in machine_recall, bounds by MOVER."""
    flagged = _flagged(flagged_violations, removed=removed, takedown=takedown)
    missed = _missed(finds, cells) if posts > 0 else None
    share = times(plus(flagged, missed), 1 / posts) if missed else None
    return _by_finds(share, finds=finds, looks=_looks(looks, cells))


def machine_recall(
    *,
    flagged_violations: int,
    finds: Sequence[float],
    cells: Sequence[Cell],
    looks: int | None = None,
    removed: int = 0,
    takedown: Interval | None = None,
) -> Interval:
    """Of the period's violations, the share that the machine flagged: TP/(TP + FN).

    `flagged_violations` counts the confirmed violations among flagged posts that people all looked at. Posts
    that the machine removed by itself are `removed` more, of which `takedown` (see takedown_precision) says
    what share violates. Bounds: 1/(1 + FN/TP) by the MOVER ratio, which is the plain transformation of FN's
    bounds where TP is known. Estimate: R - R (1 - R)^2 var(FN)/FN^2 against the ratio's bias, var(FN) = sum
    (1 - pi)/pi^2, so that nothing is corrected where all was seen. All None when no violation is known. A
    census is exact, but a share of fewer than six violations is still not "enough". Raises
    ImpossibleProbability.
    """
    flagged = _flagged(flagged_violations, removed=removed, takedown=takedown)
    missed = _missed(finds, cells)
    share = _recall(flagged, missed, finds=finds) if missed else None
    enough = share is not None and share.high - share.low <= ENOUGH_WIDTH
    if share and share.low == share.high:
        enough = enough and flagged.low + len(finds) >= ENOUGH_FINDS
    else:
        enough = enough and _has_enough(finds)
    return _interval(share, finds=finds, looks=_looks(looks, cells), enough=enough)


def flag_precision(*, flagged: int, violations: int, removed: int = 0, takedown: Interval | None = None) -> Interval:
    """Of everything flagged, the share that violates (Wilson; MOVER sum where part of it is sampled).

    `flagged` posts were all looked at and `violations` of them violate; `removed` more were taken down by the
    machine and `takedown` says what share of those violates. Enough when the interval is at most 0.30 wide.
    """
    looks = flagged + (takedown.looks if takedown else 0)
    finds = violations + (takedown.finds if takedown else 0)
    if flagged + removed <= 0:
        return _precision(None, finds=finds, looks=looks, effective_finds=None)
    low, high = wilson(violations / flagged, flagged) if flagged else (0.0, 0.0)
    seen = Amount(violations, flagged * low, flagged * high)
    whole = plus(seen, _flagged(0, removed=removed, takedown=takedown))
    return _precision(times(whole, 1 / (flagged + removed)), finds=finds, looks=looks, effective_finds=finds)


def takedown_precision(*, violations: Sequence[float], others: Sequence[float]) -> Interval:
    """Of the machine's own removals, the share that violate, from second looks that chance drew.

    Both arguments hold recorded probabilities: of the removed posts that people found violating, and of those
    that they did not. Hajek's ratio of 1/pi sums; Wilson with Kish's effective number of looks. Raises
    ImpossibleProbability.
    """
    refuse_impossible([*violations, *others])
    looks = len(violations) + len(others)
    size = effective([*violations, *others])
    if size is None:
        return _precision(None, finds=0, looks=0, effective_finds=None)
    positive, negative = (sum(1 / probability for probability in side) for side in (violations, others))
    share = positive / (positive + negative)
    amount = Amount(share, *wilson(share, size))
    return _precision(amount, finds=len(violations), looks=looks, effective_finds=effective(violations))


def looks_still_needed(
    recall: Interval, *, cells: Sequence[Cell], flagged_violations: float, width: float = ENOUGH_WIDTH
) -> int | None:
    """How many more looks, drawn in the same proportions, would make machine recall "enough"; 0 when it is.

    From five finds on the width is extrapolated: n (W/W*)^2 looks in all; before, it is predicted
    (_predicted_need). Six finds and four effective ones must be in reach too. None when looks cannot help:
    none are drawn from what passed, or some posts had no chance of one.
    """
    if recall.enough and recall.width is not None and recall.width <= width:
        return 0
    sampled = [cell for cell in cells if cell.posts > 0 and cell.probability < 1]
    if not sampled or any(cell.probability <= 0 for cell in sampled):
        return None
    if recall.finds < FINDS_TO_EXTRAPOLATE or recall.width is None or recall.effective_finds is None:
        total = _predicted_need(sampled, finds=recall.finds, flagged=flagged_violations, width=width)
    else:
        factors = (recall.width / width) ** 2, ENOUGH_FINDS / recall.finds
        total = recall.looks * max(*factors, ENOUGH_EFFECTIVE_FINDS / recall.effective_finds)
    return max(0, math.ceil(total) - recall.looks)


def _predicted_need(cells: Sequence[Cell], *, finds: int, flagged: float, width: float) -> float:
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
    spread = sum(part * (1 / cell.probability - 1) for part, cell in zip(missed, cells, strict=True))
    recall = flagged / (flagged + sum(missed))
    predicted = 2 * Z * recall * (1 - recall) * math.sqrt(spread) / sum(missed)
    return looks * max((predicted / width) ** 2, ENOUGH_FINDS / found)


def _missed(finds: Sequence[float], cells: Sequence[Cell]) -> Amount | None:
    """The number of missed violations; None when nothing is known of what passed.

    Posts without a chance of a look leave no estimate and may all violate. No total exceeds the posts that
    passed.
    """
    refuse_impossible(finds)
    posts = sum(cell.posts for cell in cells)
    if not finds and posts <= 0:
        return None
    sampled = [cell for cell in cells if cell.posts > 0 and 0 < cell.probability < 1]
    unreachable = sum(cell.posts for cell in cells if cell.probability <= 0)
    low, high = total_bounds(finds, following=next_find(sampled) if sampled else heaviest_find(finds))
    total = sum(1 / probability for probability in finds)
    limit = max(posts, len(finds)) if posts > 0 else math.inf
    is_known = not unreachable and (bool(finds) or not sampled)
    # Where all pi are near 1 the gamma law is so skewed that its mean can lie above its own 97.5 % quantile.
    high = min(max(high, total) + unreachable, limit)
    return Amount(min(total, limit) if is_known else None, min(low, high), high)


def _flagged(violations: float, *, removed: int, takedown: Interval | None) -> Amount:
    """Violations among what was flagged: a known number, plus what is known of the machine's removals."""
    known = Amount(violations, violations, violations)
    if removed <= 0:
        return known
    if takedown is None or takedown.low is None or takedown.high is None:
        return plus(known, Amount(None, 0.0, removed))
    return plus(known, times(Amount(takedown.estimate, takedown.low, takedown.high), removed))


def _recall(flagged: Amount, missed: Amount, *, finds: Sequence[float]) -> Amount | None:
    if flagged.high <= 0:
        return Amount(0.0, 0.0, 0.0) if finds else None
    if flagged.low <= 0 and missed.low <= 0 and missed.high <= 0:
        return None
    fewest, most = ratio(missed, flagged)
    low, high = 1 / (1 + most), 1 / (1 + fewest)
    if flagged.estimate is None or missed.estimate is None:
        return Amount(None, low, high)
    violations = flagged.estimate + missed.estimate
    if violations <= 0:
        return None
    recall = flagged.estimate / violations
    bias = recall * (1 - recall) ** 2 * variance_of_total(finds) / missed.estimate**2 if finds else 0.0
    return Amount(min(max(recall - bias, low), high), low, high)


def _has_enough(finds: Sequence[float]) -> bool:
    return len(finds) >= ENOUGH_FINDS and (effective(finds) or 0.0) >= ENOUGH_EFFECTIVE_FINDS


def _looks(looks: int | None, cells: Sequence[Cell]) -> int:
    return round(sum(cell.posts * cell.probability for cell in cells)) if looks is None else looks


def _by_finds(amount: Amount | None, *, finds: Sequence[float], looks: int) -> Interval:
    enough = amount is not None and (amount.low == amount.high or _has_enough(finds))
    return _interval(amount, finds=finds, looks=looks, enough=enough)


def _interval(amount: Amount | None, *, finds: Sequence[float], looks: int, enough: bool) -> Interval:
    estimate, low, high = (amount.estimate, amount.low, amount.high) if amount else (None, None, None)
    enough = enough and estimate is not None
    return Interval(estimate, low, high, finds=len(finds), looks=looks, enough=enough, effective_finds=effective(finds))


def _precision(amount: Amount | None, *, finds: int, looks: int, effective_finds: float | None) -> Interval:
    estimate, low, high = (amount.estimate, amount.low, amount.high) if amount else (None, None, None)
    enough = estimate is not None and low is not None and high is not None and high - low <= ENOUGH_WIDTH
    return Interval(estimate, low, high, finds=finds, looks=looks, enough=enough, effective_finds=effective_finds)
