"""What is marked on the time axis."""

from datetime import timedelta

import pytest
from django.test import Client as Browser

from config.accounts.models import Role
from moderation import journal
from moderation.marks import MarkKind, marks
from moderation.measurement.periods import Period
from moderation.models import Incident, PeriodDecision, PeriodOutcome, PolicyMode
from tests.moderation.builders import NOW, World, change_policy, deploy, person, world

DAY = timedelta(days=1)


@pytest.fixture
def place(db: None) -> World:
    return world()


def test_a_period_has_its_deployments_policies_and_incidents_in_order(place: World, white_is_bright: object) -> None:
    deploy(place, white_is_bright, now=NOW + DAY)  # type: ignore[arg-type]
    change_policy(place, mode=PolicyMode.MANUAL, now=NOW + 2 * DAY)
    manager = person(place.project, Role.MANAGER)
    journal.report_incident(place.project, title="Outage", note="", at=NOW + 3 * DAY, by=manager, now=NOW + 4 * DAY)
    found = marks(place.project, Period(NOW + DAY, NOW + 4 * DAY))
    assert [one.kind for one in found] == [MarkKind.DEPLOYMENT, MarkKind.POLICY, MarkKind.INCIDENT]
    assert found[2].title == "Outage"
    assert found[2].who == str(manager)


def test_what_lies_outside_or_in_another_project_is_not_marked(place: World) -> None:
    manager = person(place.project, Role.MANAGER)
    journal.report_incident(place.project, title="Outage", note="", at=NOW, by=manager, now=NOW)
    assert marks(place.project, Period(NOW + DAY, NOW + 2 * DAY)) == []
    assert "Outage" not in [one.title for one in marks(world().project, Period(NOW, NOW + DAY))]


def test_a_decision_is_marked_on_the_day_it_was_made(place: World) -> None:
    PeriodDecision.objects.create(
        project=place.project, outcome=PeriodOutcome.STOPPED, starts_at=NOW - 30 * DAY, ends_at=NOW, is_final=False,
        reason="Recall fell.", evidence="{}", checksum="0" * 64, created_at=NOW + DAY,
    )  # fmt: skip
    (found,) = marks(place.project, Period(NOW + DAY, NOW + 2 * DAY))
    assert (found.kind, found.detail, found.who) == (MarkKind.DECISION, "Recall fell.", "")
    assert found.title.startswith("Stopped by the guard")


@pytest.mark.parametrize(("title", "made"), [("Outage", 1), ("", 0), ("x" * 121, 0)])
def test_an_incident_is_added_by_its_form(place: World, title: str, made: int) -> None:
    browser = Browser()
    browser.force_login(person(place.project, Role.MANAGER))
    told = browser.post("/measure/incidents/", {"title": title, "at": "2026-03-02T10:00", "next": "/measure/?x=1"})
    assert (told.status_code, told["Location"]) == (302, "/measure/?x=1")
    assert Incident.objects.filter(project=place.project, title=title).count() == made


def test_a_form_never_leads_to_another_place(place: World) -> None:
    browser = Browser()
    browser.force_login(person(place.project, Role.MANAGER))
    told = browser.post(
        "/measure/incidents/", {"title": "x", "at": "2026-03-02T10:00", "next": "https://evil.example/"}
    )
    assert told["Location"] == "/measure/"
