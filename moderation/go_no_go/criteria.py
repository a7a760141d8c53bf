"""This will keep what a project is held to: set criteria before their first period, know which count and when.

A criteria version is never changed; a new one with a later start takes its place. Periods that began before a version
was set cannot be judged by it: the target would have been chosen knowing the score.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db import transaction

from config.accounts.models import Project, Role, User
from models_registry.registry import lock, next_number
from moderation.go_no_go import betting
from moderation.measurement.catalog import METRIC
from moderation.measurement.periods import Period
from moderation.models import (
    Bound,
    CriteriaVersion,
    Criterion,
    Direction,
    Guarded,
    GuardRule,
    PeriodDecision,
    PeriodOutcome,
    PolicyVersion,
)

MOST_DAYS = 366
PERIODS_OFFERED = 4
# Fire alarms, not targets: half of what the policy itself asks for where it says so, else these.
RECALL_FLOOR = 0.5
TAKEDOWN_FLOOR = 0.5
FLAG_PRECISION_FLOOR = 0.02
FLAGGED_CEILING = 0.5


class CriteriaRefused(Exception):
    """These criteria cannot be set or used; ``code`` says why: not_allowed, criteria_set_too_late, bad_period,
    unknown_metric, bad_target, no_criteria, not_a_period_of_these_criteria."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True)
class Target:
    """One criterion to be set; ``target`` is in the metric's own unit, a share in [0, 1]."""

    metric: str
    direction: Direction
    target: float


@dataclass(frozen=True)
class Span:
    """When criteria count: from ``first`` (a day, UTC) to ``last``, both included, or in periods of ``days``."""

    first: date
    last: date | None = None
    days: int | None = None


def refuse_others(project: Project, person: User) -> None:
    """Raises CriteriaRefused for who is neither manager nor admin of the project."""
    if not project.memberships.filter(user=person, role__in=[Role.MANAGER, Role.ADMIN]).exists():
        raise CriteriaRefused("not_allowed", "Only managers and admins of the project may do this.")


@transaction.atomic
def set_criteria(
    project: Project,
    *,
    span: Span,
    targets: Sequence[Target],
    limits: dict[Guarded, float],
    reason: str = "",
    by: User,
    now: datetime,
) -> CriteriaVersion:
    """Write the next criteria version; ``limits`` are the guard's, shares in (0, 1). Raises CriteriaRefused.

    Of two at once, each gets a number of its own; the later one counts where both begin on the same day.
    """
    refuse_others(project, by)
    start = midnight(span.first)
    if start < now:
        raise CriteriaRefused(
            "criteria_set_too_late", f"Criteria come before the period they judge: {span.first} has begun already."
        )
    _check(span, targets, limits)
    lock(project)
    version = CriteriaVersion.objects.create(
        project=project,
        number=next_number(CriteriaVersion.objects.filter(project=project)),
        starts_at=start,
        ends_at=midnight(span.last) + timedelta(days=1) if span.last else None,
        period_days=None if span.last else span.days,
        reason=reason.strip(),
        created_at=now,
        created_by=by,
    )
    Criterion.objects.bulk_create([_criterion(version, one) for one in targets])
    GuardRule.objects.bulk_create(
        [GuardRule(criteria=version, guarded=guarded, limit=limit) for guarded, limit in limits.items()]
    )
    return version


def _check(span: Span, targets: Sequence[Target], limits: dict[Guarded, float]) -> None:
    days = (span.last - span.first).days + 1 if span.last else span.days
    if days is None or not 1 <= days <= MOST_DAYS:
        raise CriteriaRefused("bad_period", f"A period has from 1 to {MOST_DAYS} days.")
    if not targets:
        raise CriteriaRefused("no_criteria", "Without a criterion there is nothing to be held to.")
    for one in targets:
        _check_target(one)
    if len({one.metric for one in targets}) != len(targets):
        raise CriteriaRefused("bad_target", "Each metric has one target.")
    if not all(0 < limit < 1 for limit in limits.values()):
        raise CriteriaRefused("bad_target", "What the guard watches is a share between 0 and 1.")


def _check_target(one: Target) -> None:
    metric = METRIC.get(one.metric)
    if metric is None:
        raise CriteriaRefused("unknown_metric", f"There is no metric {one.metric!r}.")
    wrong = Direction.AT_MOST if metric.more_is_better else Direction.AT_LEAST
    if metric.more_is_better is not None and one.direction == wrong:
        raise CriteriaRefused("bad_target", f"{metric.title} cannot be held to {Direction(wrong).label}.")
    if not 0 <= one.target < float("inf") or (metric.unit == "share" and one.target > 1):
        raise CriteriaRefused("bad_target", f"{one.target} is no target for {metric.title}.")


def _criterion(version: CriteriaVersion, one: Target) -> Criterion:
    bound = Bound.LOW if one.direction == Direction.AT_LEAST else Bound.HIGH
    return Criterion(criteria=version, metric=one.metric, direction=one.direction, bound=bound, target=one.target)


def in_force(project: Project, *, now: datetime) -> CriteriaVersion | None:
    """Return the criteria that count now, or None."""
    begun = CriteriaVersion.objects.filter(project=project, starts_at__lte=now)
    return begun.prefetch_related("criteria", "guard_rules").order_by("-starts_at", "-number").first()


def coming(project: Project, *, now: datetime) -> list[CriteriaVersion]:
    """Return criteria that are set and have not begun, soonest first."""
    later = CriteriaVersion.objects.filter(project=project, starts_at__gt=now)
    return list(later.prefetch_related("criteria", "guard_rules").order_by("starts_at", "number"))


def periods(version: CriteriaVersion, *, now: datetime) -> list[Period]:
    """Return the periods of a version that have begun, the newest first; extended ones come as they were extended."""
    blocks = _blocks(version, now=now)[:PERIODS_OFFERED]
    extended = PeriodDecision.objects.filter(criteria=version, outcome=PeriodOutcome.EXTEND).order_by("id")
    until = {one.starts_at: one.extended_until for one in extended if one.extended_until}
    return [Period(one.start, max(one.end, until.get(one.start, one.end))) for one in blocks]


def _blocks(version: CriteriaVersion, *, now: datetime) -> list[Period]:
    if now < version.starts_at:
        return []
    if version.ends_at:
        return [Period(version.starts_at, version.ends_at)]
    length = timedelta(days=version.period_days or 1)
    running = (now - version.starts_at) // length
    starts = [version.starts_at + length * number for number in range(running, -1, -1)]
    return [Period(start, start + length) for start in starts]


def refuse_unfit(version: CriteriaVersion, period: Period) -> None:
    """Raises CriteriaRefused for a period that began before the criteria were set, or before they count."""
    if period.start < version.created_at or period.start < version.starts_at:
        raise CriteriaRefused(
            "criteria_set_too_late",
            f"{version} was set on {version.created_at:%Y-%m-%d} and counts from {version.starts_at:%Y-%m-%d}: it "
            "cannot judge a period that began before.",
        )


def limits_of(version: CriteriaVersion | None, policy: PolicyVersion) -> dict[str, float]:
    """Return what the guard watches: what the criteria say, else the defaults for the policy."""
    if version is not None:
        return {one.guarded: one.limit for one in version.guard_rules.all()}
    return {str(guarded): limit for guarded, limit in default_limits(policy).items()}


def default_limits(policy: PolicyVersion) -> dict[Guarded, float]:
    """Return limits that only a machine gone wrong breaks: half the recall and the precision that the policy asks
    for."""
    bands = list(policy.rules["classes"].values())
    return {
        Guarded.MACHINE_RECALL: _half([_asked(one, "review", "required_recall") for one in bands], RECALL_FLOOR),
        Guarded.FLAG_PRECISION: FLAG_PRECISION_FLOOR,
        Guarded.TAKEDOWN_PRECISION: _half(
            [_asked(one, "remove", "required_precision") for one in bands], TAKEDOWN_FLOOR
        ),
        Guarded.FLAGGED_SHARE: FLAGGED_CEILING,
    }


def _asked(bands: dict[str, dict[str, float] | None], band: str, what: str) -> float | None:
    return (bands.get(band) or {}).get(what)


def _half(asked: Sequence[float | None], default: float) -> float:
    known = [one for one in asked if one]
    return min(known) / 2 if known else default


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


# The guard names its numbers as the rules in the tables do.
assert set(Guarded.values) == {betting.RECALL, betting.PRECISION, betting.TAKEDOWN, betting.SHARE}  # noqa: S101
