"""This will take the answers of a page of the grid, and take them back together.

Every answer is a transaction of its own: one that is refused says so and holds up no other. What was stored is found
again by its token and words, so a page that is sent twice is stored once and told the same.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from annotation import labels
from annotation.labels import BadAnswer, Retracted, RetractionRefused
from annotation.models import Label
from annotation.queue import LeaseLost
from config.accounts.models import User
from moderation import decisions
from moderation.decisions import Answered
from moderation.reasons import BadReason


class NoSuchBatch(Exception):
    """This person answered nothing under this batch id."""


@dataclass(frozen=True)
class Item:
    """One answer of a page, for the job that its token holds."""

    job_id: int
    token: uuid.UUID
    answer: labels.Answer


@dataclass(frozen=True)
class Result:
    """What came of one item: answered, or refused with an exception that has a ``code``."""

    job_id: int
    answered: Answered | None = None
    refusal: LeaseLost | BadAnswer | BadReason | None = None


def answer(batch_id: uuid.UUID, items: Sequence[Item], *, person: User, now: datetime) -> list[Result]:
    """Answer many jobs; returns what came of each, in the order given."""
    return [_answer(item, batch_id=batch_id, person=person, now=now) for item in items]


def _answer(item: Item, *, batch_id: uuid.UUID, person: User, now: datetime) -> Result:
    try:
        answered = decisions.answer(
            item.job_id, person=person, token=item.token, answer=item.answer, batch_id=batch_id, now=now
        )
    except (LeaseLost, BadAnswer, BadReason) as refusal:
        return Result(item.job_id, refusal=refusal)
    return Result(item.job_id, answered=answered)


@dataclass(frozen=True)
class TakenBack:
    """What came of taking back one answer: retracted, or refused."""

    label_id: int
    retracted: Retracted | None = None
    refusal: RetractionRefused | None = None


def retract(batch_id: uuid.UUID, *, person: User, now: datetime) -> list[TakenBack]:
    """Take back every answer of a page, each in a transaction of its own, in the order given. Raises NoSuchBatch."""
    mine = Label.objects.filter(batch_id=batch_id, person=person).order_by("id")
    ids = list(mine.values_list("pk", flat=True))
    if not ids:
        raise NoSuchBatch(f"You answered nothing under {batch_id}.")
    return [_retract(label_id, person=person, now=now) for label_id in ids]


def _retract(label_id: int, *, person: User, now: datetime) -> TakenBack:
    try:
        return TakenBack(label_id, retracted=decisions.retract(label_id, person=person, now=now))
    except RetractionRefused as refusal:
        return TakenBack(label_id, refusal=refusal)
