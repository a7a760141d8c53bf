"""This will sign people in and open their pages."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser import house as building
from tests.browser.house import House


@pytest.fixture
def house(transactional_db: None) -> House:
    return building.build()


@pytest.fixture
def sign_in(page: Any, live_server: Any) -> Callable[..., Any]:
    """Sign a person in by the form and open an address: ``sign_in("moderator", "/review/")``."""

    def sign(username: str, address: str = "/") -> Any:
        page.goto(f"{live_server.url}/accounts/login/?next={address}")
        page.fill("[name=login]", username)
        page.fill("[name=password]", building.PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/accounts/" not in url)
        return page

    return sign
