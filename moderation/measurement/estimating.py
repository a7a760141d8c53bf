"""This will turn the evidence of a period into its metrics, each with its interval.

Pure. The same evidence always gives the same metrics. A metric that the evidence cannot speak of is left out: views
and time to action are known of the whole traffic alone.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from moderation import estimation
from moderation.measurement import viewing
from moderation.measurement.bins import hours_at
from moderation.measurement.evidence import Evidence, SecondLooked, Weighed
from moderation.statistics import intervals, reviewer_error, sufficiency
from moderation.statistics.intervals import Amount, Scope, Z, times, wilson
from moderation.statistics.missed import Allowance
from moderation.statistics.reviewer_error import FEWEST_GOLD, SecondLooks
from moderation.statistics.sufficiency import Interval
from moderation.statistics.weighing import Cell


@dataclass(frozen=True)
class Estimates:
    """``intervals`` by key of the catalog; ``missed`` is the number of violations that passed.

    ``carries_errors`` says whether second looks were enough to carry the reviewers' errors on flagged posts,
    ``carries_oversights`` whether gold items were, to carry what they overlook. ``cells`` are what passed, ``caught``
    the flagged violations.
    """

    intervals: dict[str, Interval]
    missed: Interval
    carries_errors: bool
    carries_oversights: bool
    cells: Sequence[Cell] = field(compare=False)
    caught: float

    @cached_property
    def needed(self) -> dict[str, int | None]:
        """How many more looks each metric needs: 0 where it has enough, None where looks cannot help."""
        return _needed(self.intervals, cells=self.cells, caught=self.caught)


def estimate(evidence: Evidence, *, scope: Scope = Scope.PERIOD, is_whole: bool = True) -> Estimates:
    """Compute every metric that the evidence supports. ``is_whole`` says that it is of the whole traffic."""
    allowing = Allowance(scope, _recognizing(evidence))
    again = _Again(_reviewed(evidence), _second_looks(evidence))
    machine, missed = _machine(evidence, again, scope=scope), _missed(evidence, allowing)
    found = _shares(evidence, machine, missed, again=again, scope=scope)
    if is_whole:
        found |= _everybody(evidence, machine, missed) | _of_views(evidence, allowing) | _counted(evidence)
    total = estimation.missed_violations(**missed)
    return Estimates(
        intervals=found,
        missed=total,
        carries_errors=_carries_errors(evidence),
        carries_oversights=evidence.reviewed.gold >= FEWEST_GOLD,
        cells=missed["cells"],
        caught=_low(machine["flagged_violations"]),
    )


@dataclass(frozen=True)
class _Again:
    """What looking again told: how many of the flagged posts that people answered truly violate (None where it does not
    tell), and which share of the machine's own removals."""

    reviewed: Amount | None
    takedown: Interval


def _recognizing(evidence: Evidence) -> reviewer_error.Sensitivity:
    return reviewer_error.panel(found=evidence.reviewed.gold_found, gold=evidence.reviewed.gold)


def _machine(evidence: Evidence, again: _Again, *, scope: Scope) -> dict[str, Any]:
    """What was flagged: by people's answers, with their errors where second looks tell them, and what was removed."""
    removed, reviewed = evidence.removed.posts, again.reviewed
    counted = evidence.flagged.violations + evidence.removable.violations
    return {
        "flagged_violations": counted if reviewed is None else _as_of(scope, reviewed),
        "removed": removed,
        "takedown": again.takedown if removed else None,
    }


def _reviewed(evidence: Evidence) -> Amount | None:
    if not _carries_errors(evidence):
        return None
    groups = evidence.reviewed
    return reviewer_error.true_violations(violations=_group(groups.violations), others=_group(groups.others))


def _as_of(scope: Scope, violations: Amount) -> Amount:
    """For the process, how many violations happened to come is uncertain, too."""
    if scope == Scope.PERIOD or math.isnan(violations.estimate):
        return violations
    return intervals.plus(violations, _around_zero(intervals.counted(violations.estimate, scope=scope)))


def _around_zero(amount: Amount) -> Amount:
    return intervals.minus(amount, intervals.exactly(amount.estimate))


def _second_looks(evidence: Evidence) -> Interval:
    removed = evidence.removed
    return estimation.takedown_precision(violations=_spread(removed.violations), others=_spread(removed.others))


def _carries_errors(evidence: Evidence) -> bool:
    """Whether anybody looked again: few looks make a wide interval, and a right one."""
    return any(one.looks for one in (evidence.reviewed.violations, evidence.reviewed.others))


def _carries_errors_in_views(evidence: Evidence) -> bool:
    return any(one.looks for one in evidence.views_again)


def _group(one: SecondLooked) -> SecondLooks:
    # A look of a post whose own answer was taken back meanwhile may be one too many.
    return SecondLooks(max(one.posts, one.looks), _each(one.violations), _each(one.others))


def _each(pairs: Sequence[tuple[float, int]]) -> NDArray[np.float64]:
    """Every look by itself; thousands of them over years."""
    probabilities, n = [probability for probability, _ in pairs], [n for _, n in pairs]
    return np.repeat(np.asarray(probabilities, dtype=float), np.asarray(n, dtype=int))


def _missed(evidence: Evidence, allowing: Allowance) -> dict[str, Any]:
    passed = evidence.passed
    share = passed.shares()
    cells = tuple(
        Cell(posts=one.posts, probability=one.probability * share[one.stratum], mean_score=one.mean_score)
        for one in passed.cells
    )
    finds = tuple(_each([(one.probability * share[one.stratum], one.n) for one in passed.finds]).tolist())
    return {"finds": finds, "cells": cells, "looks": passed.answered, "allowing": allowing}


def _shares(
    evidence: Evidence, machine: dict[str, Any], missed: dict[str, Any], *, again: _Again, scope: Scope
) -> dict[str, Interval]:
    flagged = evidence.flagged.answered + evidence.removable.answered
    posts = evidence.flagged.posts + evidence.removable.posts + evidence.removed.posts + evidence.passed.posts
    asked = evidence.flagged.posts + evidence.removable.posts
    found = {
        "takedown_precision": _takedown_precision(evidence, machine, again=again),
        "flag_precision": _flag_precision(evidence, machine, again=again, flagged=flagged, scope=scope),
        "machine_recall": estimation.machine_recall(**machine, **missed),
        "f1": estimation.f1(**machine, **missed, flagged=asked),
        "accuracy": estimation.accuracy(**machine, **missed, flagged=asked, posts=posts),
        "missed_per_thousand": estimation.missed_per_thousand(**missed, posts=posts),
    }
    return found | {"prevalence": _prevalence(evidence, machine, missed, posts=posts)}


def _takedown_precision(evidence: Evidence, machine: dict[str, Any], *, again: _Again) -> Interval:
    """Of what the machine removed, or would have removed had it been allowed to, the share that violates."""
    would = evidence.removable
    if not would.answered:
        return again.takedown
    return estimation.flag_precision(
        flagged=would.answered,
        violations=would.violations,
        removed=machine["removed"],
        takedown=machine["takedown"],
    )


def _flag_precision(
    evidence: Evidence, machine: dict[str, Any], *, again: _Again, flagged: int, scope: Scope
) -> Interval:
    violations, removed, takedown = again.reviewed, machine["removed"], machine["takedown"]
    counted = estimation.flag_precision(
        flagged=flagged,
        violations=evidence.flagged.violations + evidence.removable.violations,
        removed=removed,
        takedown=takedown,
    )
    if violations is None or flagged + removed <= 0:
        return counted
    if scope == Scope.PROCESS and not math.isnan(violations.estimate):
        violations = intervals.plus(violations, _around_zero(_came(float(violations.estimate), of=flagged)))
    whole = intervals.plus(violations, estimation.removals(removed, takedown=takedown))
    return sufficiency.by_width(
        times(whole, 1 / (flagged + removed)),
        finds=counted.finds,
        looks=counted.looks,
        effective_finds=counted.effective_finds,
    )


def _came(violations: float, *, of: int) -> Amount:
    """How many of so many posts the same process might have made violate (Wilson)."""
    share = min(1.0, violations / of)
    return times(Amount(share, *wilson(share, of)), of)


def _prevalence(evidence: Evidence, machine: dict[str, Any], missed: dict[str, Any], *, posts: int) -> Interval:
    everybody = _with_unscored(evidence, machine, missed)
    return estimation.prevalence(**everybody, posts=posts + evidence.unscored.answered)


def _everybody(evidence: Evidence, machine: dict[str, Any], missed: dict[str, Any]) -> dict[str, Interval]:
    tally, everybody = evidence.tally, _with_unscored(evidence, machine, missed)
    return {"system_recall": estimation.system_recall(**everybody, in_time=tally.in_time, late=tally.late)}


def _with_unscored(evidence: Evidence, machine: dict[str, Any], missed: dict[str, Any]) -> dict[str, Any]:
    """Add the posts that came when no model version was deployed: people all looked at them, and nothing was missed."""
    other = evidence.unscored
    if not other.answered:
        return machine | missed
    seen_whole = Cell(posts=other.answered, probability=1.0, mean_score=0.0)
    violations = _more(machine["flagged_violations"], other.violations)
    return machine | missed | {"flagged_violations": violations, "cells": (*missed["cells"], seen_whole)}


def _more(violations: int | Amount, n: int) -> int | Amount:
    if isinstance(violations, Amount):
        return intervals.plus(violations, intervals.exactly(float(n)))
    return violations + n


def _of_views(evidence: Evidence, allowing: Allowance) -> dict[str, Interval]:
    again = evidence.views_again if _carries_errors_in_views(evidence) else ()
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


def _needed(found: dict[str, Interval], *, cells: Sequence[Cell], caught: float) -> dict[str, int | None]:
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


def _spread(groups: Sequence[Weighed]) -> NDArray[np.float64]:
    return _each([(one.probability, one.n) for one in groups])


def _low(violations: int | Amount) -> float:
    return float(violations.low) if isinstance(violations, Amount) else float(violations)
