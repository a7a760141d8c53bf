"""This will make clients, posts and decisions for tests of the outbox, and threads with connections of their own."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.db import connections

from annotation.models import Image
from config.accounts.models import Client, Project, User
from moderation import webhooks
from moderation.models import Decision, Delivery, Post, PostStatus, Publication

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def client_of(url: str) -> Client:
    """Make a client with that webhook address, in the one project."""
    project, _ = Project.objects.get_or_create(slug="animals", defaults={"name": "AI Animals"})
    name = f"client {Client.objects.count()}"
    return Client.objects.create(project=project, name=name, webhook_url=url)


def post_of(client: Client, **what: Any) -> Post:
    number = Post.objects.count()
    image = Image.objects.create(
        project=client.project, sha256=f"{number:064}", size_bytes=1, width_px=1, height_px=1, received_at=NOW
    )
    return Post.objects.create(
        project=client.project,
        client=client,
        external_id=f"photo-{number}",
        image=image,
        posted_at=NOW,
        received_at=NOW,
        **what,
    )


def unpublish(post: Post, *, now: datetime = NOW, classes: tuple[str, ...] = ("no_animal",)) -> Delivery:
    person, _ = User.objects.get_or_create(username="moderator")
    Decision.objects.create(
        post=post, project=post.project, kind="remove", classes=list(classes), person=person, created_at=now
    )
    post.status, post.publication = PostStatus.DECIDED, Publication.UNPUBLISHED
    post.publication_version += 1
    post.save(update_fields=["status", "publication", "publication_version"])
    webhooks.enqueue([post], event="post.unpublished", now=now)
    return post.deliveries.latest("id")


def put_back(post: Post, *, now: datetime) -> Delivery:
    post.publication = Publication.PUBLISHED
    post.publication_version += 1
    post.save(update_fields=["publication", "publication_version"])
    webhooks.enqueue([post], event="post.published", now=now)
    return post.deliveries.latest("id")


def statuses(post: Post) -> list[str]:
    return list(post.deliveries.order_by("id").values_list("status", flat=True))


class InThread:
    """Run it in a thread with a database connection of its own; leaving waits for ``result``."""

    def __init__(self, work: Callable[[], int]) -> None:
        self.thread = threading.Thread(target=self._run, args=[work])
        self.result = -1

    def _run(self, work: Callable[[], int]) -> None:
        try:
            self.result = work()
        finally:
            connections.close_all()

    def __enter__(self) -> "InThread":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.thread.join(60)
