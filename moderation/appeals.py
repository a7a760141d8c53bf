"""This will hear posters who contest that their post was taken down.

Somebody who had no part in it judges, without scores and with the poster's words. The answer is a decision like any
other: *fine* puts the post back and tells the client; anything else leaves it down. Each removal can be appealed once,
and what an appeal has decided stays.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from annotation import questions
from annotation.models import Lane, Purpose
from annotation.questions import Ask
from config.accounts.models import Client
from models_registry.registry import current_schema
from moderation import cases, complaints, decisions, lifecycle
from moderation.lifecycle import Move
from moderation.models import Appeal, Asked, Decision, DecisionKind, Post, PostStatus, Publication

HOURS = 24.0
_APPEALABLE = frozenset({PostStatus.DECIDED, PostStatus.IN_REVIEW})


class NothingToAppeal(Exception):
    """The post is not taken down by a decision."""


class AlreadyAppealed(Exception):
    """This removal was appealed before, or is what an appeal decided."""


class AppealIdConflict(Exception):
    """The client used this appeal id before, for another appeal."""


@dataclass(frozen=True)
class Said:
    """What a client passes on. ``appeal_id`` is its own name for it, and makes sending it again safe."""

    external_id: str
    text: str = ""
    appeal_id: str = ""
    appealed_at: datetime | None = None


def submit(client: Client, said: Said, *, now: datetime) -> tuple[Appeal, bool]:
    """Take an appeal and have it judged; returns it and whether it is new.

    Of two callers at once one is told that it is not new, or that the removal is appealed already. Raises UnknownPost,
    NothingToAppeal, AlreadyAppealed or AppealIdConflict.
    """
    known = _known(client, said)
    if known:
        return known, False
    try:
        with transaction.atomic():
            return _create(client, said, now=now)
    except IntegrityError:
        known = _known(client, said)
        if known is None:
            raise
        return known, False


def _known(client: Client, said: Said) -> Appeal | None:
    if not said.appeal_id:
        return None
    known = Appeal.objects.for_client(client).filter(appeal_id=said.appeal_id).select_related("post").first()
    if known and (known.post.external_id, known.text) != (said.external_id, said.text):
        raise AppealIdConflict(f"The appeal {said.appeal_id!r} is here already, and says something else.")
    return known


def _create(client: Client, said: Said, *, now: datetime) -> tuple[Appeal, bool]:
    post = complaints.hold(client, said.external_id)
    # Another caller may have been first while this one waited for the post.
    if known := _known(client, said):
        return known, False
    contested = _contested(post)
    appeal = Appeal(
        project_id=post.project_id,
        client=client,
        post=post,
        contested=contested,
        appeal_id=said.appeal_id,
        text=said.text,
        appealed_at=said.appealed_at or now,
        received_at=now,
    )
    _ask(appeal, now=now)
    return appeal, True


def _contested(post: Post) -> Decision:
    """Return the removal in force. Raises NothingToAppeal or AlreadyAppealed."""
    last = decisions.last_decision(post)
    is_down = post.publication == Publication.UNPUBLISHED and post.status in _APPEALABLE
    if not is_down or last is None or last.kind != DecisionKind.REMOVE:
        raise NothingToAppeal(f"The post {post.external_id!r} is not taken down by a decision.")
    if Appeal.objects.filter(contested=last).exists():
        raise AlreadyAppealed(f"The removal of {post.external_id!r} is appealed already.")
    if last.label and last.label.question.purpose == Purpose.APPEAL:
        raise AlreadyAppealed(f"That {post.external_id!r} stays down is what an appeal decided.")
    return last


def _ask(appeal: Appeal, *, now: datetime) -> None:
    """Open a question for somebody who had no part in the removal. The caller holds the post."""
    post, schema = appeal.post, current_schema(appeal.post.project)
    ask = Ask(
        image=post.image,
        schema=schema,
        purpose=Purpose.APPEAL,
        lane=Lane.NORMAL,
        due_at=now + timedelta(hours=HOURS),
        attributes=post.attributes,
        not_for=decisions.judges([post])[post.pk],
    )
    appeal.question = questions.open_questions([ask], now=now)[0]
    appeal.save()
    Asked.objects.get_or_create(post=post, question=appeal.question, defaults={"created_at": now})
    # Posts of the same bytes share the question, and what each of their posters says.
    said = Appeal.objects.filter(question=appeal.question)
    questions.tell(appeal.question, origin=cases.about("appeal", post, said=said))
    lifecycle.move([Move(post, "ask", detail={"reason": "appeal", "appeal": appeal.pk})], now=now)
