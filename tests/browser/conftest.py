"""This will sign people in, open their pages, and see that nothing is under way when the database is emptied."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection

from config.embedded.processes import wait_until
from tests.browser import house as building
from tests.browser.house import House

_OTHERS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND state IN ('active', 'idle in transaction')
"""


@pytest.fixture
def house(transactional_db: None) -> House:
    return building.build()


@pytest.fixture
def sign_in(page: Any, live_server: Any) -> Iterator[Callable[..., Any]]:
    """Sign a person in by the form and open an address: ``sign_in("moderator", "/review/")``."""

    def sign(username: str, address: str = "/") -> Any:
        page.goto(f"{live_server.url}/accounts/login/?next={address}")
        page.fill("[name=login]", username)
        page.fill("[name=password]", building.PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/accounts/" not in url)
        return page

    yield sign
    # A desk gives its jobs back when it is closed; that must not reach a database that is being emptied.
    page.context.set_offline(True)
    page.context.close()
    assert wait_until(_is_quiet, seconds=60)


def _is_quiet() -> bool:
    """Tell whether the server has no statement under way, looked at a few times: one request makes several."""
    for _ in range(5):
        with connection.cursor() as cursor:
            cursor.execute(_OTHERS)
            if cursor.fetchone()[0]:
                return False
        time.sleep(0.03)
    return True
