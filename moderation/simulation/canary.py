"""This will try a challenger in the middle of a season, and say at its end what was measured of it and what was true.

In the middle of the days a version is trained and not deployed: a canary gives it a share of the images until the last
day with posts, as an engineer would (by images, for a season has few posters). It ends as what was measured says:
promoted, unless a guardrail has stopped it or something is worse by more than noise. A version that the gate refuses is
tried by force, for a season is there to measure; its scorecard stays beside it.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from config.accounts.models import Project, User
from models_registry import deployment
from models_registry.models import GateOutcome, ModelVersion, Scorecard
from moderation.measurement.catalog import METRIC
from moderation.measurement.periods import Period
from moderation.models import Rollout, RolloutKind, RolloutStatus, RolloutUnit
from moderation.rollouts import conducting, gathering, guardrails, showing
from moderation.rollouts.conducting import Wish
from moderation.simulation import truth
from moderation.statistics import comparison
from moderation.statistics.intervals import Scope
from moderation.statistics.sufficiency import Interval

BY_FORCE = "tried by force: the canary measures what the gate could not let through"
WORSE = "worse"


class Canary:
    """The canary of a season; ``rollout`` once it has begun."""

    def __init__(self, project: Project, *, share: float, engineer: User, seed: int) -> None:
        self.project = project
        self.salt = hashlib.sha256(f"canary {seed}".encode()).digest()
        self.share = share
        self.engineer = engineer
        self.rollout: Rollout | None = None

    def begin(self, challenger: ModelVersion, *, now: datetime) -> None:
        """Try a version; nothing where no champion decides that it could be tried beside."""
        champion = deployment.champion_of(self.project)
        if champion is None or champion == challenger:
            return
        self._let_through(challenger, champion, now=now)
        why = "retrained in the middle of the season"
        wish = Wish(RolloutKind.CANARY, why, unit=RolloutUnit.IMAGE, share=self.share, salt=self.salt)
        self.rollout = conducting.start(challenger, wish, by=self.engineer, now=now)

    def _let_through(self, challenger: ModelVersion, champion: ModelVersion, *, now: datetime) -> None:
        card = deployment.standing_scorecard(challenger)
        if card is None or card.outcome == GateOutcome.FAIL or card.champion != champion:
            card = Scorecard.objects.create(
                model_version=challenger,
                champion=champion,
                checks=[],
                outcome=GateOutcome.NOT_ENOUGH_DATA,
                created_at=now,
            )
        if card.outcome == GateOutcome.NOT_ENOUGH_DATA:
            deployment.waive(card, by=self.engineer, reason=BY_FORCE, now=now)

    def watch(self, *, now: datetime) -> None:
        """Count the arms and have the guardrails look; what is measured has been counted before."""
        if self.rollout is not None:
            guardrails.check_all(self.project, now=now)

    def end(self, *, now: datetime) -> None:
        """Promote or discard, as what was measured says."""
        if self.rollout is None:
            return
        self.rollout.refresh_from_db()
        if self.rollout.status != RolloutStatus.RUNNING:
            return
        worse = [row.title for row in showing.page(self.rollout, now=now).rows if row.said == WORSE]
        if worse:
            reason = f"worse by more than noise: {', '.join(worse)}"
            conducting.discard(self.rollout, by=self.engineer, reason=reason, now=now)
        else:
            conducting.promote(self.rollout, by=self.engineer, reason="nothing is worse", now=now)

    def report(self, *, answers: Mapping[str, bool], views: Mapping[str, int], now: datetime) -> dict[str, Any] | None:
        """Say of each arm, and of the difference, what was measured and what was true; None where nothing was tried."""
        if self.rollout is None:
            return None
        gathering.count(self.rollout, now=now)
        self.rollout.refresh_from_db()
        arms = {one.name: one for one in self.rollout.arms.select_related("model_version")}
        measured = {
            name: showing.intervals_of(arm, self.rollout, scope=Scope.PERIOD, now=now) for name, arm in arms.items()
        }
        period = Period(self.rollout.started_at, now)
        true = {
            name: truth.metrics(
                truth.facts(self.project, period, answers=answers, views=views, arm=arm), hours_allowed=24.0
            )
            for name, arm in arms.items()
        }
        return {
            "share": self.share,
            "status": str(self.rollout.status),
            "champion": arms["champion"].model_version.number,
            "challenger": arms["challenger"].model_version.number,
            "events": [
                {"kind": one.kind, "reason": one.reason, "detail": one.detail} for one in self.rollout.events.all()
            ],
            "metrics": [_metric(key, measured, true) for key in showing.METRICS if key in measured["challenger"]],
            "ratios": [
                {"key": one.key, "low": one.last.low, "high": one.last.high, "fired": one.watch.fired_on is not None}
                for one in guardrails.state(self.rollout).rails
            ],
        }


def _metric(
    key: str, measured: Mapping[str, Mapping[str, Interval]], true: Mapping[str, Mapping[str, float | None]]
) -> dict[str, Any]:
    mine, theirs = measured["champion"][key], measured["challenger"][key]
    change = comparison.difference(theirs, mine)
    ends = true["champion"][key], true["challenger"][key]
    known = None if ends[0] is None or ends[1] is None else ends[1] - ends[0]
    return {
        "metric": key,
        "title": str(METRIC[key].title),
        "champion": _beside(mine.estimate, mine.low, mine.high, true=ends[0]),
        "challenger": _beside(theirs.estimate, theirs.low, theirs.high, true=ends[1]),
        "difference": _beside(change.estimate, change.low, change.high, true=known),
    }


def _beside(estimate: float | None, low: float | None, high: float | None, *, true: float | None) -> dict[str, Any]:
    is_known = None not in (low, high, true)
    slack = 5e-4 * abs(true or 0.0)
    is_inside = low - slack <= true <= high + slack if is_known else None  # type: ignore[operator]
    return {"true": true, "estimate": estimate, "low": low, "high": high, "is_inside": is_inside}
