"""This will say how well a period went, and how sure that is, from the looks that chance drew.

Pure: plain numbers in, frozen dataclasses out. "Positive" means a violation. Every interval is two-sided 95
%. Everything that rests on missed violations describes the realized values of the period, or the process where
`allowing` says so; flag precision and takedown precision describe the process (Wilson). Only finds from questions that
a draw opened may be given here: whatever a complaint, an appeal or active learning found has no inclusion probability
and would be counted up to 2 - pi times.

Flagged posts are a census, so what a period missed, FN = sum 1/pi, is the one uncertain number: its interval is built
once (`missed`; `intervals` has the sources) and the rest are transformations of it (`proportions`, `metrics`, which
work on one period or on many at once; here is one). What "enough" is says `sufficiency`; views are in
`violating_views`, two periods in `comparison`, people's errors in `reviewer_error`.
"""

from collections.abc import Sequence

from moderation.statistics import metrics, sufficiency
from moderation.statistics.intervals import UNKNOWN, Amount, Scope, counted, exactly, plus
from moderation.statistics.missed import THE_DRAWS, Allowance, Missed, missed
from moderation.statistics.sufficiency import Interval, Intervals
from moderation.statistics.weighing import Cell, Column, ImpossibleProbability, cells_of, finds_of, tally

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
    return metrics.missed_violations(_missed(finds, cells, looks=looks, allowing=allowing)).one()


def missed_per_thousand(
    finds: Sequence[float],
    cells: Sequence[Cell],
    *,
    posts: int,
    looks: int | None = None,
    allowing: Allowance = THE_DRAWS,
) -> Interval:
    """Missed violations per 1,000 of all `posts` of the period (flagged ones too)."""
    return metrics.missed_per_thousand(_missed(finds, cells, looks=looks, allowing=allowing), posts=posts).one()


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
    return metrics.prevalence(flagged, _missed(finds, cells, looks=looks, allowing=allowing), posts=posts).one()


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
    return metrics.machine_recall(flagged, _missed(finds, cells, looks=looks, allowing=allowing)).one()


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
    left = _left(flagged_violations, in_time=in_time, scope=allowing.scope)
    part = _missed(finds, cells, looks=looks, allowing=allowing)
    return metrics.system_recall(caught, left, part, late=late, violations=in_time + late).one()


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
    return metrics.f1(violations, part, flags=flagged + removed, scope=allowing.scope).one()


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
    return metrics.accuracy(violations, part, flags=flagged + removed, posts=posts, scope=allowing.scope).one()


def flag_precision(*, flagged: int, violations: int, removed: int = 0, takedown: Interval | None = None) -> Interval:
    """Of everything flagged, the share that violates (Wilson; MOVER sum where part of it is sampled).

    `flagged` posts were all looked at and `violations` of them violate; `removed` more were taken down by the
    machine and `takedown` says what share of those violates. Enough when the interval is at most 0.30 wide.
    """
    share = Intervals.of(takedown)
    return metrics.flag_precision(flagged=flagged, violations=violations, removed=removed, takedown=share).one()


def takedown_precision(*, violations: Column, others: Column) -> Interval:
    """Of the machine's own removals, the share that violate, from second looks that chance drew.

    Both arguments hold recorded probabilities: of the removed posts that people found violating, and of those
    that they did not. Hajek's ratio of 1/pi sums; Wilson with Kish's effective number of looks. Raises
    ImpossibleProbability.
    """
    return metrics.takedown_precision(violations=tally(finds_of(violations)), others=tally(finds_of(others))).one()


def _missed(finds: Sequence[float], cells: Sequence[Cell], *, looks: int | None, allowing: Allowance) -> Missed:
    return missed(finds_of(finds), cells_of(cells), looks=looks, allowing=allowing)


def _flagged(violations: Violations, *, removed: int, takedown: Interval | None, scope: Scope) -> Amount:
    """Violations among what was flagged: counted, or an amount, plus what is known of the machine's removals."""
    known = violations if isinstance(violations, Amount) else counted(float(violations), scope=scope)
    return plus(known, metrics.removals(removed, takedown=takedown.amount if takedown else UNKNOWN))


def _left(violations: Violations, *, in_time: int, scope: Scope) -> Amount:
    """Flagged violations beyond those caught in time; below 0 where people caught what nobody had flagged."""
    if isinstance(violations, Amount):
        return plus(violations, exactly(-float(in_time)))
    late = float(violations - in_time)
    return counted(late, scope=scope) if late > 0 else exactly(late)
