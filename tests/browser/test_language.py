"""People work in their own language: chosen at the door or in the menu, by keyboard, and remembered."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from annotation.models import Retraction
from config.accounts import preferences
from config.accounts.models import Role
from tests.browser import house as building
from tests.browser.desk import ready, saved
from tests.browser.house import House


@pytest.fixture
def elsewhere(chromium: Any) -> Iterator[Any]:
    """A page in a browser of another machine."""
    context = chromium.new_context()
    yield context.new_page()
    context.close()


def sign_in_there(page: Any, address: str, username: str) -> None:
    page.goto(f"{address}/accounts/login/")
    page.fill("[name=login]", username)
    page.fill("[name=password]", building.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/accounts/" not in url)


def test_the_language_is_chosen_at_the_door(house: House, page: Any, live_server: Any) -> None:
    page.goto(f"{live_server.url}/accounts/login/")
    expect(page.locator("h1")).to_have_text("Sign in")
    page.get_by_role("button", name="日本語").click()
    expect(page.locator("h1")).to_have_text("ログイン")
    assert page.get_attribute("html", "lang") == "ja"


def test_a_choice_in_the_menu_is_remembered_on_another_machine(
    house: House, sign_in: Any, live_server: Any, elsewhere: Any
) -> None:
    page = sign_in("manager", "/measure/")
    menu = page.get_by_role("button", name="manager")
    menu.focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="日本語").focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("ダッシュボード")
    page.get_by_role("button", name="manager").click()
    page.get_by_role("button", name="ログアウト").click()
    sign_in_there(elsewhere, live_server.url, "manager")
    expect(elsewhere.locator("h1")).to_have_text("ダッシュボード")
    elsewhere.close()


def test_a_moderator_works_in_japanese_and_in_the_dark_by_keyboard(house: House, sign_in: Any, page: Any) -> None:
    building.post(house, "heron", "badger")
    said = {"language": "ja", "theme": "dark"}
    preferences.change(house.people[Role.MODERATOR], said, now=timezone.now())
    page = ready(sign_in("moderator", "/review/"))
    assert page.get_attribute("html", "data-bs-theme") == "dark"
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    saved(page)
    ready(page)
    expect(page.locator("#announcer")).to_contain_text("画像")
    page.keyboard.press("?")
    expect(page.locator("#keys h2")).to_have_text("キー操作")
    expect(page.locator("#keys")).to_contain_text("問題なし（すぐに送信）")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+z")
    expect(page.locator("#classes [aria-pressed=true]")).to_have_count(1)
    assert Retraction.objects.count() == 1


def test_a_refusal_is_told_in_the_language_of_the_page(house: House, sign_in: Any, live_server: Any) -> None:
    version = building.train(house)
    preferences.change(house.people[Role.ENGINEER], {"language": "ja"}, now=timezone.now())
    page = sign_in("engineer", f"/models/versions/{version.pk}/")
    told = page.evaluate(
        """async () => {
            const { post } = await import("/static/js/api.js");
            return post("/api/v1/detectors/999/roll_back/", {}).catch((error) => error.message);
        }"""
    )
    assert told == "見つからないか、表示する権限がありません。"


@pytest.mark.parametrize(("keys", "place"), [("gp", "/posts/"), ("gm", "/models/"), ("gr", "/review/")])
def test_two_keys_go_to_another_page_and_are_listed(
    house: House, sign_in: Any, live_server: Any, keys: str, place: str
) -> None:
    page = sign_in("admin", "/measure/")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_contain_text("Go to: Models")
    page.keyboard.press("Escape")
    for key in keys:
        page.keyboard.press(key)
    page.wait_for_url(live_server.url + place)
