"""This will make worlds whose days are already counted, so that tests decide about periods without posting any."""

from datetime import date, timedelta
from typing import Any

from config.accounts.models import Role, User
from moderation import policies
from moderation.go_no_go import criteria, evidence
from moderation.go_no_go.criteria import Span, Target
from moderation.measurement.gathering import Side
from moderation.measurement.periods import PartKind, Period
from moderation.models import (
    Alert,
    CriteriaVersion,
    DailyMeasurement,
    DayLooks,
    Direction,
    Guarded,
    PeriodDecision,
    PeriodOutcome,
    PolicyMode,
)
from tests.moderation.builders import NOW, World, person, world

SET_AT = NOW
FIRST = NOW.date() + timedelta(days=1)
LAST = FIRST + timedelta(days=27)
OVER = NOW + timedelta(days=40)
PERIOD = Period.of_days(FIRST, LAST)
RECALL_OF_60 = (Target("machine_recall", Direction.AT_LEAST, 0.6),)
LIMITS = {Guarded.MACHINE_RECALL: 0.5, Guarded.FLAG_PRECISION: 0.02, Guarded.FLAGGED_SHARE: 0.5}


def assisted(**wanted: Any) -> World:
    """A project whose machine acts."""
    return world(mode=PolicyMode.ASSISTED, **wanted)


def manager(place: World) -> User:
    user = person(place.project, Role.MANAGER)
    user.email = f"{user.username}@example.org"
    user.save(update_fields=["email"])
    return user


def hold_to(place: World, *targets: Target, span: Span | None = None, **limits: float) -> CriteriaVersion:
    """Set criteria for the 28 days from tomorrow on."""
    return criteria.set_criteria(
        place.project,
        span=span or Span(FIRST, last=LAST),
        targets=targets or RECALL_OF_60,
        limits=LIMITS | {Guarded(key): value for key, value in limits.items()},
        by=manager(place),
        now=SET_AT,
    )


def count(
    place: World,
    day: date,
    *,
    flagged: int = 40,
    right: int = 20,
    pending: int = 0,
    passed: int = 4000,
    drawn: int = 100,
    found: int = 0,
    probability: float = 0.025,
) -> None:
    """Write down what a day came to: ``right`` of the flagged violate, audits found so many misses."""
    of_day = {"project": place.project, "day": day, "part": PartKind.ALL, "value": "", "lost": 0}
    DayLooks.objects.create(
        **of_day, side=Side.FLAGGED, stratum="flagged", probability=1.0, posts=flagged, score_sum=0.8 * flagged,
        drawn=flagged, answered=flagged - pending, found=right,
    )  # fmt: skip
    DayLooks.objects.create(
        **of_day, side=Side.PASSED, stratum="s1", probability=probability, posts=passed, score_sum=0.01 * passed,
        drawn=drawn, answered=drawn, found=found,
    )  # fmt: skip
    DailyMeasurement.objects.create(project=place.project, day=day, counts={}, metrics={}, measured_at=NOW)


def count_days(place: World, n: int = 28, *, first: date = FIRST, **facts: Any) -> None:
    for number in range(n):
        count(place, first + timedelta(days=number), **facts)


def mode(place: World) -> str:
    return str(policies.in_force(place.project).mode)


def stopped_by_guard(place: World) -> Alert:
    """A stop by the guard with an alert that stands; the policy stays as it is."""
    frozen = evidence.freeze({"kind": "guard", "days": [], "guarded": []})
    decision = PeriodDecision.objects.create(
        project=place.project, outcome=PeriodOutcome.STOPPED, starts_at=NOW, ends_at=NOW, is_final=False,
        reason="The guard stopped the machine.", evidence=frozen.text, checksum=frozen.checksum, created_at=NOW,
    )  # fmt: skip
    return Alert.objects.create(
        project=place.project, season=NOW.date(), decision=decision, guarded=Guarded.MACHINE_RECALL, limit=0.5,
        bound=0.31, day=NOW.date(), created_at=NOW,
    )  # fmt: skip
