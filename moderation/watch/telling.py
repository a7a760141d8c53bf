"""This will tell programs what is watched, in numbers."""

from datetime import UTC, datetime, timedelta
from typing import Any

from config.accounts.models import Project
from models_registry.drift.measures import Difference
from models_registry.models import ModelVersion
from moderation.models import ReplayedDay, WatchedDay, WatchReference
from moderation.watch import alerting, judging, showing

_MEASURES = {judging.EMBEDDING: "standard_deviations", judging.ABOVE: "cohens_h"}
_SKEW = ("images", "missing", "largest", "mean", "beyond", "worst")


def watched(project: Project, *, now: datetime) -> list[dict[str, Any]]:
    """Return each version that was asked lately with its days, the newest version first, the newest day last."""
    return [_version(one, now=now) for one in showing.versions(project, now=now)]


def _version(version: ModelVersion, *, now: datetime) -> dict[str, Any]:
    since = now.astimezone(UTC).date() - timedelta(days=showing.SHOWN_DAYS)
    reference = WatchReference.objects.filter(model_version=version).first()
    again = {one.day: one for one in showing.replayed(version, since=since)}
    days = WatchedDay.objects.filter(model_version=version, day__gte=since).order_by("day")
    return {
        "version": version.pk,
        "name": str(version),
        "reference": reference.kind if reference else None,
        "days": [_day(one, reference, again.get(one.day)) for one in days],
    }


def _day(day: WatchedDay, reference: WatchReference | None, again: ReplayedDay | None) -> dict[str, Any]:
    judged = judging.judge(reference, day, again) if reference else {}
    return {
        "day": day.day,
        "posts": day.posts,
        "flagged": day.flagged,
        "above": day.above,
        "quantities": [_quantity(key, one) for key, one in judged.items() if one],
        "skew": {name: getattr(again, name) for name in _SKEW} | {"is_beyond": alerting.is_skewed(again)}
        if again
        else None,
    }


def _quantity(key: str, found: Difference) -> dict[str, Any]:
    measure = _MEASURES.get(key, "stability_index")
    return judging.told(key, found) | {"measure": measure, "is_beyond": found.is_beyond}
