"""An annotator's day at the label desk."""

from typing import Any

from annotation.models import Label, Purpose
from moderation.models import Post, Publication
from tests.browser import house as building
from tests.browser.desk import ready, saved, showing
from tests.browser.house import House


def test_an_annotator_labels_by_clicks_and_no_post_changes(house: House, sign_in: Any) -> None:
    building.post(house, "heron", "badger")
    building.ask_for_labels(house)
    page = sign_in("annotator")
    assert showing(page) == "To label"
    page.click("text=Gruesome")
    page.click("#send")
    saved(page)
    label = Label.objects.get()
    assert (label.classes, label.question.purpose) == (["gruesome"], Purpose.LABEL)
    assert not Post.objects.filter(publication=Publication.UNPUBLISHED).exists()


def test_space_after_a_click_means_fine_and_not_the_same_button_again(house: House, sign_in: Any) -> None:
    building.post(house, "heron", "badger")
    building.ask_for_labels(house)
    page = ready(sign_in("annotator", "/label/"))
    page.click("text=Gruesome")
    page.keyboard.press("Space")
    saved(page)
    assert Label.objects.get().classes == []


def test_an_annotator_does_not_get_to_the_review_desk(house: House, sign_in: Any, live_server: Any) -> None:
    page = sign_in("annotator", "/label/")
    answer = page.goto(f"{live_server.url}/review/")
    assert answer.status == 403
    assert page.is_visible("text=Not yours to open")


def test_a_phone_shows_image_and_buttons_without_scrolling(house: House, sign_in: Any) -> None:
    building.post(house, "heron", "badger")
    building.ask_for_labels(house)
    page = ready(sign_in("annotator", "/label/"))
    page.set_viewport_size({"width": 390, "height": 844})
    for part in ("#picture img", "[data-class=gruesome]", "[data-act=fine]"):
        box = page.locator(part).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        assert box["y"] + box["height"] <= 844
