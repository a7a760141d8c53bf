"""This will read what was tried: pictures, newest first, with what versions said of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet

from annotation.models import PlaygroundImage, PlaygroundScore
from config.accounts.models import Project, User

KINDS = {"thumbnail": "thumbnail.jpg", "view": "view.jpg"}


@dataclass(frozen=True)
class Item:
    """A picture with what versions said of it, oldest version first; ``is_waiting`` while an answer is to come."""

    image: PlaygroundImage
    scores: list[PlaygroundScore]
    is_mine: bool
    is_waiting: bool


def history(project: Project, person: User) -> "QuerySet[PlaygroundImage]":
    """Return a project's pictures, newest first, as far as this person may see them, with their scores."""
    mine = PlaygroundImage.objects.for_member(person).filter(project=project)
    scores = PlaygroundScore.objects.select_related("model_version__detector").order_by("model_version_id")
    found: QuerySet[PlaygroundImage] = mine.select_related("person").prefetch_related(Prefetch("scores", scores))
    return found.order_by("-id")


def items(images: Sequence[PlaygroundImage], *, person: User) -> list[Item]:
    """Return pictures of ``history`` as they are shown."""
    return [_item(one, person) for one in images]


def one(project: Project, person: User, image_id: int) -> Item:
    """Return one picture. Raises PlaygroundImage.DoesNotExist."""
    return _item(history(project, person).get(pk=image_id), person)


def _item(image: PlaygroundImage, person: User) -> Item:
    scores = list(image.scores.all())
    is_waiting = any(score.answered_at is None for score in scores)
    return Item(image, scores, is_mine=image.person_id == person.pk, is_waiting=is_waiting)


def file_of(image: PlaygroundImage, kind: str) -> str | None:
    """Return the storage key of what people see ("thumbnail" or "view"); None where there is none yet."""
    return f"{image.folder}/{KINDS[kind]}" if image.is_shown and kind in KINDS else None
