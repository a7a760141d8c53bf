"""This will say what waits and how fast it goes, at both bottlenecks, and what a number of posts a day would need.

What waits over time comes from samples (moderation/queue_samples), what is done from daily rows and hourly counts. The
planner (moderation/queues/staffing) works from the four weeks before today, whatever period a page shows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Count, DateTimeField, ExpressionWrapper, F, IntegerField, Max, Q, Sum
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, TruncDay, TruncHour

from annotation.models import Purpose
from config.accounts.models import Project
from models_registry import deployment
from moderation import policies, policy
from moderation.costs import looks, reading
from moderation.costs.reading import Used
from moderation.measurement.periods import Period
from moderation.models import DailyOutput, QueueSample, ScreeningEffort
from moderation.queues import samples as queue_samples
from moderation.queues import staffing
from moderation.queues.staffing import Kind, Plan, Wish
from moderation.statistics.intervals import Amount

PLANNED_DAYS = 28
# Beyond so many days a chart shows the first sample of an hour, and beyond more, of some hours a day.
ALL_SAMPLES_DAYS = 2
MOST_POINTS = 340
HOURLY_RATES_DAYS = 8
_STEPS = (1, 2, 3, 4, 6, 8, 12, 24)
_FLOWS = ("received", "screened", "opened", "finished", "answered")


@dataclass(frozen=True)
class Flow:
    """What one hour or day brought and what was finished in it: posts, questions, answers; ``hours`` were counted."""

    at: datetime
    hours: int
    received: int
    screened: int
    opened: int
    finished: int
    answered: int


@dataclass(frozen=True)
class Queues:
    """What waits ``now`` in each lane, what waited (``samples``), and ``flows`` by the hour, or by the day of a long
    period. ``posts_an_hour`` are what one screening worker does."""

    now: Sequence[dict[str, Any]]
    samples: Sequence[QueueSample]
    flows: Sequence[Flow]
    is_hourly: bool
    posts_an_hour: Amount | None


def queues(project: Project, period: Period, *, now: datetime) -> Queues:
    """Return what waits and waited, and how fast it went. Reads samples of at most some hundred moments."""
    is_hourly = period.days <= HOURLY_RATES_DAYS
    seconds = _seconds_a_post(project, period)
    return Queues(
        now=queue_samples.waiting(project, now=now),
        samples=_samples(project, period),
        flows=_flows(project, period, is_hourly=is_hourly),
        is_hourly=is_hourly,
        posts_an_hour=_per_hour(seconds),
    )


def _samples(project: Project, period: Period) -> list[QueueSample]:
    """Return as many samples as a chart can show, and always the newest."""
    inside = QueueSample.objects.filter(project=project, at__gte=period.start, at__lt=period.end)
    some = Q(flows__isnull=False) if period.days > ALL_SAMPLES_DAYS else Q(pk__isnull=False)
    step = next((one for one in _STEPS if period.days * 24 / one <= MOST_POINTS), _STEPS[-1])
    if step > 1:
        some &= Q(at__hour__in=range(0, 24, step))
    newest = inside.order_by("-at").values("pk")[:1]
    return list(inside.filter(some | Q(pk__in=newest)).defer("flows").order_by("at"))


def _flows(project: Project, period: Period, *, is_hourly: bool) -> list[Flow]:
    """Add up what the first sample of each hour says of the hour before it."""
    hour = timedelta(hours=1)
    inside = QueueSample.objects.filter(project=project, at__gte=period.start + hour, at__lt=period.end + hour)
    counted = ExpressionWrapper(F("at") - hour, output_field=DateTimeField())
    truncated: Any = TruncHour(counted) if is_hourly else TruncDay(counted)
    sums = {name: Sum(Cast(KeyTextTransform(name, "flows"), IntegerField())) for name in _FLOWS}
    hourly: Any = inside.filter(flows__isnull=False).annotate(of=truncated).values("of")
    rows = hourly.annotate(hours=Count("pk"), **sums).order_by("of")
    return [Flow(row["of"], row["hours"], **{name: row[name] or 0 for name in _FLOWS}) for row in rows]


def _seconds_a_post(project: Project, period: Period) -> Amount | None:
    """Return what a post takes one screening worker; hours, or days of a long period, are the clusters of it."""
    hours = ScreeningEffort.objects.filter(project=project, hour__gte=period.start, hour__lt=period.end, posts__gt=0)
    unit: Any = TruncHour("hour") if period.days <= HOURLY_RATES_DAYS else TruncDay("hour")
    grouped: Any = hours.annotate(of=unit).values("of")
    sums = grouped.annotate(took=Sum("milliseconds"), n=Sum("posts")).order_by("of")
    pairs = [(row["took"], row["n"]) for row in sums]
    found = staffing.ratio([one / 1000 for one, _ in pairs], [posts for _, posts in pairs])
    return found if found and found.estimate > 0 else None


def _per_hour(seconds: Amount | None) -> Amount | None:
    if seconds is None:
        return None
    most = 3600 / seconds.low if seconds.low > 0 else float("inf")
    return Amount(3600 / seconds.estimate, 3600 / seconds.high, most)


@dataclass(frozen=True)
class Basis:
    """What plans rest on: the posts of some days, the work they made, and how posts go through screening."""

    first: date
    last: date
    posts: Sequence[int]
    kinds: Sequence[Kind]
    seconds_a_post: Amount | None
    peak: float

    @property
    def posts_a_day(self) -> int:
        known = [n for n in self.posts if n]
        return round(sum(known) / len(known)) if known else 0


def basis(project: Project, *, now: datetime) -> Basis:
    """Gather what plans rest on, from the 28 days before today."""
    today = now.astimezone(UTC).date()
    period = Period.of_days(today - timedelta(days=PLANNED_DAYS), today - timedelta(days=1))
    days = [period.first + timedelta(days=n) for n in range(PLANNED_DAYS)]
    came = dict(DailyOutput.objects.filter(project=project, day__in=days).values_list("day", "posts"))
    used = reading.used(project, first=period.first, last=period.last)
    return Basis(
        first=period.first,
        last=period.last,
        posts=[came.get(day, 0) for day in days],
        kinds=_kinds(project, used, days),
        seconds_a_post=_seconds_a_post(project, period),
        peak=_peak(project, period),
    )


def plan(known: Basis, wish: Wish) -> Plan | None:
    """Return what a wish needs; None where too little is known to say."""
    return staffing.plan(
        wish, kinds=known.kinds, posts=known.posts, seconds_a_post=known.seconds_a_post, peak=known.peak
    )


def _kinds(project: Project, used: Sequence[Used], days: Sequence[date]) -> list[Kind]:
    """Return the kinds of work there were, or has a budget; what nobody timed takes as long as a look at a post."""
    usual, found = looks.at_posts(used), []
    budgets = _budgets(project)
    for purpose in Purpose.values:
        counts = dict.fromkeys(days, 0)
        for row in used:
            if row.source == purpose:
                counts[row.day] += row.rows
        look = looks.mean(used, purpose) or usual
        budget = budgets.get(purpose)
        if look is None or not (budget or any(counts.values())):
            continue
        if budget is not None:
            # More are asked where answers differ, and where people answered more than the budget that is what it takes.
            active = [n for n in counts.values() if n]
            budget = max(budget, sum(active) / len(active) if active else 0.0)
        found.append(Kind(purpose, list(counts.values()), look.seconds, budget))
    return found


def _budgets(project: Project) -> dict[str, float]:
    """Return how many looks a day are wanted of what does not grow with the posts."""
    try:
        rules = policies.in_force(project).rules
    except policies.NoPolicy:
        return {}
    found = {str(Purpose.AUDIT): float(rules["audit"]["looks_per_day"]) + policy.view_looks(rules)}
    if deployment.champion_of(project):
        found[str(Purpose.LABEL)] = float(project.labels_per_day)
    return found


def _peak(project: Project, period: Period) -> float:
    """Return how many times as many posts came in the busiest hour as in the mean one; 1 where nobody counted."""
    hours = ScreeningEffort.objects.filter(project=project, hour__gte=period.start, hour__lt=period.end)
    found = hours.aggregate(most=Max("posts"), posts=Sum("posts"))
    days = hours.dates("hour", "day").count()
    mean = found["posts"] / (24 * days) if days else 0
    return max(1.0, found["most"] / mean) if mean else 1.0
