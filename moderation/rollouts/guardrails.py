"""This will stop a rollout by itself when its challenger does harm.

Five guardrails compare the arms (`comparing`): each bets that something happens to more units of the challenger's arm
than its limit allows, and all of them together stop a rollout that keeps its limits with a chance of at most 1 %,
however often they are read. Two are plain counts: how long scoring takes, and how often it fails. Each reading starts
from the rows, so a check that runs twice, late or at once with another gives the same answer.

A stop is one transaction: the rollout ends, an event keeps the numbers, an alert stands on every page.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Sum

from config.accounts.models import Project
from moderation.models import Rollout, RolloutArm, RolloutKind, RolloutScoring, RolloutStatus
from moderation.rollouts import alerts, comparing, conducting, gathering, limits, scoring
from moderation.rollouts.comparing import Bounds, Pair, Side, Watch
from moderation.rollouts.gathering import Counts
from moderation.rollouts.scoring import ChallengerFailed

log = logging.getLogger(__name__)

# Below so many scored images a mean says little of how fast a version is.
FEWEST_IMAGES = 200


@dataclass(frozen=True)
class Rail:
    """One comparing guardrail: its bets, and what is still possible of the ratio after each day."""

    key: str
    watch: Watch
    bounds: list[Bounds]
    champion_events: int
    challenger_events: int

    @property
    def last(self) -> Bounds:
        return self.bounds[-1] if self.bounds else Bounds(None, None)


@dataclass(frozen=True)
class Speed:
    """Mean milliseconds that scoring an image took in each arm, None while too few were scored; failed batches."""

    champion: float | None
    challenger: float | None
    failures: int
    slower: float
    most_failures: float

    @property
    def ratio(self) -> float | None:
        return self.challenger / self.champion if self.champion and self.challenger else None

    @property
    def breached(self) -> str | None:
        """Which of the two plain guardrails was reached."""
        if self.failures >= self.most_failures:
            return limits.FAILURES
        return limits.SLOWER if self.ratio is not None and self.ratio > self.slower else None


@dataclass(frozen=True)
class State:
    """How a rollout's guardrails stand over its counted ``days``. A shadow acts on nothing, so it has no rails."""

    days: list[date]
    rails: list[Rail]
    speed: Speed

    @property
    def breach(self) -> dict[str, Any] | None:
        """What stops the rollout, with its numbers; None where nothing does."""
        fired = [one for one in self.rails if one.watch.fired_on is not None]
        if fired:
            return _of_rail(min(fired, key=lambda one: one.watch.fired_on or 0), self.days)
        key = self.speed.breached
        if key is None:
            return None
        seen = self.speed.failures if key == limits.FAILURES else self.speed.ratio
        limit = self.speed.most_failures if key == limits.FAILURES else self.speed.slower
        return {"guardrail": key, "limit": limit, "seen": seen}


def _of_rail(one: Rail, days: Sequence[date]) -> dict[str, Any]:
    day = one.watch.fired_on or 0
    return {
        "guardrail": one.key,
        "limit": one.watch.limit,
        "low": one.bounds[day].low,
        "high": one.bounds[day].high,
        "day": days[day].isoformat(),
        "champion": one.champion_events,
        "challenger": one.challenger_events,
    }


def state(rollout: Rollout) -> State:
    """Read the guardrails off the counted days."""
    paired = gathering.by_day(gathering.days(rollout))
    speed = _speed(rollout, [(one, other) for _, one, other in paired])
    if rollout.kind == RolloutKind.SHADOW:
        return State([day for day, _, _ in paired], [], speed)
    rails = [
        _rail(key, [_pair(key, one, other) for _, one, other in paired], limit=rollout.limits[key])
        for key in limits.RATIOS
    ]
    return State([day for day, _, _ in paired], rails, speed)


def _rail(key: str, days: Sequence[Pair], *, limit: float) -> Rail:
    sides = [day.champion for day in days], [day.challenger for day in days]
    events = [sum(n for one in side for _, n in one.events) for side in sides]
    watched = comparing.watch(days, limit=limit, share_of_alarms=1 / len(limits.RATIOS))
    return Rail(key, watched, comparing.sequence(days), *events)


def _pair(key: str, champion: Counts, challenger: Counts) -> Pair:
    """Units of both arms; what was seen by chance counts as much as the day's least likely look would."""
    known = [one["least"] for one in (champion, challenger) if one["least"]]
    least = min(known, default=1.0) if key == "missed" else 1.0
    return Pair(_side(key, champion, least), _side(key, challenger, least))


def _side(key: str, counts: Counts, least: float) -> Side:
    pairs = counts["first"].get(key, [])
    return Side(counts["units"], tuple((min(1.0, least / chance), int(n)) for chance, n in pairs))


def _speed(rollout: Rollout, days: Sequence[tuple[Counts, Counts]]) -> Speed:
    return Speed(
        champion=_milliseconds([one for one, _ in days]),
        challenger=_milliseconds([other for _, other in days]),
        failures=sum(other["failures"] for _, other in days),
        slower=rollout.limits[limits.SLOWER],
        most_failures=rollout.limits[limits.FAILURES],
    )


def _milliseconds(days: Sequence[Counts]) -> float | None:
    images = sum(one["images"] for one in days)
    return sum(one["microseconds"] for one in days) / images / 1000 if images >= FEWEST_IMAGES else None


def check_all(project: Project, *, now: datetime) -> list[Rollout]:
    """Count and check a project's rollouts; returns those that this call stopped."""
    conducting.end_overtaken(project, now=now)
    gathering.refresh(project, now=now)
    running = Rollout.objects.filter(project=project, status=RolloutStatus.RUNNING).order_by("id")
    return [one for one in running if check(one, now=now)]


def check(rollout: Rollout, *, now: datetime) -> bool:
    """Stop a rollout where it has to be; whether this call did."""
    breach = state(rollout).breach
    return breach is not None and _stop(rollout, breach, now=now)


@transaction.atomic
def _stop(rollout: Rollout, breach: dict[str, Any], *, now: datetime) -> bool:
    """Of two that would stop it at once, or a stop and an end by hand, the second finds it ended."""
    ended = conducting.breach(rollout, detail=breach, now=now)
    if ended is None:
        return False
    alerts.raise_for_rollout(ended, detail=breach, now=now)
    log.warning("%s stopped by its guardrail %s.", ended, breach["guardrail"])
    return True


@transaction.atomic
def note_failure(failed: ChallengerFailed, *, now: datetime) -> None:
    """Count a batch that the challenger could not score, and stop its rollout where that was one too many."""
    log.error("The challenger of arm %d could not be asked: %s", failed.arm, failed)
    arm = RolloutArm.objects.select_related("rollout").get(pk=failed.arm)
    scoring.add(arm.pk, failures=1, now=now)
    failures = RolloutScoring.objects.filter(arm=arm).aggregate(n=Sum("failures"))["n"]
    limit = arm.rollout.limits[limits.FAILURES]
    if failures >= limit:
        detail = {"guardrail": limits.FAILURES, "limit": limit, "seen": failures, "error": str(failed)}
        _stop(arm.rollout, detail, now=now)
