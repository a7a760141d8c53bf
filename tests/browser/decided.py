"""This will give a house a past: criteria that were set before it, and days that are counted already."""

from datetime import datetime, timedelta

from django.utils import timezone

from config.accounts.models import Role
from moderation import policies
from moderation.go_no_go import criteria
from moderation.go_no_go.criteria import Span, Target
from moderation.measurement.gathering import Side
from moderation.measurement.periods import PartKind
from moderation.models import CriteriaVersion, DailyMeasurement, DayLooks, Direction, Guarded, PolicyMode, PolicyVersion
from tests.browser.house import House

TARGETS = (
    Target("machine_recall", Direction.AT_LEAST, 0.6),
    Target("flag_precision", Direction.AT_LEAST, 0.3),
    Target("missed_per_thousand", Direction.AT_MOST, 3.0),
    Target("overturned_share", Direction.AT_MOST, 0.05),
)
LIMITS = {
    Guarded.MACHINE_RECALL: 0.4,
    Guarded.FLAG_PRECISION: 0.02,
    Guarded.TAKEDOWN_PRECISION: 0.45,
    Guarded.FLAGGED_SHARE: 0.5,
}


def act(house: House, *, now: datetime | None = None) -> PolicyVersion:
    """Put a policy in force under which the machine acts."""
    rules = policies.in_force(house.project).rules
    now = now or timezone.now()
    draft = policies.draft(house.project, mode=PolicyMode.ASSISTED, rules=rules, reason="the machine helps", now=now)
    return policies.put_in_force(draft, now=now)


def hold_to(house: House, *, days_ago: int = 30, days: int = 28) -> CriteriaVersion:
    """Set criteria as they would have been set so many days ago."""
    then = timezone.now() - timedelta(days=days_ago + 1)
    return criteria.set_criteria(
        house.project,
        span=Span(then.date() + timedelta(days=1), days=days),
        targets=TARGETS,
        limits=LIMITS,
        reason="What the company asked for.",
        by=house.people[Role.MANAGER],
        now=then,
    )


def count_days(house: House, *, days_ago: int = 30, n: int = 31, found_every: int = 6, right: int = 26) -> None:
    """Write down what each day came to: 40 flags of 4,000 posts, and now and then a miss that audits found."""
    today = timezone.now().date()
    for number in range(n):
        day = today - timedelta(days=days_ago - number)
        found = int(number % found_every == 0)
        whole = {"project": house.project, "day": day, "part": PartKind.ALL, "value": "", "lost": 0}
        DayLooks.objects.create(
            **whole, side=Side.FLAGGED, stratum="flagged", probability=1.0, posts=40, score_sum=32, drawn=40,
            answered=40, found=right,
        )  # fmt: skip
        DayLooks.objects.create(
            **whole, side=Side.PASSED, stratum="s1", probability=0.05, posts=3960, score_sum=39.6, drawn=198,
            answered=198, found=found,
        )  # fmt: skip
        DailyMeasurement.objects.create(
            project=house.project, day=day, counts={}, metrics={}, measured_at=timezone.now()
        )
