"""What an engineer sees of a re-score: its progress, what flips, and what is sent to people."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from annotation import rescoring
from models_registry import serving
from moderation import flips
from moderation.models import Post
from tests.browser import versions
from tests.browser.house import House


@pytest.fixture
def past(house: House, tmp_path: Path) -> Iterator[None]:
    """Five posts that the champion lets pass, and a version that would not."""
    versions.flipping(house, "heron", "badger", "otter", "stoat", "vole", folder=tmp_path)
    yield
    serving.loaded.cache_clear()


def works() -> None:
    """Do what workers do."""
    while rescoring.score_chunk(now=timezone.now()):
        pass
    flips.compare_all(now=timezone.now())


def test_history_is_rescored_paused_gone_on_with_and_its_flips_are_sent(house: House, sign_in: Any, past: None) -> None:
    page = sign_in("engineer", "/models/rescorings/")
    page.click("form.history-form [type=submit]")
    expect(page.locator("h1")).to_contain_text("Requested")
    page.wait_for_load_state()
    page.click("#pause")
    expect(page.locator("h1")).to_contain_text("Paused")
    works()
    page.click("#resume")
    expect(page.locator("h1")).to_contain_text("Requested")
    works()
    expect(page.locator("h1")).to_contain_text("Done")
    expect(page.locator(".history-percent")).to_contain_text("100")
    expect(page.locator("#n-flagged")).to_have_text("5")
    expect(page.locator("#gallery .card-post")).to_have_count(5)
    expect(page.locator(".flip-numbers").first).to_contain_text("88 %")
    page.click("[data-kind=cleared]")
    expect(page.locator(".history-none")).to_be_visible()
    page.click("[data-kind=flagged]")
    page.click("#open-send")
    expect(page.locator("#send-all")).to_have_text("All 5")
    page.click("#send [type=submit]")
    expect(page.locator(".history-sendings")).to_contain_text("under way")
    flips.send_all(now=timezone.now())
    expect(page.locator(".history-sendings")).to_contain_text("5 asked, 0 in review already")
    assert Post.objects.filter(status="in_review").count() == 5
