"""This will sign people in, open their pages, and see that nothing is under way when the database is emptied."""

import time
from collections.abc import Callable, Iterator
from http.cookies import Morsel
from ipaddress import ip_network
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from config.embedded.processes import wait_until
from tests.browser import house as building
from tests.browser.house import House

_ADDRESSES = (str(one) for one in ip_network("10.0.0.0/8"))
_OTHERS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND state IN ('active', 'idle in transaction')
"""


@pytest.fixture
def house(transactional_db: None) -> House:
    return building.build()


@pytest.fixture
def sign_in(page: Any, live_server: Any) -> Iterator[Callable[..., Any]]:
    """Sign a person in and open an address: ``sign_in("moderator", "/review/")``.

    Hundreds of tests begin so. The form is sent without a browser, which then gets the cookies of the answer; that
    the form itself can be filled in is for ``test_language`` to show. Each time from another address, for one may not
    sign in as often as that.
    """

    def sign(username: str, address: str = "/") -> Any:
        door = Client(REMOTE_ADDR=next(_ADDRESSES))
        told = door.post("/accounts/login/", {"login": username, "password": building.PASSWORD})
        assert told.status_code == 302, told.content.decode()
        page.context.add_cookies([_for_browser(one, live_server.url) for one in door.cookies.values()])
        page.goto(live_server.url + address)
        assert "/accounts/" not in page.url
        return page

    yield sign
    # A desk gives its jobs back when it is closed; that must not reach a database that is being emptied.
    page.context.set_offline(True)
    page.context.close()
    assert wait_until(_is_quiet, seconds=60)


def _for_browser(cookie: Morsel[str], url: str) -> dict[str, Any]:
    return {"name": cookie.key, "value": cookie.value, "url": url, "httpOnly": bool(cookie["httponly"])}


def _is_quiet() -> bool:
    """Tell whether the server has no statement under way, looked at a few times: one request makes several."""
    for _ in range(5):
        with connection.cursor() as cursor:
            cursor.execute(_OTHERS)
            if cursor.fetchone()[0]:
                return False
        time.sleep(0.03)
    return True
