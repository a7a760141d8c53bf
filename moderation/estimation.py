"""This will say how well a period went, and how sure that is, from the looks that chance drew.

Pure: plain numbers in, frozen dataclasses out. "Positive" means a violation. Every interval is two-sided 95
%. Everything that rests on missed violations describes the realized values of the period, or the process where
`allowing` says so; flag precision and takedown precision describe the process (Wilson). Only finds from questions that
a draw opened may be given here: whatever a complaint, an appeal or active learning found has no inclusion probability
and would be counted up to 2 - pi times.

Flagged posts are a census, so what a period missed, FN = sum 1/pi, is the one uncertain number: its interval is built
once (`missed`; `intervals` has the sources) and the rest are transformations of it (`proportions`). What "enough" is
says `sufficiency`; views are in `violating_views`, two periods in `comparison`, people's errors in `reviewer_error`.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

from moderation.statistics import proportions, sufficiency
from moderation.statistics.intervals import Amount, Scope, counted, exactly, minus, plus, times, wilson
from moderation.statistics.missed import THE_DRAWS, Allowance, Missed, missed
from moderation.statistics.sufficiency import Interval, by_finds, by_finds_and_width, by_width
from moderation.statistics.weighing import Cell, Column, ImpossibleProbability, effective, finds_of, weighted_share

__all__ = [
    "Allowance",
    "Cell",
    "ImpossibleProbability",
    "Interval",
    "Scope",
    "accuracy",
    "f1",
    "flag_precision",
    "looks_still_needed",
    "machine_recall",
    "missed_per_thousand",
    "missed_violations",
    "prevalence",
    "removals",
    "system_recall",
    "takedown_precision",
]

looks_still_needed = sufficiency.looks_still_needed
Violations = int | Amount


def missed_violations(
    finds: Sequence[float], cells: Sequence[Cell], *, looks: int | None = None, allowing: Allowance = THE_DRAWS
) -> Interval:
    """How many violations passed unflagged in the period.

    `finds` are the recorded probabilities of the confirmed missed violations, `cells` all passed posts.
    `looks` is the number of answered looks; without it the expected number stands in. Without finds there is
    no estimate, only bounds, unless every passed post was looked at. Raises ImpossibleProbability.
    """
    part = _missed(finds, cells, looks=looks, allowing=allowing)
    return by_finds(part.amount, finds=part.finds, looks=part.looks)


def missed_per_thousand(
    finds: Sequence[float],
    cells: Sequence[Cell],
    *,
    posts: int,
    looks: int | None = None,
    allowing: Allowance = THE_DRAWS,
) -> Interval:
    """Missed violations per 1,000 of all `posts` of the period (flagged ones too)."""
    part = _missed(finds, cells, looks=looks, allowing=allowing)
    rate = times(part.amount, 1000 / posts) if part.amount and posts > 0 else None
    return by_finds(rate, finds=part.finds, looks=part.looks)


def prevalence(
    *,
    flagged_violations: Violations,
    finds: Sequence[float],
    cells: Sequence[Cell],
    posts: int,
    looks: int | None = None,
    removed: int = 0,
    takedown: Interval | None = None,
    allowing: Allowance = THE_DRAWS,
) -> Interval:
    """The share of all `posts` that violate, (TP + FN)/N; arguments as in machine_recall, bounds by MOVER."""
    flagged = _flagged(flagged_violations, removed=removed, takedown=takedown, scope=allowing.scope)
    part = _missed(finds, cells, looks=looks, allowing=allowing)
    share = proportions.prevalence(flagged, part.amount, posts=posts) if part.amount and posts > 0 else None
    return by_finds(share, finds=part.finds, looks=part.looks)


def machine_recall(
    *,
    flagged_violations: Violations,
    finds: Sequence[float],
    cells: Sequence[Cell],
    looks: int | None = None,
    removed: int = 0,
    takedown: Interval | None = None,
    allowing: Allowance = THE_DRAWS,
) -> Interval:
    """Of the period's violations, the share that the machine flagged: TP/(TP + FN).

    `flagged_violations` counts the confirmed violations among flagged posts that people all looked at, or is an amount
    with bounds where second looks carry their errors (`reviewer_error.true_violations`). Posts that the machine
    removed by itself are `removed` more, of which `takedown` (see takedown_precision) says what share violates. All
    None when no violation is known. A census is exact, but a share of fewer than six violations is still not
    "enough". Raises ImpossibleProbability.
    """
    flagged = _flagged(flagged_violations, removed=removed, takedown=takedown, scope=allowing.scope)
    part = _missed(finds, cells, looks=looks, allowing=allowing)
    share = proportions.caught_share(flagged, part.amount, variance=part.variance) if part.amount else None
    return by_finds_and_width(share, finds=part.finds, looks=part.looks, violations=float(flagged.low) + len(finds))


def system_recall(
    *,
    in_time: int,
    late: int,
    flagged_violations: Violations,
    finds: Sequence[float],
    cells: Sequence[Cell],
    looks: int | None = None,
    removed: int = 0,
    takedown: Interval | None = None,
    allowing: Allowance = THE_DRAWS,
) -> Interval:
    """Of the period's violations, the share unpublished within the stated time of posting, by anybody.

    `in_time` counts confirmed violations that a person's decision unpublished in time, however it came about: a
    review, an audit, a complaint. `late` counts those that are known and were not. The machine's own `removed` posts
    are in time. How many violations there were in all is estimated from draws alone, as for machine recall: a
    complaint's find is part of the numerator as a fact, and never of that estimate.
    """
    caught = _flagged(in_time, removed=removed, takedown=takedown, scope=allowing.scope)
    part = _missed(finds, cells, looks=looks, allowing=allowing)
    if part.amount is None:
        return by_finds(None, finds=part.finds, looks=part.looks)
    left = _left(flagged_violations, in_time=in_time, scope=allowing.scope)
    escaped = proportions.at_least(late, plus(part.amount, left))
    share = proportions.caught_share(caught, escaped, variance=part.variance)
    return by_finds_and_width(share, finds=part.finds, looks=part.looks, violations=in_time + late)


def f1(
    *,
    flagged_violations: Violations,
    flagged: int,
    finds: Sequence[float],
    cells: Sequence[Cell],
    looks: int | None = None,
    removed: int = 0,
    takedown: Interval | None = None,
    allowing: Allowance = THE_DRAWS,
) -> Interval:
    """2 TP/(2 TP + FP + FN), the harmonic mean of flag precision and machine recall.

    `flagged` posts were looked at by people and `removed` more were taken down by the machine; the rest as in
    machine_recall.
    """
    violations = _flagged(flagged_violations, removed=removed, takedown=takedown, scope=allowing.scope)
    part = _missed(finds, cells, looks=looks, allowing=allowing)
    if part.amount is None:
        return by_finds(None, finds=part.finds, looks=part.looks)
    if allowing.scope == Scope.PERIOD:
        share = proportions.f1(violations, part.amount, flags=flagged + removed)
    else:
        share = proportions.f1_of_process(violations, plus(part.amount, _wrongful(flagged + removed, of=violations)))
    return by_finds(share, finds=part.finds, looks=part.looks)


def accuracy(
    *,
    flagged_violations: Violations,
    flagged: int,
    finds: Sequence[float],
    cells: Sequence[Cell],
    posts: int,
    looks: int | None = None,
    removed: int = 0,
    takedown: Interval | None = None,
    allowing: Allowance = THE_DRAWS,
) -> Interval:
    """The share of all `posts` that the machine judged rightly, (TP + TN)/N; arguments as in f1.

    Where violations are rare it is near 1 whatever the machine does: passing everything is 99 % right at a
    prevalence of 1 %.
    """
    violations = _flagged(flagged_violations, removed=removed, takedown=takedown, scope=allowing.scope)
    part = _missed(finds, cells, looks=looks, allowing=allowing)
    if part.amount is None or posts <= 0:
        return by_finds(None, finds=part.finds, looks=part.looks)
    if allowing.scope == Scope.PERIOD:
        wrong = plus(minus(part.amount, violations), exactly(flagged + removed))
    else:
        wrong = plus(part.amount, _wrongful(flagged + removed, of=violations))
    return by_finds(proportions.accuracy(wrong, posts=posts), finds=part.finds, looks=part.looks)


def flag_precision(*, flagged: int, violations: int, removed: int = 0, takedown: Interval | None = None) -> Interval:
    """Of everything flagged, the share that violates (Wilson; MOVER sum where part of it is sampled).

    `flagged` posts were all looked at and `violations` of them violate; `removed` more were taken down by the
    machine and `takedown` says what share of those violates. Enough when the interval is at most 0.30 wide.
    """
    looks = flagged + (takedown.looks if takedown else 0)
    finds = violations + (takedown.finds if takedown else 0)
    if flagged + removed <= 0:
        return by_width(None, finds=finds, looks=looks)
    low, high = wilson(violations / flagged, flagged) if flagged else (0.0, 0.0)
    seen = Amount(violations, flagged * low, flagged * high)
    whole = plus(seen, removals(removed, takedown=takedown))
    return by_width(times(whole, 1 / (flagged + removed)), finds=finds, looks=looks, effective_finds=finds)


def takedown_precision(*, violations: Column, others: Column) -> Interval:
    """Of the machine's own removals, the share that violate, from second looks that chance drew.

    Both arguments hold recorded probabilities: of the removed posts that people found violating, and of those
    that they did not. Hajek's ratio of 1/pi sums; Wilson with Kish's effective number of looks. Raises
    ImpossibleProbability.
    """
    looks = len(violations) + len(others)
    seen = weighted_share(violations, others)
    if seen is None:
        return by_width(None, finds=0, looks=0)
    share, size = seen
    amount = Amount(share, *wilson(share, size))
    return by_width(amount, finds=len(violations), looks=looks, effective_finds=effective(violations))


def _missed(finds: Sequence[float], cells: Sequence[Cell], *, looks: int | None, allowing: Allowance) -> Missed:
    return _missed_once(tuple(finds), tuple(cells), looks, allowing)


@lru_cache(maxsize=128)
def _missed_once(finds: tuple[float, ...], cells: tuple[Cell, ...], looks: int | None, allowing: Allowance) -> Missed:
    """Remembered, because every metric of a period is asked for at once, and all rest on the same missed total."""
    return missed(finds_of(finds), cells, looks=looks, allowing=allowing)


def _flagged(violations: Violations, *, removed: int, takedown: Interval | None, scope: Scope) -> Amount:
    """Violations among what was flagged: counted, or an amount, plus what is known of the machine's removals."""
    known = violations if isinstance(violations, Amount) else counted(float(violations), scope=scope)
    return plus(known, removals(removed, takedown=takedown))


def _wrongful(flags: int, *, of: Amount) -> Amount:
    """Flags that were no violations, as counts that chance made: for the process."""
    if math.isnan(of.estimate):
        return Amount(math.nan, max(0.0, flags - float(of.high)), max(0.0, flags - float(of.low)))
    return counted(max(0.0, flags - float(of.estimate)), scope=Scope.PROCESS)


def _left(violations: Violations, *, in_time: int, scope: Scope) -> Amount:
    """Flagged violations beyond those caught in time; below 0 where people caught what nobody had flagged."""
    if isinstance(violations, Amount):
        return plus(violations, exactly(-float(in_time)))
    late = float(violations - in_time)
    return counted(late, scope=scope) if late > 0 else exactly(late)


def removals(removed: int, *, takedown: Interval | None) -> Amount:
    """How many of the machine's own removals violate; anything from none to all where nobody looked again."""
    if removed <= 0:
        return exactly(0.0)
    if takedown is None or takedown.low is None or takedown.high is None or takedown.estimate is None:
        return Amount(math.nan, 0.0, removed)
    return times(Amount(takedown.estimate, takedown.low, takedown.high), removed)
