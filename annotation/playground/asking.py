"""This will take a picture in, ask versions about pictures, and delete a picture."""

import hashlib
import uuid
from collections.abc import Sequence
from datetime import datetime
from pathlib import PurePath

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from annotation import files, pixels
from annotation.models import PlaygroundImage, PlaygroundScore
from config.accounts.models import Project, User
from models_registry.models import ModelVersion

# In one project. Its files are kept until somebody deletes them, so there is an end to them.
MOST_IMAGES = 1000
MOST_VERSIONS = 8
# Questions of one project that wait at once: what an impatient person can lay on a worker.
MOST_WAITING = 2000
FILES = ("original", "thumbnail.jpg", "view.jpg")


class PlaygroundRefused(Exception):
    """It cannot be; ``code`` says why: playground_full, playground_busy, bad_versions."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def bring(
    project: Project,
    data: bytes,
    *,
    name: str = "",
    is_drawn: bool = False,
    versions: Sequence[ModelVersion],
    by: User,
    now: datetime,
) -> tuple[PlaygroundImage, bool]:
    """Take a picture in and ask versions about it; returns it and whether it is new to this person's history.

    Raises ImageRefused or PlaygroundRefused, with nothing stored. The same bytes of the same person are one picture,
    also when they come twice at once.
    """
    _check(project, versions, images=1)
    head = pixels.header(data, max_bytes=settings.IMAGE_MAX_BYTES, max_px=settings.IMAGE_MAX_PX)
    sha256 = hashlib.sha256(data).hexdigest()
    mine = PlaygroundImage.objects.filter(project=project, person=by, sha256=sha256)
    if known := mine.first():
        ask([known], versions, project=project, now=now)
        return known, False
    if PlaygroundImage.objects.filter(project=project).count() >= MOST_IMAGES:
        raise PlaygroundRefused("playground_full", f"The playground holds {MOST_IMAGES:,} pictures. Delete some first.")
    folder = f"{project.slug}/playground/{uuid.uuid4().hex}"
    files.write(f"{folder}/original", data)
    try:
        with transaction.atomic():
            made = PlaygroundImage.objects.create(
                project=project, person=by, name=_plain(name), is_drawn=is_drawn, sha256=sha256, folder=folder,
                size_bytes=len(data), width_px=head.width_px, height_px=head.height_px, created_at=now,
            )  # fmt: skip
            ask([made], versions, project=project, now=now)
    except IntegrityError:
        default_storage.delete(f"{folder}/original")
        return mine.get(), False
    return made, True


def _plain(name: str) -> str:
    """Return a file's own name without folders and what cannot be shown."""
    own = PurePath(name.replace("\\", "/")).name
    return "".join(one for one in own if one.isprintable())[:100]


def ask(images: Sequence[PlaygroundImage], versions: Sequence[ModelVersion], *, project: Project, now: datetime) -> int:
    """Ask each version about each picture that it has not been asked about yet; returns how many questions are new.

    Pictures that cannot be decoded are left out. Raises PlaygroundRefused.
    """
    _check(project, versions, images=len(images))
    wanted = [
        PlaygroundScore(image=image, model_version=version, asked_at=now)
        for image in sorted(images, key=lambda one: one.pk)
        for version in versions
        if not image.failure_code
    ]
    there = PlaygroundScore.objects.filter(image__in=images, model_version__in=versions)
    before = there.count()
    PlaygroundScore.objects.bulk_create(wanted, ignore_conflicts=True)
    return there.count() - before


def _check(project: Project, versions: Sequence[ModelVersion], *, images: int) -> None:
    if not versions or len(versions) > MOST_VERSIONS:
        raise PlaygroundRefused("bad_versions", f"Choose from one to {MOST_VERSIONS} model versions.")
    if any(version.detector.project_id != project.pk for version in versions):
        raise PlaygroundRefused("bad_versions", "A model version of another project was asked for.")
    waiting = PlaygroundScore.objects.filter(image__project=project, answered_at__isnull=True).count()
    if waiting and waiting + images * len(versions) > MOST_WAITING:
        raise PlaygroundRefused("playground_busy", "Very many questions wait already. Come back in a moment.")


def delete(image: PlaygroundImage) -> None:
    """Delete a picture, what was said of it, and its files. Safe to repeat; a worker that has it writes nothing."""
    PlaygroundImage.objects.filter(pk=image.pk).delete()
    forget_files(image)


def forget_files(image: PlaygroundImage) -> None:
    for name in FILES:
        default_storage.delete(f"{image.folder}/{name}")
