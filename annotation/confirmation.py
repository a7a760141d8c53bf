"""This will ask a second, blind person about hold-out images whose truth rests on one answer.

What measures models must not carry one person's slip: at 1 % prevalence a slip rate of 2 % would make most of the
"violations" among the images that passed mistakes. Reviews and audits settle with one "fine", for decisions cannot
wait; so a sweep asks about such an image again, on the label desk, and the first answer counts as the first of two.

Every violation is asked about again, and of the images called fine as many as the day's budget allows, but never less
than one in ten. The toss is recorded on the truth and multiplied into the inclusion probability (two-phase sampling:
Särndal, Swensson and Wretman, Model Assisted Survey Sampling, 1992, chapter 9). It depends on the first answer alone,
so the weighted hold-out still speaks for the traffic.
"""

import math
import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from annotation import questions, splits
from annotation.labels import UNDO_SECONDS
from annotation.models import Lane, Purpose, Question, Truth, TruthSource
from annotation.questions import Ask
from config.accounts.models import Project
from models_registry.registry import lock

CONFIRMED_BY = 2
CONFIRM_DAYS = 3
# A share of zero would leave part of the traffic without any weight.
LEAST_SHARE = 0.1
_BATCH = 10_000


def is_lacking(truth: Truth) -> bool:
    """Say whether the truth of a hold-out image still rests on one answer, and so may not measure a model.

    An image that lies on both sides of the split measures none, whatever is said of it.
    """
    is_one_answer = truth.source == TruthSource.QUESTION and truth.votes < CONFIRMED_BY
    return is_one_answer and splits.is_hold_out(truth.image.split_key) and not truth.image.straddles_split


@transaction.atomic
def open_for_hour(project: Project, *, seed: int = 0, now: datetime) -> list[Question]:
    """Toss for every truth that rests on one answer, and open the questions that the tosses call for.

    Each truth is tossed for once, when it can no longer be undone. Safe to run twice; two at once wait for each other.
    """
    lock(project)
    waiting = _waiting(project, now=now)
    useful = [truth for truth in waiting if truth.inclusion_probability is not None and is_lacking(truth)]
    violations = [truth for truth in useful if truth.classes]
    fine = [truth for truth in useful if not truth.classes]
    room = _room(len(fine), budget=_budget(project, now=now) - len(violations))
    drawn = random.Random(f"confirm {seed}:{now.isoformat()}").sample(fine, room)
    _record(waiting, 0.0)
    _record(violations, 1.0)
    _record(fine, room / max(1, len(fine)))
    return questions.open_questions(_asks(violations + drawn, now=now), now=now)


def _waiting(project: Project, *, now: datetime) -> list[Truth]:
    final = now - timedelta(seconds=UNDO_SECONDS)
    found = Truth.objects.filter(project=project, votes=1, confirmation_probability__isnull=True, settled_at__lte=final)
    held = found.filter(withdrawn_at__isnull=True).select_for_update(of=("self",), no_key=True)
    return list(held.select_related("image", "schema", "question").order_by("settled_at", "id")[:_BATCH])


def _budget(project: Project, *, now: datetime) -> int:
    """Return how many may be asked now, so that the day's budget is spread over its hours."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    today = Question.objects.filter(project=project, purpose=Purpose.LABEL, opened_at__gte=midnight)
    spread = math.ceil(project.confirmations_per_day * (now.hour + 1) / 24)
    return spread - today.filter(confirms__isnull=False).count()


def _room(n_fine: int, *, budget: int) -> int:
    return min(n_fine, max(budget, math.ceil(LEAST_SHARE * n_fine)))


def _record(truths: Sequence[Truth], probability: float) -> None:
    """Write the tosses down; 0 for a truth that needs none."""
    Truth.objects.filter(pk__in=[truth.pk for truth in truths]).update(confirmation_probability=probability)
    for truth in truths:
        truth.confirmation_probability = probability


def _asks(truths: Sequence[Truth], *, now: datetime) -> list[Ask]:
    """Ask about each image; none of these is for people who judged it before, whatever they were asked of it."""
    return [
        Ask(
            image=truth.image,
            schema=truth.schema,
            purpose=Purpose.LABEL,
            lane=Lane.NORMAL,
            due_at=now + timedelta(days=CONFIRM_DAYS),
            stratum=truth.stratum,
            inclusion_probability=(truth.inclusion_probability or 0.0) * (truth.confirmation_probability or 0.0),
            confirms=truth,
        )
        for truth in truths
    ]
