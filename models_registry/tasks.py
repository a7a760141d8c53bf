"""This will be Celery's way in: ids or nothing, one room call each, safe to run twice."""

from celery import shared_task
from django.utils import timezone

from models_registry import studies, training
from models_registry.nudge import nudge


# Acknowledged early: a run may outlast the visibility timeout, and is recovered by its row and heartbeat instead.
# Nudges that find every worker busy for long expire, as the sweep sends others.
@shared_task(acks_late=False, expires=120)
def train() -> int:
    """Execute requested runs until none waits, and clear away what old ones left; returns how many came up.

    Before each, studies ask for their next trial; it stands last in the line.
    """
    done = 0
    studies.advance(now=timezone.now())
    while (run_id := training.waiting()) is not None:
        training.execute(run_id, now=timezone.now())
        studies.advance(now=timezone.now())
        done += 1
    training.clear_away(now=timezone.now())
    return done


@shared_task
def recover() -> None:
    """Give silent runs back to the line, and nudge the training workers if anything waits."""
    training.recover(now=timezone.now())
    if training.waiting() is not None or studies.are_waiting():
        nudge(train)
