"""This will turn the evidence of a period into its metrics, each with its interval.

Pure. The same evidence always gives the same metrics, whatever is estimated beside it. A metric that the evidence
cannot speak of is left out: views and time to action are known of the whole traffic alone.
"""

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from moderation.measurement import viewing
from moderation.measurement.bins import hours_at
from moderation.measurement.columns import Columns, cells_in, columns
from moderation.measurement.evidence import Evidence
from moderation.statistics import intervals, metrics, reviewer_error, sufficiency
from moderation.statistics.intervals import UNKNOWN, Amount, Scope, Z, either, exactly, minus, plus, times, wilson
from moderation.statistics.missed import Allowance, Missed, missed
from moderation.statistics.reviewer_error import FEWEST_GOLD
from moderation.statistics.sufficiency import Interval, Intervals

# Violations by people's answers, and those that were missed.
Violations = tuple[Amount, Missed]


@dataclass(frozen=True)
class Estimates:
    """``intervals`` by key of the catalog; ``missed`` is the number of violations that passed, ``caught`` that of the
    flagged ones.

    ``carries_errors`` says whether second looks were enough to carry the reviewers' errors on flagged posts,
    ``carries_oversights`` whether gold items were, to carry what they overlook.
    """

    intervals: dict[str, Interval]
    missed: Interval
    carries_errors: bool
    carries_oversights: bool
    caught: float
    evidence: Evidence = field(compare=False, repr=False)

    @cached_property
    def needed(self) -> dict[str, int | None]:
        """How many more looks each metric needs: 0 where it has enough, None where looks cannot help."""
        return _needed(self.intervals, evidence=self.evidence, caught=self.caught)


def estimate(evidence: Evidence, *, scope: Scope = Scope.PERIOD, is_whole: bool = True) -> Estimates:
    """Compute every metric that the evidence supports. ``is_whole`` says that it is of the whole traffic."""
    [found] = estimates([evidence], scope=scope, wholes={0} if is_whole else ())
    return found


def estimates(
    every: Sequence[Evidence], *, scope: Scope = Scope.PERIOD, wholes: Collection[int] = ()
) -> list[Estimates]:
    """Compute the same of many parts at once, which takes little longer than of one; ``wholes`` are the places of those
    that are of the whole traffic."""
    known = columns(every)
    again, part = _again(known), _missed(known, scope=scope)
    people = _by_people(known, again, scope=scope)
    everybody = _with_unscored(known, again, (people, part), scope=scope)
    of_parts = _of_parts(known, again, (people, part), everybody, scope=scope)
    of_all = _of_everybody(known, again, everybody, scope=scope)
    totals, caught = metrics.missed_violations(part).each(), np.where(again.is_carried, people.low, known.violations)
    return [
        Estimates(
            intervals={key: each[place] for key, each in of_parts.items()}
            | ({"system_recall": of_all[place], **_of_the_whole(one, scope=scope)} if place in wholes else {}),
            missed=totals[place],
            carries_errors=bool(again.is_carried[place]),
            carries_oversights=one.reviewed.gold >= FEWEST_GOLD,
            caught=float(caught[place]),
            evidence=one,
        )
        for place, one in enumerate(every)
    ]


@dataclass(frozen=True, eq=False)
class _Again:
    """What looking again told: how many of the flagged posts that people answered truly violate, where it does tell
    (``is_carried``), and which share of the machine's own removals."""

    is_carried: NDArray[np.bool_]
    reviewed: Amount
    takedown: Intervals


def _again(known: Columns) -> _Again:
    # Few looks make a wide interval, and a right one.
    is_carried = np.asarray(known.violating.looks + known.fine.looks) > 0
    reviewed = reviewer_error.truly_violating(violations=known.violating, others=known.fine)
    takedown = metrics.takedown_precision(violations=known.removed_violations, others=known.removed_others)
    return _Again(is_carried, either(is_carried, reviewed, UNKNOWN), takedown)


def _by_people(known: Columns, again: _Again, *, scope: Scope, also: ArrayLike = 0) -> Amount:
    """Violations by people's answers, with their errors where second looks tell them; ``also`` those of other posts."""
    answered = intervals.counted(known.violations + np.asarray(also, dtype=float), scope=scope)
    return either(again.is_carried, plus(_as_of(scope, again.reviewed), exactly(np.asarray(also))), answered)


def _as_of(scope: Scope, violations: Amount) -> Amount:
    """For the process, how many violations happened to come is uncertain, too."""
    if scope == Scope.PERIOD:
        return violations
    return plus(violations, _around_zero(intervals.counted(np.nan_to_num(violations.estimate), scope=scope)))


def _around_zero(amount: Amount) -> Amount:
    return minus(amount, exactly(amount.estimate))


def _missed(known: Columns, *, scope: Scope) -> Missed:
    return missed(known.finds, known.cells, looks=known.looks, allowing=Allowance(scope, known.reviewers))


def _of_parts(
    known: Columns, again: _Again, scored: Violations, everybody: Violations, *, scope: Scope
) -> dict[str, list[Interval]]:
    people, part = scored
    flags, posts, flagged = known.asked + known.removed, known.scored, plus(people, _removals(known, again))
    found = {
        "flag_precision": _flag_precision(known, again, scope=scope),
        "machine_recall": metrics.machine_recall(flagged, part),
        "f1": metrics.f1(flagged, part, flags=flags, scope=scope),
        "accuracy": metrics.accuracy(flagged, part, flags=flags, posts=posts, scope=scope),
        "missed_per_thousand": metrics.missed_per_thousand(part, posts=posts),
        "prevalence": _prevalence(known, again, everybody),
    }
    return {"takedown_precision": _takedown_precision(known, again)} | {key: one.each() for key, one in found.items()}


def _removals(known: Columns, again: _Again) -> Amount:
    return metrics.removals(known.removed, takedown=again.takedown.amount)


def _takedown_precision(known: Columns, again: _Again) -> list[Interval]:
    """Of what the machine removed, or would have removed had it been allowed to, the share that violates."""
    would = metrics.flag_precision(
        flagged=known.removable,
        violations=known.removable_violations,
        removed=known.removed,
        takedown=again.takedown,
    )
    pairs = zip(known.removable.tolist(), would.each(), again.takedown.each(), strict=True)
    return [one if n else removed for n, one, removed in pairs]


def _flag_precision(known: Columns, again: _Again, *, scope: Scope) -> Intervals:
    violations = again.reviewed
    if scope == Scope.PROCESS:
        violations = plus(violations, _around_zero(_came(np.nan_to_num(violations.estimate), of=known.answered)))
    return metrics.flag_precision(
        flagged=known.answered,
        violations=known.violations,
        removed=known.removed,
        takedown=again.takedown,
        precise=violations,
    )


def _came(violations: NDArray[np.float64], *, of: NDArray[np.int_]) -> Amount:
    """How many of so many posts the same process might have made violate (Wilson)."""
    some = np.maximum(of, 1)
    share = np.minimum(1.0, violations / some)
    return times(Amount(share, *wilson(share, some)), of.astype(float))


def _with_unscored(known: Columns, again: _Again, scored: Violations, *, scope: Scope) -> Violations:
    """Add the posts that came when no model version was deployed: people all looked at them, and nothing was missed."""
    if not known.unscored.any():
        return scored
    people = _by_people(known, again, scope=scope, also=known.unscored_violations)
    return people, _missed(known.with_unscored, scope=scope)


def _prevalence(known: Columns, again: _Again, everybody: Violations) -> Intervals:
    people, part = everybody
    return metrics.prevalence(plus(people, _removals(known, again)), part, posts=known.scored + known.unscored)


def _of_everybody(known: Columns, again: _Again, everybody: Violations, *, scope: Scope) -> list[Interval]:
    """System recall: whatever people unpublished in time, however it came about."""
    people, part = everybody
    in_time = known.in_time.astype(float)
    caught = plus(intervals.counted(in_time, scope=scope), _removals(known, again))
    rest = known.violations + known.unscored_violations - in_time
    counted = either(rest > 0, intervals.counted(np.maximum(rest, 0.0), scope=scope), exactly(rest))
    left = either(again.is_carried, plus(people, exactly(-in_time)), counted)
    told = known.in_time + known.late
    return metrics.system_recall(caught, left, part, late=known.late, violations=told).each()


def _of_the_whole(evidence: Evidence, *, scope: Scope) -> dict[str, Interval]:
    reviewers = reviewer_error.panel(found=evidence.reviewed.gold_found, gold=evidence.reviewed.gold)
    return {**_of_views(evidence, Allowance(scope, reviewers)), **_counted(evidence)}


def _of_views(evidence: Evidence, allowing: Allowance) -> dict[str, Interval]:
    again = evidence.views_again if any(one.looks for one in evidence.views_again) else ()
    found = viewing.estimate(evidence.views, again=again, allowing=allowing)
    return {
        "violating_view_rate": found.rate,
        "views_before_takedown": found.before_takedown,
        "views_of_missed": found.missed,
    }


def _counted(evidence: Evidence) -> dict[str, Interval]:
    tally = evidence.tally
    return {
        "complaints_per_thousand_views": _rate(tally.complaints, of=tally.views),
        "hours_to_action": _median_hours(tally.hours_to_action),
        "overturned_share": _share(tally.overturned, of=tally.removals),
    }


def _rate(n: int, *, of: int) -> Interval:
    """So many events per 1,000 of something, as a Poisson count (mid-p): what the same traffic might have given."""
    if of <= 0:
        return sufficiency.by_width(None, finds=n, looks=of)
    amount = times(intervals.counted(float(n), scope=Scope.PROCESS), 1000 / of)
    return Interval(
        float(amount.estimate), float(amount.low), float(amount.high), finds=n, looks=of, enough=True, effective_finds=n
    )


def _share(part: int, *, of: int) -> Interval:
    """A share of all there were, with Wilson's interval."""
    amount = Amount(part / of, *wilson(part / of, of)) if of else None
    return sufficiency.by_width(amount, finds=part, looks=of, effective_finds=part)


def _median_hours(bins: Sequence[int]) -> Interval:
    """The median time, and as its bounds the order statistics n/2 -+ 1.96 sqrt(n)/2 (Conover 1999, ch. 3).

    Times are known by the bin they fall into, each a tenth longer than the one before, and spread evenly in it.
    """
    counts = np.asarray(bins, dtype=float)
    n = float(counts.sum()) if counts.size else 0.0
    if n < 1:
        return sufficiency.by_width(None, finds=0, looks=0)
    reach = Z * math.sqrt(n) / 2
    low, middle, high = (hours_at(counts, min(max(rank, 0.0), n)) for rank in (n / 2 - reach, n / 2, n / 2 + reach))
    enough = n >= sufficiency.ENOUGH_FINDS
    return Interval(middle, low, high, finds=int(n), looks=int(n), enough=enough, effective_finds=n)


def _needed(found: dict[str, Interval], *, evidence: Evidence, caught: float) -> dict[str, int | None]:
    cells = cells_in(evidence.passed)
    by_looks: dict[str, Callable[[Interval], int | None]] = {
        key: lambda one: sufficiency.looks_still_needed(one, cells=cells, flagged_violations=caught)
        for key in ("machine_recall", "system_recall")
    }
    by_looks |= {
        key: lambda one: sufficiency.looks_still_needed(one, cells=cells, flagged_violations=caught, width=None)
        for key in ("f1", "accuracy", "prevalence", "missed_per_thousand")
    }
    by_looks |= dict.fromkeys(("takedown_precision", "flag_precision"), sufficiency.second_looks_still_needed)
    return {key: 0 if one.enough else by_looks[key](one) if key in by_looks else None for key, one in found.items()}
