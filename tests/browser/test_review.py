"""A moderator's day at the review desk, by keyboard."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from annotation.models import Exclusion, Job, JobStatus, Label
from config.embedded.processes import wait_until
from moderation.models import Decision, Post, Publication
from tests.browser import house as building
from tests.browser.desk import chosen, ready, saved, showing, shows, shows_another, told
from tests.browser.house import House

FOUR = ("heron", "badger", "otter", "fox")


def test_a_moderator_signs_in_and_decides_posts_by_keyboard_alone(house: House, sign_in: Any) -> None:
    building.post(house, *FOUR)
    page = sign_in("moderator")
    first = showing(page)
    page.keyboard.press("1")
    assert chosen(page) == ["no_animal"]
    page.keyboard.press("Enter")
    saved(page)
    shows_another(page, first)
    second = showing(page)
    page.keyboard.press("Space")
    expect(page.locator("#count")).to_contain_text("2 answered")
    assert Post.objects.get(title=first).publication == Publication.UNPUBLISHED
    assert Post.objects.get(title=second).publication == Publication.PUBLISHED
    assert first != second


def test_what_would_anchor_is_shown_only_after_the_answer(house: House, sign_in: Any) -> None:
    building.post(house, *FOUR)
    page = ready(sign_in("moderator", "/review/"))
    assert "poster-3" not in page.inner_text("#desk")
    page.keyboard.press("Space")
    saved(page)
    assert "Poster: poster-3" in page.inner_text("#last")


def test_the_last_answer_is_taken_back_with_what_was_chosen(house: House, sign_in: Any) -> None:
    building.post(house, *FOUR)
    page = sign_in("moderator", "/review/")
    first = showing(page)
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    saved(page)
    page.keyboard.press("Control+z")
    shows(page, first)
    assert chosen(page) == ["gruesome"]
    assert Post.objects.get(title=first).publication == Publication.PUBLISHED
    assert Decision.objects.filter(reverses__isnull=False).count() == 1


def test_a_lost_lease_is_told_and_the_next_image_is_already_there(house: House, sign_in: Any) -> None:
    building.post(house, *FOUR)
    page = ready(sign_in("moderator", "/review/"))
    Job.objects.filter(status=JobStatus.LEASED).update(lease_until=timezone.now() - timedelta(minutes=1))
    page.keyboard.press("Space")
    assert "no longer yours" in told(page)
    ready(page)
    assert not Label.objects.exists()


def test_an_answer_that_the_network_swallowed_comes_back_and_can_be_sent_again(house: House, sign_in: Any) -> None:
    building.post(house, *FOUR)
    page = sign_in("moderator", "/review/")
    first = showing(page)
    page.wait_for_load_state("networkidle")
    page.context.set_offline(True)
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    assert "could not be sent" in told(page)
    assert showing(page) == first
    assert chosen(page) == ["gruesome"]
    page.context.set_offline(False)
    page.keyboard.press("Enter")
    saved(page)
    assert [one.classes for one in Label.objects.all()] == [["gruesome"]]


def test_a_key_held_down_decides_one_image_only(house: House, sign_in: Any) -> None:
    building.post(house, *FOUR)
    page = ready(sign_in("moderator", "/review/"))
    for _ in range(4):
        page.keyboard.down("Space")
    page.keyboard.up("Space")
    saved(page)
    assert Label.objects.count() == 1


def test_a_skip_gives_its_reason_and_leaves_the_next_answer_untouched(house: House, sign_in: Any) -> None:
    building.post(house, *FOUR)
    page = sign_in("moderator", "/review/")
    first = showing(page)
    page.keyboard.press("s")
    with page.expect_response("**/skip/**"):
        page.keyboard.press("2")
    shows_another(page, first)
    assert chosen(page) == []
    assert Exclusion.objects.get(is_skip=True).reason == "cannot_judge"


def test_a_note_is_written_without_its_letters_being_taken_for_keys(house: House, sign_in: Any) -> None:
    building.post(house, *FOUR)
    page = ready(sign_in("moderator", "/review/"))
    page.keyboard.press("n")
    page.keyboard.type("us 1 z f")
    page.keyboard.press("Escape")
    page.keyboard.press("u")
    saved(page)
    label = Label.objects.get()
    assert (label.note, label.is_unsure) == ("us 1 z f", True)


def test_leaving_the_page_gives_every_job_back(house: House, sign_in: Any) -> None:
    building.post(house, *FOUR)
    page = ready(sign_in("moderator", "/review/"))
    assert Job.objects.filter(status=JobStatus.LEASED).count() == 3
    page.goto(page.url.replace("/review/", "/measure/"))
    # The requests outlive the page that sent them, so nothing on the next one tells when they have arrived.
    assert wait_until(lambda: not Job.objects.filter(status=JobStatus.LEASED).exists(), seconds=30)


def test_an_empty_desk_says_so_and_fills_by_itself(house: House, sign_in: Any) -> None:
    page = sign_in("moderator", "/review/")
    page.wait_for_selector("text=Nothing waits")
    building.post(house, "heron")
    assert showing(page) == "heron"


def test_question_mark_shows_the_keys(house: House, sign_in: Any) -> None:
    page = sign_in("moderator", "/review/")
    page.keyboard.press("?")
    assert page.is_visible("text=Fine: send at once")
    page.keyboard.press("Escape")
    assert not page.is_visible("text=Fine: send at once")


@pytest.mark.parametrize("key", ["f", "g"])
def test_full_size_and_guidelines_open_and_close_with_one_key(house: House, sign_in: Any, key: str) -> None:
    building.post(house, *FOUR)
    page = ready(sign_in("moderator", "/review/"))
    state = {"f": "#full[aria-pressed=true]", "g": "#guidelines[aria-expanded=true]"}[key]
    page.keyboard.press(key)
    page.wait_for_selector(state)
    page.keyboard.press(key)
    page.wait_for_selector(state, state="detached")
