"""This will keep images: one row per distinct bytes and project, the original private, derivatives for people.

Files are written before the row that names them, whole, and are named by content, so a process killed in between
leaves a file that the next try writes again, never a row without its file.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.urls import reverse

from annotation import files, perceptual, pixels
from annotation.decoders import Decoders
from annotation.models import Image
from annotation.pixels import Developed, ImageRefused
from annotation.splits import side
from config.accounts.models import Project
from config.compiled import CompiledUpdate, Given
from models_registry.ml.preprocessing import NotAnImage

__all__ = ["ImageRefused", "NotAnImage", "decoders", "full_size", "keep", "open_original", "store", "url"]

KINDS = ("thumbnail", "view", "full")


@cache
def decoders() -> Decoders:
    """Return this process's decoding children."""
    return Decoders(
        processes=settings.DECODE_PROCESSES,
        memory_bytes=settings.DECODE_MEMORY_BYTES,
        seconds=settings.DECODE_SECONDS,
        max_px=settings.IMAGE_MAX_PX,
    )


def store(project: Project, data: bytes, *, now: datetime) -> Image:
    """Check the header and keep the original; returns the project's one row for these bytes.

    Two callers with the same bytes get the same row. Raises ImageRefused, with nothing stored.
    """
    head = pixels.header(data, max_bytes=settings.IMAGE_MAX_BYTES, max_px=settings.IMAGE_MAX_PX)
    sha256 = hashlib.sha256(data).hexdigest()
    known = Image.objects.filter(project=project, sha256=sha256).first()
    if known:
        return known
    image, _ = Image.objects.get_or_create(
        project=project,
        sha256=sha256,
        defaults={
            "original": files.write(_key(project, sha256, "original"), data),
            "size_bytes": len(data),
            "width_px": head.width_px,
            "height_px": head.height_px,
            "format": head.format,
            "received_at": now,
        },
    )
    return image


def open_original(image: Image) -> bytes:
    """Return the bytes as they came; only for decoders and training."""
    with default_storage.open(image.original) as file:
        return bytes(file.read())


def keep(images: Sequence[Image], developed: Sequence[Developed], *, now: datetime) -> None:
    """Store the derivatives of freshly decoded images of one project and fix their split keys.

    Safe to repeat: an image that already has its split key keeps it. Two callers at once wait for each other, so
    that near-duplicates which arrive together are seen as such, and one that both decoded is written once.
    """
    fresh = [(image, one) for image, one in zip(images, developed, strict=True) if image.decoded_at is None]
    if not fresh:
        return
    for image, one in fresh:
        image.thumbnail = files.write(_key(image.project, image.sha256, "thumbnail.jpg"), one.thumbnail)
        image.view = files.write(_key(image.project, image.sha256, "view.jpg"), one.view)
        image.derived_bytes = len(one.thumbnail) + len(one.view)
        image.width_px, image.height_px = one.width_px, one.height_px
        image.pdq, image.pdq_bands = one.pdq or None, perceptual.bands(one.pdq)
        image.brightness, image.decoded_at = one.brightness, now
    _fix([image for image, _ in fresh])


@transaction.atomic
def _fix(decoded: list[Image]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_SPLITS, decoded[0].project_id])
    ids = [image.pk for image in decoded]
    undecided = set(Image.objects.filter(pk__in=ids, decoded_at__isnull=True).values_list("pk", flat=True))
    new = [image for image in decoded if image.pk in undecided]
    _fix_split_keys(new)
    for image in new:
        _WRITE(image=image.pk, **{name: getattr(image, name) for name in _FIELDS})


_FIELDS = ["thumbnail", "view", "width_px", "height_px", "pdq", "pdq_bands", "brightness", "decoded_at"] + [
    "derived_bytes",
    "split_key",
    "straddles_split",
]
# One statement for many rows takes the ORM longer to build than all of these take to run.
_WRITE = CompiledUpdate(lambda: Image.objects.filter(pk=Given("image")), **{name: Given(name) for name in _FIELDS})
_SPLITS = 0x5EC1  # The namespace of the advisory locks that queue up those who fix split keys in one project.


def url(image: Image, kind: str) -> str:
    """Return where a signed-in member sees this derivative ("thumbnail", "view" or "full")."""
    return next(urls([image], kind))


def urls(images: Iterable[Image], kind: str) -> Iterator[str]:
    """Yield the same for many; looking up an address takes longer than all else that a list asks of an image."""
    before, after = reverse("image", args=[0, kind]).rsplit("0", 1)
    return (f"{before}{image.pk}{after}" for image in images)


def full_size(image: Image) -> str:
    """Make the full-size derivative if it is not there yet; returns its storage key. Raises NotAnImage."""
    key = _key(image.project, image.sha256, "full.jpg")
    if not default_storage.exists(key):
        files.write(key, decoders().full_size(open_original(image)))
    return key


def _fix_split_keys(images: list[Image]) -> None:
    """Give each image the key of its oldest near-duplicate, else its own; mark those near both sides.

    The caller holds the project's lock, so that nobody else is choosing keys.
    """
    if not images:
        return
    wanted = sorted({band for image in images for band in image.pdq_bands})
    older = list(
        Image.objects.filter(project_id=images[0].project_id, pdq_bands__overlap=wanted)
        .exclude(split_key="")
        .order_by("id")
        .only("id", "pdq", "split_key", "pdq_bands")
    )
    by_band: dict[int, list[Image]] = {}
    for one in older:
        _index(one, by_band)
    for image in sorted(images, key=lambda one: one.pk):
        near = _near(image, by_band)
        image.split_key = near[0].split_key if near else image.sha256
        image.straddles_split = len({side(one.split_key) for one in near}) > 1
        _index(image, by_band)


def _index(image: Image, by_band: dict[int, list[Image]]) -> None:
    for band in image.pdq_bands:
        by_band.setdefault(band, []).append(image)


def _near(image: Image, by_band: dict[int, list[Image]]) -> list[Image]:
    """Return the near-duplicates among indexed images, oldest first."""
    candidates = {one.pk: one for band in image.pdq_bands for one in by_band.get(band, ()) if one.pk != image.pk}
    digest = bytes(image.pdq or b"")
    near = (
        one for one in candidates.values() if perceptual.distance(bytes(one.pdq or b""), digest) <= perceptual.NEAR_BITS
    )
    return sorted(near, key=lambda one: one.pk)


def _key(project: Project, sha256: str, name: str) -> str:
    return f"{project.slug}/{sha256[:2]}/{sha256}/{name}"
