"""This will have people look sooner at what many see.

A published post whose review or complaint is open is due the sooner the more often it was seen: the time allowed from
the opening of its question is a day for what nobody sees, half a day at a thousand views, six hours at seven thousand,
and so on, an equal part more for each doubling. A due time that is earlier anyway stays, and none ever moves later.
Audits are not hurried: nothing may tell them from one another.
"""

import math
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from annotation import questions
from annotation.models import Purpose, QuestionStatus
from moderation.models import Asked, Post, PostViews, Publication

HOURS = 24.0
VIEWS = 1000
HURRIED = frozenset({Purpose.REVIEW, Purpose.COMPLAINT})


def allowed(views: int) -> timedelta:
    """Return how long a published post that was seen so often may wait for an answer at most."""
    return timedelta(hours=HOURS / (1 + math.log2(1 + views / VIEWS)))


def due_at(post: Post, *, now: datetime) -> datetime:
    """Return by when somebody should answer a question that is opened about a post now."""
    views = PostViews.objects.filter(post=post).values_list("views", flat=True).first()
    return now + allowed(views or 0)


def hurry(post_ids: Iterable[int]) -> int:
    """Move open questions about posts earlier by what these were seen; returns how many. Safe to repeat."""
    asked = Asked.objects.filter(
        post__in=list(post_ids),
        post__publication=Publication.PUBLISHED,
        question__status=QuestionStatus.OPEN,
        question__purpose__in=HURRIED,
    )
    due: dict[int, datetime] = {}
    rows = asked.values_list("question", "question__opened_at", "question__due_at", "post__seen__views")
    for question, opened_at, due_so_far, views in rows:
        soonest = opened_at + allowed(views or 0)
        if soonest < due.get(question, due_so_far):
            due[question] = soonest
    if due:
        with transaction.atomic():
            questions.bring_forward(due)
    return len(due)
