"""This will hold a season to criteria that are set before it, and have the guard watch it as the beat would.

The targets are what a sane manager would ask for who knows how frequent violations are, and nothing else.
"""

from datetime import datetime, timedelta
from typing import Any

from config.accounts.models import Membership, Role, User
from moderation import go_no_go, policies
from moderation.go_no_go import criteria, deciding, guard
from moderation.go_no_go.criteria import Span, Target
from moderation.go_no_go.deciding import Wish
from moderation.go_no_go.judging import Recommendation
from moderation.measurement import Period, daily
from moderation.models import Alert, Direction, PeriodDecision, PeriodOutcome, PolicyVersion
from moderation.simulation.plan import Plan, midnight


class Judgement:
    """A season's criteria, their manager, and the ``alert`` by which the guard stopped the machine, if it did."""

    def __init__(self, plan: Plan, *, policy: PolicyVersion, now: datetime) -> None:
        self.project = policy.project
        self.alert: Alert | None = None
        self.manager = User.objects.create(username=f"{self.project.slug}-manager")
        Membership.objects.create(user=self.manager, project=self.project, role=Role.MANAGER)
        self.criteria = criteria.set_criteria(
            self.project,
            span=Span(midnight(1).date(), last=midnight(plan.days).date()),
            targets=targets(plan.prevalence),
            limits=criteria.default_limits(policy),
            reason="before the season",
            by=self.manager,
            now=now,
        )

    def watch(self, *, now: datetime) -> None:
        """Count what has changed, and have the guard look."""
        daily.refresh_stale(self.project, now=now)
        self.alert = guard.check(self.project, now=now) or self.alert

    def conclude(self, period: Period, *, now: datetime) -> dict[str, Any]:
        """Judge each criterion, and have the manager decide as is recommended; returns that, and what the guard did."""
        found = go_no_go.evaluate(self.project, self.criteria, period, now=now)
        wish = _wish(found.recommendation, after=deciding.newest(self.project), period=period)
        deciding.decide(self.project, self.criteria, period, wish=wish, by=self.manager, now=now)
        return {
            "criteria": [_criterion(one) for one in found.judged],
            "recommendation": str(found.recommendation),
            "mode": str(policies.in_force(self.project).mode),
            "guard": _alert(self.alert),
        }


def _wish(recommended: Recommendation, *, after: PeriodDecision | None, period: Period) -> Wish:
    return Wish(
        outcome=PeriodOutcome(recommended.value),
        reason="as recommended",
        after=after.pk if after else 0,
        saw=str(recommended),
        plan="train on what this season taught" if recommended == Recommendation.GO else "",
        until=period.last + timedelta(days=period.days) if recommended == Recommendation.EXTEND else None,
        accepts_open=True,
    )


def targets(prevalence: float) -> list[Target]:
    """Return what to ask for where so large a share of posts violates.

    Whoever flags at random has a flag precision of the prevalence; the machine should do three times better. At most a
    quarter of the violations may be missed, and at most half as large a share of the views may fall on violations as
    would if nobody did anything.
    """
    at_least, at_most = Direction.AT_LEAST, Direction.AT_MOST
    return [
        Target("takedown_precision", at_least, 0.8),
        Target("flag_precision", at_least, min(0.5, 3 * prevalence)),
        Target("machine_recall", at_least, 0.75),
        Target("system_recall", at_least, 0.7),
        Target("missed_per_thousand", at_most, 250 * prevalence),
        Target("violating_view_rate", at_most, prevalence / 2),
        Target("complaints_per_thousand_views", at_most, 1.0),
        Target("hours_to_action", at_most, 12.0),
        Target("overturned_share", at_most, 0.2),
    ]


def _criterion(one: go_no_go.Judged) -> dict[str, Any]:
    interval = one.interval
    return {
        "metric": one.criterion.metric,
        "direction": one.criterion.direction,
        "target": one.criterion.target,
        "low": interval.low if interval else None,
        "high": interval.high if interval else None,
        "judgement": str(one.judgement),
    }


def _alert(alert: Alert | None) -> dict[str, Any] | None:
    if alert is None:
        return None
    return {"guarded": alert.guarded, "limit": alert.limit, "bound": alert.bound, "day": alert.day.isoformat()}
