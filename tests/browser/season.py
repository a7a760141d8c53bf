"""This will write the daily sums of eight weeks, so that pages about numbers have something to show."""

from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from config.accounts.models import Role
from moderation import journal
from moderation.measurement import daily
from moderation.models import DailyMeasurement, DayLooks, DayViewLooks
from tests.browser.house import House

DAYS = 56
SLICES = (("place=Kyoto", 1), ("place=Oslo", 4), ("darkness=dark", 12))


def measured(house: House, *, version_id: int | None = None) -> date:
    """Write sums for each of the last days, with something in every part; returns the last day."""
    now = timezone.now()
    for n in range(DAYS):
        _day(house, now.date() - timedelta(days=n), version_id)
    for n in range(DAYS):
        daily.measure_day(house.project, now.date() - timedelta(days=n))
    manager = house.people[Role.MANAGER]
    journal.report_incident(
        house.project,
        title="Wave of night photos",
        note="One partner.",
        at=now - timedelta(days=9),
        by=manager,
        now=now,
    )
    return now.date()


def _day(house: House, day: date, version_id: int | None) -> None:
    rows = [*_looks(house, day, "all", "", found=1), *_looks(house, day, "policy", "1", found=1)]
    for key, found in (("no_animal", 1), ("gruesome", 0)):
        rows += _looks(house, day, "class", key, found=found)
    for value, found in SLICES:
        rows += _looks(house, day, "slice", value, found=found)
    if version_id:
        rows += _looks(house, day, "model", str(version_id), found=1)
    DayLooks.objects.bulk_create(rows)
    DayViewLooks.objects.create(
        project=house.project, day=day, is_passed=True, stratum="s0", band=7, posts=400, probability_sum=40.0,
        score_sum=4.0, views=60_000, square_views=9e6, drawn=40, answered=40, lost=0, known_views=0, finds=[[0.1, 150]],
    )  # fmt: skip
    counts = {
        "posts": 500, "failed": 1, "scored": 500, "flagged": 14, "removed": 4, "passed": 485, "audited": 97,
        "decided": 10, "removals": 8, "standing_removals": 12, "overturned": 1, "keeps": 2, "reversals": 0,
        "human_looks": 110, "label_looks": 3, "views": 60_000, "complaints": 9, "found_by_complaint": 1, "appeals": 1,
        "upheld_appeals": 0, "in_time": 7, "late": 1, "hours_to_action": [0] * 40 + [3, 5, 3, 1],
    }  # fmt: skip
    DailyMeasurement.objects.create(
        project=house.project, day=day, counts=counts, metrics={}, measured_at=timezone.now()
    )


def _looks(house: House, day: date, part: str, value: str, *, found: int) -> list[DayLooks]:
    known: dict[str, Any] = {"project": house.project, "day": day, "part": part, "value": value, "lost": 0}
    sides = {
        "flagged": {"probability": 1.0, "posts": 10, "score_sum": 6.0, "drawn": 10, "answered": 10, "found": 8},
        "removed": {"probability": 0.5, "posts": 4, "score_sum": 3.9, "drawn": 2, "answered": 2, "found": 2},
        "passed": {"probability": 0.2, "posts": 485, "score_sum": 5, "drawn": 97, "answered": 97, "found": found},
    }
    strata = {"passed": "s0"}
    return [DayLooks(**known, side=side, stratum=strata.get(side, ""), **one) for side, one in sides.items()]
