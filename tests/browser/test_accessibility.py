"""axe finds nothing on any page, in either theme. (Scripts and the CSP are watched by the ``page`` fixture.)"""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser import house as building
from tests.browser.desk import ready
from tests.browser.house import House


def _check(page: Any) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_of_an_admin_is_accessible(
    house: House, sign_in: Any, page: Any, live_server: Any, theme: str
) -> None:
    building.post(house, "heron", "badger")
    version = building.train(house)
    page.emulate_media(color_scheme=theme)
    page.goto(f"{live_server.url}/accounts/login/")
    _check(page)
    sign_in("admin", "/measure/")
    addresses = ["/measure/", "/models/", f"/models/versions/{version.pk}/", f"/models/runs/{version.run_id}/"]
    for address in [*addresses, "/accounts/2fa/", "/accounts/password/change/", "/nothing/"]:
        page.goto(live_server.url + address)
        page.wait_for_load_state("networkidle")
        _check(page)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_both_desks_are_accessible_full_and_empty(
    house: House, sign_in: Any, page: Any, live_server: Any, theme: str
) -> None:
    building.post(house, "heron", "badger")
    page.emulate_media(color_scheme=theme)
    ready(sign_in("admin", "/review/"))
    _check(page)
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    ready(page)
    page.keyboard.press("g")
    _check(page)
    page.keyboard.press("s")
    _check(page)
    page.goto(f"{live_server.url}/label/")
    page.wait_for_selector("text=Nothing waits")
    _check(page)
