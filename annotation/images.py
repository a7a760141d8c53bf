"""This will keep images: one row per distinct bytes and project, the original private, derivatives for people.

Files are written before the row that names them, whole, and are named by content, so a process killed in between
leaves a file that the next try writes again, never a row without its file.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.urls import reverse

from annotation import files, perceptual, pixels
from annotation.decoders import Decoders
from annotation.models import Image
from annotation.pixels import Developed, ImageRefused
from annotation.splits import side
from config.accounts.models import Project
from config.compiled import rows
from config.each_row import UpdateEach
from models_registry.ml.preprocessing import NotAnImage

__all__ = ["ImageRefused", "NotAnImage", "decoders", "full_size", "keep", "open_original", "store", "url"]

KINDS = ("thumbnail", "view", "full")
# A near-duplicate: its id, and its split key.
Near = tuple[int, str]


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
    return files.read(image.original)


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
    rows("SELECT pg_advisory_xact_lock(%s, %s)", [_SPLITS, decoded[0].project_id])
    # A statement of its own: it has to see what whoever held the lock before has written.
    undecided = {pk for [pk] in rows(_UNDECIDED, [[image.pk for image in decoded]])}
    new = [image for image in decoded if image.pk in undecided]
    _fix_split_keys(new)
    _WRITE(new)


_FIELDS = ["thumbnail", "view", "width_px", "height_px", "pdq", "pdq_bands", "brightness", "decoded_at"] + [
    "derived_bytes",
    "split_key",
    "straddles_split",
]
_WRITE = UpdateEach(Image, _FIELDS)
_UNDECIDED = "SELECT id FROM annotation_image WHERE id = ANY(%s) AND decoded_at IS NULL"
# Asked image by image: of all the bands of a batch at once the planner believes that nearly every image shares one. Nor
# may it choose by project, of which it knows little on a young instance: OFFSET 0 leaves it the bands alone.
_NEAR = """
    SELECT given.image, known.id, known.split_key
    FROM jsonb_to_recordset(%(digests)s) AS given(image bigint, bands integer[], pdq text)
    CROSS JOIN LATERAL (
        SELECT id, project_id, pdq, split_key FROM annotation_image WHERE pdq_bands && given.bands OFFSET 0
    ) known
    WHERE known.project_id = %(project)s AND known.split_key <> ''
      AND bit_count(('x' || encode(known.pdq, 'hex'))::bit(256) # ('x' || given.pdq)::bit(256)) <= %(most)s
"""
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
    before, by_band = _near_before(images), dict[int, list[Image]]()
    for image in sorted(images, key=lambda one: one.pk):
        near = sorted(before.get(image.pk, []) + _near(image, by_band))
        image.split_key = near[0][1] if near else image.sha256
        image.straddles_split = len({side(key) for _, key in near}) > 1
        for band in image.pdq_bands:
            by_band.setdefault(band, []).append(image)


def _near_before(images: Sequence[Image]) -> dict[int, list[Near]]:
    """Return, by image id, the near-duplicates among images that have their keys."""
    digests = [{"image": one.pk, "bands": one.pdq_bands, "pdq": bytes(one.pdq).hex()} for one in images if one.pdq]
    facts: dict[str, Any] = {
        "digests": json.dumps(digests),
        "project": images[0].project_id,
        "most": perceptual.NEAR_BITS,
    }
    found: dict[int, list[Near]] = {}
    for image, other, key in rows(_NEAR, facts):
        found.setdefault(image, []).append((other, key))
    return found


def _near(image: Image, by_band: dict[int, list[Image]]) -> list[Near]:
    """Return the near-duplicates among images of the same batch."""
    candidates = {one.pk: one for band in image.pdq_bands for one in by_band.get(band, ())}
    digest = bytes(image.pdq or b"")
    return [
        (one.pk, one.split_key)
        for one in candidates.values()
        if perceptual.distance(bytes(one.pdq or b""), digest) <= perceptual.NEAR_BITS
    ]


def _key(project: Project, sha256: str, name: str) -> str:
    return f"{project.slug}/{sha256[:2]}/{sha256}/{name}"
