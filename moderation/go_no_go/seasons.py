"""This will say which days the guard watches, and what each came to.

A season is a stretch of time with one budget of false alarms, at most 1 %. It begins when a policy that acts comes into
force after MANUAL, on the day after a go, or with new criteria, whichever was last; while the policy is MANUAL there is
none. What the machine did before a go is not held against it again, so a season after one begins at the next midnight.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from config.accounts.models import Project
from moderation import policies
from moderation.go_no_go import criteria
from moderation.go_no_go.betting import DaySums, Weighted
from moderation.measurement.gathering import Side
from moderation.measurement.periods import PartKind
from moderation.models import (
    CriteriaVersion,
    DayLooks,
    PeriodDecision,
    PeriodOutcome,
    PolicyMode,
    PolicyVersion,
)


@dataclass(frozen=True)
class Season:
    """What the guard watches now: from ``first`` (a day, UTC) on, under the policy in force and its limits."""

    first: date
    policy: PolicyVersion
    criteria: CriteriaVersion | None
    limits: dict[str, float]


def running(project: Project, *, now: datetime) -> Season | None:
    """Return the season that runs; None where no policy is in force, or one under which the machine does not act."""
    try:
        policy = policies.in_force(project)
    except policies.NoPolicy:
        return None
    if policy.mode == PolicyMode.MANUAL:
        return None
    version = criteria.in_force(project, now=now)
    starts = [_acting_since(project)]
    starts += [version.starts_at.date()] if version else []
    go = PeriodDecision.objects.filter(project=project, outcome=PeriodOutcome.GO).order_by("-id").first()
    starts += [go.created_at.date() + timedelta(days=1)] if go else []
    return Season(max(starts), policy, version, criteria.limits_of(version, policy))


def _acting_since(project: Project) -> date:
    """Return the day on which the last MANUAL policy was retired; without any, that of the first policy."""
    versions = PolicyVersion.objects.filter(project=project)
    retired = versions.filter(mode=PolicyMode.MANUAL, retired_at__isnull=False).order_by("-retired_at").first()
    if retired and retired.retired_at:
        return retired.retired_at.date()
    return versions.earliest("created_at", "id").created_at.date()


@dataclass(frozen=True)
class WatchedDay:
    """A day and its sums; ``pending`` looks of it are not answered yet."""

    day: date
    sums: DaySums
    pending: int


def days(project: Project, *, first: date, last: date) -> list[WatchedDay]:
    """Return each day's sums from the daily rows, oldest first; a day on which nothing was screened has none."""
    rows = DayLooks.objects.filter(project=project, part=PartKind.ALL, day__gte=first, day__lte=last)
    by_day: dict[date, list[DayLooks]] = defaultdict(list)
    for row in rows.exclude(side=Side.UNSCORED).order_by("day", "side", "stratum", "probability", "id"):
        by_day[row.day].append(row)
    return [WatchedDay(day, _sums(of_day), _pending(of_day)) for day, of_day in sorted(by_day.items())]


def _sums(rows: list[DayLooks]) -> DaySums:
    seen = [row for row in rows if row.side in (Side.FLAGGED, Side.REMOVABLE)]
    removed = [row for row in rows if row.side == Side.REMOVED]
    passed = [row for row in rows if row.side == Side.PASSED]
    answered, violations = sum(row.answered for row in seen), sum(row.found for row in seen)
    return DaySums(
        violations=violations,
        fine=answered - violations,
        unanswered=sum(row.posts for row in seen) - answered,
        removed=sum(row.posts for row in removed),
        passed=sum(row.posts for row in passed),
        removed_fine=_weighted([(row.probability, row.answered - row.found) for row in removed]),
        finds=_weighted([(row.probability, row.found) for row in passed]),
    )


def _weighted(counted: list[tuple[float, int]]) -> Weighted:
    return tuple((probability, n) for probability, n in counted if n)


def _pending(rows: list[DayLooks]) -> int:
    return sum(row.drawn - row.answered - row.lost for row in rows)
