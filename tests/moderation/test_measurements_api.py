"""Measurements over HTTP."""

from datetime import date
from typing import Any

import pytest
from django.test import Client as Browser

from config.accounts.models import Role
from moderation.models import DailyMeasurement, DayLooks
from tests.moderation.builders import NOW, World, person, world

MARCH = {"from": "2026-03-01", "to": "2026-03-28"}


@pytest.fixture
def place(db: None) -> World:
    return world()


@pytest.fixture
def manager(place: World) -> Browser:
    browser = Browser()
    browser.force_login(person(place.project, Role.MANAGER))
    return browser


def looks(place: World, day: date, *, part: str = "all", value: str = "", found: int = 12) -> None:
    sums = {"stratum": "s0", "score_sum": 9.0, "lost": 0}
    flagged = {"side": "flagged", "probability": 1.0, "posts": 50, "drawn": 50, "answered": 48, "found": 40}
    passed = {"side": "passed", "probability": 0.5, "posts": 800, "drawn": 400, "answered": 400, "found": found}
    for one in (flagged, passed):
        DayLooks.objects.create(project=place.project, day=day, part=part, value=value, **sums, **one)


def asked(browser: Browser, **more: Any) -> dict[str, Any]:
    told = browser.get("/api/v1/measurements/", {**MARCH, **more})
    assert told.status_code == 200, told.content
    return told.json()


def test_a_metric_comes_with_its_interval_its_basis_and_its_days(place: World, manager: Browser) -> None:
    looks(place, date(2026, 3, 2))
    found = asked(manager)
    recall = found["metrics"]["machine_recall"]
    assert recall["low"] < recall["estimate"] < recall["high"]
    assert {key: recall[key] for key in ("finds", "looks", "enough", "unit", "from", "to", "needed")} == {
        "finds": 12, "looks": 400, "enough": True, "unit": "share", "from": "2026-03-01", "to": "2026-03-28",
        "needed": 0,
    }  # fmt: skip
    assert (found["metrics"]["pending"], found["is_final"], found["scored"]) == (2, False, 850)


def test_a_change_is_told_against_the_period_before(place: World, manager: Browser) -> None:
    looks(place, date(2026, 2, 10), found=60)
    looks(place, date(2026, 3, 2), found=8)
    change = asked(manager)["metrics"]["machine_recall"]["change"]
    assert change["estimate"] > 0
    assert change["is_more_than_noise"]


@pytest.mark.parametrize(
    ("name", "part", "value"),
    [
        ("class", "class", "bright"),
        ("model", "model", "7"),
        ("policy", "policy", "2"),
        ("slice", "slice", "place=Oslo"),
    ],
)
def test_one_part_can_be_asked_for(place: World, manager: Browser, name: str, part: str, value: str) -> None:
    looks(place, date(2026, 3, 2))
    looks(place, date(2026, 3, 2), part=part, value=value, found=9)
    found = asked(manager, **{name: value})
    assert found["part"] == {"kind": part, "value": value}
    assert found["metrics"]["machine_recall"]["finds"] == 9
    assert found["counts"] == {}
    assert "violating_view_rate" not in found["metrics"]


def test_counts_and_the_cost_are_of_the_whole(place: World, manager: Browser) -> None:
    DailyMeasurement.objects.create(
        project=place.project, day=date(2026, 3, 2), counts={"posts": 9, "hours_to_action": [1]}, metrics={},
        measured_at=NOW,
    )  # fmt: skip
    found = asked(manager)
    assert found["counts"] == {"posts": 9}
    assert "currency" in found["metrics"]["cost_per_thousand_posts"]


@pytest.mark.parametrize(
    "odd",
    [{"class": "bright", "slice": "a=b"}, {"model": "x"}, {"policy": "0"}, {"model": "9" * 12}, {"slice": "x" * 121}],
)
def test_odd_parts_are_refused(manager: Browser, odd: dict[str, str]) -> None:
    told = manager.get("/api/v1/measurements/", {**MARCH, **odd})
    assert (told.status_code, told.json()["code"]) == (400, "invalid")


@pytest.mark.parametrize(
    "unknown", [{"class": "brihgt"}, {"model": "999"}, {"policy": "999"}, {"slice": "place=Olso"}, {"slice": "x"}]
)
def test_a_part_that_the_project_never_had_is_not_found(
    place: World, manager: Browser, unknown: dict[str, str]
) -> None:
    looks(place, date(2026, 3, 2), part="slice", value="place=Oslo")
    looks(world(), date(2026, 3, 2), part="slice", value="place=Olso")
    told = manager.get("/api/v1/measurements/", {**MARCH, **unknown})
    assert (told.status_code, told.json()["code"]) == (404, "unknown_part")


def test_a_part_without_posts_in_the_period_is_there_all_the_same(place: World, manager: Browser) -> None:
    looks(place, date(2026, 2, 2), part="slice", value="place=Oslo")
    for known in ({"class": "bright"}, {"policy": "1"}, {"slice": "place=Oslo"}):
        assert asked(manager, **known)["scored"] == 0


def test_another_project_s_days_are_not_counted(place: World, manager: Browser) -> None:
    looks(world(), date(2026, 3, 2))
    assert asked(manager)["scored"] == 0


def test_the_description_names_every_metric(manager: Browser) -> None:
    schema = manager.get("/api/schema/?format=json").json()
    fields = schema["components"]["schemas"]["MetricsOut"]["properties"]
    assert {"takedown_precision", "machine_recall", "cost_per_thousand_posts", "pending"} <= set(fields)
    names = {one["name"] for one in schema["paths"]["/api/v1/measurements/"]["get"]["parameters"]}
    assert {"from", "to", "class", "model", "policy", "slice"} <= names
