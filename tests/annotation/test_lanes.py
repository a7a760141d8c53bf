from datetime import timedelta

import pytest
from django.utils import timezone

from annotation import lanes, queue
from annotation.models import Desk, Job, Question
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


def test_the_oldest_that_waits_gives_a_lane_its_age(house: House) -> None:
    now = timezone.now()
    first, second = Question.objects.order_by("pk")
    Question.objects.filter(pk=first.pk).update(opened_at=now - timedelta(minutes=10))
    Question.objects.filter(pk=second.pk).update(opened_at=now - timedelta(minutes=4))
    Job.objects.filter(question=first).update(due_at=now - timedelta(minutes=1))
    urgent, normal, _ = lanes.waiting(house.project, desk=Desk.REVIEW, roles=[Role.MODERATOR], now=now)
    assert (urgent.oldest_seconds, normal.oldest_seconds, normal.overdue) == (None, 600, 1)
    assert lanes.together([urgent, normal]).oldest_seconds == 600
    # What somebody holds does not wait.
    queue.claim(house.people[Role.MODERATOR], project=house.project, roles=frozenset({Role.MODERATOR}), now=now)
    (_, normal, _) = lanes.waiting(house.project, desk=Desk.REVIEW, roles=[Role.MODERATOR], now=now)
    assert (normal.waiting, normal.oldest_seconds, normal.overdue) == (1, 240, 0)
