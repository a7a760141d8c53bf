"""This will say which images a re-scoring is about."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import QuerySet

from annotation.models import Image, Rescoring

_HASHES = 16**8


@dataclass(frozen=True)
class Scope:
    """Which images: those that came from one day to another, both included, or a ``share`` of them in (0, 1].

    A share is chosen by the images' own hashes: it is as good as chance, the same for every version, and a greater
    share holds the smaller one.
    """

    received_from: date | None = None
    received_until: date | None = None
    share: float = 1.0


def images_of(rescoring: Rescoring) -> QuerySet[Image]:
    """Return all images of a re-scoring, those it came past included, in no order."""
    found = Image.objects.filter(project_id=rescoring.project_id, pk__lte=rescoring.until_image_id)
    if rescoring.received_from:
        found = found.filter(received_at__gte=_midnight(rescoring.received_from))
    if rescoring.received_until:
        found = found.filter(received_at__lt=_midnight(rescoring.received_until + timedelta(days=1)))
    if rescoring.share < 1:
        found = found.filter(sha256__lt=f"{min(round(rescoring.share * _HASHES), _HASHES - 1):08x}")
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
