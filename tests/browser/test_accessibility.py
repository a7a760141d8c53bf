"""axe finds nothing on any page, in either theme, on a desktop and a phone, in either language.

Each of the four rounds is one theme on one screen in one language, so that every two of these meet. (Scripts and the
CSP are watched by the ``page`` fixture.)
"""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import expect

from annotation import datasets, rescoring
from annotation.models import Purpose, Truth
from config.accounts import preferences
from config.accounts.models import Role
from models_registry import serving
from moderation import appeals, complaints, flips, impressions
from moderation.models import Post
from moderation.rollouts import conducting
from tests.browser import house as building
from tests.browser import rollouts, season, versions, watching
from tests.browser.desk import grid, ready, saved
from tests.browser.house import House
from tests.moderation.builders import answer, question_of

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
ROUNDS = [("light", DESKTOP, "en"), ("dark", DESKTOP, "ja"), ("dark", PHONE, "en"), ("light", PHONE, "ja")]

Walk = Callable[..., None]


@pytest.fixture(params=ROUNDS, ids=lambda one: f"{one[0]}-{one[1]['width']}-{one[2]}")
def surroundings(request: pytest.FixtureRequest) -> tuple[str, dict[str, int], str]:
    return request.param


@pytest.fixture
def screen(surroundings: Any) -> dict[str, object]:
    theme, size, _ = surroundings
    return {"viewport": size, "color_scheme": theme, "has_touch": size == PHONE}


@pytest.fixture(autouse=True)
def spoken(house: House, surroundings: Any) -> None:
    """Have everybody speak the language of this round."""
    for person in house.people.values():
        preferences.change(person, {"language": surroundings[2]}, now=timezone.now())


@pytest.fixture
def walk(page: Any, live_server: Any) -> Walk:
    """Open addresses and look at each: ``walk("/measure/", "/models/")``."""

    def through(*addresses: str) -> None:
        for address in addresses:
            page.goto(live_server.url + address)
            page.wait_for_load_state("networkidle")
            check(page)

    return through


def check(page: Any) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"
    is_wider = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not page.evaluate(is_wider), f"{page.url} is wider than the screen"


def opened(page: Any, key: str) -> None:
    """Press a key, look at what it opens, and close that."""
    page.keyboard.press(key)
    page.wait_for_selector("dialog[open]")
    check(page)
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_the_door_and_the_pages_of_an_account(page: Any, sign_in: Any, walk: Walk) -> None:
    walk("/accounts/login/", "/accounts/password/reset/", "/accounts/signup/")
    sign_in("annotator", "/label/")
    walk("/accounts/password/change/", "/accounts/2fa/", "/accounts/2fa/totp/activate/", "/models/", "/nothing/")


def test_the_pages_about_numbers_and_models(house: House, page: Any, sign_in: Any, walk: Walk) -> None:
    sign_in("admin", "/measure/")
    walk("/measure/", "/measure/?from=x", "/measure/report/", "/models/")
    building.post(house, "heron", "badger")
    version = building.train(house)
    season.measured(house, version_id=version.pk)
    walk(
        "/measure/",
        "/measure/report/",
        "/models/",
        f"/models/runs/{version.run_id}/",
        f"/models/versions/{version.pk}/",
    )
    page.click("[data-open]")
    check(page)
    page.keyboard.press("Escape")
    opened(page, "?")


def test_the_posts_their_filters_and_a_story(house: House, page: Any, sign_in: Any, walk: Walk) -> None:
    building.post(house, "heron", "badger")
    made = Post.objects.earliest("pk")
    answer(house.people[Role.MODERATOR], question_of(made, Purpose.REVIEW), "gruesome", now=timezone.now())
    days = [timezone.now().date() - timedelta(days=n) for n in range(9)]
    counted = [impressions.Counted(made.external_id, day, 40 * n) for n, day in enumerate(days)]
    impressions.report(house.client, counted, now=timezone.now())
    sign_in("manager", "/posts/")
    walk("/posts/", "/posts/?view=list&status=decided&q=b", "/posts/?q=none", f"/posts/{made.pk}/", "/posts/")
    opened(page, "?")
    page.keyboard.press("j")
    page.keyboard.press("x")
    check(page)
    page.click("[data-bulk=remove]")
    check(page)


def test_the_review_desk_with_all_that_opens_on_it(house: House, page: Any, sign_in: Any) -> None:
    building.post(house, "heron", "badger", "otter", "fox")
    ready(sign_in("moderator", "/review/"))
    check(page)
    for key in "?csre":
        opened(page, key)
    page.keyboard.press("g")
    check(page)
    page.keyboard.press("g")
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    saved(page)
    ready(page)
    check(page)


def test_a_page_of_the_grid(house: House, page: Any, sign_in: Any) -> None:
    building.post(house, "heron", "badger", "otter", "fox")
    ready(sign_in("moderator", "/review/"))
    page.keyboard.press("m")
    grid(page)
    page.keyboard.press("1")
    check(page)
    opened(page, "?")
    page.keyboard.press("Space")
    check(page)


def test_the_label_desk_full_and_empty(house: House, page: Any, sign_in: Any) -> None:
    sign_in("annotator", "/label/").wait_for_selector("#desk[data-state=empty]")
    check(page)
    building.post(house, "heron", "badger")
    building.ask_for_labels(house)
    page.reload()
    ready(page)
    check(page)


def test_the_desks_of_complaints_and_appeals(house: House, page: Any, sign_in: Any, live_server: Any) -> None:
    building.post(house, "heron", "badger")
    complained, removed = Post.objects.order_by("pk")
    moderator = house.people[Role.MODERATOR]
    answer(moderator, question_of(complained, Purpose.REVIEW), now=timezone.now())
    answer(moderator, question_of(removed, Purpose.REVIEW), "gruesome", now=timezone.now())
    said = complaints.Said(external_id=complained.external_id, reason="gruesome", text="My child saw it.")
    complaints.submit(house.client, said, now=timezone.now())
    contested = appeals.Said(external_id=removed.external_id, text="It is ketchup.")
    appeals.submit(house.client, contested, now=timezone.now())
    ready(sign_in("manager", "/complaints/"))
    check(page)
    page.goto(f"{live_server.url}/appeals/")
    ready(page)
    check(page)


def test_the_registry(house: House, page: Any, sign_in: Any, walk: Walk) -> None:
    building.post(house, "heron", "badger")
    made = Post.objects.earliest("pk")
    answer(house.people[Role.MODERATOR], question_of(made, Purpose.REVIEW), "gruesome", now=timezone.now())
    Truth.objects.update(votes=2)  # One answer is not enough where the image happens to measure.
    frozen = datasets.freeze(house.founded.schema, now=timezone.now())
    versions = [building.train(house, seed=seed) for seed in (1, 2)]
    sign_in("admin", "/models/runs/")
    page.check(".pick >> nth=0")
    check(page)
    runs = ",".join(str(one.run_id) for one in versions)
    walk(
        f"/models/compare/?runs={runs}",
        "/models/compare/?runs=1",
        f"/models/datasets/{frozen.pk}/",
        f"/models/datasets/{versions[0].dataset_id}/",
        f"/models/images/{made.image_id}/",
        f"/posts/{made.pk}/lineage/",
    )


def test_a_canary_and_its_end(house: House, page: Any, sign_in: Any, walk: Walk) -> None:
    made = rollouts.begun(house)
    sign_in("engineer", f"/models/rollouts/{made.pk}/")
    walk(f"/models/rollouts/{made.pk}/", "/models/rollouts/")
    page.go_back()
    page.click("[data-open=share]")
    check(page)
    conducting.discard(made, by=house.people[Role.ENGINEER], reason="It flags more.", now=timezone.now())
    walk(f"/models/rollouts/{made.pk}/", f"/models/versions/{made.challenger.pk}/try/")


def test_a_shadow(house: House, sign_in: Any, walk: Walk) -> None:
    building.post(house, "fox", "rabbit", "badger")
    made = rollouts.begun(house, kind="shadow", share=1.0)
    rollouts.disagree(made)
    sign_in("manager", f"/models/rollouts/{made.pk}/")
    walk(f"/models/rollouts/{made.pk}/")


def test_history_and_the_playground(house: House, page: Any, sign_in: Any, walk: Walk, tmp_path: Path) -> None:
    versions.flipping(house, "heron", "badger", folder=tmp_path)
    sign_in("engineer", "/models/rescorings/")
    check(page)
    page.click("form.history-form [type=submit]")
    page.wait_for_url("**/models/rescorings/*/")
    check(page)
    while rescoring.score_chunk(now=timezone.now()):
        pass
    flips.compare_all(now=timezone.now())
    page.reload()
    expect(page.locator("#gallery .card-post")).to_have_count(2)
    check(page)
    walk("/models/rescorings/", "/models/playground/")
    serving.loaded.cache_clear()


def test_the_watch_and_the_schedule(house: House, sign_in: Any, walk: Walk) -> None:
    watching.changed(house)
    sign_in("engineer", "/models/watch/")
    walk("/models/watch/", "/schedule/", "/models/runs/new/")
