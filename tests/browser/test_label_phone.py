"""The desks on a phone in portrait, by fingers alone."""

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from annotation.models import Exclusion, Label
from moderation import founding
from moderation.models import Post, Publication
from tests.browser import house as building
from tests.browser.desk import chosen, ready, saved, showing, shows, shows_another
from tests.browser.house import House
from tests.browser.test_label import TREE

SMALL, USUAL = (360, 640), (390, 844)


@pytest.fixture
def screen(request: Any) -> dict[str, object]:
    width, height = getattr(request, "param", USUAL)
    return {"viewport": {"width": width, "height": height}, "has_touch": True, "is_mobile": True}


def swipe(page: Any, share: float) -> None:
    """Draw a finger over this share of the image's width; to the left where it is below 0."""
    box = page.locator("#stage").bounding_box()
    x, y = box["x"] + box["width"] * (0.2 if share > 0 else 0.8), box["y"] + box["height"] / 2
    finger = page.context.new_cdp_session(page)
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 11):
        point = {"x": x + box["width"] * share * step / 10, "y": y}
        finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


@pytest.mark.parametrize("screen", [SMALL, USUAL], indirect=True)
@pytest.mark.parametrize(("person", "address"), [("annotator", "/label/"), ("moderator", "/review/")])
def test_image_and_large_buttons_stand_on_the_screen_without_scrolling(
    house: House, sign_in: Any, screen: Any, person: str, address: str
) -> None:
    building.post(house, "heron", "badger")
    building.ask_for_labels(house)
    page = ready(sign_in(person, address))
    width, height = screen["viewport"]["width"], screen["viewport"]["height"]
    for part in ("#picture img", "[data-class=gruesome]", "[data-act=fine]", "[data-act=unsure]", "[data-act=skip]"):
        box = page.locator(part).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] + box["height"] <= height
        assert box["height"] >= 44
    assert page.locator("#picture img").bounding_box()["height"] >= height * 0.25
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_taps_choose_send_and_take_back(house: House, sign_in: Any) -> None:
    building.post(house, "heron", "badger")
    page = sign_in("moderator", "/review/")
    first = showing(page)
    page.tap("[data-class=gruesome]")
    assert not page.is_visible("[data-act=fine]")
    page.tap("[data-act=send]")
    saved(page)
    shows_another(page, first)
    assert Post.objects.get(title=first).publication == Publication.UNPUBLISHED
    page.tap("#undo")
    shows(page, first)
    assert chosen(page) == ["gruesome"]
    assert Post.objects.get(title=first).publication == Publication.PUBLISHED


def test_a_swipe_to_the_right_means_fine_and_can_be_taken_back(house: House, sign_in: Any) -> None:
    building.post(house, "heron", "badger")
    page = sign_in("moderator", "/review/")
    expect(page.locator("#swipe-help")).to_be_visible()
    first = showing(page)
    swipe(page, 0.5)
    saved(page)
    assert Label.objects.get().classes == []
    shows_another(page, first)
    expect(page.locator("#swipe-help")).to_be_hidden()
    page.tap("#undo")
    shows(page, first)


def test_a_tap_right_after_a_swipe_counts_and_what_it_aims_at_stays_in_its_place(house: House, sign_in: Any) -> None:
    building.post(house, "heron", "badger")
    page = sign_in("moderator", "/review/")
    for _ in range(3):
        first = showing(page)
        swipe(page, 0.5)
        expect(page.locator("#undo")).to_be_visible()
        place = page.locator("#undo").bounding_box()
        saved(page)
        shows_another(page, first)
        page.tap("#undo")
        assert page.locator("#undo").bounding_box() in (place, None)
        shows(page, first)


def test_a_swipe_to_the_right_sends_what_is_chosen(house: House, sign_in: Any) -> None:
    building.post(house, "heron", "badger")
    building.ask_for_labels(house)
    page = ready(sign_in("annotator", "/label/"))
    page.tap("[data-class=gruesome]")
    swipe(page, 0.5)
    saved(page)
    assert Label.objects.get().classes == ["gruesome"]


def test_a_swipe_to_the_left_means_not_sure_and_a_short_one_nothing(house: House, sign_in: Any) -> None:
    building.post(house, "heron", "badger")
    building.ask_for_labels(house)
    page = ready(sign_in("annotator", "/label/"))
    swipe(page, -0.15)
    assert not Label.objects.exists()
    assert page.eval_on_selector("#picture", "one => one.style.transform") == ""
    swipe(page, -0.5)
    saved(page)
    assert Label.objects.get().is_unsure


def test_a_closer_class_is_reached_by_taps_and_the_guideline_covers_the_screen(house: House, sign_in: Any) -> None:
    founding.change_classes(house.project, classes=TREE, guideline="Judge the picture.", now=timezone.now())
    building.post(house, "heron", "badger")
    building.ask_for_labels(house)
    page = ready(sign_in("annotator", "/label/"))
    page.tap("#guidelines")
    expect(page.locator("#guidelines-panel")).to_contain_text("Judge the picture.")
    page.tap("#guidelines-panel [data-close]")
    page.tap("[data-class=gruesome]")
    page.tap(".class-up")
    page.tap("[data-class=gruesome]")
    page.tap("[data-class=wounds]")
    page.tap("[data-act=send]")
    saved(page)
    assert Label.objects.get().classes == ["gruesome", "wounds"]


def test_a_skip_asks_why_with_large_buttons(house: House, sign_in: Any) -> None:
    building.post(house, "heron", "badger")
    building.ask_for_labels(house)
    page = ready(sign_in("annotator", "/label/"))
    page.tap("[data-act=skip]")
    assert page.locator("#skip .class").first.bounding_box()["height"] >= 44
    with page.expect_response("**/skip/**"):
        page.tap("#skip .class >> nth=1")
    assert Exclusion.objects.get(is_skip=True).reason == "cannot_judge"
