"""What an engineer sees and does with a rollout."""

from typing import Any

from models_registry import deployment
from moderation.models import Rollout
from tests.browser import house as building
from tests.browser.house import House
from tests.browser.rollouts import DAYS, begun, challenged, disagree


def test_an_engineer_starts_a_canary_from_a_versions_page(house: House, sign_in: Any) -> None:
    version = challenged(house)
    page = sign_in("engineer", f"/models/versions/{version.pk}/")
    page.click("text=Try it")
    page.check("[name=kind][value=shadow]")
    assert page.is_visible("[name=labels_per_day]")
    page.check("[name=kind][value=canary]")
    assert page.input_value("[name=share]") == "5"
    page.fill("[name=share]", "80")
    page.fill("[name=reason]", "It learned from this week's answers.")
    page.click("[data-try] [type=submit]")
    page.wait_for_selector("[data-refusal]:not([hidden])")
    page.fill("[name=share]", "10")
    page.click("[data-try] [type=submit]")
    page.wait_for_url("**/models/rollouts/*/")
    assert Rollout.objects.get().share == 0.1


def test_a_rollout_shows_both_arms_and_its_bounds_and_is_promoted(house: House, sign_in: Any) -> None:
    made = begun(house)
    page = sign_in("engineer", f"/models/rollouts/{made.pk}/")
    page.wait_for_selector("#bounds canvas")
    assert page.locator(".rail").count() == 5
    page.click("[data-rail=complaints]")
    page.click("summary >> text=As a table")
    assert page.locator("#bounds-rows tr").count() == DAYS
    assert not page.is_visible("#several-shares")
    page.click("[data-open=share]")
    page.fill("#share [name=share]", "20")
    page.fill("#share [name=reason]", "Nothing is worse so far.")
    page.click("#share [type=submit]")
    page.wait_for_selector("text=From 10 % to 20 %.")
    page.wait_for_selector("#several-shares")
    page.click("[data-open=promote]")
    page.fill("#promote textarea", "It misses less.")
    page.click("#promote [type=submit]")
    page.wait_for_selector("h1 >> text=Promoted")
    assert deployment.champion(house.founded.detector) == made.challenger


def test_a_shadow_shows_what_the_two_disagree_on_and_a_manager_reads(house: House, sign_in: Any) -> None:
    building.post(house, "fox", "rabbit", "badger")
    made = begun(house, kind="shadow", share=1.0)
    disagree(made)
    page = sign_in("manager", f"/models/rollouts/{made.pk}/")
    assert page.locator(".gallery img").count() == 3
    assert page.locator("[data-open]").count() == 0
    page.goto(page.url.split("/models/")[0] + "/models/rollouts/")
    assert page.is_visible("text=Rollout 1") or page.locator("tbody a").count() > 0
