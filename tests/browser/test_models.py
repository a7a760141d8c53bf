"""What an engineer sees and does."""

from typing import Any

from models_registry import deployment
from models_registry.models import Run, RunStatus, RunStep
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
    assert page.locator(".timeline .step-done").count() == 3
    assert page.is_visible("text=It made")


def stopped_by_its_data(house: House) -> Run:
    """A run whose data failed one check, as a worker leaves it."""
    run = building.train(house).run
    sentence = "3 images that calibrate or measure have a relative on another side."
    check = {"name": "leakage", "outcome": "failed", "value": 3, "limit": 0, "sentence": sentence, "said": []}
    step = run.steps.get(name="fit")
    step.name, step.status, step.outputs = "validate", "failed", {"checks": [check]}
    step.save(update_fields=["name", "status", "outputs"])
    other = Run.objects.create(
        detector=run.detector,
        dataset=run.dataset,
        config=run.config,
        config_hash="other",
        requested_at=run.requested_at,
    )
    run.steps.exclude(name="evaluate").update(run=other)
    Run.objects.filter(pk=other.pk).update(status=RunStatus.FAILED, error=sentence, started_at=run.started_at)
    return other


def test_an_engineer_waives_a_failed_check_with_a_reason_resumes_the_run_and_cancels_it(
    house: House, sign_in: Any
) -> None:
    run = stopped_by_its_data(house)
    page = sign_in("engineer", f"/models/runs/{run.pk}/")
    assert page.is_visible("text=It stopped in step Validate; 1 of 10 steps are done.")
    assert page.inner_text(".check-failed .number") == "3"
    page.focus("#waive-leakage")
    page.keyboard.press("Enter")
    page.keyboard.type("The three were looked at.")
    assert "have a relative on another side" in page.inner_text("#waive [data-says]")
    page.click("#waive [type=submit]")
    page.wait_for_selector(".check-waived")
    assert "The three were looked at." in page.inner_text(".check-waived")
    page.click("#open-resume")
    page.click("#resume [type=submit]")
    page.click("#open-cancel")
    page.fill("#cancel textarea", "Not today.")
    page.click("#cancel [type=submit]")
    page.wait_for_selector("text=Not today.")
    run.refresh_from_db()
    assert run.status == RunStatus.CANCELED
    assert list(run.events.order_by("id").values_list("kind", flat=True)) == ["waived", "resumed", "canceled"]


def test_a_manager_reads_a_run_and_has_no_button_to_change_it(house: House, sign_in: Any) -> None:
    run = stopped_by_its_data(house)
    page = sign_in("manager", f"/models/runs/{run.pk}/")
    page.wait_for_selector(".check-failed")
    assert page.locator("[data-open]").count() == 0


def test_what_somebody_opened_stays_open_while_the_run_is_followed(house: House, sign_in: Any) -> None:
    run = stopped_by_its_data(house)
    Run.objects.filter(pk=run.pk).update(status=RunStatus.RUNNING)
    page = sign_in("engineer", f"/models/runs/{run.pk}/")
    page.click("#step-extract-more")
    page.focus("#step-extract-more")
    RunStep.objects.filter(run=run, name="extract").update(log="One line more.")
    page.wait_for_selector("text=One line more.")
    assert page.evaluate("document.activeElement.id") == "step-extract-more"
    Run.objects.filter(pk=run.pk).update(status=RunStatus.CANCELED)
    page.wait_for_selector("#run-head >> text=Canceled in step Validate")


def test_a_project_without_versions_says_what_comes_next(house: House, sign_in: Any) -> None:
    page = sign_in("engineer", "/models/")
    assert page.is_visible("text=No version yet")
