"""How people are spared: blur, no color, muted color, enough for a day; and how closely they may look."""

from typing import Any

from django.utils import timezone
from playwright.sync_api import expect

from annotation.models import Job, JobStatus
from config.accounts.models import Preferences, Role
from config.embedded.processes import wait_until
from tests.browser import house as building
from tests.browser.desk import ready, saved, showing, shows_another
from tests.browser.house import House

FOUR = ("heron", "badger", "otter", "fox")


def _filter(page: Any, selector: str) -> str:
    return page.eval_on_selector(selector, "one => getComputedStyle(one).filter")


def _choose(house: House, **chosen: Any) -> None:
    Preferences.objects.create(person=house.people[Role.MODERATOR], changed_at=timezone.now(), **chosen)


def test_images_are_blurred_from_the_first_and_clear_while_a_key_is_held(house: House, sign_in: Any) -> None:
    building.post(house, *FOUR)
    _choose(house, wellness={"blur": "always"})
    page = ready(sign_in("moderator", "/review/"))
    assert "blur(28px)" in _filter(page, "#picture img")
    page.keyboard.down("v")
    assert _filter(page, "#picture img") == "none"
    page.keyboard.up("v")
    assert "blur(28px)" in _filter(page, "#picture img")


def test_comfort_is_set_by_keyboard_and_remembered(house: House, sign_in: Any) -> None:
    building.post(house, *FOUR)
    page = ready(sign_in("moderator", "/review/"))
    page.keyboard.press("c")
    page.focus("input[name=greyscale][value=never]")
    with page.expect_response("**/me/preferences/**"):
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("Escape")
    assert "grayscale(1)" in _filter(page, "#picture img")
    page.reload()
    ready(page)
    assert "grayscale(1)" in _filter(page, "#picture img")


def test_a_class_is_spared_only_where_it_is_known(house: House, sign_in: Any) -> None:
    building.post(house, *FOUR)
    _choose(house, wellness={"blur": ["gruesome"]})
    page = sign_in("moderator", "/review/")
    first = showing(page)
    assert _filter(page, "#picture img").startswith(("none", "blur(0px)"))
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    shows_another(page, first)
    saved(page)
    assert "blur(5px)" in _filter(page, "#film-list img")


def test_at_the_number_for_a_day_the_desk_asks_and_never_forces(house: House, sign_in: Any) -> None:
    building.post(house, *FOUR)
    _choose(house, exposure_budget={"gruesome": 1})
    page = sign_in("moderator", "/review/")
    showing(page)
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page.locator("#enough")).to_be_visible()
    assert "Gruesome (1)" in page.inner_text("#enough")
    page.get_by_role("button", name="Go on").click()
    ready(page)
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page.locator("#count")).to_contain_text("2 answered")
    page.reload()
    ready(page)
    assert not page.is_visible("#enough")


def test_a_break_gives_everything_back(house: House, sign_in: Any) -> None:
    building.post(house, *FOUR)
    _choose(house, exposure_budget={"gruesome": 1})
    page = ready(sign_in("moderator", "/review/"))
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page.locator("#enough")).to_be_visible()
    page.get_by_role("button", name="Take a break").click()
    expect(page.locator("#summary")).to_be_visible()
    assert wait_until(lambda: not Job.objects.filter(status=JobStatus.LEASED).exists(), seconds=60)


def test_an_image_is_seen_in_its_pixels_moved_and_seen_whole_again(house: House, sign_in: Any) -> None:
    building.post(house, *FOUR)
    page = ready(sign_in("moderator", "/review/"))
    with page.expect_response("**/images/*/full/"):
        page.keyboard.press("+")
    page.keyboard.press("+")
    page.wait_for_selector("#picture img[data-kind=full]")
    before = page.eval_on_selector("#picture img", "one => one.style.transform")
    page.keyboard.press("ArrowRight")
    assert page.eval_on_selector("#picture img", "one => one.style.transform") != before
    page.keyboard.press("Escape")
    assert page.eval_on_selector("#picture img", "one => one.style.transform") == ""
    page.keyboard.press("f")
    page.wait_for_selector("#full[aria-pressed=true]")
    expect(page.locator("#zoom-share")).to_have_text("100%")
    page.keyboard.press("f")
    page.wait_for_selector("#full[aria-pressed=false]")


def test_the_wheel_and_a_double_click_bring_an_image_closer(house: House, sign_in: Any) -> None:
    building.post(house, *FOUR)
    page = ready(sign_in("moderator", "/review/"))
    page.mouse.move(400, 400)
    page.mouse.wheel(0, -400)
    page.wait_for_selector("#full[aria-pressed=true]")
    page.keyboard.press("Escape")
    page.mouse.dblclick(400, 400)
    page.wait_for_selector("#full[aria-pressed=true]")
