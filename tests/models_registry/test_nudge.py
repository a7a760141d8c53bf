"""A nudge is sent after the commit, at most once a second, and is not missed when the broker is away."""

import logging
from collections.abc import Iterator

import pytest
from celery import Celery
from django.db import transaction

from models_registry import nudge as room
from models_registry.nudge import nudge

pytestmark = pytest.mark.django_db(transaction=True)


class Task:
    """Counts what leaves the building."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.sent = 0

    def delay(self) -> None:
        self.sent += 1


@pytest.fixture(autouse=True)
def _nothing_sent() -> Iterator[None]:
    room._last.clear()
    yield
    room._last.clear()


def test_a_nudge_waits_for_the_commit() -> None:
    task = Task("one")
    with transaction.atomic():
        nudge(task)
        assert task.sent == 0
    assert task.sent == 1


def test_a_nudge_for_what_was_rolled_back_is_not_sent() -> None:
    task = Task("one")
    with transaction.atomic():
        nudge(task)
        transaction.set_rollback(True)
    assert task.sent == 0


def test_nudges_of_one_task_are_sent_at_most_once_in_their_time() -> None:
    often, seldom = Task("often"), Task("seldom")
    for _ in range(3):
        nudge(often, seconds=0)
        nudge(seldom, seconds=1000)
    assert (often.sent, seldom.sent) == (3, 1)


def test_a_broker_that_is_away_is_said_in_the_log_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    app = Celery("away", broker="redis://127.0.0.1:1/0", set_as_current=False)
    app.conf.task_publish_retry = False
    app.conf.broker_transport_options = {"socket_connect_timeout": 1}

    @app.task(name="away.look")
    def look() -> None:
        """Never runs."""

    with caplog.at_level(logging.WARNING):
        nudge(look)
    assert "The broker is away, so away.look waits for the next sweep" in caplog.text
