"""This will accept a post once: check it, keep its bytes, write its row.

Idempotent on the client's external id: the same content again is the same post, also when two requests race;
different content under a known id is refused. Nothing is stored of what is refused.
"""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from annotation import images, questions
from annotation.models import Image, Question, QuestionStatus
from config.accounts.models import Client
from moderation import indexing, lifecycle, webhooks
from moderation.models import Asked, EventKind, Post, PostEvent, PostStatus, Publication


class ExternalIdConflict(Exception):
    """The client used this external id before, for something else."""


@dataclass(frozen=True)
class Submission:
    """What a client says of one image; ``attributes`` is a flat object of strings, numbers and booleans."""

    external_id: str
    image: bytes
    posted_at: datetime | None = None
    poster: str = ""
    title: str = ""
    description: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)

    def fingerprint(self) -> str:
        """Return the SHA-256 of everything the client sent."""
        said: list[Any] = [self.poster, self.title, self.description, self.attributes]
        said.append(self.posted_at.isoformat() if self.posted_at else None)
        digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode())
        digest.update(hashlib.sha256(self.image).digest())
        return digest.hexdigest()


def submit(client: Client, submission: Submission, *, now: datetime) -> tuple[Post, bool]:
    """Take a post; returns it and whether it is new.

    Raises ImageRefused or ExternalIdConflict. Two callers with one external id get one row: the second is told
    that it is not new, or that it conflicts.
    """
    known = Post.objects.for_client(client).filter(external_id=submission.external_id).first()
    if known:
        return _same(known, submission), False
    try:
        # Together, so that whoever loses a race leaves no image behind. Storing the file comes first and locks nothing.
        with transaction.atomic():
            image = images.store(client.project, submission.image, now=now)
            return _create(client, submission, image=image, now=now), True
    except IntegrityError:
        known = Post.objects.for_client(client).filter(external_id=submission.external_id).first()
        if known is None:
            raise
        return _same(known, submission), False


def _same(known: Post, submission: Submission) -> Post:
    if known.content_sha256 != submission.fingerprint():
        raise ExternalIdConflict(f"The post {submission.external_id!r} is here already, with other content.")
    return known


def _create(client: Client, submission: Submission, *, image: Image, now: datetime) -> Post:
    post = Post.objects.create(
        project=client.project,
        client=client,
        external_id=submission.external_id,
        image=image,
        poster=submission.poster,
        title=submission.title,
        description=submission.description,
        attributes=submission.attributes,
        posted_at=submission.posted_at or now,
        received_at=now,
        content_sha256=submission.fingerprint(),
    )
    PostEvent.objects.create(post=post, kind=EventKind.RECEIVE, status=post.status, created_at=now)
    indexing.add([post])
    return post


@transaction.atomic
def withdraw(post_id: int, *, client: Client, now: datetime) -> Post:
    """The platform took the post back: its questions close unless another post needs them. Safe to repeat.

    Raises Post.DoesNotExist for a post that is not this client's.
    """
    _hold_questions(post_id)
    post = Post.objects.for_client(client).select_for_update(no_key=True).get(pk=post_id)
    if post.status == PostStatus.WITHDRAWN:
        return post
    lifecycle.move([lifecycle.Move(post, "withdraw", publication=Publication.UNPUBLISHED)], now=now)
    questions.close(_only_its_own(post), now=now)
    webhooks.enqueue([post], event="post.unpublished", now=now)
    return post


def _hold_questions(post_id: int) -> None:
    """Lock the open questions of a post before the post, in the order in which answers lock them."""
    asked = Asked.objects.filter(post=post_id).values("question_id")
    list(
        Question.objects.select_for_update(no_key=True).filter(pk__in=asked, status=QuestionStatus.OPEN).order_by("pk")
    )


def _only_its_own(post: Post) -> list[int]:
    """Return the questions that no other living post waits for."""
    asked = set(Asked.objects.filter(post=post).values_list("question_id", flat=True))
    others = Asked.objects.filter(question_id__in=asked).exclude(post=post)
    shared = set(others.exclude(post__status=PostStatus.WITHDRAWN).values_list("question_id", flat=True))
    return sorted(asked - shared)
