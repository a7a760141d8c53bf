"""What an engineer sees and does."""

from typing import Any

from models_registry import deployment
from tests.browser import house as building
from tests.browser.house import House


def test_an_engineer_deploys_a_version_that_passed_the_gate(house: House, sign_in: Any) -> None:
    version = building.train(house)
    page = sign_in("engineer")
    page.click("text=rules v1")
    page.wait_for_selector("#curve canvas")
    page.click("[data-open=deploy]")
    page.fill("#deploy textarea", "Better than nothing.")
    page.click("#deploy [type=submit]")
    page.wait_for_selector("h1 >> text=Champion")
    assert deployment.champion(house.founded.detector) == version


def test_a_refused_move_says_why_and_changes_nothing(house: House, sign_in: Any) -> None:
    version = building.train(house)
    page = sign_in("engineer", f"/models/versions/{version.pk}/")
    page.evaluate("document.getElementById('roll-back').showModal()")
    page.click("#roll-back [type=submit]")
    page.wait_for_selector("#roll-back [data-refusal]:not([hidden])")
    assert "No other version was champion before" in page.inner_text("#roll-back")


def test_a_manager_reads_a_version_and_has_no_button_to_deploy_it(house: House, sign_in: Any) -> None:
    version = building.train(house)
    page = sign_in("manager", f"/models/versions/{version.pk}/")
    page.wait_for_selector("#curve canvas")
    assert page.locator("[data-open]").count() == 0
    assert page.is_visible("text=machine recall of 90")
    page.click(".class-tabs >> text=Gruesome")
    assert page.is_visible("[data-points=gruesome]")


def test_a_run_shows_its_steps_and_its_curve(house: House, sign_in: Any) -> None:
    version = building.train(house)
    page = sign_in("engineer", f"/models/runs/{version.run_id}/")
    page.wait_for_selector("#epochs canvas")
    assert page.locator(".run tbody tr").count() == 3
    assert page.is_visible("text=It made")


def test_a_project_without_versions_says_what_comes_next(house: House, sign_in: Any) -> None:
    page = sign_in("engineer", "/models/")
    assert page.is_visible("text=No version yet")
