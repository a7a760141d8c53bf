"""This will answer what is asked in the playground: claim pictures, decode them, ask versions, write it down.

Nothing slow happens inside a transaction. A worker that dies leaves its pictures claimed; when the claim runs out they
are taken up again, and one that was tried three times is given up, visibly.
"""

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from annotation import files, images
from annotation.images import NotAnImage
from annotation.models import PlaygroundImage, PlaygroundScore
from annotation.pixels import CanvasSpec, Developed
from annotation.playground.asking import forget_files
from models_registry import serving
from models_registry.artifacts import ArtifactDamaged
from models_registry.models import ModelVersion

log = logging.getLogger(__name__)

CLAIM_SECONDS = 300
MOST_ATTEMPTS = 3
BATCH = 16
_OPEN = PlaygroundScore.objects.filter(image=OuterRef("pk"), answered_at__isnull=True)


@dataclass(frozen=True)
class Answers:
    """Of each score row, by its id, what the version said: scores, or why it could not be asked."""

    scores: dict[int, dict[str, float]]
    failures: dict[int, str]


def are_waiting() -> bool:
    """Tell whether anything waits for an answer."""
    return PlaygroundScore.objects.filter(answered_at__isnull=True).exists()


def answer(*, now: datetime) -> int:
    """Answer what is asked about some pictures; returns about how many (0: nothing waits).

    Any number of workers may call this at once.
    """
    held = _claim(now=now)
    if not held:
        return 0
    open_scores = PlaygroundScore.objects.filter(image__in=held, answered_at__isnull=True)
    asked = list(open_scores.select_related("model_version").order_by("id"))
    versions = {one.model_version_id: one.model_version for one in asked}
    specs = {pk: serving.spec_of(version) for pk, version in versions.items()}
    distinct = tuple(dict.fromkeys(specs.values()))
    try:
        developed = _develop(held, distinct)
        found = _predict(asked, versions, developed, {pk: distinct.index(spec) for pk, spec in specs.items()})
    except (ConnectionError, TimeoutError) as error:
        log.error("Files cannot be reached, so the playground waits until its claim runs out: %s", error)
        return 0
    for image in held:
        _write(image, developed[image.pk], found, now=now)
    return len(held)


@transaction.atomic
def _claim(*, now: datetime) -> list[PlaygroundImage]:
    is_free = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)
    waiting = PlaygroundImage.objects.filter(is_free).filter(Exists(_OPEN)).order_by("id")
    held = list(waiting.select_for_update(skip_locked=True, no_key=True)[:BATCH])
    # What was tried before is tried alone, so that it takes nothing with it.
    held = next(([one] for one in held if one.attempts), held)
    token, until = uuid.uuid4(), now + timedelta(seconds=CLAIM_SECONDS)
    for one in held:
        one.attempts += 1
        one.claim_token, one.claimed_until = token, until
        if one.attempts > MOST_ATTEMPTS:
            _give_up(one, "playground_crashed", f"It could not be scored in {MOST_ATTEMPTS} attempts.", now=now)
    PlaygroundImage.objects.bulk_update(held, ["attempts", "claim_token", "claimed_until"])
    return [one for one in held if not one.failure_code]


def _develop(held: Sequence[PlaygroundImage], specs: tuple[CanvasSpec, ...]) -> dict[int, Developed | NotAnImage]:
    results: dict[int, Developed | NotAnImage] = {}
    originals = {}
    for image in held:
        try:
            with default_storage.open(f"{image.folder}/original") as file:
                originals[image.pk] = bytes(file.read())
        except FileNotFoundError:
            results[image.pk] = NotAnImage("original_missing", "The picture is no longer in storage.")
    found = images.decoders().develop(list(originals.values()), specs=specs)
    return results | dict(zip(originals, found, strict=True))


def _predict(
    asked: Sequence[PlaygroundScore],
    versions: dict[int, ModelVersion],
    developed: dict[int, Developed | NotAnImage],
    canvas_of: dict[int, int],
) -> Answers:
    """Ask each version about its pictures, in one batch; ``canvas_of`` is the place of a version's canvas."""
    found = Answers({}, {})
    for pk, version in versions.items():
        rows = [(one, developed[one.image_id]) for one in asked if one.model_version_id == pk]
        good = [(one, seen.canvases[canvas_of[pk]]) for one, seen in rows if isinstance(seen, Developed)]
        if not good:
            continue
        try:
            said = serving.predict(version, np.stack([canvas for _, canvas in good]))  # [N, H, W, 3]
        except ArtifactDamaged as error:
            log.error("The playground cannot ask %s: %s", version, error)
            found.failures.update({one.pk: str(error)[:200] for one, _ in good})
            continue
        found.scores.update({one.pk: scores for (one, _), scores in zip(good, said, strict=True)})
    return found


def _write(image: PlaygroundImage, seen: Developed | NotAnImage, found: Answers, *, now: datetime) -> None:
    """Write one picture's answers down, unless it was deleted or given to somebody else meanwhile."""
    if isinstance(seen, Developed) and not image.is_shown:
        files.write(f"{image.folder}/thumbnail.jpg", seen.thumbnail)
        files.write(f"{image.folder}/view.jpg", seen.view)
    with transaction.atomic():
        mine = PlaygroundImage.objects.select_for_update(no_key=True).filter(pk=image.pk)
        row = mine.filter(claim_token=image.claim_token).first()
        if row is not None:
            _answer(row, seen, found, now=now)
            return
        is_gone = not mine.exists()
    if is_gone:
        forget_files(image)


def _answer(row: PlaygroundImage, seen: Developed | NotAnImage, found: Answers, *, now: datetime) -> None:
    row.claim_token = row.claimed_until = None
    row.attempts = 0
    if isinstance(seen, NotAnImage):
        _give_up(row, seen.code, seen.detail, now=now)
    else:
        row.is_shown, row.width_px, row.height_px = True, seen.width_px, seen.height_px
    row.save(update_fields=["claim_token", "claimed_until", "attempts", "is_shown", "width_px", "height_px"])
    # What was asked since the claim has no answer here; it waits for the next one.
    answered = [one for one in row.scores.all() if one.pk in found.scores or one.pk in found.failures]
    for one in answered:
        one.scores, one.failure = found.scores.get(one.pk), found.failures.get(one.pk, "")
        one.answered_at = now
    PlaygroundScore.objects.bulk_update(answered, ["scores", "failure", "answered_at"])


def _give_up(row: PlaygroundImage, code: str, detail: str, *, now: datetime) -> None:
    """Say of a picture that it cannot be scored. The caller holds its row."""
    row.failure_code, row.failure_detail = code, detail
    row.save(update_fields=["failure_code", "failure_detail"])
    row.scores.filter(answered_at__isnull=True).update(answered_at=now, failure=code)
