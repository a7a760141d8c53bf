import pytest
from django.utils import timezone

from annotation import lanes
from annotation.models import Desk, Job
from config.accounts.models import Role
from tests.browser import house as building
from tests.browser.house import House


@pytest.fixture
def house(db: None) -> House:
    building_site = building.build()
    building.post(building_site, "heron", "badger")
    return building_site


def test_every_lane_is_counted_even_an_empty_one(house: House) -> None:
    counted = lanes.waiting(house.project, desk=Desk.REVIEW, roles=[Role.MODERATOR], now=timezone.now())
    assert {one.key: one.waiting for one in counted} == {"urgent": 0, "normal": 2, "drawn": 0}
    assert lanes.together(counted).waiting == 2


def test_escalated_jobs_are_counted_for_those_who_may_answer_them(house: House) -> None:
    Job.objects.filter(pk=Job.objects.earliest("pk").pk).update(is_escalated=True)
    now = timezone.now()
    moderator = lanes.waiting(house.project, desk=Desk.REVIEW, roles=[Role.MODERATOR], now=now)
    manager = lanes.waiting(house.project, desk=Desk.REVIEW, roles=[Role.MANAGER], now=now)
    assert (lanes.together(moderator).waiting, lanes.together(manager).waiting) == (1, 2)
