"""This will tell whoever answers for the models what the watch found, once.

An alert stands on every page of the project until somebody has seen it (`rollouts.alerts`). Each quantity of a version
is told of once: not again while its alert stands, and for a week after it was seen.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from config.accounts.models import Project
from models_registry.drift import skew
from models_registry.models import ModelVersion
from models_registry.registry import lock
from moderation.models import ModelAlert, ReplayedDay, WatchedDay, WatchFinding, WatchReference
from moderation.rollouts.alerts import AGAIN_AFTER
from moderation.watch import judging

# Days older than this are history, and no reason to alert anybody.
LATELY_DAYS = 3


def raise_all(project: Project, *, now: datetime) -> list[WatchFinding]:
    """Judge the last days that are over, and raise an alert for each version about what people do not know yet."""
    today = now.astimezone(UTC).date()
    since = today - timedelta(days=LATELY_DAYS)
    days = WatchedDay.objects.filter(project=project, day__gte=since, day__lt=today)
    found = []
    for one in days.select_related("model_version__detector").order_by("day", "model_version_id"):
        raised = _raise(project, one.model_version, one.day, _beyond(one), now=now)
        found += [raised] if raised else []
    return found


def _beyond(day: WatchedDay) -> list[dict[str, Any]]:
    again = ReplayedDay.objects.filter(model_version=day.model_version_id, day=day.day).first()
    reference = WatchReference.objects.filter(model_version=day.model_version_id).first()
    judged = judging.judge(reference, day, again) if reference else {}
    drifted = [judging.told(key, one) for key, one in judged.items() if one and one.is_beyond]
    return drifted + (_skew(again) if again else [])


def _skew(again: ReplayedDay) -> list[dict[str, Any]]:
    if not is_skewed(again):
        return []
    share = again.beyond / again.images
    return [{"key": judging.SKEW, "value": share, "bound": skew.SHARE_LIMIT, "largest": again.largest}]


def is_skewed(again: ReplayedDay) -> bool:
    """Say whether serving and training disagree about more images of a day's sample than may have a fault each."""
    found = skew.Skew(again.images, again.missing, again.largest, again.mean, again.beyond, ())
    return found.is_beyond


@transaction.atomic
def _raise(
    project: Project, version: ModelVersion, day: date, beyond: Sequence[dict[str, Any]], *, now: datetime
) -> WatchFinding | None:
    """Write a finding and its alert about what is new; two at once take turns."""
    if not beyond:
        return None
    lock(project)
    new = [one for one in beyond if one["key"] not in _known(version, now=now)]
    if not new:
        return None
    finding = WatchFinding.objects.create(
        project=project, model_version=version, day=day, quantities=new, created_at=now
    )
    ModelAlert.objects.create(project=project, finding=finding, created_at=now)
    return finding


def _known(version: ModelVersion, *, now: datetime) -> set[str]:
    """The quantities of a version of which people have been told, and that they may still be busy with."""
    mine = ModelAlert.objects.filter(finding__model_version=version)
    fresh = mine.filter(Q(seen_at__isnull=True) | Q(seen_at__gte=now - AGAIN_AFTER))
    return {one["key"] for told in fresh.values_list("finding__quantities", flat=True) for one in told}
