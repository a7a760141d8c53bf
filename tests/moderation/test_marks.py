"""What is marked on the time axis."""

from datetime import timedelta

import pytest

from config.accounts.models import Role
from moderation import journal
from moderation.marks import MarkKind, marks
from moderation.measurement.periods import Period
from moderation.models import PolicyMode
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
