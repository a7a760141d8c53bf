"""This will ask a model version about images and keep its answers."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
from django.db.models import F

from annotation.models import Image, Prediction
from annotation.pixels import Developed
from config.compiled import Among, Compiled, Given
from config.each_row import InsertEach
from models_registry import serving
from models_registry.models import ModelVersion

_INSERT = InsertEach(Prediction, ignore_conflicts=True)
_KNOWN = Compiled(
    lambda: Prediction.objects.filter(Among(F("image_id"), Given("images")), model_version=Given("version")).only(
        "image_id", "scores"
    )
)


def known(images: Sequence[Image], version: ModelVersion) -> dict[int, dict[str, float]]:
    """Return the scores this version gave these images before, by image id."""
    rows = _KNOWN.all(version=version.pk, images=[one.pk for one in images])
    return {one.image_id: one.scores for one in rows}


def ask(developed: Mapping[int, Developed], version: ModelVersion, *, place: int = 0) -> dict[int, dict[str, float]]:
    """Score freshly developed images, one batch; keys are image ids.

    ``place`` is where among the canvases that each was developed for this version's is.
    """
    if not developed:
        return {}
    canvases = np.stack([one.canvases[place] for one in developed.values()])  # [N, H, W, 3]
    return dict(zip(developed, serving.predict(version, canvases), strict=True))


def keep(
    scores: Mapping[int, dict[str, float]], version: ModelVersion, *, arm: int | None = None, now: datetime
) -> None:
    """Write predictions down, and for which arm of a rollout they were asked; one that is there stays as it was.

    Written in the order of image ids: two callers with the same images would otherwise wait for each other.
    """
    rows = [
        Prediction(image_id=image_id, model_version_id=version.pk, scores=one, rollout_arm=arm, created_at=now)
        for image_id, one in sorted(scores.items(), key=lambda pair: pair[0])
    ]
    _INSERT(rows)
