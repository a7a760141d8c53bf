"""This will let managers take the image of a post for a gold item: what people said of it is the right answer."""

from dataclasses import dataclass
from datetime import datetime

from annotation import gold
from annotation.models import Desk, GoldItem, GoldSource, Truth
from config.accounts.models import User
from moderation.models import Post


class NothingKnown(Exception):
    """Nobody has settled yet what the image shows."""

    code = "nothing_known"


@dataclass(frozen=True)
class Standing:
    """What a manager is told: since when the image is a gold item, or the answer it would be one with.

    ``names`` are the classes of that answer, empty for fine, and None where nothing is known.
    """

    added_at: datetime | None
    retired_at: datetime | None
    names: list[str] | None


def standing(post: Post) -> Standing:
    """Tell whether the image of a post is a gold item or could be one."""
    item = GoldItem.objects.filter(question__image=post.image_id).order_by("-added_at", "-pk").first()
    if item:
        return Standing(item.added_at, item.retired_at, None)
    truth = _truth(post)
    return Standing(None, None, None if truth is None else _names(truth))


def choose(post: Post, *, by: User, now: datetime) -> GoldItem:
    """Make the image of a post a gold item of the review desk; its job shows what the post says.

    Raises NothingKnown, and AlreadyGold, also to the later of two who choose it at once.
    """
    truth = _truth(post)
    if truth is None:
        raise NothingKnown("Nobody has answered yet what this image shows.")
    return gold.add(
        post.image,
        schema=truth.schema,
        classes=truth.classes,
        source=GoldSource.CHOSEN,
        desk=Desk.REVIEW,
        origin={"title": post.title, "description": post.description, "external_id": post.external_id},
        attributes=post.attributes,
        truth=truth,
        by=by,
        now=now,
    )


def _truth(post: Post) -> Truth | None:
    standing = Truth.objects.filter(image=post.image_id, withdrawn_at__isnull=True)
    return standing.select_related("schema").order_by("-settled_at", "-pk").first()


def _names(truth: Truth) -> list[str]:
    named = {str(one["key"]): str(one.get("name", one["key"])) for one in truth.schema.classes}
    return [named.get(key, key) for key in truth.schema.closest(truth.classes)]
