"""This will keep the images that guidelines show: what breaks a rule, and what only seems to.

An example is an image like any other: its original stays private, and members see what was decoded and encoded anew, so
that nothing but pixels leaves the house.
"""

from datetime import datetime
from typing import Any

from django.db.models import F

from annotation import images
from annotation.models import Example, Image
from config.accounts.models import Project, User
from config.compiled import Among, Compiled, Given
from models_registry.models import LabelSchema
from models_registry.registry import current_schema

_OF_CLASSES = Compiled(
    lambda: (
        Example.objects.select_related("image")
        .filter(Among(F("class_key"), Given("classes")), project=Given("project"))
        .order_by("-is_violation", "position", "id")
    )
)


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
    """Store an image and show it in the guideline. Raises ExampleRefused, ImageRefused or NotAnImage."""
    check_class(project, class_key)
    image = keep_image(project, data, now=now)
    return show(
        project,
        image,
        class_key=class_key,
        is_violation=is_violation,
        caption=caption,
        position=position,
        by=by,
        now=now,
    )


def check_class(project: Project, class_key: str) -> None:
    """Raises ExampleRefused for a class that the newest schema does not have; an empty key is no class at all."""
    if class_key and class_key not in current_schema(project).keys:
        raise ExampleRefused(f"The newest schema has no class {class_key}.")


def keep_image(project: Project, data: bytes, *, now: datetime) -> Image:
    """Store and decode an image at once, so it is not for a busy request. Raises ImageRefused or NotAnImage."""
    image = images.store(project, data, now=now)
    if image.decoded_at is None:
        [developed] = images.decoders().develop([data], specs=())
        if isinstance(developed, images.NotAnImage):
            raise developed
        images.keep([image], [developed], now=now)
    return image


def show(
    project: Project,
    image: Image,
    *,
    class_key: str,
    is_violation: bool,
    caption: str,
    position: int,
    by: User | None,
    now: datetime,
) -> Example:
    """Show a decoded image in the guideline; under a class that shows it already, only its words change."""
    words = {"is_violation": is_violation, "caption": caption, "position": position}
    new = words | {"created_at": now, "created_by": by}
    example, _ = Example.objects.update_or_create(
        project=project, class_key=class_key, image=image, defaults=words, create_defaults=new
    )
    return example


def shown(schema: LabelSchema) -> list[dict[str, Any]]:
    """Return the examples of a schema's classes as its guideline shows them, and those that belong to no class."""
    rows = _OF_CLASSES.all(project=schema.project_id, classes=["", *schema.keys])
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
