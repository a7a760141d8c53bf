"""This will have photos change under a model version, as the nights count it."""

from datetime import UTC, datetime, timedelta

from django.utils import timezone

from annotation.models import Image
from models_registry.models import ModelVersion
from moderation.watch import again, alerting, references
from tests.browser import house as building
from tests.browser.house import House
from tests.moderation.watched_worlds import replayed, watched


def changed(house: House) -> ModelVersion:
    """A version whose photos became darker three days ago, and that is served otherwise since yesterday."""
    version, now = building.train(house), timezone.now()
    building.post(house, "A cat at night", "A dog", "A horse", "An owl")
    today = now.astimezone(UTC).date()
    for back in range(40, 0, -1):
        watched(version, today - timedelta(days=back), mean=0.32 if back <= 3 else 0.5, posts=400)
    pictures = Image.objects.filter(project=house.project).order_by("id")
    apart = [
        {"image": one.pk, "key": "gruesome", "served": 0.12, "again": 0.4 + 0.1 * n} for n, one in enumerate(pictures)
    ]
    for back in range(40, 0, -1):
        worst = tuple(apart) if back == 1 else ()
        replayed(version, today - timedelta(days=back), now=now, shift=0.9 if back <= 2 else 0.0, worst=worst)
    _look(version, now=now)
    return version


def _look(version: ModelVersion, *, now: datetime) -> None:
    references.fix(version, today=now.astimezone(UTC).date(), now=now)
    again.catch_up(version.detector.project, now=now)
    alerting.raise_all(version.detector.project, now=now)
