"""Tests of moderation/webhooks: the outbox, on a real PostgreSQL and against a real endpoint."""

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from config.accounts.models import Client
from moderation import webhooks
from moderation.models import Delivery, DeliveryStatus, Post, PostStatus
from tests.moderation.outbox import NOW, client_of, post_of, put_back, statuses, unpublish
from tests.moderation.receiver import Receiver

LATER = NOW + timedelta(days=2)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def client_of_ours(receiver: Receiver, settings: Any) -> Client:
    settings.WEBHOOK_ALLOW_PRIVATE = True
    return client_of(receiver.url)


@pytest.mark.django_db
def test_the_client_gets_the_full_state_of_the_post(client_of_ours: Client, receiver: Receiver) -> None:
    post = post_of(client_of_ours)
    delivery = unpublish(post)
    assert webhooks.deliver_due(now=NOW) == 1
    (message,) = receiver.messages
    assert message.headers["webhook-id"] == str(delivery.event_id)
    assert message.data == {
        "external_id": "photo-0",
        "post_id": post.pk,
        "status": "decided",
        "publication": "unpublished",
        "publication_version": 2,
        "classes": ["no_animal"],
        "reason": "",
        "reason_key": "",
        "reason_text": "",
        "decided_at": "2026-03-01T12:00:00.000Z",
        "failure_code": "",
        "failure_detail": "",
    }
    assert delivery.payload["type"] == "post.unpublished"
    assert delivery.payload["timestamp"] == "2026-03-01T12:00:00.000Z"
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts, delivery.response_status) == ("delivered", 1, 204)
    assert delivery.delivered_at == NOW
    assert delivery.in_flight_until is None
    assert webhooks.deliver_due(now=LATER) == 0


@pytest.mark.django_db
def test_a_failure_is_told_with_its_reason_and_no_decision(client_of_ours: Client) -> None:
    post = post_of(client_of_ours, status=PostStatus.FAILED, failure_code="truncated_image", failure_detail="Half.")
    webhooks.enqueue([post], event="post.failed", now=NOW)
    data = post.deliveries.get().payload["data"]
    assert (data["failure_code"], data["failure_detail"]) == ("truncated_image", "Half.")
    assert (data["classes"], data["decided_at"]) == ([], None)


@pytest.mark.django_db
def test_the_last_decision_by_time_is_the_one_that_is_told(client_of_ours: Client) -> None:
    post = post_of(client_of_ours)
    unpublish(post, now=NOW, classes=("gruesome",))
    delivery = unpublish(post, now=NOW, classes=("indecent",))
    assert delivery.payload["data"]["classes"] == ["indecent"]


@pytest.mark.django_db
def test_a_client_without_an_address_gets_no_row() -> None:
    webhooks.enqueue([post_of(client_of(""))], event="post.decided", now=NOW)
    webhooks.enqueue([], event="post.decided", now=NOW)
    assert not Delivery.objects.exists()


@pytest.mark.django_db
def test_many_posts_take_as_many_queries_as_one(client_of_ours: Client) -> None:
    posts = list(Post.objects.filter(pk__in=[post_of(client_of_ours).pk for _ in range(30)]))
    with CaptureQueriesContext(connection) as queries:
        webhooks.enqueue(posts, event="post.decided", now=NOW)
    assert len(queries) == 4
    assert Delivery.objects.count() == 30


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_is_rolled_back_tells_nobody(client_of_ours: Client, receiver: Receiver) -> None:
    post = post_of(client_of_ours)
    with transaction.atomic():
        unpublish(post)
        transaction.set_rollback(True)
    assert not Delivery.objects.exists()
    assert webhooks.deliver_due(now=NOW) == 0
    assert receiver.messages == []


@pytest.mark.django_db
def test_a_newer_state_supersedes_one_that_waits(client_of_ours: Client, receiver: Receiver) -> None:
    post = post_of(client_of_ours)
    unpublish(post)
    put_back(post, now=NOW)
    assert statuses(post) == ["superseded", "pending"]
    assert webhooks.deliver_due(now=NOW) == 1
    assert [message.data["publication"] for message in receiver.messages] == ["published"]


@pytest.mark.django_db
def test_a_row_that_was_outrun_while_in_flight_is_not_sent_again(client_of_ours: Client, receiver: Receiver) -> None:
    post = post_of(client_of_ours)
    older, newer = unpublish(post), put_back(post, now=NOW)
    Delivery.objects.filter(pk=older.pk).update(status=DeliveryStatus.PENDING)
    assert webhooks.deliver_due(now=NOW) == 1
    assert statuses(post) == ["superseded", "delivered"]
    assert receiver.messages[0].headers["webhook-id"] == str(newer.event_id)


@pytest.mark.django_db
def test_a_failed_attempt_is_tried_again_later_each_time_and_then_given_up(
    client_of_ours: Client, receiver: Receiver
) -> None:
    delivery, now = unpublish(post_of(client_of_ours)), NOW
    receiver.answers = [(500, {}, b"Oh no")] * 20
    waits = []
    while webhooks.deliver_due(now=now):
        delivery.refresh_from_db()
        waits.append((delivery.next_attempt_at - now).total_seconds())
        assert webhooks.deliver_due(now=delivery.next_attempt_at - timedelta(seconds=1)) == 0
        now = delivery.next_attempt_at
    for wait, planned in zip(waits[:8], webhooks.WAITS_SECONDS, strict=True):
        assert planned * 0.8 <= wait <= planned * 1.2
    assert len(receiver.messages) == delivery.attempts == webhooks.MOST_ATTEMPTS == 9
    assert len({message.headers["webhook-id"] for message in receiver.messages}) == 1
    assert (delivery.status, delivery.response_status) == ("failed", 500)
    assert delivery.last_error == "Given up: 500 Internal Server Error: Oh no"


@pytest.mark.django_db
def test_a_second_attempt_can_succeed(client_of_ours: Client, receiver: Receiver) -> None:
    delivery = unpublish(post_of(client_of_ours))
    receiver.answers = [(503, {"Retry-After": "3600"}, b"")]
    webhooks.deliver_due(now=NOW)
    assert webhooks.deliver_due(now=NOW + timedelta(seconds=3599)) == 0
    assert webhooks.deliver_due(now=NOW + timedelta(seconds=3600)) == 1
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts, delivery.last_error) == ("delivered", 2, "")


def test_waits_are_spread_and_bounded() -> None:
    waits = {webhooks.wait_seconds(1, chance=random.Random(seed)) for seed in range(50)}
    assert len(waits) == 50
    assert 4 <= min(waits) < max(waits) <= 6
    assert webhooks.wait_seconds(1, retry_after_seconds=1e9) == 24 * 3600
    assert webhooks.wait_seconds(8, retry_after_seconds=1.0) >= 24 * 3600 * 0.8


@pytest.mark.django_db
def test_an_endpoint_that_is_gone_is_given_up_at_once(client_of_ours: Client, receiver: Receiver) -> None:
    delivery = unpublish(post_of(client_of_ours))
    receiver.answers = [(410, {}, b"")]
    webhooks.deliver_due(now=NOW)
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts, delivery.response_status) == ("failed", 1, 410)


@pytest.mark.django_db
def test_a_private_address_is_refused_and_said_so(client_of_ours: Client, receiver: Receiver, settings: Any) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = False
    client_of_ours.webhook_url = f"https://127.0.0.1:{receiver.port}/"
    client_of_ours.save()
    delivery = unpublish(post_of(client_of_ours))
    webhooks.deliver_due(now=NOW)
    delivery.refresh_from_db()
    assert (delivery.status, delivery.response_status) == ("pending", None)
    assert "not public" in delivery.last_error
    assert receiver.messages == []


@pytest.mark.django_db
def test_replay_sends_the_state_of_today(client_of_ours: Client, receiver: Receiver) -> None:
    post = post_of(client_of_ours)
    first = unpublish(post)
    webhooks.deliver_due(now=NOW)
    put_back(post, now=NOW)
    webhooks.deliver_due(now=NOW)
    assert webhooks.replay([first, first], now=LATER) == 1
    webhooks.deliver_due(now=LATER)
    assert [message.data["publication_version"] for message in receiver.messages] == [2, 3, 3]
    assert b'"type":"post.published"' in receiver.messages[-1].body
    assert len({message.headers["webhook-id"] for message in receiver.messages}) == 3
