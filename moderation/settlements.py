"""This will pick up settled truths that moderation has not acted on yet.

Lower floors never call up, so a sweep looks down: an audit in which three people agreed on a violation is decided at
once; any other truth that contradicts what is published opens a review, for people who have not judged it yet.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from annotation import questions
from annotation.models import Label, Lane, Purpose, Truth, TruthSource
from annotation.questions import Ask
from config.accounts.models import Project
from moderation import asking, decisions, lifecycle
from moderation.lifecycle import Move
from moderation.models import Asked, Post, PostStatus, Publication, Settlement

SWEPT = frozenset({Purpose.AUDIT, Purpose.SECOND_LOOK, Purpose.LABEL})
# What one person would still be asked about a post on which three have just agreed.
_MOOT = (Purpose.REVIEW, Purpose.COMPLAINT)
REVIEW_HOURS = 4
_BATCH = 200


def sweep(*, now: datetime, project: Project | None = None) -> int:
    """Settle what waits; returns how many truths were looked at. Safe to run at once and twice."""
    waiting = _waiting().filter(purpose__in=SWEPT)
    if project:
        waiting = waiting.filter(project=project)
    ids = list(waiting.order_by("id").values_list("pk", flat=True)[:_BATCH])
    for truth_id in ids:
        _settle(truth_id, now=now)
    return len(ids)


def _waiting() -> QuerySet[Truth]:
    done = Settlement.objects.filter(truth_id=OuterRef("pk"))
    return Truth.objects.filter(~Exists(done), source=TruthSource.QUESTION, withdrawn_at__isnull=True)


@transaction.atomic
def _settle(truth_id: int, *, now: datetime) -> None:
    truth = (
        _waiting()
        .select_for_update(skip_locked=True, of=("self",), no_key=True)
        .select_related("question__confirms", "image", "schema")
        .filter(pk=truth_id)
        .first()
    )
    if truth is not None:
        Settlement.objects.create(truth=truth, result=_act(truth, now=now), created_at=now)


def _act(truth: Truth, *, now: datetime) -> str:
    wrong = Publication.PUBLISHED if truth.classes else Publication.UNPUBLISHED
    is_find = truth.purpose == Purpose.AUDIT and bool(truth.classes)
    statuses = [PostStatus.PASSED, PostStatus.DECIDED, *([PostStatus.IN_REVIEW] if is_find else [])]
    held = asking.hold([truth.image_id])
    posts = Post.objects.filter(image_id=truth.image_id, publication=wrong, status__in=statuses)
    contradicted = list(posts.select_for_update(of=("self",), no_key=True).select_related("client").order_by("id"))
    if not contradicted:
        return "nothing_to_do"
    if is_find:
        answers = Label.objects.filter(question=truth.question, retraction__isnull=True)
        label = answers.select_related("person").latest("id")
        decisions.decide(contradicted, truth, label=label, now=now)
        asking.unask(contradicted, held=held, purposes=_MOOT, now=now)
        return "decided"
    _open_review(contradicted, truth, now=now)
    return "review_opened"


def _open_review(posts: Sequence[Post], truth: Truth, *, now: datetime) -> None:
    confirmed = truth.question.confirms if truth.question else None
    about = [truth.question_id, confirmed.question_id if confirmed else None]
    answered = Label.objects.filter(question__in=[one for one in about if one]).values_list("person_id", flat=True)
    judges = frozenset(answered).union(*decisions.judges(posts).values())
    ask = Ask(
        image=truth.image,
        schema=truth.schema,
        purpose=Purpose.REVIEW,
        lane=Lane.URGENT,
        due_at=now + timedelta(hours=REVIEW_HOURS),
        origin={"title": posts[0].title, "description": posts[0].description},
        attributes=posts[0].attributes,
        not_for=judges,
    )
    question = questions.open_questions([ask], now=now)[0]
    Asked.objects.bulk_create(
        [Asked(post=post, question=question, created_at=now) for post in posts], ignore_conflicts=True
    )
    detail = {"reason": "truth_contradicts", "truth": truth.pk}
    lifecycle.move([Move(post, "ask", detail=detail) for post in posts], now=now)
