"""This will gather what the dashboard shows: what waits, what was decided, what can be trusted, what failed.

Pure reading. Numbers of today are counted from the rows; the past and the metrics come from the daily measurements.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from annotation import lanes
from annotation.models import Desk
from config.accounts.models import Project
from models_registry.models import Deployment
from moderation.models import (
    DailyMeasurement,
    Decision,
    DecisionKind,
    Delivery,
    DeliveryStatus,
    PolicyStatus,
    PolicyVersion,
    Post,
    PostStatus,
)

DAYS_SHOWN = 28
FAILURES_SHOWN = 5


@dataclass(frozen=True)
class Share:
    """A metric in percent with its 95 % interval; show ``estimate`` only where ``is_enough``.

    ``finds`` of ``looks`` are what it rests on, from ``since`` to ``until``, both included.
    """

    estimate: float | None
    low: float | None
    high: float | None
    finds: int
    looks: int
    is_enough: bool
    since: date | None
    until: date | None

    @property
    def width(self) -> float:
        return (self.high or 0.0) - (self.low or 0.0)


@dataclass(frozen=True)
class Work:
    """How many posts and jobs are in which state now, and what people and the machine decided today."""

    waiting: int
    in_review: int
    overdue: int
    escalated: int
    decided_today: int
    removals_today: int


@dataclass(frozen=True)
class Trouble:
    """Posts that failed in the days shown, and webhooks that do not arrive."""

    failed: int
    failures: list[Post]
    webhooks: int
    deliveries: list[Delivery]


@dataclass(frozen=True)
class Overview:
    has_posts: bool
    work: Work
    flag_precision: Share | None
    machine_recall: Share | None
    looks_still_needed: int | None
    measured_at: datetime | None
    deployment: Deployment | None
    policy: PolicyVersion | None
    trouble: Trouble


def overview(project: Project, *, now: datetime) -> Overview:
    """Return everything on the dashboard but its bars."""
    newest = DailyMeasurement.objects.filter(project=project, day__lte=now.date()).order_by("-day", "-id").first()
    metrics = newest.metrics if newest else {}
    current = Deployment.objects.filter(detector__project=project, ended_at__isnull=True)
    return Overview(
        has_posts=Post.objects.filter(project=project).exists(),
        work=_work(project, now=now),
        flag_precision=_share(metrics.get("flag_precision")),
        machine_recall=_share(metrics.get("machine_recall")),
        looks_still_needed=metrics.get("looks_still_needed"),
        measured_at=newest.measured_at if newest else None,
        deployment=current.select_related("model_version__detector", "started_by").order_by("id").first(),
        policy=PolicyVersion.objects.filter(project=project, status=PolicyStatus.IN_FORCE).first(),
        trouble=_trouble(project, now=now),
    )


def _share(metric: dict[str, Any] | None) -> Share | None:
    if metric is None:
        return None
    return Share(
        estimate=_percent(metric["estimate"]),
        low=_percent(metric["low"]),
        high=_percent(metric["high"]),
        finds=metric["finds"],
        looks=metric["looks"],
        is_enough=bool(metric["enough"]) and metric["estimate"] is not None,
        since=date.fromisoformat(metric["from"]) if metric.get("from") else None,
        until=date.fromisoformat(metric["to"]) if metric.get("to") else None,
    )


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _work(project: Project, *, now: datetime) -> Work:
    posts = Post.objects.filter(project=project).aggregate(
        waiting=Count("pk", filter=Q(status__in=[PostStatus.WAITING, PostStatus.SCREENING])),
        in_review=Count("pk", filter=Q(status=PostStatus.IN_REVIEW)),
    )
    at_review = [row for row in lanes.depth(project, now=now) if row["desk"] == Desk.REVIEW]
    decided = _today(project, now=now).aggregate(
        decided_today=Count("pk"), removals_today=Count("pk", filter=Q(kind=DecisionKind.REMOVE))
    )
    return Work(
        **posts,
        **decided,
        overdue=sum(row["overdue"] for row in at_review),
        escalated=sum(row["escalated"] for row in at_review),
    )


def _today(project: Project, *, now: datetime) -> QuerySet[Decision]:
    start = datetime.combine(now.astimezone(UTC).date(), datetime.min.time(), tzinfo=UTC)
    return Decision.objects.filter(project=project, created_at__gte=start, reverses__isnull=True)


def _trouble(project: Project, *, now: datetime) -> Trouble:
    since = now - timedelta(days=DAYS_SHOWN)
    failed = Post.objects.filter(project=project, status=PostStatus.FAILED, received_at__gte=since)
    troubled = Q(status=DeliveryStatus.FAILED) | Q(status=DeliveryStatus.PENDING, attempts__gt=0)
    deliveries = Delivery.objects.filter(troubled, client__project=project, created_at__gte=since)
    return Trouble(
        failed=failed.count(),
        failures=list(failed.order_by("-received_at", "-id")[:FAILURES_SHOWN]),
        webhooks=deliveries.count(),
        deliveries=list(deliveries.select_related("post", "client").order_by("-created_at", "-id")[:FAILURES_SHOWN]),
    )


def days(project: Project, *, now: datetime) -> list[dict[str, Any]]:
    """Return one object for each of the last 28 days, oldest first, with zeros where nothing was measured.

    ``people`` are posts that are neither passed, removed by the machine nor failed: people look, or will.
    """
    today = now.astimezone(UTC).date()
    first = today - timedelta(days=DAYS_SHOWN - 1)
    rows = DailyMeasurement.objects.filter(project=project, day__gte=first, day__lte=today)
    measured = {row.day: row.counts for row in rows}
    return [_day(one, measured.get(one, {})) for one in (first + timedelta(days=n) for n in range(DAYS_SHOWN))]


def _day(day: date, counts: dict[str, int]) -> dict[str, Any]:
    parts = {key: counts.get(key, 0) for key in ("passed", "removed", "failed")}
    posts = counts.get("posts", 0)
    return {"day": day.isoformat(), "posts": posts, "people": max(0, posts - sum(parts.values())), **parts}
