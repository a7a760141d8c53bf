"""This will gather the present: what waits, what was decided today, what decides, what failed; and posts day by day.

Pure reading. Numbers of today are counted from the rows, days come from the daily measurements. What a period came to
is another room's: overview.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from annotation import lanes
from annotation.models import Desk
from config.accounts.models import Project
from config.compiled import Compiled, Given, rows
from models_registry.models import Deployment
from moderation.measurement.periods import Period
from moderation.models import (
    DailyMeasurement,
    Delivery,
    DeliveryStatus,
    PolicyStatus,
    PolicyVersion,
    Post,
    PostStatus,
)

TROUBLE_DAYS = 28
FAILURES_SHOWN = 5


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


# What is under way is named by status, so that only these are read of an index, however many posts there are.
_NOW = """
    SELECT EXISTS (SELECT FROM moderation_post WHERE project_id = %(project)s),
        (SELECT measured_at FROM moderation_dailymeasurement
         WHERE project_id = %(project)s AND day <= %(today)s ORDER BY day DESC, id DESC LIMIT 1),
        (SELECT count(*) FROM moderation_post
         WHERE project_id = %(project)s AND status IN ('waiting', 'screening')),
        (SELECT count(*) FROM moderation_post WHERE project_id = %(project)s AND status = 'in_review'),
        decided.n, decided.removals
    FROM (SELECT count(*) AS n, count(*) FILTER (WHERE kind = 'remove') AS removals FROM moderation_decision
          WHERE project_id = %(project)s AND created_at >= %(midnight)s AND reverses_id IS NULL) decided
"""
_DEPLOYED = Compiled(
    lambda: (
        Deployment.objects.filter(detector__project=Given("project"), ended_at__isnull=True)
        .select_related("model_version__detector", "started_by")
        .order_by("id")[:1]
    )
)
_POLICY = Compiled(
    lambda: PolicyVersion.objects.filter(project=Given("project"), status=PolicyStatus.IN_FORCE).order_by("id")[:1]
)


def present(project: Project, *, now: datetime) -> Present:
    """Return how it stands now."""
    today = now.astimezone(UTC).date()
    midnight = datetime.combine(today, datetime.min.time(), tzinfo=UTC)
    [[has_posts, measured_at, *counted]] = rows(_NOW, {"project": project.pk, "today": today, "midnight": midnight})
    return Present(
        has_posts=has_posts,
        work=_work(project, *counted, now=now),
        measured_at=measured_at,
        deployment=_DEPLOYED.first(project=project.pk),
        policy=_POLICY.first(project=project.pk),
        trouble=_trouble(project, now=now),
    )


def _work(project: Project, waiting: int, in_review: int, decided: int, removals: int, *, now: datetime) -> Work:
    at_review = [row for row in lanes.depth(project, now=now) if row["desk"] == Desk.REVIEW]
    return Work(
        waiting=waiting,
        in_review=in_review,
        overdue=sum(row["overdue"] for row in at_review),
        escalated=sum(row["escalated"] for row in at_review),
        decided_today=decided,
        removals_today=removals,
    )


def _failed(project: Any, since: Any) -> QuerySet[Post]:
    return Post.objects.filter(project=project, status=PostStatus.FAILED, received_at__gte=since)


def _undelivered(project: Any, since: Any) -> QuerySet[Delivery]:
    troubled = Q(status=DeliveryStatus.FAILED) | Q(status=DeliveryStatus.PENDING, attempts__gt=0)
    return Delivery.objects.filter(troubled, client__project=project, created_at__gte=since)


_FAILURES = Compiled(lambda: _failed(Given("project"), Given("since")).order_by("-received_at", "-id")[:FAILURES_SHOWN])
_DELIVERIES = Compiled(
    lambda: (
        _undelivered(Given("project"), Given("since"))
        .select_related("post", "client")
        .order_by("-created_at", "-id")[:FAILURES_SHOWN]
    )
)


def _trouble(project: Project, *, now: datetime) -> Trouble:
    since = now - timedelta(days=TROUBLE_DAYS)
    failures = _FAILURES.all(project=project.pk, since=since)
    latest = _DELIVERIES.all(project=project.pk, since=since)
    return Trouble(
        failed=_how_many(_failed(project, since), failures),
        failures=failures,
        webhooks=_how_many(_undelivered(project, since), latest),
        deliveries=latest,
    )


def _how_many(every: QuerySet[Any], first: list[Any]) -> int:
    """Count rows of which the first are read already, most often all there are."""
    return len(first) if len(first) < FAILURES_SHOWN else every.count()


def days(project: Project, period: Period) -> list[dict[str, Any]]:
    """Return one object for each day of a period, oldest first, with zeros where nothing was measured.

    ``people`` are posts that are neither passed, removed by the machine nor failed: people look, or will.
    """
    inside = DailyMeasurement.objects.filter(project=project, day__gte=period.first, day__lte=period.last)
    measured = dict(inside.values_list("day", "counts"))
    every = (period.first + timedelta(days=n) for n in range(period.days))
    return [_day(one, measured.get(one, {})) for one in every]


def _day(day: date, counts: dict[str, int]) -> dict[str, Any]:
    parts = {key: counts.get(key, 0) for key in ("passed", "removed", "failed")}
    posts = counts.get("posts", 0)
    return {"day": day.isoformat(), "posts": posts, "people": max(0, posts - sum(parts.values())), **parts}
