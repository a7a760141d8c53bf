"""This will bring in what people already have: labeled images from a folder or a zip of ``class/name.jpg``."""

import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import IO, Any

from django.conf import settings
from django.db import transaction

from annotation import images
from annotation.models import Image, Truth, TruthSource
from annotation.pixels import Developed
from config.accounts.models import Project
from models_registry.models import LabelSchema
from models_registry.registry import lock

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".gif"}
# Originals of a batch are in memory together, with what the decoders made of them.
_BATCH = 64


class UnknownSource(ValueError):
    """The path is neither a folder nor a zip file with images in folders named by class."""


@dataclass(frozen=True)
class Source:
    """A folder or zip of ``class/name.jpg``. ``names`` are relative paths, sorted; the folder above is the class."""

    path: Path
    names: tuple[str, ...]

    @classmethod
    def open(cls, path: Path) -> "Source":
        """List the images. Raises UnknownSource."""
        if path.is_dir():
            names = [str(one.relative_to(path)) for one in path.rglob("*") if one.is_file()]
        elif zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                names = archive.namelist()
        else:
            raise UnknownSource(f"{path} is neither a folder nor a zip file.")
        found = tuple(sorted(one for one in names if _is_labeled_image(PurePosixPath(one))))
        if not found:
            raise UnknownSource(f"{path} holds no images in folders named by class.")
        return cls(path=path, names=found)

    def folder_of(self, name: str) -> str:
        return PurePosixPath(name).parent.name

    def read(self, names: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield names with their bytes, opening the archive once; what cannot be read has none.

        Of what is larger than an image may be, only so much is read that intake refuses it as too large.
        """
        if self.path.is_dir():
            for name in names:
                yield name, _read(partial((self.path / name).open, "rb"))
            return
        with zipfile.ZipFile(self.path) as archive:
            for name in names:
                yield name, _read(partial(archive.open, name))


def _is_labeled_image(path: PurePosixPath) -> bool:
    """Say whether a path is ``class/name.jpg``, and nothing that an operating system left beside it."""
    is_hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
    return path.suffix.lower() in SUFFIXES and len(path.parts) > 1 and not is_hidden


def _read(opened: Callable[[], IO[Any]]) -> bytes:
    try:
        with opened() as file:
            return file.read(settings.IMAGE_MAX_BYTES + 1)
    # An encrypted entry is a RuntimeError, one of an unknown compression NotImplementedError, which is one as well.
    except (OSError, EOFError, KeyError, RuntimeError, zlib.error, zipfile.BadZipFile):
        return b""


@dataclass(frozen=True)
class Labeled:
    """One image with its known answer; ``inclusion_probability`` says how likely the company was to keep it."""

    name: str
    data: bytes
    classes: frozenset[str]
    inclusion_probability: float | None


@dataclass
class Imported:
    """``truths`` are new, ``refused`` could not be read, ``repeated`` are the bytes of an image that had its answer."""

    truths: int = 0
    refused: int = 0
    repeated: int = 0


def import_labeled(
    items: Iterable[Labeled],
    *,
    project: Project,
    schema: LabelSchema,
    now: datetime,
) -> Imported:
    """Take labeled images over as truths; unreadable ones are counted and left out.

    Importing the same again adds no image, and a truth only where the image has none yet: of the same bytes under two
    classes the first stands. Works in batches, each whole or not at all.
    """
    result, items = Imported(), iter(items)
    while batch := list(islice(items, _BATCH)):
        _import(batch, project=project, schema=schema, result=result, now=now)
    return result


def _import(
    batch: Sequence[Labeled], *, project: Project, schema: LabelSchema, result: Imported, now: datetime
) -> None:
    stored: dict[int, tuple[Image, Labeled]] = {}
    for item in batch:
        try:
            image = images.store(project, item.data, now=now)
        except images.ImageRefused:
            result.refused += 1
            continue
        result.repeated += image.pk in stored
        stored.setdefault(image.pk, (image, item))
    developed = images.decoders().develop([item.data for _, item in stored.values()], specs=())
    good = [(*pair, one) for pair, one in zip(stored.values(), developed, strict=True) if isinstance(one, Developed)]
    result.refused += len(stored) - len(good)
    with transaction.atomic():
        # Two imports of the same images at once: the second finds the truths of the first.
        lock(project)
        images.keep([image for image, _, _ in good], [one for _, _, one in good], now=now)
        added = _add_truths([(image, item) for image, item, _ in good], schema=schema, now=now)
    result.truths += added
    result.repeated += len(good) - added


def _add_truths(pairs: Sequence[tuple[Image, Labeled]], *, schema: LabelSchema, now: datetime) -> int:
    known = set(
        Truth.objects.filter(schema=schema, image__in=[image for image, _ in pairs]).values_list("image_id", flat=True)
    )
    rows = [
        Truth(
            project_id=image.project_id,
            image=image,
            schema=schema,
            source=TruthSource.IMPORT,
            classes=schema.with_parents(item.classes),
            inclusion_probability=item.inclusion_probability,
            settled_at=now,
        )
        for image, item in pairs
        if image.pk not in known
    ]
    return len(Truth.objects.bulk_create(rows))
