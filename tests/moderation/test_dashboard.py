from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from config.accounts.models import Role
from moderation import dashboard
from moderation.measurement.periods import Period
from moderation.models import DailyMeasurement, Decision, DecisionKind, Post, PostStatus
from tests.browser import house as building
from tests.browser.house import House

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def house(db: None) -> House:
    return building.build()


def _measure(house: House, *, days_ago: int = 0, **values: dict) -> None:
    day = NOON.date() - timedelta(days=days_ago)
    values = {"counts": {}, "metrics": {}} | values
    DailyMeasurement.objects.create(project=house.project, day=day, measured_at=NOON, **values)


def test_a_new_project_has_nothing_and_says_so(house: House) -> None:
    shown = dashboard.present(house.project, now=NOON)
    assert not shown.has_posts
    assert shown.deployment is None
    assert shown.policy == house.founded.policy


def test_days_without_a_measurement_are_zeros_and_the_last_day_is_last(house: House) -> None:
    _measure(house, counts={"posts": 10, "passed": 6, "removed": 1, "failed": 1})
    days = dashboard.days(house.project, Period.of_days(date(2026, 10, 25), NOON.date()))
    assert len(days) == 28
    assert days[-1] == {"day": "2026-11-21", "posts": 10, "people": 2, "passed": 6, "removed": 1, "failed": 1}
    assert days[0]["posts"] == 0


def test_failed_posts_are_listed_with_their_reason(house: House) -> None:
    building.post(house, "heron")
    Post.objects.update(status=PostStatus.FAILED, failure_code="truncated_image", failure_detail="It ends early.")
    trouble = dashboard.present(house.project, now=timezone.now()).trouble
    assert (trouble.failed, trouble.failures[0].failure_detail) == (1, "It ends early.")


def test_decisions_of_yesterday_are_not_of_today(house: House) -> None:
    building.post(house, "heron")
    for at in (NOON, NOON - timedelta(days=1)):
        Decision.objects.create(
            post=Post.objects.get(),
            project=house.project,
            kind=DecisionKind.REMOVE,
            classes=["gruesome"],
            person=house.people[Role.MODERATOR],
            created_at=at,
        )
    work = dashboard.present(house.project, now=NOON).work
    assert (work.decided_today, work.removals_today, work.in_review) == (1, 1, 1)
