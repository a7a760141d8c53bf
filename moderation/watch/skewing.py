"""This will gather what the page says of the days that were scored again on the path of training."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.utils.formats import number_format

from models_registry.drift import skew
from models_registry.models import ModelVersion
from moderation.models import Post, ReplayedDay
from moderation.watch import alerting, showing, wording

SHOWN_ROWS = 14


@dataclass(frozen=True)
class Picture:
    """An image whose two scores differ, and the post under which it came."""

    image_id: int
    post_id: int
    title: str
    class_name: str
    served: str
    again: str


@dataclass(frozen=True)
class Row:
    day: date
    images: int
    missing: int
    beyond: int
    largest: str
    mean: str
    is_beyond: bool


@dataclass(frozen=True)
class Page:
    """``rows`` are days, newest first; ``pictures`` those that differ most on the newest of them that has any."""

    rows: Sequence[Row]
    pictures: Sequence[Picture]
    pictured: date | None
    tolerance: str
    most: str

    @property
    def newest(self) -> Row | None:
        return self.rows[0] if self.rows else None


def page(version: ModelVersion, *, now: datetime) -> Page:
    since = now.astimezone(UTC).date() - timedelta(days=showing.SHOWN_DAYS)
    days = showing.replayed(version, since=since)[::-1]
    worst = next((one for one in days if one.worst), None)
    return Page(
        rows=[_row(one) for one in days[:SHOWN_ROWS]],
        pictures=_pictures(version, worst) if worst else [],
        pictured=worst.day if worst else None,
        tolerance=number_format(skew.TOLERANCE, 3),
        most=wording.percent(skew.SHARE_LIMIT),
    )


def _row(one: ReplayedDay) -> Row:
    return Row(
        one.day, one.images, one.missing, one.beyond, _small(one.largest), _small(one.mean), alerting.is_skewed(one)
    )


def _small(value: float) -> str:
    """A difference of scores: most are a few millionths."""
    return number_format(value, 3) if value >= 0.001 or value == 0 else f"{value:.0e}"


def _pictures(version: ModelVersion, row: ReplayedDay) -> list[Picture]:
    worst: list[dict[str, Any]] = row.worst
    posts = Post.objects.filter(project=row.project_id, image__in=[one["image"] for one in worst]).order_by("-id")
    by_image = {
        image: (pk, title, name)
        for pk, image, title, name in posts.values_list("pk", "image_id", "title", "external_id")
    }
    names = {one["key"]: one["name"] for one in version.schema.classes}
    return [
        Picture(
            image_id=one["image"],
            post_id=by_image[one["image"]][0],
            title=by_image[one["image"]][1] or by_image[one["image"]][2],
            class_name=names.get(one["key"], one["key"]),
            served=number_format(one["served"], 3),
            again=number_format(one["again"], 3),
        )
        for one in worst
        if one["image"] in by_image
    ]
