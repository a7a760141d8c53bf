"""What an engineer tries on model versions: drawing, dropping, and the history again with a new version."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from annotation import playground
from annotation.models import PlaygroundImage
from models_registry import serving
from tests.browser import house as building
from tests.browser import versions
from tests.browser.house import House

DROP = """
(bytes) => {
  const files = new DataTransfer();
  files.items.add(new File([new Uint8Array(bytes)], "otter.jpg", { type: "image/jpeg" }));
  for (const kind of ["dragover", "drop"]) {
    document.getElementById("stage").dispatchEvent(new DragEvent(kind, { bubbles: true, dataTransfer: files }));
  }
}
"""


@pytest.fixture
def asked(house: House, tmp_path: Path) -> Iterator[Path]:
    versions.saying(house, 0.125, folder=tmp_path, is_champion=True)
    yield tmp_path
    serving.loaded.cache_clear()


def answers() -> None:
    """Do what a worker does."""
    while playground.answer(now=timezone.now()):
        pass


def stroke(page: Any) -> None:
    box = page.locator("#canvas").bounding_box()
    page.mouse.move(box["x"] + 60, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 220, steps=5)
    page.mouse.up()


def said(page: Any, *percents: str) -> None:
    """Wait until exactly these scores are shown side by side."""
    expect(page.locator(".play-answer .score-number")).to_have_text([f"{one} %" for one in percents])


def test_one_draws_drops_and_runs_the_history_with_a_new_version(house: House, sign_in: Any, asked: Path) -> None:
    page = sign_in("engineer", "/models/playground/")
    expect(page.locator("#score-drawing")).to_be_disabled()
    stroke(page)
    page.keyboard.press("Control+z")
    expect(page.locator("#score-drawing")).to_be_disabled()
    page.click("[data-color='#b3261e']")
    stroke(page)
    page.focus("#canvas")
    for key in ("Space", "ArrowLeft", "ArrowLeft", "Space"):
        page.keyboard.press(key)
    page.click("#score-drawing")
    expect(page.locator(".play-answer")).to_contain_text("Waits for a worker")
    answers()
    said(page, "12.5")
    page.evaluate(DROP, list(building.picture("otter", number=1)))
    expect(page.locator(".play-name")).to_have_text("otter.jpg")
    answers()
    said(page, "12.5")
    expect(page.locator(".play-thumb-name")).to_have_text(
        ["otter.jpg", f"Drawing {PlaygroundImage.objects.first().pk}"]
    )

    versions.saying(house, 0.875, folder=asked)
    page.reload()
    page.check(".play-version >> nth=0")
    page.click("#run-all")
    expect(page.locator("#run-said")).to_have_text("2 questions asked.")
    answers()
    said(page, "12.5", "87.5")
    page.click(".play-thumb-link >> nth=1")
    expect(page.locator(".play-name")).to_contain_text("Drawing")
    said(page, "12.5", "87.5")
    page.click("#delete")
    expect(page.locator(".play-thumb")).to_have_count(1)
    assert PlaygroundImage.objects.count() == 1


def test_a_file_that_is_no_image_is_refused_in_words(house: House, sign_in: Any, asked: Path) -> None:
    page = sign_in("engineer", "/models/playground/")
    page.set_input_files("#file", {"name": "cat.jpg", "mimeType": "image/jpeg", "buffer": b"not at all"})
    expect(page.locator("#refusal")).to_have_text("Not a JPEG, PNG, WebP or GIF image.")
    assert not PlaygroundImage.objects.exists()
