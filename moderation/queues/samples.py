"""This will write down every few minutes what waits, so that one can see later how queues grew and shrank.

A sample of every five minutes is kept for three days, and after that the first of each hour: two years of a project are
18,000 rows. The first sample of an hour also counts what the hour before it brought and what was finished in it, in
posts, questions and answers, so that rates over a long time are sums of a few rows.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min

from annotation import lanes
from annotation.models import Desk, Label, Question, QuestionStatus
from config.accounts.models import Project, Role
from moderation.models import Post, PostStatus, QueueSample, ScreeningEffort

MINUTES = 5
KEPT_DAYS = 3
_UNSCREENED = [PostStatus.WAITING, PostStatus.SCREENING]


def write_all(projects: Iterable[Project], *, now: datetime) -> int:
    """Sample every project, and let go of what is too old to be kept that closely; returns how many were written."""
    written = sum(write(project, now=now) for project in projects)
    old = QueueSample.objects.filter(at__lt=now - timedelta(days=KEPT_DAYS), flows__isnull=True)
    old.delete()
    return written


def write(project: Project, *, now: datetime) -> bool:
    """Sample what waits now; returns False where these five minutes have their sample already."""
    at = now.replace(minute=now.minute // MINUTES * MINUTES, second=0, microsecond=0)
    hour = at.replace(minute=0)
    if QueueSample.objects.filter(project=project, at=at).exists():
        return False
    has_flows = QueueSample.objects.filter(project=project, at__gte=hour, flows__isnull=False).exists()
    posts = Post.objects.filter(project=project, status__in=_UNSCREENED).aggregate(
        n=Count("pk"), oldest=Min("received_at")
    )
    sample = QueueSample(
        project=project,
        at=at,
        lanes=waiting(project, now=now),
        posts_waiting=posts["n"],
        oldest_post_seconds=max(0, int((now - posts["oldest"]).total_seconds())) if posts["oldest"] else None,
        flows=None if has_flows else flows(project, hour - timedelta(hours=1), hour),
    )
    return bool(QueueSample.objects.bulk_create([sample], ignore_conflicts=True))


def waiting(project: Project, *, now: datetime) -> list[dict[str, Any]]:
    """Return what waits in every lane of every desk, escalated jobs too; lanes in which nothing waits are left out."""
    return [
        {
            "desk": str(desk),
            "lane": lane.key,
            "waiting": lane.waiting,
            "overdue": lane.overdue,
            "oldest_seconds": lane.oldest_seconds,
        }
        for desk in Desk
        for lane in lanes.waiting(project, desk=desk, roles=(Role.MANAGER,), now=now)
        if lane.waiting
    ]


def flows(project: Project, start: datetime, end: datetime) -> dict[str, int]:
    """Count what came in some hours and what was done: posts, questions, and answers to them."""
    questions = Question.objects.filter(project=project)
    over = questions.filter(status__in=[QuestionStatus.SETTLED, QuestionStatus.CLOSED])
    answers = Label.objects.filter(question__project=project, created_at__gte=start, created_at__lt=end)
    screened = ScreeningEffort.objects.filter(project=project, hour__gte=start, hour__lt=end)
    return {
        "received": Post.objects.filter(project=project, received_at__gte=start, received_at__lt=end).count(),
        "screened": sum(screened.values_list("posts", flat=True)),
        "opened": questions.filter(opened_at__gte=start, opened_at__lt=end).count(),
        "finished": over.filter(finished_at__gte=start, finished_at__lt=end).count(),
        "answered": answers.count(),
    }
