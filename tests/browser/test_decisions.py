"""What a manager decides: criteria for the future, a no-go by keyboard, an alert that stands until it is seen."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from config.accounts.models import Role
from moderation import policies
from moderation.go_no_go import guard
from moderation.models import CriteriaVersion, DayLooks, PeriodDecision, PeriodOutcome, PolicyMode
from tests.browser import decided
from tests.browser.house import House

PAGES = ["/measure/decisions/", "/measure/", "/review/", "/label/", "/posts/", "/models/", "/complaints/", "/appeals/"]


@pytest.fixture
def acting(house: House) -> House:
    """A house whose machine has acted for a month, with criteria from before it."""
    decided.act(house, now=timezone.now() - timedelta(days=40))
    decided.hold_to(house)
    decided.count_days(house)
    return house


def test_a_manager_sets_criteria_for_the_future(house: House, sign_in: Any) -> None:
    page = sign_in("manager", "/measure/decisions/")
    assert page.is_visible("text=Nothing to be held to yet")
    page.fill("[name=target_machine_recall]", "60")
    page.fill("[name=target_hours_to_action]", "6")
    page.fill("[name=reason]", "Agreed with the company.")
    page.click("text=Set the criteria")
    page.wait_for_selector("text=The criteria are set")
    [version] = CriteriaVersion.objects.all()
    assert {one.metric: one.target for one in version.criteria.all()} == {"machine_recall": 0.6, "hours_to_action": 6}
    assert version.starts_at.date() == timezone.now().date() + timedelta(days=1)
    assert page.is_visible("text=Machine recall at least 60 %")


def test_criteria_for_yesterday_are_refused_and_what_was_typed_stays(house: House, sign_in: Any) -> None:
    page = sign_in("manager", "/measure/decisions/")
    page.fill("[name=first]", (timezone.now() - timedelta(days=1)).date().isoformat())
    page.fill("[name=target_machine_recall]", "60")
    page.fill("[name=reason]", "Agreed with the company.")
    page.click("text=Set the criteria")
    page.wait_for_selector("[role=alert]:has-text('Criteria come before the period')")
    assert page.input_value("[name=target_machine_recall]") == "60"
    assert not CriteriaVersion.objects.exists()


def test_each_criterion_is_a_line_with_its_target_and_its_judgement(acting: House, sign_in: Any) -> None:
    page = sign_in("manager", "/measure/decisions/")
    lines = page.locator(".line")
    assert lines.count() == len(decided.TARGETS)
    recall = lines.filter(has_text="Machine recall")
    assert "at least 60 %" in recall.inner_text()
    assert "PASS" in recall.inner_text()
    assert recall.locator(".span-range").count() == 1
    assert "NOT ENOUGH DATA" in lines.filter(has_text="Overturned removals").inner_text()
    page.wait_for_selector("#capital canvas")
    page.click("text=As a table")
    assert page.locator("#capital-rows tr").count() == 31


def test_a_no_go_by_keyboard_puts_the_policy_to_manual(acting: House, sign_in: Any) -> None:
    page = sign_in("manager", "/measure/decisions/")
    page.focus("[name=outcome][value=go]")
    page.keyboard.press("ArrowRight")
    assert page.is_checked("[name=outcome][value=no_go]")
    assert page.is_visible("text=A no-go puts a manual policy in force at once")
    assert page.is_hidden("[name=plan]")
    page.keyboard.press("Tab")
    page.keyboard.type("It misses what matters to us.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=The machine is stopped by a no-go")
    assert policies.in_force(acting.project).mode == PolicyMode.MANUAL
    made = PeriodDecision.objects.get()
    assert (made.outcome, made.person) == (PeriodOutcome.NO_GO, acting.people[Role.MANAGER])
    assert page.is_visible("text=It misses what matters to us.")


def test_evidence_is_downloaded_as_it_was_signed_and_verified(acting: House, sign_in: Any) -> None:
    page = sign_in("manager", "/measure/decisions/")
    page.check("[name=outcome][value=extend]")
    page.fill("[name=reason]", "More looks would tell.")
    page.fill("[name=until]", (timezone.now() + timedelta(days=10)).date().isoformat())
    page.click("text=Record the decision")
    page.wait_for_selector("text=Recorded: Extend.")
    made = PeriodDecision.objects.get()
    with page.expect_download() as download:
        page.click("text=Evidence (JSON)")
    assert json.loads(download.value.path().read_bytes()) == json.loads(made.evidence)
    page.click("button:has-text('Verify')")
    page.wait_for_selector("text=the sums give every figure again")


def test_a_go_without_a_plan_is_refused_beside_the_field(acting: House, sign_in: Any) -> None:
    page = sign_in("manager", "/measure/decisions/")
    page.check("[name=outcome][value=go]")
    page.fill("[name=reason]", "It works.")
    page.click("text=Record the decision")
    page.wait_for_selector("[data-for=go] [role=alert]:has-text('A go needs a plan')")
    assert page.input_value("[name=reason]") == "It works."
    assert not PeriodDecision.objects.exists()


def test_an_alert_stands_on_every_page_until_a_manager_acknowledges_it(acting: House, sign_in: Any) -> None:
    DayLooks.objects.filter(side="passed").update(found=30)
    assert guard.check(acting.project, now=timezone.now())
    page = sign_in("moderator", "/review/")
    page.wait_for_selector(".alert-bar:has-text('The guard stopped the machine')")
    assert page.locator(".alert-bar button").count() == 0, "a moderator reads it, and no more"
    page.context.clear_cookies()
    page = sign_in("manager", PAGES[0])
    for address in PAGES:
        page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/", 3)[2] + address)
        assert page.is_visible(".alert-bar"), address
    page.click("button:has-text('Acknowledge')")
    page.wait_for_selector(".alert-bar", state="detached")
    page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/", 3)[2] + PAGES[0])
    assert page.is_visible("text=acknowledged by manager")


def test_engineers_and_moderators_read_and_decide_nothing(acting: House, sign_in: Any) -> None:
    page = sign_in("engineer", "/measure/decisions/")
    assert page.is_visible("text=Managers and admins record decisions.")
    assert page.locator("text=Set new criteria").count() == 0
