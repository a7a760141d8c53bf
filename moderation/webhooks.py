"""This will tell clients what became of their posts: an outbox of full states, signed, retried, newest wins.

``enqueue`` writes a row in the transaction that changed the post; ``deliver_due`` claims what is due, sends it
outside any transaction, and writes down what came of it. At least once: a worker that dies after sending sends
again under the same ``webhook-id``. Of one post, one is in flight at a time, and an older state is dropped as soon
as a newer one is there. The message:

    {"type": "post.unpublished", "timestamp": "2026-01-01T00:00:00.000Z",
     "data": {external_id, post_id, status, publication, publication_version, classes, reason, reason_key, reason_text,
              decided_at, failure_code, failure_detail}}

A row goes pending → in flight → delivered, or back to pending to be tried again, or failed (given up); a pending
row that a newer one outran is superseded.
"""

import random
import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, QuerySet, Window
from django.db.models.functions import RowNumber

from config.accounts.models import Client
from config.compiled import Among, Compiled, Given
from moderation import webhook_sending
from moderation.models import Decision, Delivery, DeliveryStatus, Post, PostStatus, Publication
from moderation.webhook_sending import Answer, Parcel

# The waits between attempts; after the last one a delivery is given up, about 36 hours after the first.
WAITS_SECONDS = (5, 30, 120, 600, 3600, 3 * 3600, 8 * 3600, 24 * 3600)
MOST_ATTEMPTS = len(WAITS_SECONDS) + 1
MOST_RETRY_AFTER_SECONDS = 24 * 3600
# Longer than a call of deliver_due can take, so that only a dead worker's claims run out.
IN_FLIGHT_SECONDS = 120
GONE = 410

_ADDRESSED = Compiled(
    lambda: Client.objects.filter(Among(F("pk"), Given("clients"))).exclude(webhook_url="").only("id")
)
_CLIENT: Any = Post._meta.get_field("client")
_CLAIMS = 0x5EC1  # The advisory lock that queues up claims; see _claim.
_MOST_TIDIED = 500


@transaction.atomic(savepoint=False)
def enqueue(posts: Sequence[Post], *, event: str, now: datetime) -> int:
    """Write the present state of these posts to the outbox; returns how many rows, none for clients without address.

    ``event`` is post.unpublished, post.published, post.failed or post.decided; the state has the same shape in
    all. Belongs in the transaction that changes the posts: their rows are locked by it, so that of two callers the
    later writes the later row. Four queries for up to 500 posts.
    """
    clients = _addressed(posts)
    told = {post.pk: post for post in posts if post.client_id in clients}
    if not told:
        return 0
    decisions = _in_force(told)
    Delivery.objects.filter(post__in=told, status=DeliveryStatus.PENDING).update(status=DeliveryStatus.SUPERSEDED)
    rows = [_row(post, decision=decisions.get(pk), event=event, now=now) for pk, post in told.items()]
    Delivery.objects.bulk_create(rows, batch_size=500)
    return len(rows)


def _addressed(posts: Sequence[Post]) -> set[int]:
    """Return which of the posts' clients have an address; no query where they were read with the posts."""
    if all(_CLIENT.is_cached(post) for post in posts):
        return {post.client_id for post in posts if post.client.webhook_url}
    return {one.pk for one in _ADDRESSED.all(clients=list({post.client_id for post in posts}))}


def _in_force(post_ids: Iterable[int]) -> dict[int, Decision]:
    """Return the last decision by time of each post that has one."""
    newest = Decision.objects.filter(post__in=list(post_ids)).order_by("post_id", "-created_at", "-id")
    return {decision.post_id: decision for decision in newest.distinct("post_id")}


def _row(post: Post, *, decision: Decision | None, event: str, now: datetime) -> Delivery:
    return Delivery(
        client_id=post.client_id,
        post=post,
        event_id=uuid.uuid4(),
        publication_version=post.publication_version,
        payload={"type": event, "timestamp": _iso(now), "data": _state(post, decision=decision)},
        next_attempt_at=now,
        created_at=now,
    )


def _state(post: Post, *, decision: Decision | None) -> dict[str, Any]:
    return {
        "external_id": post.external_id,
        "post_id": post.pk,
        "status": post.status,
        "publication": post.publication,
        "publication_version": post.publication_version,
        "classes": decision.classes if decision else [],
        "reason": decision.reason if decision else "",
        "reason_key": decision.reason_key if decision else "",
        "reason_text": decision.reason_text if decision else "",
        "decided_at": _iso(decision.created_at) if decision else None,
        "failure_code": post.failure_code,
        "failure_detail": post.failure_detail,
    }


def _iso(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@transaction.atomic
def replay(deliveries: Iterable[Delivery], *, now: datetime) -> int:
    """Send the posts of these deliveries again, as they are today; returns how many posts that is."""
    wanted = {delivery.post_id for delivery in deliveries}
    posts = Post.objects.filter(pk__in=wanted).order_by("pk").select_for_update(no_key=True)
    by_event: dict[str, list[Post]] = {}
    for post in posts:
        by_event.setdefault(_event_of(post), []).append(post)
    return sum(enqueue(some, event=event, now=now) for event, some in by_event.items())


def _event_of(post: Post) -> str:
    if post.status == PostStatus.FAILED:
        return "post.failed"
    return "post.unpublished" if post.publication == Publication.UNPUBLISHED else "post.published"


def deliver_due(*, now: datetime, limit: int = 50) -> int:
    """Send up to ``limit`` deliveries that are due; returns how many were tried.

    Safe to run at once and twice. Takes some twenty seconds at most, longer only where name servers stall.
    """
    claimed = {delivery.pk: delivery for delivery in _claim(now=now, limit=limit)}
    parcels = [_parcel(delivery) for delivery in claimed.values()]
    n_tried = 0
    for parcel, answer in webhook_sending.carry(parcels, allow_private=settings.WEBHOOK_ALLOW_PRIVATE, now=now):
        _record(claimed[parcel.key], answer, now=now)
        n_tried += answer is not None
    return n_tried


@transaction.atomic(durable=True)
def _claim(*, now: datetime, limit: int) -> list[Delivery]:
    """Take what is due into flight: the clients in turn, of each the longest due first.

    One claim at a time, for some milliseconds, so a post that is not in flight for the first query is not taken by
    another before the last one. Rows that a transaction is just superseding are locked, and left out.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [_CLAIMS])
    _return_lost(now=now)
    # More than are wanted, as some may turn out to be outrun, or to wait for an older one in flight.
    first = list(_in_turn(now=now).values_list("pk", flat=True)[: 4 * limit])
    considered = Delivery.objects.filter(pk__in=first, status=DeliveryStatus.PENDING)
    _supersede(considered.filter(Exists(_newer())))
    free = considered.exclude(Exists(_newer())).exclude(Exists(_in_flight()))
    rows = free.select_related("client").select_for_update(of=("self",), skip_locked=True)
    return _take_off(sorted(rows, key=lambda row: first.index(row.pk))[:limit], now=now)


def _in_turn(*, now: datetime) -> QuerySet[Delivery]:
    """Order what is due so that a client with a thousand deliveries does not stand before one with one."""
    turn = Window(RowNumber(), partition_by=F("client"), order_by=["next_attempt_at", "pk"])
    due = Delivery.objects.filter(status=DeliveryStatus.PENDING, next_attempt_at__lte=now)
    return due.annotate(turn=turn).order_by("turn", "next_attempt_at", "pk")


def _newer() -> QuerySet[Delivery]:
    return Delivery.objects.filter(post=OuterRef("post"), pk__gt=OuterRef("pk"))


def _in_flight() -> QuerySet[Delivery]:
    return Delivery.objects.filter(post=OuterRef("post"), status=DeliveryStatus.IN_FLIGHT)


def _take_off(rows: list[Delivery], *, now: datetime) -> list[Delivery]:
    until = now + timedelta(seconds=IN_FLIGHT_SECONDS)
    Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(
        status=DeliveryStatus.IN_FLIGHT, in_flight_until=until, attempts=F("attempts") + 1
    )
    for row in rows:
        row.in_flight_until, row.attempts = until, row.attempts + 1
    return rows


def _return_lost(*, now: datetime) -> None:
    """Give back what a worker took and never answered for; the attempt counts, as it may have been made."""
    lost = Delivery.objects.filter(status=DeliveryStatus.IN_FLIGHT, in_flight_until__lte=now)
    found = Delivery.objects.filter(pk__in=_locked(lost))
    found.filter(attempts__gte=MOST_ATTEMPTS).update(
        status=DeliveryStatus.FAILED,
        in_flight_until=None,
        last_error="Given up: its worker stopped at the last attempt.",
    )
    found.filter(status=DeliveryStatus.IN_FLIGHT).update(
        status=DeliveryStatus.PENDING, in_flight_until=None, next_attempt_at=now
    )


def _supersede(outrun: QuerySet[Delivery]) -> None:
    Delivery.objects.filter(pk__in=_locked(outrun)).update(status=DeliveryStatus.SUPERSEDED)


def _locked(rows: QuerySet[Delivery]) -> list[int]:
    # Skipping what others hold: waiting for it could close a circle with a transaction that waits for us.
    return list(rows.select_for_update(skip_locked=True).values_list("pk", flat=True)[:_MOST_TIDIED])


def _parcel(delivery: Delivery) -> Parcel:
    return Parcel(
        key=delivery.pk,
        client_id=delivery.client_id,
        url=delivery.client.webhook_url,
        secret=delivery.client.webhook_secret,
        message_id=str(delivery.event_id),
        payload=delivery.payload,
    )


def _record(delivery: Delivery, answer: Answer | None, *, now: datetime) -> bool:
    """Write down what came of an attempt; changes nothing if the claim ran out meanwhile. Returns whether it did."""
    mine = Delivery.objects.filter(
        pk=delivery.pk, status=DeliveryStatus.IN_FLIGHT, in_flight_until=delivery.in_flight_until
    )
    result = _result(delivery, answer, now=now) if answer else _untouched(delivery)
    return mine.update(in_flight_until=None, **result) == 1


def _untouched(delivery: Delivery) -> dict[str, Any]:
    return {"status": DeliveryStatus.PENDING, "attempts": delivery.attempts - 1}


def _result(delivery: Delivery, answer: Answer, *, now: datetime) -> dict[str, Any]:
    result: dict[str, Any] = {"response_status": answer.status, "last_error": answer.error}
    if answer.status is not None and 200 <= answer.status < 300:
        return result | {"status": DeliveryStatus.DELIVERED, "delivered_at": now}
    if answer.status == GONE or delivery.attempts >= MOST_ATTEMPTS:
        return result | {"status": DeliveryStatus.FAILED, "last_error": f"Given up: {answer.error}"}
    if Delivery.objects.filter(post=delivery.post_id, pk__gt=delivery.pk).exists():
        return result | {"status": DeliveryStatus.SUPERSEDED}
    wait = wait_seconds(delivery.attempts, retry_after_seconds=answer.retry_after_seconds)
    return result | {"status": DeliveryStatus.PENDING, "next_attempt_at": now + timedelta(seconds=wait)}


def wait_seconds(
    attempts: int, *, retry_after_seconds: float | None = None, chance: random.Random | None = None
) -> float:
    """Return how long to wait after that many attempts (1 …), a fifth more or less by chance.

    An endpoint that asks for more time gets it, up to a day.
    """
    wait = WAITS_SECONDS[attempts - 1] * (chance or random.SystemRandom()).uniform(0.8, 1.2)
    return max(wait, min(retry_after_seconds or 0.0, MOST_RETRY_AFTER_SECONDS))
