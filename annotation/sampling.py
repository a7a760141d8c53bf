"""This will choose the images whose labels would teach the model most, and ask about them within the day's budget.

Nine in ten are the images whose scores lie nearest to where the policy changes its mind; one in ten is random, so that
what the model is sure of is looked at too. Images chosen for a reason have no inclusion probability: they teach, and
never measure.
"""

import math
import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from annotation import questions
from annotation.models import Lane, Prediction, Purpose, Question, QuestionStatus, Truth
from annotation.questions import Ask
from config.accounts.models import Project
from models_registry.models import LabelSchema, ModelVersion
from models_registry.registry import lock

RANDOM_SHARE = 0.1
LABEL_DAYS = 3
CANDIDATES = 5000


@transaction.atomic
def open_for_hour(
    version: ModelVersion, *, bands: Mapping[str, Sequence[float]], schema: LabelSchema, seed: int = 0, now: datetime
) -> list[Question]:
    """Open this hour's label questions; ``bands`` are the policy's thresholds per class.

    Running it twice in an hour opens no more than the day's budget allows; two at once wait for each other.
    """
    project = lock(version.detector.project)
    wanted = _budget(project, now=now)
    if wanted <= 0:
        return []
    chance = random.Random(f"{seed}:{now.isoformat()}")
    chosen = choose(_candidates(project, version), bands=bands, wanted=wanted, chance=chance)
    asks = [
        Ask(
            image=one.image,
            schema=schema,
            purpose=Purpose.LABEL,
            lane=Lane.NORMAL,
            due_at=now + timedelta(days=LABEL_DAYS),
            origin={"model_version": version.pk},
        )
        for one in chosen
    ]
    return questions.open_questions(asks, now=now)


def _budget(project: Project, *, now: datetime) -> int:
    """Return how many questions may be opened now, so that the day's budget is spread over its hours."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    mine = Question.objects.filter(project=project, purpose=Purpose.LABEL, confirms__isnull=True)
    opened = mine.filter(opened_at__gte=midnight).count()
    return math.ceil(project.labels_per_day * (now.hour + 1) / 24) - opened


def _candidates(project: Project, version: ModelVersion) -> list[Prediction]:
    """Return the newest predictions about images that nobody has answered or is being asked about.

    Images near both sides of the split are left out: no dataset takes them.
    """
    answered = Truth.objects.filter(image_id=OuterRef("image_id"), withdrawn_at__isnull=True)
    asked = Question.objects.filter(image_id=OuterRef("image_id"), status=QuestionStatus.OPEN)
    mine = Prediction.objects.filter(model_version=version, image__project=project, image__straddles_split=False)
    fresh = mine.filter(~Exists(answered), ~Exists(asked))
    return list(fresh.select_related("image").order_by("-id")[:CANDIDATES])


def choose(
    candidates: Sequence[Prediction], *, bands: Mapping[str, Sequence[float]], wanted: int, chance: random.Random
) -> list[Prediction]:
    """Choose so many of the candidates: a tenth at random, the others by how near they lie to a threshold. Pure."""
    n_random = min(len(candidates), math.ceil(wanted * RANDOM_SHARE))
    lucky = chance.sample(list(candidates), n_random)
    taken = {one.pk for one in lucky}
    rest = [one for one in candidates if one.pk not in taken]
    return lucky + sorted(rest, key=lambda one: (_distance(one.scores, bands), one.pk))[: wanted - n_random]


def _distance(scores: Mapping[str, float], bands: Mapping[str, Sequence[float]]) -> float:
    """Return how far the nearest class lies from a threshold of its own, on the scale of log odds."""
    pairs = ((scores[key], limit) for key, limits in bands.items() if key in scores for limit in limits)
    return min((abs(_log_odds(score) - _log_odds(limit)) for score, limit in pairs), default=math.inf)


def _log_odds(probability: float) -> float:
    bounded = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(bounded / (1 - bounded))
