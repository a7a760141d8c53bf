"""This will say what a period cost, what for, and what the same would have cost in two other ways.

Everything is read from daily rows, so it takes as long for two weeks as for two years, less some milliseconds. What was
counted is exact; amounts have bounds where answers came without seconds, and ratios where violations or views had to be
estimated (bound over bound, for a cost and what it bought may well hang together).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Sum

from config.accounts.models import Project
from moderation.costs import accounts, achieved, baselines, looks, prices, reading
from moderation.costs.accounts import Line, Money
from moderation.costs.achieved import Achieved
from moderation.costs.baselines import Baseline
from moderation.costs.looks import Look
from moderation.costs.prices import Book
from moderation.costs.reading import Used
from moderation.measurement.periods import Period
from moderation.models import DailyOutput
from moderation.statistics.intervals import Amount, exactly
from moderation.statistics.sufficiency import ENOUGH_FINDS, Interval


@dataclass(frozen=True)
class Costs:
    """What a period cost. ``answers`` were given in it, ``measured_answers`` of them with the seconds they took."""

    period: Period
    book: Book
    lines: Sequence[Line]
    total: Money
    achieved: Achieved
    look: Look | None
    answers: int
    measured_answers: int
    per_thousand_posts: Interval
    per_decision: Interval
    per_violation: Interval
    per_prevented_view: Interval
    baselines: Sequence[Baseline]

    @property
    def currency(self) -> str:
        return self.book.currency


def of_period(project: Project, period: Period) -> Costs:
    """Return what a period cost, from its daily rows. Seven queries."""
    book = prices.book(project)
    used = _used(project, period, book=book)
    days = reading.outputs(project, first=period.first, last=period.last)
    did, lines, look = achieved.of_period(project, period, days), accounts.lines(used, book), looks.at_posts(used)
    total, people = accounts.total(lines), [line for line in lines if line.source in looks.PURPOSES]
    is_counted = bool(lines)
    return Costs(
        period=period,
        book=book,
        lines=lines,
        total=total,
        achieved=did,
        look=look,
        answers=sum(line.rows for line in people),
        measured_answers=sum(line.measured_rows for line in people),
        per_thousand_posts=_per(total, exactly(did.posts / 1000), n=did.posts, enough=is_counted),
        per_decision=_per(total, exactly(float(did.decisions)), n=did.decisions, enough=is_counted),
        per_violation=_per_violation(total, did),
        per_prevented_view=_per_view(total, did),
        baselines=baselines.compare(lines, did, days=days, look=look, book=book),
    )


def by_day(project: Project, period: Period, *, book: Book) -> tuple[list[date], Mapping[str, list[float | None]]]:
    """Return the days of a period, and for each resource what it cost on each of them: see ``accounts.by_day``. One
    query."""
    days = [period.first + timedelta(days=n) for n in range(period.days)]
    return days, accounts.by_day(reading.used(project, first=period.first, last=period.last), book, days)


def interval(project: Project, period: Period, *, book: Book) -> Interval:
    """Return the cost of a thousand posts of a period. Without a price for all that was used there is no estimate, and
    only a least value. Two queries."""
    lines = accounts.lines(_used(project, period, book=book), book)
    counted = DailyOutput.objects.filter(project=project, day__range=(period.first, period.last))
    posts = counted.aggregate(posts=Sum("posts"))["posts"] or 0
    return _per(accounts.total(lines), exactly(posts / 1000), n=posts, enough=bool(lines))


def _used(project: Project, period: Period, *, book: Book) -> list[Used]:
    return reading.sums(project, first=period.first, last=period.last, priced_from=book.changes)


def _per(money: Money, of: Amount | None, *, n: int, enough: bool) -> Interval:
    """Return what one of ``of`` cost; ``n`` is how many there were, where they were counted."""
    if of is None or not of.high > 0:
        return Interval(None, None, None, finds=n, looks=n, enough=False, effective_finds=None)
    low = float(money.amount.low / of.high)
    if not money.is_complete:
        return Interval(None, low, None, finds=n, looks=n, enough=False, effective_finds=None)
    high = float(money.amount.high / of.low) if of.low > 0 else None
    is_known = not math.isnan(of.estimate) and of.estimate > 0
    estimate = float(money.amount.estimate / of.estimate) if is_known else None
    is_enough = enough and estimate is not None and high is not None
    return Interval(estimate, low, high, finds=n, looks=n, enough=is_enough, effective_finds=None)


def _per_violation(total: Money, did: Achieved) -> Interval:
    n = did.removals + did.machine_removals
    return _per(total, did.violations, n=n, enough=_is_enough(did))


def _per_view(total: Money, did: Achieved) -> Interval:
    n = did.removals + did.machine_removals
    return _per(total, did.prevented, n=n, enough=_is_enough(did))


def _is_enough(did: Achieved) -> bool:
    return bool(did.violations.low >= ENOUGH_FINDS)
