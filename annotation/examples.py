"""This will keep the images that guidelines show: what breaks a rule, and what only seems to.

An example is an image like any other: its original stays private, and members see what was decoded and encoded anew, so
that nothing but pixels leaves the house.
"""

from datetime import datetime
from typing import Any

from django.db import transaction

from annotation import images
from annotation.models import Example, Image
from config.accounts.models import Project, User
from models_registry.models import LabelSchema
from models_registry.registry import current_schema


class ExampleRefused(ValueError):
    """The example cannot be shown; the message says why."""


def add(
    project: Project,
    data: bytes,
    *,
    class_key: str,
    is_violation: bool,
    caption: str = "",
    position: int = 0,
    by: User | None = None,
    now: datetime,
) -> Example:
    """Store an image and show it in the guideline; the same image under the same class again changes its words.

    ``class_key`` may be empty for an image that belongs to no class. Decodes, so it is not for a busy request. Raises
    ExampleRefused, ImageRefused or NotAnImage.
    """
    if class_key and class_key not in current_schema(project).keys:
        raise ExampleRefused(f"The newest schema has no class {class_key}.")
    image = _decoded(project, data, now=now)
    words = {"is_violation": is_violation, "caption": caption, "position": position}
    new = words | {"created_at": now, "created_by": by}
    with transaction.atomic():
        example, _ = Example.objects.update_or_create(
            project=project, class_key=class_key, image=image, defaults=words, create_defaults=new
        )
    return example


def _decoded(project: Project, data: bytes, *, now: datetime) -> Image:
    image = images.store(project, data, now=now)
    if image.decoded_at is None:
        [developed] = images.decoders().develop([data], specs=())
        if isinstance(developed, images.NotAnImage):
            raise developed
        images.keep([image], [developed], now=now)
    return image


def shown(schema: LabelSchema) -> list[dict[str, Any]]:
    """Return the examples of a schema's classes as its guideline shows them, and those that belong to no class."""
    known = Example.objects.filter(project=schema.project_id, class_key__in=["", *schema.keys])
    rows = known.select_related("image").order_by("-is_violation", "position", "id")
    return [
        {
            "class_key": one.class_key or None,
            "caption": one.caption,
            "image_url": images.url(one.image, "view"),
            "thumbnail_url": images.url(one.image, "thumbnail"),
            "is_violation": one.is_violation,
        }
        for one in rows
    ]
