"""This will be Celery's way in: ids or nothing, one room call each, safe to run twice."""

import logging

from celery import shared_task
from django.utils import timezone

from annotation import confirmation, datasets, gold, playground, queue
from config.accounts.everywhere import in_every_project
from models_registry.models import Detector
from models_registry.nudge import nudge
from models_registry.registry import RunRefused
from models_registry.tasks import train

log = logging.getLogger(__name__)


@shared_task
def release_expired() -> int:
    return queue.release_expired(now=timezone.now())


@shared_task(expires=60)
def play() -> int:
    """Answer what is asked in the playground until nothing waits; returns about how many pictures."""
    answered = 0
    while some := playground.answer(now=timezone.now()):
        answered += some
    return answered


@shared_task
def confirm() -> int:
    """Ask a second person about hold-out images in every project; returns how many questions were opened."""
    opened = in_every_project(lambda one: confirmation.open_for_hour(one, now=timezone.now()), what="Confirming")
    return sum(map(len, opened))


@shared_task
def tend_gold() -> int:
    """Keep gold items ready in every project that asks for them; returns how many were added."""
    return sum(in_every_project(lambda one: gold.tend(one, now=timezone.now()), what="Keeping gold items ready"))


@shared_task
def train_nightly() -> int:
    """Request a run for every detector with enough new truths; returns how many."""
    requested = 0
    for detector in Detector.objects.select_related("schema__project").order_by("id"):
        try:
            requested += datasets.train_when_enough(detector, now=timezone.now()) is not None
        except datasets.NothingToFreeze:
            continue
        except RunRefused as refused:
            log.warning("No nightly run for %s: %s", detector, refused)
    nudge(train)
    return requested
