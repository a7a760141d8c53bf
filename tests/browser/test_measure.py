"""What the overview and the report of a period show, in a real browser."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from moderation.models import Incident, InvestigationStep, Note
from tests.browser import season
from tests.browser.house import House, post

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def shown(house: House) -> House:
    post(house, "heron")
    season.measured(house)
    return house


def is_wider(page: Any) -> bool:
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


def test_every_headline_has_a_number_its_interval_and_what_it_rests_on(shown: House, sign_in: Any) -> None:
    page = sign_in("manager", "/measure/")
    assert page.locator(".headline").count() == 6
    recall = page.inner_text("[aria-labelledby=h-machine_recall]")
    assert "missed violations found in 2,716 drawn looks" in recall
    assert " to " in page.inner_text("[aria-labelledby=h-machine_recall] .headline-interval")
    assert "no more than noise" in recall
    assert page.inner_text("a[aria-current=page]:has-text('Overview')")
    assert page.get_attribute("a[data-go=d]", "aria-current") == "page"


def test_charts_are_drawn_and_can_be_read_as_tables(shown: House, sign_in: Any) -> None:
    page = sign_in("manager", "/measure/")
    page.wait_for_selector("[data-key=machine_recall] canvas")
    page.wait_for_selector("#days canvas")
    page.click("#trend-table summary")
    expect(page.locator("#trend-rows tr")).to_have_count(28)
    assert "%" in page.inner_text("#trend-rows tr:last-child")


def test_slices_come_worst_first_and_say_that_they_were_picked(shown: House, sign_in: Any) -> None:
    page = sign_in("manager", "/measure/")
    rows = page.locator("[aria-labelledby=table-slice] tbody tr")
    assert rows.first.locator("th").inner_text().startswith("dark")
    assert "chosen by looking" in page.inner_text("[aria-labelledby=table-slice]")
    assert "stands out" in rows.first.inner_text()


def test_a_period_is_picked_by_keyboard_and_goes_along_to_the_report(shown: House, sign_in: Any) -> None:
    page = sign_in("manager", "/measure/")
    page.focus("[name=from]")
    page.keyboard.type("08012022")
    page.focus("[name=to]")
    page.keyboard.type("10312022")
    page.keyboard.press("Enter")
    page.wait_for_url("**/measure/?from=2022-08-01&to=2022-10-31")
    assert "1 Aug 2022 – 31 Oct 2022" in page.inner_text("main")
    assert "Nothing to go by in this period yet." in page.inner_text("main")
    page.click("nav a:has-text('Report')")
    page.wait_for_url("**/measure/report/?from=2022-08-01&to=2022-10-31")


def test_bad_dates_are_said_and_the_last_days_are_shown(shown: House, sign_in: Any, live_server: Any) -> None:
    page = sign_in("manager", "/measure/")
    page.goto(f"{live_server.url}/measure/?from=2026-03-02&to=2026-03-01")
    assert "should not lie before the first" in page.inner_text("[role=alert]")
    assert page.locator(".headline").count() == 6


def test_a_manager_marks_an_incident_and_a_moderator_cannot(shown: House, sign_in: Any, live_server: Any) -> None:
    page = sign_in("manager", "/measure/")
    page.click("summary:has-text('Add an incident')")
    page.fill("#incident-title", "Review desk short of people")
    page.keyboard.press("Enter")
    page.wait_for_selector(".mark-title:has-text('Review desk short of people')")
    assert Incident.objects.count() == 2
    page.context.clear_cookies()
    page = sign_in("moderator", "/measure/")
    assert page.locator(".mark-title").count() >= 2
    assert page.locator("summary:has-text('Add an incident')").count() == 0


def test_a_report_takes_notes_and_investigations_from_hypothesis_to_effect(shown: House, sign_in: Any) -> None:
    page = sign_in("manager", "/measure/report/")
    page.click("summary:has-text('Add a note')")
    page.fill("#note-text", "Holidays.")
    page.click("form[action$='notes/'] button")
    page.wait_for_selector(".written-text:has-text('Holidays.')")
    page.click("summary:has-text('Open an investigation')")
    page.fill("#hypothesis", "Dark photos are missed.")
    page.click("form[action$='investigations/'] button")
    page.click("summary:has-text('Add a step')")
    page.select_option("[name=kind]", "effect")
    page.fill(".investigation textarea", "Recall rose.")
    page.click(".investigation button")
    page.wait_for_selector(".step:has-text('Recall rose.')")
    assert (Note.objects.count(), InvestigationStep.objects.get().kind) == (1, "effect")


def test_a_report_is_downloaded_as_a_table(shown: House, sign_in: Any) -> None:
    page = sign_in("manager", "/measure/report/")
    with page.expect_download() as download:
        page.click("a:has-text('CSV')")
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    assert text.startswith("section,part,name,key,title,unit,estimate,low,high")
    assert "machine_recall" in text


def test_on_paper_there_is_the_report_and_nothing_to_click(shown: House, sign_in: Any) -> None:
    page = sign_in("manager", "/measure/report/")
    assert page.locator("#print").is_visible()
    page.emulate_media(media="print")
    for hidden in (".bar", ".measure-tabs", ".period", "#print", "summary:has-text('Add a note')"):
        assert not page.locator(hidden).first.is_visible(), hidden
    assert page.locator(".drawn-line").count() >= 5
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


def test_on_a_phone_in_the_dark_nothing_is_wider_than_the_screen(shown: House, sign_in: Any, live_server: Any) -> None:
    page = sign_in("manager", "/measure/")
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme="dark")
    for address in ("/measure/", "/measure/report/"):
        page.goto(live_server.url + address)
        page.wait_for_load_state("networkidle")
        assert not is_wider(page), address
