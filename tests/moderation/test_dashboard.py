from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from config.accounts.models import Role
from moderation import dashboard
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
    shown = dashboard.overview(house.project, now=NOON)
    assert not shown.has_posts
    assert shown.flag_precision is None
    assert shown.deployment is None
    assert shown.policy == house.founded.policy


def test_the_newest_measurement_counts_in_percent_with_its_period(house: House) -> None:
    metric = {"estimate": 0.5, "low": 0.4, "high": 0.6, "finds": 6, "looks": 12, "enough": True}
    period = {"from": "2026-10-25", "to": "2026-11-21"}
    _measure(house, days_ago=1, metrics={"machine_recall": metric | period | {"estimate": 0.1}})
    _measure(house, metrics={"machine_recall": metric | period})
    shown = dashboard.overview(house.project, now=NOON).machine_recall
    assert shown is not None
    assert (shown.estimate, shown.low, shown.high, shown.is_enough) == (50, 40, 60, True)
    assert str(shown.since) == "2026-10-25"


def test_a_metric_without_an_estimate_is_never_enough(house: House) -> None:
    empty = {"estimate": None, "low": None, "high": None, "finds": 0, "looks": 0, "enough": True}
    _measure(house, metrics={"flag_precision": empty})
    shown = dashboard.overview(house.project, now=NOON).flag_precision
    assert shown is not None
    assert not shown.is_enough


def test_days_without_a_measurement_are_zeros_and_today_is_last(house: House) -> None:
    _measure(house, counts={"posts": 10, "passed": 6, "removed": 1, "failed": 1})
    days = dashboard.days(house.project, now=NOON)
    assert len(days) == 28
    assert days[-1] == {"day": "2026-11-21", "posts": 10, "people": 2, "passed": 6, "removed": 1, "failed": 1}
    assert days[0]["posts"] == 0


def test_failed_posts_are_listed_with_their_reason(house: House) -> None:
    building.post(house, "heron")
    Post.objects.update(status=PostStatus.FAILED, failure_code="truncated_image", failure_detail="It ends early.")
    trouble = dashboard.overview(house.project, now=timezone.now()).trouble
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
    work = dashboard.overview(house.project, now=NOON).work
    assert (work.decided_today, work.removals_today, work.in_review) == (1, 1, 1)
