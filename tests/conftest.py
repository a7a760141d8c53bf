"""This will give tests a throw-away PostgreSQL and Valkey, real workers, and a browser.

Servers start only when a test asks for the database, the broker or a worker; pytest's workers share them, and
the last one out stops them. Everything is ended by process id.
"""

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import translation

from config import embedded
from config.embedded.paths import places
from tests.runtime import database
from tests.runtime.browser import SHELL, find_chromium, is_ci, launch
from tests.runtime.workers import Worker, start_worker


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Look for no garbage among what is being loaded, and never again: it stays, and looking took a quarter of it."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(scope="session")
def embedded_servers() -> Iterator[None]:
    """PostgreSQL and Valkey of this test run (or the ones that DATABASE_URL and CELERY_BROKER_URL name)."""
    if "SECOND_LOOK_TEST_VAR" not in os.environ:
        pytest.fail("Tests need DJANGO_SETTINGS_MODULE = 'tests.settings'; else they would use your own database.")
    with embedded.servers():
        if database.is_ours():
            database.forget_at_power_loss()
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    embedded_servers: None, django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: Any
) -> None:
    """Have pytest-django wait for the servers, and copy the test database from one that all processes share."""
    if database.is_ours():
        with django_db_blocker.unblock():
            connection.settings_dict["TEST"]["TEMPLATE"] = database.template()
        database.empty_by_deleting()


@pytest.fixture(autouse=True)
def _language_of_the_settings() -> Iterator[None]:
    """Have every test begin in the language of the settings: a request leaves its own behind in this thread."""
    yield
    translation.deactivate()


@pytest.fixture(scope="module")
def module_db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The database for fixtures that the tests of a module share.

    What those write is undone when the module is through, and what a test writes when it is: each of them has a
    savepoint within our transaction. For modules without ``transactional_db``, whose end empties the database.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="session")
def valkey_url(embedded_servers: None) -> str:
    """The broker's URL, as Celery spells it; a database of this pytest worker's own."""
    return str(settings.CELERY_BROKER_URL)


@pytest.fixture
def worker(transactional_db: None, valkey_url: str, tmp_path: Path) -> Iterator[Callable[..., Worker]]:
    """Start real Celery workers on the test database: ``worker("screening")``, ``worker("default")``.

    Returns once the worker answers a ping. The queues are empty at the start; workers end before the database
    is emptied. What a worker said is in its ``log``.
    """
    from config.celery import app

    started: list[Worker] = []
    app.control.purge()

    def start(*queues: str, pool: str = "solo", concurrency: int = 1) -> Worker:
        one = start_worker(*queues, pool=pool, concurrency=concurrency, folder=tmp_path, broker_url=valkey_url)
        started.append(one)
        one.wait_until_ready()
        return one

    yield start
    for one in started:
        one.end()


@pytest.fixture(scope="session")
def chromium() -> Iterator[object]:
    """A headless Chromium (playwright's Browser) for the session; skips where none is, fails when CI=true."""
    executable = find_chromium(SHELL)
    if executable is None:
        message = "BROWSER TESTS DID NOT RUN: install chromium, or run: playwright install chromium"
        if is_ci():
            pytest.fail(message)
        pytest.skip(message)
    with launch(executable) as browser:
        yield browser


@pytest.fixture
def screen() -> dict[str, object]:
    """What ``page`` is seen on; a test that needs another overrides this."""
    return {"viewport": {"width": 1280, "height": 900}}


@pytest.fixture
def page(chromium: object, screen: dict[str, object]) -> Iterator[object]:
    """A fresh page; the test fails if a script raised or the CSP refused something."""
    context = chromium.new_context(**screen)  # type: ignore[attr-defined]
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda line: complaints.append(line.text) if "Content Security Policy" in line.text else None,
    )
    yield page
    context.close()
    assert complaints == []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in a way that nobody can overlook that browser tests were skipped."""
    skipped = terminalreporter.stats.get("skipped", [])
    if any("BROWSER TESTS DID NOT RUN" in str(report.longrepr) for report in skipped):
        terminalreporter.write_sep("!", "BROWSER TESTS DID NOT RUN: no Chromium was found", red=True, bold=True)


def pytest_unconfigure() -> None:
    """Throw the run's folder away; only the process that made it does."""
    if os.environ.get("SECOND_LOOK_TEST_OWNER") != str(os.getpid()):
        return
    home = places().home
    shutil.rmtree(home, ignore_errors=True)
    shutil.rmtree(places().sockets, ignore_errors=True)
    shutil.rmtree(os.environ["SECOND_LOOK_TEST_VAR"], ignore_errors=True)
