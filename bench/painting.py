"""This will measure what a moderator feels: the time from a key press to the next image on the screen.

Headless Chromium, the real server, images of 1280 × 960 pixels. First an unhurried person, who looks at each image long
enough for the next ones to be there (a warm prefetch); then one who answers the moment an image is painted, which says
how many a person could get through.
"""

import io
import itertools
import time
from typing import Any

import numpy as np
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from PIL import Image as Picture

from annotation.models import Image
from bench.figures import Figure, percentile
from bench.queues import House, house
from bench.scratch import servers
from bench.web import Web, served
from config.accounts.models import Membership
from tests.runtime.browser import find_chromium, launch

QUESTIONS = 400
PICTURES = 24
SIZE_PX = (1280, 960)
LOOK_MS = 400
UNHURRIED, HURRIED = 100, 200
P50_MS, P95_MS = 50.0, 120.0
# Runs in the page: notes for every Space the milliseconds until another image has been through a frame.
WATCH = """
() => {
  const shown = () => document.querySelector("#picture img");
  window.painted = [];
  document.addEventListener("keydown", (event) => {
    if (event.key !== " ") return;
    const before = shown();
    const look = () => {
      const now = shown();
      if (!now || now === before || !now.complete) return requestAnimationFrame(look);
      requestAnimationFrame(() => window.painted.push(performance.now() - event.timeStamp));
    };
    requestAnimationFrame(look);
  }, true);
}
"""


def run() -> list[Figure]:
    executable = find_chromium()
    if executable is None:
        raise SystemExit("This bench needs a Chromium: install chromium, or run: playwright install chromium")
    with servers(), served() as web, launch(executable) as browser:
        place = house(open_questions=QUESTIONS, people=1)
        _draw(place)
        page = _desk(browser, web, place)
        unhurried = _answer(page, times=UNHURRIED, look_ms=LOOK_MS)
        started = time.perf_counter()
        hurried = _answer(page, times=HURRIED, look_ms=0)
        minutes = (time.perf_counter() - started) / 60
        return [
            Figure("key press to next image, p50", percentile(unhurried, 0.5), "ms", P50_MS),
            Figure("key press to next image, p95", percentile(unhurried, 0.95), "ms", P95_MS),
            Figure("… answered at once, p50", percentile(hurried, 0.5), "ms"),
            Figure("… answered at once, p95", percentile(hurried, 0.95), "ms"),
            Figure("images a scripted reviewer gets through", HURRIED / minutes, "a minute"),
        ]


def _draw(place: House) -> None:
    """Give every image of the queue its pixels; a few pictures under many names, so that each is fetched anew."""
    chance = np.random.default_rng(1)
    drawn = [_picture(chance) for _ in range(PICTURES)]
    for image, data in zip(Image.objects.filter(project=place.project), itertools.cycle(drawn), strict=False):
        image.view = default_storage.save(f"bench/{image.pk}.jpg", ContentFile(data))
        image.thumbnail = image.view
        image.save(update_fields=["view", "thumbnail"])


def _picture(chance: np.random.Generator) -> bytes:
    """Draw soft shapes under a fine grain: about as hard to decode as a photo of this size."""
    soft = Picture.fromarray(chance.integers(0, 256, (12, 16, 3), dtype=np.uint8)).resize(
        SIZE_PX, Picture.Resampling.BICUBIC
    )
    grain = chance.integers(-12, 13, (SIZE_PX[1], SIZE_PX[0], 1))
    data = io.BytesIO()
    Picture.fromarray(np.clip(np.asarray(soft) + grain, 0, 255).astype(np.uint8)).save(data, "JPEG", quality=85)
    return data.getvalue()


def _desk(browser: Any, web: Web, place: House) -> Any:
    """Open the review desk as a signed-in moderator and wait for the first image."""
    person = Membership.objects.select_related("user").get(project=place.project).user
    session = Client()
    session.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
    address = f"http://127.0.0.1:{web.port}"
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    value = session.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": address}])
    page = context.new_page()
    page.goto(f"{address}/review/")
    _wait(page)
    page.evaluate(WATCH)
    return page


def _wait(page: Any) -> None:
    page.wait_for_selector("#desk[data-state=ready] #picture img")


def _answer(page: Any, *, times: int, look_ms: int) -> list[float]:
    """Answer so many images as fine; returns the milliseconds until each next one was painted, shortest first."""
    page.evaluate("window.painted.length = 0")
    for number in range(1, times + 1):
        page.wait_for_timeout(look_ms)
        page.keyboard.press("Space")
        page.wait_for_function("number => window.painted.length >= number", arg=number)
        _wait(page)
    return sorted(page.evaluate("window.painted"))
