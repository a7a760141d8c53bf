"""This will prove the fixtures that other tests stand on: database, broker, workers, browser."""

from collections.abc import Callable

import pytest
from django.conf import settings
from django.db import connection

from config.celery import app
from config.embedded.processes import wait_until
from tests.runtime.workers import Worker


@pytest.mark.django_db
def test_the_database_of_a_test_run_is_thrown_away_with_it(embedded_servers: None) -> None:
    assert "second-look-tests-" in str(settings.VAR_DIR)
    assert str(connection.settings_dict["NAME"]).startswith("test_")


def test_a_worker_takes_what_is_sent_to_its_queue(worker: Callable[..., Worker]) -> None:
    one = worker("default")
    app.send_task("celery.backend_cleanup", queue="default")
    app.send_task("no.such.task", queue="default")
    assert wait_until(lambda: "no.such.task" in one.log, seconds=60), one.log


def test_a_killed_worker_answers_no_more(worker: Callable[..., Worker]) -> None:
    one = worker("default")
    one.kill()
    assert app.control.ping(destination=[one.name], timeout=0.5) == []


def test_a_page_opens_in_a_real_browser(page: object) -> None:
    page.set_content("<title>Second Look</title><p>Hello</p>")  # type: ignore[attr-defined]
    assert page.title() == "Second Look"  # type: ignore[attr-defined]
