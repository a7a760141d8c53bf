"""This will ask every version that predicts about the images of a batch, and write down what each arm's scoring took.

A challenger that cannot predict must not keep posts from the champion: whatever its file raises becomes
ChallengerFailed, which is counted, and stops the rollout when it happens too often (`guardrails`).
"""

import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from annotation import predictions
from annotation.models import Image
from annotation.pixels import Developed
from models_registry import serving
from models_registry.ml.preprocessing import CanvasSpec
from models_registry.models import ModelVersion
from moderation.rollouts.lineup import Asked

Scores = dict[int, dict[str, float]]

_ADD = """
    INSERT INTO moderation_rolloutscoring AS known (arm_id, day, images, microseconds, failures)
    VALUES (%(arm)s, %(day)s, %(images)s, %(microseconds)s, %(failures)s)
    ON CONFLICT (arm_id, day) DO UPDATE SET
        images = known.images + excluded.images,
        microseconds = known.microseconds + excluded.microseconds,
        failures = known.failures + excluded.failures
"""


class ChallengerFailed(Exception):
    """The challenger of a rollout could not be asked; ``arm`` is its arm."""

    def __init__(self, arm: int, detail: str) -> None:
        super().__init__(detail)
        self.arm = arm


@dataclass
class Asking:
    """What the versions of a batch say: ``scores`` by version and image, and what was new among that, by arm."""

    asked: Sequence[Asked]
    scores: dict[int, Scores] = field(default_factory=dict)
    took: dict[int, tuple[int, float]] = field(default_factory=dict)

    @property
    def specs(self) -> tuple[CanvasSpec, ...]:
        """The canvases that are needed, each once."""
        return tuple(dict.fromkeys(serving.spec_of(one.version) for one in self.asked))

    def recall(self, pictures: Mapping[int, Image]) -> None:
        """Take what the versions said of these images before. One query for each version."""
        for one in self.asked:
            mine = [pictures[pk] for pk in one.images]
            self.scores[one.version.pk] = predictions.known(mine, one.version)

    def is_wanted(self, image: Image) -> bool:
        """Whether somebody who is asked about an image has not scored it yet."""
        return any(image.pk in one.images and image.pk not in self.scores[one.version.pk] for one in self.asked)

    def ask(self, developed: Mapping[int, Developed]) -> None:
        """Ask every version about what it has not scored yet. Raises ChallengerFailed, and what serving raises."""
        places = {spec: number for number, spec in enumerate(self.specs)}
        for one in self.asked:
            known = self.scores[one.version.pk]
            new = {pk: developed[pk] for pk in sorted(one.images) if pk in developed and pk not in known}
            started = time.perf_counter()
            known |= _ask(one, new, place=places[serving.spec_of(one.version)])
            if one.arm is not None and new:
                self.took[one.arm] = len(new), time.perf_counter() - started

    def keep(self, *, now: datetime) -> None:
        """Write down predictions, and what scoring took for each arm. The caller's transaction ends at once."""
        for one in self.asked:
            predictions.keep(self.scores[one.version.pk], one.version, arm=one.arm, now=now)
        for arm, (images, seconds) in sorted(self.took.items()):
            add(arm, images=images, seconds=seconds, now=now)

    def of(self, version: ModelVersion | None) -> Scores:
        return self.scores.get(version.pk, {}) if version else {}


def _ask(one: Asked, new: Mapping[int, Developed], *, place: int) -> Scores:
    if not one.is_challenger:
        return predictions.ask(new, one.version, place=place)
    try:
        found = predictions.ask(new, one.version, place=place)
    except (ConnectionError, TimeoutError):
        # The store of files is away, for the champion too.
        raise
    except Exception as error:
        # Whatever is wrong with a file that is only tried, the champion's posts go on.
        raise ChallengerFailed(one.arm or 0, f"{type(error).__name__}: {error}"[:500]) from error
    if not _is_finite(found.values()):
        raise ChallengerFailed(one.arm or 0, "It gave scores that are no probabilities.")
    return found


def _is_finite(rows: Iterable[Mapping[str, float]]) -> bool:
    return all(math.isfinite(score) and 0 <= score <= 1 for row in rows for score in row.values())


def add(arm: int, *, images: int = 0, seconds: float = 0.0, failures: int = 0, now: datetime) -> None:
    """Add to what scoring for an arm took today; others wait for the row until the transaction ends."""
    facts: dict[str, Any] = {
        "arm": arm,
        "day": now.astimezone(UTC).date(),
        "images": images,
        "microseconds": round(1e6 * seconds),
        "failures": failures,
    }
    with connection.cursor() as cursor:
        cursor.execute(_ADD, facts)
