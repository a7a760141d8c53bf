"""This will make the rounds of the watch: every hour what was counted, every night what is scored again."""

from datetime import UTC, date, datetime

from config.accounts.models import Project
from models_registry.models import ModelVersion
from moderation.models import ReplayedDay, WatchedDay
from moderation.watch import again, alerting, gathering, references


def by_hour(project: Project, *, now: datetime) -> list[date]:
    """Count the days that are not counted yet, fix references, and raise alerts; returns the counted days."""
    days = gathering.refresh(project, now=now)
    today = now.astimezone(UTC).date()
    versions = WatchedDay.objects.filter(project=project, day__in=days).values("model_version")
    for version in ModelVersion.objects.filter(pk__in=versions).select_related("detector", "dataset").order_by("id"):
        references.fix(version, today=today, now=now)
    alerting.raise_all(project, now=now)
    return days


def by_night(project: Project, *, now: datetime) -> list[ReplayedDay]:
    """Score samples of the days that are over again, and raise alerts. Loads onnxruntime."""
    by_hour(project, now=now)
    made = again.catch_up(project, now=now)
    alerting.raise_all(project, now=now)
    return made
