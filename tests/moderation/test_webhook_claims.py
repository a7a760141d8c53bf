"""Tests of moderation/webhooks: who may send, what a dead worker leaves, and clients beside each other."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from config.accounts.models import Client
from moderation import webhooks
from moderation.models import Delivery, DeliveryStatus
from tests.moderation.outbox import NOW, InThread, client_of, post_of, put_back, statuses, unpublish
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
def test_a_client_with_an_odd_address_or_secret_does_not_hold_up_others(
    client_of_ours: Client, receiver: Receiver
) -> None:
    odd = [client_of(url) for url in ("http://[::1", "gopher://x", "http://127.0.0.1:1/", f"{receiver.url}\x7f\u202e")]
    silent = client_of(receiver.url)
    Client.objects.filter(pk=silent.pk).update(webhook_secret="")
    for client in [*odd[:3], silent]:
        for _ in range(20):
            unpublish(post_of(client))
    unpublish(post_of(odd[3]))
    good = post_of(client_of_ours)
    unpublish(good)
    webhooks.deliver_due(now=NOW, limit=6)
    assert statuses(good) == ["delivered"]
    webhooks.deliver_due(now=NOW, limit=100)
    assert not Delivery.objects.filter(status=DeliveryStatus.IN_FLIGHT).exists()
    assert not Delivery.objects.filter(status=DeliveryStatus.PENDING, last_error="").exists()


@pytest.mark.django_db
def test_what_there_was_no_time_for_does_not_count_as_an_attempt(
    client_of_ours: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery = unpublish(post_of(client_of_ours))
    monkeypatch.setattr("moderation.webhook_sending.START_SECONDS", -1.0)
    assert webhooks.deliver_due(now=NOW) == 0
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts, delivery.next_attempt_at) == ("pending", 0, NOW)


def take(*, now: datetime) -> list[Delivery]:
    """Claim as a worker that dies before it sends."""
    return webhooks._claim(now=now, limit=50)


@pytest.mark.django_db
def test_what_a_dead_worker_held_is_sent_by_another(client_of_ours: Client, receiver: Receiver) -> None:
    delivery = unpublish(post_of(client_of_ours))
    assert take(now=NOW) == [delivery]
    assert webhooks.deliver_due(now=NOW + timedelta(seconds=webhooks.IN_FLIGHT_SECONDS - 1)) == 0
    assert webhooks.deliver_due(now=NOW + timedelta(seconds=webhooks.IN_FLIGHT_SECONDS)) == 1
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts, len(receiver.messages)) == ("delivered", 2, 1)


@pytest.mark.django_db
def test_a_delivery_that_kills_its_workers_is_given_up(client_of_ours: Client, receiver: Receiver) -> None:
    delivery = unpublish(post_of(client_of_ours))
    for day in range(webhooks.MOST_ATTEMPTS):
        assert take(now=NOW + timedelta(days=day)) == [delivery]
    assert take(now=LATER + timedelta(days=30)) == []
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts) == ("failed", webhooks.MOST_ATTEMPTS)


@pytest.mark.django_db
def test_a_worker_that_lost_its_claim_writes_nothing(client_of_ours: Client) -> None:
    unpublish(post_of(client_of_ours))
    (mine,) = take(now=NOW)
    (theirs,) = take(now=LATER)
    assert not webhooks._record(mine, webhooks.Answer(500, "Late."), now=LATER)
    assert webhooks._record(theirs, webhooks.Answer(204), now=LATER)
    theirs.refresh_from_db()
    assert (theirs.status, theirs.last_error) == ("delivered", "")


@pytest.mark.django_db
def test_a_failed_attempt_that_was_outrun_is_superseded(client_of_ours: Client) -> None:
    post = post_of(client_of_ours)
    unpublish(post)
    (older,) = take(now=NOW)
    put_back(post, now=NOW)
    assert statuses(post) == ["in_flight", "pending"]
    assert take(now=NOW) == []
    webhooks._record(older, webhooks.Answer(500, "Oh no"), now=NOW)
    assert statuses(post) == ["superseded", "pending"]


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_have_one_post_in_flight_twice(client_of_ours: Client, receiver: Receiver) -> None:
    post = post_of(client_of_ours)
    unpublish(post)
    receiver.may_answer.clear()
    with InThread(lambda: webhooks.deliver_due(now=NOW)) as first:
        assert receiver.got_one.wait(60)
        put_back(post, now=NOW)
        assert webhooks.deliver_due(now=NOW) == 0
        assert len(receiver.messages) == 1
        receiver.may_answer.set()
    assert first.result == 1
    assert webhooks.deliver_due(now=NOW) == 1
    assert [message.data["publication_version"] for message in receiver.messages] == [2, 3]
    assert statuses(post) == ["delivered", "delivered"]


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_send_each_delivery_once(client_of_ours: Client, receiver: Receiver) -> None:
    for _ in range(40):
        unpublish(post_of(client_of_ours))
    workers = [InThread(lambda: webhooks.deliver_due(now=NOW, limit=15)) for _ in range(4)]
    for worker in workers:
        worker.__enter__()
    for worker in workers:
        worker.__exit__()
    assert sum(worker.result for worker in workers) == 40
    assert len({message.headers["webhook-id"] for message in receiver.messages}) == len(receiver.messages) == 40
