"""This will record binding decisions and act on them, and take them back.

A person's answer to a review, a complaint or an appeal is a decision: label, decision, publication and outbox row are
written in one transaction, or none of them. The last decision by time wins; nothing is ever changed, only reversed.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from annotation import gold, labels
from annotation.labels import Accepted, Retracted
from annotation.models import Label, Purpose, Question, Truth
from annotation.queue import LeaseLost
from config.accounts.models import User
from config.compiled import Compiled, CompiledInsert, Given
from moderation import lifecycle, reasons, webhooks
from moderation.lifecycle import Actor, Move
from moderation.models import Asked, Decision, DecisionKind, Post, PostStatus, Publication

BINDING = frozenset({Purpose.REVIEW, Purpose.COMPLAINT, Purpose.APPEAL})

_WAITING = Compiled(
    lambda: (
        Post.objects.select_for_update(of=("self",), no_key=True)
        .select_related("client", "image", "project")
        .filter(pk__in=Asked.objects.filter(question=Given("question")).values("post_id"))
        .exclude(status=PostStatus.WITHDRAWN)
        .order_by("id")
    )
)
# Mostly one post asks, and writing one row of a compiled statement is cheaper than a list of one.
_WRITE = CompiledInsert(Decision)
_PUBLICATION = {DecisionKind.REMOVE: Publication.UNPUBLISHED, DecisionKind.KEEP: Publication.PUBLISHED}


@dataclass(frozen=True)
class Answered:
    """What came of a person's answer: the label, and the decisions it led to (none, or one per waiting post).

    ``is_new`` is False for an answer that came again and was stored before.
    """

    accepted: Accepted
    decisions: list[Decision]
    is_new: bool = True

    @property
    def is_settled(self) -> bool:
        """Whether its person is told that the question has ended."""
        return self.accepted.truth is not None or gold.seems_settled(self.accepted.label)


def answer(
    job_id: int,
    *,
    person: User,
    token: uuid.UUID,
    answer: labels.Answer,
    batch_id: uuid.UUID | None = None,
    now: datetime,
) -> Answered:
    """Accept a label on any job, and decide at once where the question is binding.

    The very same answer sent again, by somebody whose connection lost the reply, is told what came of the first; also
    when both arrive at once. Raises LeaseLost, BadAnswer or BadReason, and then nothing has changed.
    """
    try:
        return _answer(job_id, person=person, token=token, answer=answer, batch_id=batch_id, now=now)
    except LeaseLost:
        before = _answered_before(job_id, person=person, token=token, answer=answer)
        if before is None:
            raise
        return before


@transaction.atomic
def _answer(
    job_id: int, *, person: User, token: uuid.UUID, answer: labels.Answer, batch_id: uuid.UUID | None, now: datetime
) -> Answered:
    accepted = labels.accept(job_id, person=person, token=token, answer=answer, batch_id=batch_id, now=now)
    reasons.check(accepted.label, project_id=accepted.question.project_id)
    if accepted.truth is None or accepted.question.purpose not in BINDING:
        return Answered(accepted, [])
    return Answered(accepted, decide(waiting_for(accepted.question), accepted.truth, label=accepted.label, now=now))


def _answered_before(job_id: int, *, person: User, token: uuid.UUID, answer: labels.Answer) -> Answered | None:
    accepted = labels.sent_before(job_id, person=person, token=token, answer=answer)
    if accepted is None:
        return None
    made = Decision.objects.filter(label=accepted.label).order_by("id")
    return Answered(accepted, list(made), is_new=False)


def waiting_for(question: Question) -> list[Post]:
    """Lock the living posts that ask this question."""
    return _WAITING.all(question=question.pk)


def decide(posts: Sequence[Post], truth: Truth, *, label: Label, now: datetime) -> list[Decision]:
    """Decide posts as a settled truth says; the actor is the person whose label settled it.

    The caller holds the posts' rows.
    """
    kind = DecisionKind.REMOVE if truth.classes else DecisionKind.KEEP
    words = reasons.text_of(label, project_id=truth.project_id)
    made = [
        _WRITE(
            post=post,
            project_id=post.project_id,
            kind=kind,
            classes=truth.classes,
            reason=f"{truth.purpose} answered",
            reason_key=label.reason,
            reason_text=words,
            batch_id=label.batch_id,
            person=label.person,
            label=label,
            arm_id=post.arm_id,
            created_at=now,
        )
        for post in posts
    ]
    _act(made, event="decide", now=now)
    return made


def impose(
    posts: Sequence[Post], *, kind: DecisionKind, classes: Sequence[str], reason: str, person: User, now: datetime
) -> list[Decision]:
    """Decide posts as a person says who was not asked. The caller holds the posts' rows."""
    made = [
        Decision(
            post=post,
            project_id=post.project_id,
            kind=kind,
            classes=sorted(classes),
            reason=reason,
            person=person,
            arm_id=post.arm_id,
            created_at=now,
        )
        for post in posts
    ]
    _act(Decision.objects.bulk_create(made), event="decide", now=now)
    return made


@transaction.atomic
def retract(label_id: int, *, person: User, now: datetime) -> Retracted:
    """Take back one's own answer, and reverse what it decided. Raises RetractionRefused; then nothing has changed."""
    retracted = labels.retract(label_id, person=person, now=now)
    posts = waiting_for(retracted.question)
    reversible = [one for one in map(last_decision, posts) if one and _rests_on(one, retracted.question)]
    reversals = [
        Decision(
            post=one.post,
            project_id=one.project_id,
            kind=_kind_before(one),
            classes=[],
            reason="answer taken back",
            person=person,
            reverses=one,
            arm_id=one.arm_id,
            created_at=now,
        )
        for one in reversible
    ]
    _act(Decision.objects.bulk_create(reversals), event="reopen", now=now)
    return retracted


def last_decision(post: Post) -> Decision | None:
    """Return the decision in force; its ``post`` is the given, locked row."""
    last = post.decisions.select_related("label").order_by("-created_at", "-id").first()
    if last:
        last.post = post
    return last


def judges(posts: Sequence[Post]) -> dict[int, frozenset[int]]:
    """Return, by post, the ids of all who decided on it so far or gave one of the answers that a decision rests on."""
    found: dict[int, set[int]] = {post.pk: set() for post in posts}
    made = Decision.objects.filter(post__in=found)
    deciders = made.filter(person__isnull=False).values_list("post", "person")
    answered = made.filter(label__question__labels__isnull=False)
    answerers = answered.values_list("post", "label__question__labels__person")
    for post, person in [*deciders, *answerers]:
        found[post].add(person)
    return {post: frozenset(people) for post, people in found.items()}


def _rests_on(decision: Decision, question: Question) -> bool:
    """Return whether answers to this question decided; a truth rests on all of them, so any taken back undoes it."""
    return decision.label is not None and decision.label.question_id == question.pk


def _kind_before(decision: Decision) -> DecisionKind:
    """Return what was in force before a decision; a post nobody had decided on was published."""
    earlier = decision.post.decisions.filter(id__lt=decision.pk).order_by("-id").first()
    return DecisionKind(earlier.kind) if earlier else DecisionKind.KEEP


_EVENTS = {Publication.UNPUBLISHED: "post.unpublished", Publication.PUBLISHED: "post.published"}


def _act(made: Iterable[Decision], *, event: str, now: datetime) -> None:
    """Give decisions their effect, and tell the clients the new state."""
    made = list(made)
    if not made:
        return
    moves = [
        Move(
            one.post,
            event,
            publication=_PUBLICATION[DecisionKind(one.kind)],
            detail={"decision": one.pk, "kind": str(one.kind), "classes": list(one.classes)},
            actor=Actor(person=one.person),
        )
        for one in made
    ]
    changed = lifecycle.move(moves, now=now)
    for publication, name in _EVENTS.items():
        webhooks.enqueue([post for post in changed if post.publication == publication], event=name, now=now)
    same = [one.post for one in made if one.post not in changed]
    webhooks.enqueue(same, event="post.decided", now=now)
