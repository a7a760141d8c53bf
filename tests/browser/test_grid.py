"""A page of images at the review desk: exceptions marked, the rest answered by one key."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from annotation.models import Job, JobStatus, Label
from config.embedded.processes import wait_until
from moderation.models import Post, Publication
from tests.browser import house as building
from tests.browser.desk import answered, chosen, focused, grid, lose_leases, ready, tiles, told
from tests.browser.house import House

TWELVE = ("heron", "badger", "otter", "fox", "crane", "newt", "stoat", "wren", "hare", "toad", "swan", "mole")


@pytest.fixture
def page_of(house: House, sign_in: Any) -> Any:
    building.post(house, *TWELVE)
    return grid(sign_in("moderator", "/review/?view=grid"))


def _down(title: str) -> bool:
    return Post.objects.get(title=title).publication == Publication.UNPUBLISHED


def test_exceptions_are_marked_and_one_key_answers_the_rest(page_of: Any) -> None:
    page = page_of
    assert page.locator("[data-tile]").count() == 12
    page.keyboard.press("ArrowRight")
    bloody = focused(page)
    page.keyboard.press("2")
    assert chosen(page) == ["gruesome"]
    page.keyboard.press("l")
    page.keyboard.press("u")
    expect(page.locator("#send-page-more")).to_have_text("10 fine, 2 marked")
    page.keyboard.press("Enter")
    answered(page, 12)
    assert [title for title in TWELVE if _down(title)] == [bloody]
    assert Label.objects.filter(is_unsure=True).count() == 1
    assert Label.objects.values("batch_id").distinct().count() == 1


def test_a_lease_lost_in_the_middle_is_said_on_its_tile_and_holds_up_no_other(page_of: Any) -> None:
    page = page_of
    lost = Job.objects.filter(status=JobStatus.LEASED).order_by("due_at", "id")[4]
    lose_leases(pk=lost.pk)
    page.keyboard.press("Enter")
    answered(page, 11)
    assert (tiles(page, "saved"), tiles(page, "lost")) == (11, 1)
    assert "no longer yours" in page.locator("#grid [data-state=lost]").get_attribute("aria-label")
    assert "could not be saved" in told(page)
    page.keyboard.press("Enter")
    expect(page.locator("#grid [data-tile]")).to_have_count(1)


def test_a_whole_page_is_taken_back_with_its_marks(page_of: Any) -> None:
    page = page_of
    page.keyboard.press("1")
    marked = focused(page)
    page.keyboard.press("Enter")
    answered(page, 12)
    assert _down(marked)
    page.keyboard.press("z")
    expect(page.locator("#grid [data-kind=violation]")).to_have_count(1)
    expect(page.locator("#grid [data-state=open]")).to_have_count(12)
    assert not _down(marked)
    assert not Label.objects.filter(retraction__isnull=True).exists()


def test_a_page_that_the_network_swallowed_stands_there_still(page_of: Any) -> None:
    page = page_of
    page.keyboard.press("1")
    page.wait_for_load_state("networkidle")
    page.context.set_offline(True)
    page.keyboard.press("Enter")
    assert "could not be sent" in told(page)
    assert page.locator("#grid [data-kind=violation]").count() == 1
    page.context.set_offline(False)
    page.keyboard.press("Enter")
    answered(page, 12)
    assert Label.objects.count() == 12


def test_a_page_that_is_refused_after_a_reload_is_told_by_title_and_reason(page_of: Any) -> None:
    page = page_of
    page.keyboard.press("ArrowRight")
    marked = focused(page)
    page.keyboard.press("1")
    page.route("**/api/v1/jobs/label/**", lambda route: route.abort())
    page.keyboard.press("Enter")
    assert "could not be sent" in told(page)
    page.unroute("**/api/v1/jobs/label/**")
    lose_leases()
    page.reload()
    expect(page.locator("#notices")).to_contain_text("12 images were no longer yours: their time ran out.")
    expect(page.locator("#notices")).to_contain_text(f"not saved: “{marked}” (No animal), “")
    expect(page.locator("#notices")).to_contain_text(", 9 more.")
    last = page.locator("#film-list button").first
    expect(last).to_have_attribute("aria-label", re.compile("^12 images. Not saved. .+ no longer yours"))
    assert not Label.objects.exists()


def test_what_is_refused_of_a_page_left_at_once_is_told_and_the_rest_is_saved(page_of: Any) -> None:
    page = page_of
    lost = Job.objects.filter(status=JobStatus.LEASED).order_by("due_at", "id")[4]
    lose_leases(pk=lost.pk)
    sent: list[Any] = []
    page.route("**/api/v1/jobs/label/**", lambda route: sent.append(route))
    page.keyboard.press("Enter")
    page.keyboard.press("m")
    page.wait_for_selector("#desk[data-mode=one]")
    ready(page)
    sent[0].continue_()
    expect(page.locator("#notices")).to_contain_text(
        "no longer yours: its time ran out. Your answer (Fine) was not saved"
    )
    answered(page, 11)
    last = page.locator("#film-list button").first
    expect(last).to_have_attribute("aria-label", re.compile("^11 images. Saved. Not saved: 1 image. .+ Take it back.$"))
    assert Label.objects.count() == 11


def test_an_image_is_looked_at_large_and_walked_from_there(page_of: Any) -> None:
    page = page_of
    first = focused(page)
    page.keyboard.press("Space")
    page.wait_for_selector("#picture img")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#title")).not_to_have_text(first)
    page.keyboard.press("2")
    page.keyboard.press("Escape")
    expect(page.locator("#picture")).to_be_hidden()
    assert page.locator("#grid [data-kind=violation]").count() == 1


def test_a_click_chooses_an_image_and_keys_mark_it(page_of: Any) -> None:
    page = page_of
    page.locator("[data-tile]").nth(5).click()
    page.keyboard.press("1")
    assert page.locator("[data-tile]").nth(5).get_attribute("data-kind") == "violation"
    page.keyboard.press("0")
    assert page.locator("[data-tile]").nth(5).get_attribute("data-kind") == "fine"


def test_one_image_of_a_page_is_skipped_and_the_rest_is_answered(page_of: Any) -> None:
    page = page_of
    page.keyboard.press("s")
    with page.expect_response("**/skip/**"):
        page.keyboard.press("1")
    expect(page.locator("#send-page-words")).to_have_text("Answer 11 images")
    page.keyboard.press("Enter")
    answered(page, 11)


def test_marks_survive_a_reload(page_of: Any) -> None:
    page = page_of
    page.keyboard.press("End")
    page.keyboard.press("2")
    page.reload()
    grid(page)
    expect(page.locator("#grid [data-kind=violation]")).to_have_count(1)
    assert tiles(page, "open") == 12


def test_the_mode_is_changed_by_a_key_remembered_and_gives_the_page_back(page_of: Any) -> None:
    page = page_of
    page.keyboard.press("m")
    ready(page)
    assert wait_until(lambda: Job.objects.filter(status=JobStatus.LEASED).count() < 12, seconds=60)
    page.keyboard.press("m")
    grid(page)
    page.goto(page.url.replace("?view=grid", ""))
    grid(page)
