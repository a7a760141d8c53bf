"""Tests of the sums of months: what is read by months is what is read day by day, at any moment."""

import random
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.db import connection, transaction

from config.accounts.models import Project
from moderation.measurement import daily, months, reading
from moderation.measurement.periods import Period
from moderation.models import (
    DailyMeasurement,
    DayLooks,
    DaySecondLooks,
    DayViewLooks,
    MonthLooks,
    MonthlyMeasurement,
    MonthSecondLooks,
    MonthViewLooks,
)
from tests.moderation.builders import DARK, NOW, WHITE, World, deploy, photo, post, screen_all, world

pytestmark = pytest.mark.django_db

JANUARY, FEBRUARY, MARCH = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
LATER = NOW.replace(year=2026, month=3, day=20)
QUARTER = Period.of_days(date(2025, 12, 20), date(2026, 3, 15))


@pytest.fixture
def place() -> World:
    return world()


def fill(project: Project, first: date, last: date, *, seed: int = 1) -> None:
    """Write sums of days as a platform of all kinds of parts would have them, with rates that change every day."""
    chance = random.Random(seed)
    for number in range((last - first).days + 1):
        fill_day(project, first + timedelta(days=number), chance)


def fill_day(project: Project, day: date, chance: random.Random) -> None:
    known: dict[str, Any] = {"project": project, "day": day}
    DayLooks.objects.bulk_create(DayLooks(**known, **one) for one in looks(chance))
    DayViewLooks.objects.bulk_create(DayViewLooks(**known, **one) for one in view_looks(chance))
    DaySecondLooks.objects.create(
        **known, part="all", group="flagged_violation", outcome="violation", probability=0.2, looks=chance.randint(1, 3)
    )
    counts = {"posts": chance.randint(1, 9), "in_time": 1, "hours_to_action": [0, chance.randint(0, 4), 1]}
    DailyMeasurement.objects.create(**known, counts=counts, metrics={}, measured_at=NOW)


def looks(chance: random.Random) -> Iterator[dict[str, Any]]:
    for part, value in (("all", ""), ("model", "1"), ("slice", "place=park"), ("class", "bright")):
        for stratum in ("s1", "s2"):
            drawn = chance.randint(1, 8)
            yield row(part, value, "passed", stratum, chance.uniform(0.1, 0.2), posts=40, drawn=drawn, answered=drawn)
            # Looked at for certain, with and without a find: these meet under one probability.
            yield row(part, value, "passed", f"{stratum}-all", 1.0, posts=2, drawn=2, answered=2, found=drawn % 2)
        found = chance.randint(0, 4)
        yield row(part, value, "flagged", "flagged", 1.0, posts=9, drawn=9, answered=8, found=found, lost=1)
        yield row(part, value, "removed", "removed", 0.25, posts=9, drawn=2, answered=chance.randint(0, 2))


def row(part: str, value: str, side: str, stratum: str, probability: float, **counts: int) -> dict[str, Any]:
    plain = {"posts": 0, "drawn": 0, "answered": 0, "found": 0, "lost": 0}
    named = {"part": part, "value": value, "side": side, "stratum": stratum, "probability": probability}
    return {**named, "score_sum": 0.125 * counts["posts"], **plain, **counts}


def view_looks(chance: random.Random) -> Iterator[dict[str, Any]]:
    for band in (1, 2):
        found = [[chance.uniform(0.1, 0.9), chance.randint(1, 90)] for _ in range(chance.randint(0, 2))]
        yield {
            "is_passed": True, "stratum": "views", "band": band, "posts": 9, "probability_sum": 3.5, "score_sum": 1.25,
            "views": 700, "square_views": 90_000.0, "drawn": 3, "answered": 3, "lost": 0, "known_views": 0,
            "finds": found,
        }  # fmt: skip


def everything(project: Project, period: Period) -> Any:
    """All that is read of a period, as plain values."""
    whole, counts, parts = reading.everything(project, period)
    return plain(
        [asdict(whole), counts, [(one.value, asdict(found)) for some in parts.values() for one, found in some]]
    )


def plain(value: Any) -> Any:
    """Round what is added up in another order."""
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list | tuple) else value


def test_what_is_read_by_months_is_what_is_read_day_by_day(place: World) -> None:
    fill(place.project, date(2025, 12, 10), date(2026, 3, 20))
    periods = [QUARTER, Period.of_days(JANUARY, date(2026, 1, 31)), Period.of_days(date(2026, 1, 2), date(2026, 2, 28))]
    by_days = [everything(place.project, period) for period in periods]
    assert months.sum_up(place.project, now=LATER) == [JANUARY, FEBRUARY], "December and March are not whole"
    assert [months.spans(place.project, period).months for period in periods] == [
        [JANUARY, FEBRUARY],
        [JANUARY],
        [FEBRUARY],
    ]
    assert [everything(place.project, period) for period in periods] == by_days


def test_months_are_far_fewer_rows(place: World) -> None:
    fill(place.project, JANUARY, date(2026, 1, 31))
    months.sum_up(place.project, now=LATER)
    assert 4 * MonthLooks.objects.count() < DayLooks.objects.count()
    assert MonthViewLooks.objects.count() == 2
    assert MonthSecondLooks.objects.count() == 1


def test_a_month_with_a_day_that_nobody_counted_is_read_day_by_day(place: World) -> None:
    fill(place.project, JANUARY, date(2026, 1, 31))
    DailyMeasurement.objects.filter(day=date(2026, 1, 9)).delete()
    assert months.sum_up(place.project, now=LATER) == []
    assert months.spans(place.project, QUARTER).months == []


def test_a_month_is_summed_when_it_is_over(place: World) -> None:
    fill(place.project, JANUARY, date(2026, 1, 31))
    assert months.sum_up(place.project, now=NOW.replace(year=2026, month=1, day=31, hour=23)) == []
    assert months.sum_up(place.project, now=NOW.replace(year=2026, month=2, day=1, hour=0)) == [JANUARY]
    assert months.sum_up(place.project, now=LATER) == [], "and then no more"


def test_a_day_that_is_counted_anew_shows_at_once_and_its_month_is_summed_again(white_is_bright: Path) -> None:
    place = world(remove=None)
    deploy(place, white_is_bright)
    first = NOW.date().replace(day=1)
    end = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    for number in range((end - first).days + 1):
        daily.count_day(place.project, first + timedelta(days=number), now=NOW)
    after = NOW + timedelta(days=40)
    assert months.sum_up(place.project, now=after) == [first]
    of_month = Period.of_days(first, end)
    assert reading.evidence(place.project, of_month).flagged.posts == 0
    for level in (WHITE, DARK):
        post(place, photo(level))
    screen_all(place)
    daily.count_day(place.project, NOW.date(), now=NOW)
    assert reading.evidence(place.project, of_month).flagged.posts == 1
    by_days = everything(place.project, of_month)
    daily.refresh_stale(place.project, now=after)
    assert months.spans(place.project, of_month).months == [first]
    assert everything(place.project, of_month) == by_days


def test_other_projects_have_months_of_their_own(place: World) -> None:
    other = world()
    fill(place.project, JANUARY, date(2026, 1, 31), seed=1)
    fill(other.project, JANUARY, date(2026, 1, 31), seed=2)
    before = everything(other.project, QUARTER)
    months.sum_up(place.project, now=LATER)
    assert everything(other.project, QUARTER) == before
    months.sum_up(other.project, now=LATER)
    assert everything(other.project, QUARTER) == before
    assert MonthlyMeasurement.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_day_that_is_counted_while_its_month_is_summed_does_not_leave_an_old_sum(place: World) -> None:
    fill(place.project, JANUARY, date(2026, 1, 31))
    day = date(2026, 1, 9)
    summing = Thread(target=_sum_up, args=(place.project,))
    with transaction.atomic():
        # What counting a day does, held in the middle: the day is taken, its rows change.
        DailyMeasurement.objects.select_for_update(no_key=True).get(project=place.project, day=day)
        months.out_of_step(place.project, day)
        summing.start()
        summing.join(timeout=0.5)
        assert summing.is_alive(), "summing waits for the day"
        DayLooks.objects.filter(day=day, side="flagged").update(posts=1000)
    summing.join()
    sums = MonthLooks.objects.filter(day=JANUARY, part="all", side="flagged").values_list("posts", flat=True)
    assert list(sums) == [1000 + 30 * 9]


def _sum_up(project: Project) -> None:
    months.sum_up(project, now=LATER)
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_two_that_sum_a_month_at_once_write_it_once(place: World) -> None:
    fill(place.project, JANUARY, date(2026, 1, 31))
    both = [Thread(target=_sum_up, args=(place.project,)) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert MonthlyMeasurement.objects.count() == 1
    assert sum(MonthLooks.objects.filter(part="all", side="flagged").values_list("posts", flat=True)) == 31 * 9
