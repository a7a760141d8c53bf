"""This will gather the present: what waits, what was decided today, what decides, what failed; and posts day by day.

Pure reading. Numbers of today are counted from the rows, days come from the daily measurements. What a period came to
is another room's: overview.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from annotation import lanes
from annotation.models import Desk
from config.accounts.models import Project
from models_registry.models import Deployment
from moderation.measurement.periods import Period
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

TROUBLE_DAYS = 28
FAILURES_SHOWN = 5
UNDER_WAY = (PostStatus.WAITING, PostStatus.SCREENING, PostStatus.IN_REVIEW)


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
class Present:
    """How it stands now; ``measured_at`` is when a day was counted last."""

    has_posts: bool
    work: Work
    measured_at: datetime | None
    deployment: Deployment | None
    policy: PolicyVersion | None
    trouble: Trouble


def present(project: Project, *, now: datetime) -> Present:
    """Return how it stands now."""
    newest = DailyMeasurement.objects.filter(project=project, day__lte=now.date()).order_by("-day", "-id")
    current = Deployment.objects.filter(detector__project=project, ended_at__isnull=True)
    return Present(
        has_posts=Post.objects.filter(project=project).exists(),
        work=_work(project, now=now),
        measured_at=newest.values_list("measured_at", flat=True).first(),
        deployment=current.select_related("model_version__detector", "started_by").order_by("id").first(),
        policy=PolicyVersion.objects.filter(project=project, status=PolicyStatus.IN_FORCE).first(),
        trouble=_trouble(project, now=now),
    )


def _work(project: Project, *, now: datetime) -> Work:
    # Named by status, so that only these are read of an index, however many posts there are.
    under_way = Post.objects.filter(project=project, status__in=UNDER_WAY).order_by()
    posts = dict(under_way.values_list("status").annotate(n=Count("pk")))
    at_review = [row for row in lanes.depth(project, now=now) if row["desk"] == Desk.REVIEW]
    decided = _today(project, now=now).aggregate(
        decided_today=Count("pk"), removals_today=Count("pk", filter=Q(kind=DecisionKind.REMOVE))
    )
    return Work(
        waiting=posts.get(PostStatus.WAITING, 0) + posts.get(PostStatus.SCREENING, 0),
        in_review=posts.get(PostStatus.IN_REVIEW, 0),
        **decided,
        overdue=sum(row["overdue"] for row in at_review),
        escalated=sum(row["escalated"] for row in at_review),
    )


def _today(project: Project, *, now: datetime) -> QuerySet[Decision]:
    start = datetime.combine(now.astimezone(UTC).date(), datetime.min.time(), tzinfo=UTC)
    return Decision.objects.filter(project=project, created_at__gte=start, reverses__isnull=True)


def _trouble(project: Project, *, now: datetime) -> Trouble:
    since = now - timedelta(days=TROUBLE_DAYS)
    failed = Post.objects.filter(project=project, status=PostStatus.FAILED, received_at__gte=since)
    troubled = Q(status=DeliveryStatus.FAILED) | Q(status=DeliveryStatus.PENDING, attempts__gt=0)
    deliveries = Delivery.objects.filter(troubled, client__project=project, created_at__gte=since)
    failures = list(failed.order_by("-received_at", "-id")[:FAILURES_SHOWN])
    latest = list(deliveries.select_related("post", "client").order_by("-created_at", "-id")[:FAILURES_SHOWN])
    return Trouble(
        failed=_how_many(failed, failures),
        failures=failures,
        webhooks=_how_many(deliveries, latest),
        deliveries=latest,
    )


def _how_many(every: QuerySet[Any], first: list[Any]) -> int:
    """Count rows of which the first are read already, most often all there are."""
    return len(first) if len(first) < FAILURES_SHOWN else every.count()


def days(project: Project, period: Period) -> list[dict[str, Any]]:
    """Return one object for each day of a period, oldest first, with zeros where nothing was measured.

    ``people`` are posts that are neither passed, removed by the machine nor failed: people look, or will.
    """
    rows = DailyMeasurement.objects.filter(project=project, day__gte=period.first, day__lte=period.last)
    measured = dict(rows.values_list("day", "counts"))
    every = (period.first + timedelta(days=n) for n in range(period.days))
    return [_day(one, measured.get(one, {})) for one in every]


def _day(day: date, counts: dict[str, int]) -> dict[str, Any]:
    parts = {key: counts.get(key, 0) for key in ("passed", "removed", "failed")}
    posts = counts.get("posts", 0)
    return {"day": day.isoformat(), "posts": posts, "people": max(0, posts - sum(parts.values())), **parts}
