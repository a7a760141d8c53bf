"""This will do one thing to many posts at once: send them to review, take them down, put them back.

Every post gets its own decision or question, event and webhook, and its own line in the batch, which names the person
and their reason. A batch may come in parts, and any part may come again: what is in it already is told, not done anew.

A decision ends what it answers: other reviews, complaints about what it takes down, appeals for what it puts back. What
a draw chose goes on, for it is measured; so do complaints and appeals that the decision went against, and whoever
judges them is told of it. Their answers decide again: the last decision by time wins.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from annotation import questions
from annotation.models import Lane, Purpose, Question, QuestionStatus
from annotation.questions import Ask
from config.accounts.models import Project, User
from models_registry import class_trees
from models_registry.registry import current_schema
from moderation import asking, cases, decisions, lifecycle
from moderation.lifecycle import Actor, Move
from moderation.models import (
    Appeal,
    Asked,
    BulkAction,
    BulkItem,
    BulkKind,
    Complaint,
    Decision,
    DecisionKind,
    Post,
    PostStatus,
    Publication,
)

MOST_POSTS = 500
REVIEW_HOURS = 4
DONE, ALREADY, CANNOT, NOT_FOUND = "done", "already", "cannot", "not_found"

_ASKABLE = frozenset({PostStatus.PASSED, PostStatus.DECIDED})
_DECIDABLE = _ASKABLE | {PostStatus.IN_REVIEW}
_MEANS = {
    BulkKind.REMOVE: (DecisionKind.REMOVE, Publication.UNPUBLISHED),
    BulkKind.KEEP: (DecisionKind.KEEP, Publication.PUBLISHED),
}
_ANSWERS = {
    BulkKind.REMOVE: (Purpose.REVIEW, Purpose.COMPLAINT),
    BulkKind.KEEP: (Purpose.REVIEW, Purpose.APPEAL),
}


class BadOrder(ValueError):
    """The order cannot be carried out for any post; the message says why."""


class BatchConflict(Exception):
    """This batch is known, and was something else."""


@dataclass(frozen=True)
class Order:
    """What to do, and why; ``classes`` say what a removal is for, and are empty otherwise."""

    batch_id: uuid.UUID
    kind: BulkKind
    reason: str
    classes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """What became of one post: done; already so; cannot be in its status; not found in this project."""

    post_id: int
    code: str


@transaction.atomic
def act(order: Order, *, post_ids: Sequence[int], project: Project, person: User, now: datetime) -> list[Result]:
    """Carry an order out, all of it or nothing; returns a result for each post, in the order given.

    Two calls with one batch at once wait for each other. Raises BadOrder or BatchConflict.
    """
    _check(order, project)
    action = _open(order, project, person=person, now=now)
    told = dict(action.items.values_list("post_id", "code"))
    new = sorted(set(post_ids) - set(told))
    if len(told) + len(new) > MOST_POSTS:
        raise BadOrder(f"A batch holds at most {MOST_POSTS} posts.")
    mine = Post.objects.filter(project=project, pk__in=new)
    held = asking.hold(mine.values_list("image_id", flat=True))
    told |= _carry_out(action, _hold(mine), held=held, person=person, now=now)
    return [Result(one, told.get(one, NOT_FOUND)) for one in dict.fromkeys(post_ids)]


def _check(order: Order, project: Project) -> None:
    if order.kind != BulkKind.REMOVE and order.classes:
        raise BadOrder("Only a removal names classes.")
    if order.kind == BulkKind.REMOVE and not order.classes:
        raise BadOrder("A removal names at least one class.")
    unknown = set(order.classes) - set(current_schema(project).keys)
    if unknown:
        raise BadOrder(f"There is no class {', '.join(sorted(unknown))}.")


def _open(order: Order, project: Project, *, person: User, now: datetime) -> BulkAction:
    classes = class_trees.with_parents(current_schema(project).classes, order.classes)
    said = {"kind": order.kind, "classes": classes, "reason": order.reason, "person": person}
    BulkAction.objects.get_or_create(project=project, batch_id=order.batch_id, defaults=said | {"created_at": now})
    action = BulkAction.objects.select_for_update().get(project=project, batch_id=order.batch_id)
    if any(getattr(action, name) != value for name, value in said.items()):
        raise BatchConflict(f"The batch {order.batch_id} is here already, with something else in it.")
    return action


def _hold(posts: QuerySet[Post]) -> list[Post]:
    held = posts.select_for_update(of=("self",), no_key=True).select_related("client", "image")
    return list(held.order_by("id"))


def _carry_out(
    action: BulkAction, posts: Sequence[Post], *, held: Sequence[int], person: User, now: datetime
) -> dict[int, str]:
    codes = {post.pk: _code(post, BulkKind(action.kind)) for post in posts}
    fitting = [post for post in posts if codes[post.pk] == DONE]
    if action.kind == BulkKind.REVIEW:
        _ask(fitting, action, person=person, now=now)
        made: dict[int, Decision] = {}
    else:
        made = _decide(fitting, action, person=person, now=now)
        _end(fitting, BulkKind(action.kind), held=held, now=now)
    BulkItem.objects.bulk_create(
        BulkItem(action=action, post=post, code=codes[post.pk], decision=made.get(post.pk), created_at=now)
        for post in posts
    )
    return codes


def _code(post: Post, kind: BulkKind) -> str:
    if kind == BulkKind.REVIEW:
        return DONE if post.status in _ASKABLE else ALREADY if post.status == PostStatus.IN_REVIEW else CANNOT
    if post.status not in _DECIDABLE:
        return CANNOT
    is_so = post.publication == _MEANS[kind][1] and post.status != PostStatus.IN_REVIEW
    return ALREADY if is_so else DONE


def _decide(posts: Sequence[Post], action: BulkAction, *, person: User, now: datetime) -> dict[int, Decision]:
    made = decisions.impose(
        posts,
        kind=_MEANS[BulkKind(action.kind)][0],
        classes=action.classes,
        reason=action.reason,
        person=person,
        now=now,
    )
    return {one.post_id: one for one in made}


def _end(posts: Sequence[Post], kind: BulkKind, *, held: Sequence[int], now: datetime) -> None:
    """Close what the decision answers, and tell whoever judges a complaint or an appeal that goes on of it."""
    asking.unask(posts, held=held, purposes=_ANSWERS[kind], now=now)
    asked = Asked.objects.filter(post__in=posts, question__in=held, question__status=QuestionStatus.OPEN)
    about_cases = asked.filter(question__purpose__in=[Purpose.COMPLAINT, Purpose.APPEAL])
    for one in about_cases.select_related("question", "post").order_by("id"):
        purpose = Purpose(one.question.purpose)
        questions.tell(one.question, origin=cases.about(str(purpose), one.post, said=_said(one.question, purpose)))


def _said(question: Question, purpose: Purpose) -> list[Complaint | Appeal]:
    said = Complaint.objects if purpose == Purpose.COMPLAINT else Appeal.objects
    return list(said.filter(question=question).order_by("-id")[: cases.MOST_ENTRIES])


def _ask(posts: Sequence[Post], action: BulkAction, *, person: User, now: datetime) -> None:
    """Open a review of each post, for people who have not judged it."""
    if not posts:
        return
    judges = decisions.judges(posts)
    schema = current_schema(action.project)
    asks = [
        Ask(
            image=post.image,
            schema=schema,
            purpose=Purpose.REVIEW,
            lane=Lane.NORMAL,
            due_at=now + timedelta(hours=REVIEW_HOURS),
            origin={"title": post.title, "description": post.description, "external_id": post.external_id},
            attributes=post.attributes,
            not_for=judges[post.pk],
        )
        for post in posts
    ]
    opened = questions.open_questions(asks, now=now)
    Asked.objects.bulk_create(
        [Asked(post=post, question=one, created_at=now) for post, one in zip(posts, opened, strict=True)],
        ignore_conflicts=True,
    )
    detail = {"reason": "sent_by_a_person", "batch": str(action.batch_id)}
    lifecycle.move([Move(post, "ask", detail=detail, actor=Actor(person=person)) for post in posts], now=now)
