"""This will move posts through their life: the one mutator of status and publication.

Every move asks the transition table, writes the row and leaves an event with who or what acted. The caller holds the
posts' rows locked, or the token under which it claimed them, and is in a transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Model

from config.accounts.models import User
from config.each_row import InsertEach, UpdateEach
from models_registry.models import ModelVersion
from moderation import indexing, states
from moderation.models import PolicyVersion, Post, PostEvent, PostStatus, Publication


@dataclass(frozen=True)
class Actor:
    """Who or what acts: a person, or the policy with the model version it asked; empty for the service itself."""

    person: User | None = None
    policy_version: PolicyVersion | None = None
    model_version: ModelVersion | None = None


NOBODY = Actor()


@dataclass(frozen=True)
class Move:
    """One event that happens to one post; ``publication`` is given where it may change."""

    post: Post
    event: str
    publication: Publication | None = None
    detail: dict[str, Any] = field(default_factory=dict)
    actor: Actor = NOBODY


# Search does not tell waiting from being screened.
_UNSEEN = frozenset({"claim", "give_back"})
_SCREENED = frozenset({PostStatus.PASSED, PostStatus.IN_REVIEW, PostStatus.DECIDED, PostStatus.FAILED})
_FIELDS = ["status", "publication", "publication_version", "attempts", "claim_token", "claimed_until"] + [
    "failure_code",
    "failure_detail",
    "screened_at",
]
_WRITE = UpdateEach(Post, _FIELDS)
_INSERT_EVENTS = InsertEach(PostEvent)


def move(moves: Sequence[Move], *, now: datetime) -> list[Post]:
    """Apply the moves; returns the posts whose publication changed. Raises IllegalTransition before writing.

    Verdicts and decisions that belong to the moves are written before, so that search follows them.
    """
    events = [_apply(one, now=now) for one in moves]
    changed = [one.post for one in moves if _publish(one)]
    _WRITE([one.post for one in moves])
    _INSERT_EVENTS(events)
    indexing.refresh([one.post for one in moves if one.event not in _UNSEEN])
    return changed


def _apply(one: Move, *, now: datetime) -> PostEvent:
    post, previous = one.post, one.post.status
    post.status = PostStatus(states.after(previous, one.event))
    if previous == PostStatus.SCREENING:
        post.claim_token = post.claimed_until = None
        post.screened_at = now if post.status in _SCREENED else None
    # By their ids: two a post are made, and Django takes longer to link objects than to make them.
    return PostEvent(
        post_id=post.pk,
        kind=one.event,
        previous_status=previous,
        status=post.status,
        person_id=_id(one.actor.person),
        policy_version_id=_id(one.actor.policy_version),
        model_version_id=_id(one.actor.model_version),
        detail=one.detail,
        created_at=now,
    )


def _id(row: Model | None) -> int | None:
    return row.pk if row else None


def _publish(one: Move) -> bool:
    if one.publication is None or one.publication == one.post.publication:
        return False
    one.post.publication = one.publication
    one.post.publication_version += 1
    return True
