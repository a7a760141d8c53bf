"""This will say what the work of a period came to: posts, decisions, violations removed, violating views prevented.

What people removed counts as it is, less what was put back. What the machine removed by itself counts times takedown
precision: where nobody took a second look, all of it or none of it may have violated. Their errors are not corrected
for: a removal by people that stands counts as a violation.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Sum

from config.accounts.models import Project
from moderation import estimation
from moderation.costs import prevented, reading, views_by_age
from moderation.costs.reading import Output
from moderation.measurement.periods import PartKind, Period
from moderation.models import DayLooks
from moderation.statistics.intervals import Amount, exactly, times
from moderation.statistics.sufficiency import Interval

SIDE_REMOVED = "removed"
UNKNOWN_SHARE = Amount(math.nan, 0.0, 1.0)


@dataclass(frozen=True)
class Achieved:
    """``violations`` were removed, ``prevented`` are violating views (None where no views are known), and
    ``by_complaint`` those of them that were prevented because a viewer complained.

    ``takedown`` is takedown precision, with which the machine's removals were weighed.
    """

    posts: int
    decisions: int
    complaints: int
    removals: int
    machine_removals: int
    complaint_removals: int
    takedown: Interval
    violations: Amount
    prevented: Amount | None
    by_complaint: Amount | None


def of_period(project: Project, period: Period, days: Sequence[Output]) -> Achieved:
    """Add up a period's ``days``. Three queries."""
    takedown = _takedown_precision(project, period)
    precision = _amount(takedown)
    removals, by_machine = sum(day.removals for day in days), sum(day.machine_removals for day in days)
    spared = reading.spared(project, first=period.first, last=period.last)
    cohorts = views_by_age.cohorts(project, until=period.last)
    seen = {
        who: prevented.views(spared.get(who, [0.0] * views_by_age.AGES), posts=cohorts.posts, seen=cohorts.views)
        for who in ("people", "machine", "complaints")
    }
    people, machine = seen["people"], seen["machine"]
    return Achieved(
        posts=sum(day.posts for day in days),
        decisions=sum(day.decisions for day in days),
        complaints=sum(day.complaints for day in days),
        removals=removals,
        machine_removals=by_machine,
        complaint_removals=sum(day.complaint_removals for day in days),
        takedown=takedown,
        violations=_violations(removals, by_machine, precision=precision),
        prevented=prevented.with_machine(people, machine, precision=precision) if people and machine else None,
        by_complaint=seen["complaints"],
    )


def _takedown_precision(project: Project, period: Period) -> Interval:
    """Estimate takedown precision of a period from the sums of its days."""
    days = DayLooks.objects.filter(project=project, part=PartKind.ALL, day__range=(period.first, period.last))
    violations: list[float] = []
    others: list[float] = []
    told = days.filter(side=SIDE_REMOVED, answered__gt=0).values("probability").order_by("probability")
    sums = told.annotate(found_n=Sum("found"), told_n=Sum("answered"))
    for probability, found, answered in sums.values_list("probability", "found_n", "told_n"):
        violations += [probability] * found
        others += [probability] * (answered - found)
    return estimation.takedown_precision(violations=violations, others=others)


def _amount(precision: Interval) -> Amount:
    if precision.estimate is None or precision.low is None or precision.high is None:
        return UNKNOWN_SHARE
    return Amount(precision.estimate, precision.low, precision.high)


def _violations(people: int, machine: int, *, precision: Amount) -> Amount:
    # More may have been put back than removed, of what was removed before the period.
    known = max(0, people)
    if not machine:
        return exactly(float(known))
    found = times(precision, machine)
    return Amount(known + found.estimate, known + found.low, known + found.high)
