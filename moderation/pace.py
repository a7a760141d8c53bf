"""This will show a person their own day: how much, how fast, what they had to see, and the last answers to take back.

For the person alone: nobody else is shown it, and nobody is compared.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.db.models import Exists, OuterRef

from annotation import images, labels
from annotation.models import DatasetMember, Label, QuestionStatus
from config.accounts.models import Project, User
from moderation import exposure
from moderation.exposure import Exposure

LAST = 10
# A longer pause is a break, and no part of the pace.
BREAK_SECONDS = 300.0
# The pace is that of the newest answers; of a long day, the morning no longer counts.
MOST_TIMED = 1000


@dataclass(frozen=True)
class Today:
    """A person's day since midnight UTC; the pace is None until two answers follow each other without a break."""

    answered_today: int
    per_hour: float | None
    median_seconds: float | None
    exposure: list[Exposure]
    answers: list[dict[str, Any]]


def today(person: User, *, project: Project, now: datetime) -> Today:
    """Return a person's day in one project. Reads their own labels of the day by an index."""
    mine = exposure.answers_of(person, project=project, now=now)
    newest = mine.order_by("-created_at", "-id").values_list("created_at", "batch_id")[:MOST_TIMED]
    seconds = seconds_each(list(newest)[::-1])
    return Today(
        answered_today=mine.count(),
        per_hour=round(3600 / statistics.fmean(seconds), 1) if seconds and sum(seconds) else None,
        median_seconds=round(statistics.median(seconds), 1) if seconds else None,
        exposure=exposure.today(person, project=project, now=now),
        answers=_last(person, project=project, now=now),
    )


def seconds_each(answers: Sequence[tuple[datetime, Any]]) -> list[float]:
    """Return the seconds that each answer took; ``answers`` are (time, batch), oldest first.

    An answer took as long as it came after the one before, and a page of the grid is shared out among its answers. The
    first one, and what followed a break, took nobody knows how long and is left out.
    """
    pages = [list(some) for _, some in groupby(enumerate(answers), key=lambda one: one[1][1] or one[0])]
    found: list[float] = []
    for before, page in zip(pages, pages[1:], strict=False):
        seconds = (page[-1][1][0] - before[-1][1][0]).total_seconds()
        if seconds <= BREAK_SECONDS:
            found += [seconds / len(page)] * len(page)
    return found


def _last(person: User, *, project: Project, now: datetime) -> list[dict[str, Any]]:
    """Return the last answers that stand, newest first."""
    frozen = DatasetMember.objects.filter(truth__question=OuterRef("question"), truth__withdrawn_at__isnull=True)
    standing = Label.objects.filter(person=person, question__project=project, retraction__isnull=True)
    newest = standing.select_related("question__image").order_by("-created_at", "-id")
    return [_line(one, now=now) for one in newest.annotate(is_frozen=Exists(frozen))[:LAST]]


def _line(label: Any, *, now: datetime) -> dict[str, Any]:
    is_late = now - label.created_at > timedelta(seconds=labels.UNDO_SECONDS)
    is_closed = label.question.status == QuestionStatus.CLOSED
    return {
        "label_id": label.pk,
        "job": label.job_id,
        "classes": label.classes,
        "unsure": label.is_unsure,
        "note": label.note,
        "at": label.created_at,
        "is_retractable": not (is_late or is_closed or label.is_frozen),
        "batch_id": label.batch_id,
        "thumbnail_url": images.url(label.question.image, "thumbnail"),
    }
