"""What a manager sees."""

from typing import Any

from django.utils import timezone

from config.accounts.models import Membership, Role
from moderation.measurement import daily
from tests.browser import house as building
from tests.browser.house import House


def test_a_new_project_says_how_to_send_its_first_post(house: House, sign_in: Any) -> None:
    page = sign_in("manager")
    assert page.is_visible("text=No posts yet")
    assert "/api/v1/posts/" in page.inner_text("main")


def test_a_manager_sees_what_waits_and_what_is_not_known_yet(house: House, sign_in: Any) -> None:
    building.post(house, "heron", "badger", "otter")
    daily.refresh(house.project, timezone.now().date(), now=timezone.now())
    page = sign_in("manager")
    assert "In review\n3" in page.inner_text(".now")
    assert "Not enough data" in page.inner_text("[aria-labelledby=h-machine_recall]")
    page.wait_for_selector("#days canvas")
    page.click("[aria-labelledby=per-day] summary")
    assert page.locator("#days-rows tr").count() == 28


def test_choosing_a_project_shows_that_project(house: House, sign_in: Any) -> None:
    other = building.build("gardens", "Gardens")
    Membership.objects.filter(project=other.project).exclude(role=Role.MANAGER).delete()
    page = sign_in("manager", "/measure/")
    page.click("button:has-text('AI Animals')")
    page.click("button:has-text('Gardens')")
    page.wait_for_selector(".page-head p:has-text('Gardens')")


def test_the_chosen_theme_is_remembered(house: House, sign_in: Any) -> None:
    page = sign_in("manager", "/measure/")
    assert page.get_attribute("html", "data-bs-theme") == "light"
    page.click("[data-toggle-theme]")
    page.reload()
    assert page.get_attribute("html", "data-bs-theme") == "dark"
