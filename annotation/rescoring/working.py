"""This will do the work of re-scoring: take one up, score a chunk, write it down, and give it back.

Everything of a chunk is written in one transaction, provided that the token still holds: a re-scoring that was paused,
canceled or taken over meanwhile stands where it stood. What was predicted for a chunk that came too late is kept all
the same, for a prediction stays true; so a chunk that takes longer than silence is forgiven is quick the next time.
"""

import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from annotation import images, predictions
from annotation.images import NotAnImage
from annotation.models import Image, Rescoring, RescoringEventKind, RescoringStatus, UnscoredImage
from annotation.pixels import Developed
from annotation.rescoring.pace import Pace
from annotation.rescoring.scope import images_of
from models_registry import serving
from models_registry.artifacts import ArtifactDamaged

log = logging.getLogger(__name__)

CHUNK_IMAGES = 64
SILENCE_SECONDS = 120
MOST_SILENCES = 3
ORIGINAL_MISSING = "original_missing"


@dataclass(frozen=True)
class Seen:
    """What a chunk came to: its images in order, those with scores from before, new scores, and what failed."""

    images: list[Image]
    known: frozenset[int]
    scores: dict[int, dict[str, float]]
    failures: dict[int, tuple[str, str]]


@cache
def pace() -> Pace:
    """Return what keeps this process to its share."""
    return Pace(settings.RESCORING_PERCENT / 100)


def work(*, gives_way: Callable[[], bool], now: Callable[[], datetime]) -> float | None:
    """Score chunks until the share is used up; returns after how many seconds to go on.

    None: come back with the beat, as nothing is to do, or ``gives_way``, asked before every chunk, says that something
    else goes first.
    """
    mine = pace()
    while not (rest := mine.rest(at=time.monotonic())):
        started = time.monotonic()
        if gives_way() or not score_chunk(now=now()):
            return None
        ended = time.monotonic()
        mine.worked(ended - started, until=ended)
    return rest


def score_chunk(*, now: datetime) -> bool:
    """Score the next chunk of the re-scoring that waits longest; False where there is nothing to do, or not now.

    Any number of workers may call this at once; each takes another re-scoring.
    """
    held = _claim(now=now)
    if held is None:
        return False
    started = time.monotonic()
    try:
        seen = _see(held)
    except ArtifactDamaged as error:
        _end(held, RescoringStatus.FAILED, error=str(error), now=now)
        return True
    except (ConnectionError, TimeoutError) as error:
        log.error("Files cannot be reached, so re-scoring waits: %s", error)
        Rescoring.objects.filter(pk=held.pk, token=held.token).update(token=None)
        return False
    if not _write(held, seen, seconds=time.monotonic() - started, now=now):
        predictions.keep(seen.scores, held.model_version, now=now)
    return True


@transaction.atomic
def _claim(*, now: datetime) -> Rescoring | None:
    """Take up the oldest re-scoring that nobody holds, or whose worker is silent; one silent too often fails."""
    is_free = Q(token__isnull=True) | Q(heartbeat_at__lt=now - timedelta(seconds=SILENCE_SECONDS))
    waiting = Rescoring.objects.filter(is_free, status__in=[RescoringStatus.REQUESTED, RescoringStatus.RUNNING])
    locked = waiting.select_for_update(skip_locked=True, of=("self",), no_key=True)
    held = locked.select_related("project", "model_version__detector").order_by("id").first()
    if held is None:
        return None
    if held.token is not None:
        held.silences += 1
        held.note(RescoringEventKind.GIVEN_BACK, at=now)
    if held.silences >= MOST_SILENCES:
        _stop(held, RescoringStatus.FAILED, error=f"Its worker fell silent {MOST_SILENCES} times here.", now=now)
        return None
    if held.started_at is None:
        held.started_at = now
        held.note(RescoringEventKind.STARTED, at=now)
    if held.images is None:
        held.images = images_of(held).count()
    held.status, held.token, held.heartbeat_at = RescoringStatus.RUNNING, uuid.uuid4(), now
    held.save(update_fields=["status", "token", "heartbeat_at", "silences", "started_at", "images"])
    return held


def _see(held: Rescoring) -> Seen:
    """Decode and score what this version has not scored yet of the next images."""
    version = held.model_version
    chunk = list(images_of(held).filter(pk__gt=held.after_image_id).order_by("pk")[:CHUNK_IMAGES])
    known = frozenset(predictions.known(chunk, version))
    originals, failures = _originals([one for one in chunk if one.pk not in known])
    results = images.decoders().develop(list(originals.values()), specs=(serving.spec_of(version),))
    developed: dict[int, Developed] = {}
    for pk, result in zip(originals, results, strict=True):
        if isinstance(result, NotAnImage):
            failures[pk] = (result.code, result.detail)
        else:
            developed[pk] = result
    return Seen(chunk, known, predictions.ask(developed, version), failures)


def _originals(wanted: list[Image]) -> tuple[dict[int, bytes], dict[int, tuple[str, str]]]:
    found, missing = {}, {}
    for image in wanted:
        try:
            found[image.pk] = images.open_original(image)
        except FileNotFoundError:
            missing[image.pk] = (ORIGINAL_MISSING, "The original is no longer in storage.")
    return found, missing


@transaction.atomic
def _write(held: Rescoring, seen: Seen, *, seconds: float, now: datetime) -> bool:
    """Write a chunk down and give the re-scoring back; False where it was taken away meanwhile."""
    row = Rescoring.objects.select_for_update(no_key=True).filter(
        pk=held.pk, token=held.token, status=RescoringStatus.RUNNING
    ).first()  # fmt: skip
    if row is None:
        return False
    predictions.keep(seen.scores, held.model_version, now=now)
    UnscoredImage.objects.bulk_create(
        UnscoredImage(rescoring=row, image_id=pk, code=code, detail=detail, at=now)
        for pk, (code, detail) in sorted(seen.failures.items())
    )
    row.scored += len(seen.scores)
    row.known += len(seen.known)
    row.unscored += len(seen.failures)
    row.worked_seconds += seconds
    row.token, row.silences = None, 0
    row.after_image_id = seen.images[-1].pk if seen.images else row.after_image_id
    row.save(update_fields=["scored", "known", "unscored", "worked_seconds", "token", "silences", "after_image_id"])
    if len(seen.images) < CHUNK_IMAGES:
        _stop(row, RescoringStatus.DONE, now=now)
    return True


@transaction.atomic
def _end(held: Rescoring, status: RescoringStatus, *, error: str, now: datetime) -> None:
    mine = Rescoring.objects.select_for_update(no_key=True).filter(pk=held.pk, token=held.token)
    if row := mine.first():
        _stop(row, status, error=error, now=now)


def _stop(row: Rescoring, status: RescoringStatus, *, error: str = "", now: datetime) -> None:
    """End it. The caller holds its row."""
    row.status, row.error, row.token, row.finished_at = status, error, None, now
    row.save(update_fields=["status", "error", "token", "finished_at"])
    row.note(RescoringEventKind(status), detail=error, at=now)
