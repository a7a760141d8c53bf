"""Tests of cutting time into stretches: together they hold all of it, once, and in order."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from moderation import stretches
from moderation.stretches import LENGTHS

FIRST, LAST = datetime(2024, 2, 29, 23, 59, 59, 999_999, tzinfo=UTC), datetime(2026, 3, 1, 12, 0, 0, 5, tzinfo=UTC)


def seconds(name: int) -> range:
    """The seconds since 1970 that a stretch of this name holds."""
    number, length = divmod(name, 32)
    assert length in LENGTHS
    return range(number << length, (number + 1) << length)


@pytest.mark.parametrize("ago", [timedelta(0), timedelta(hours=5), timedelta(days=30), LAST - FIRST])
def test_stretches_follow_each_other_without_a_gap(ago: timedelta) -> None:
    first = LAST - ago
    back = [seconds(one) for one in stretches.between(first, LAST, is_newest_first=True)]
    on = [seconds(one) for one in stretches.between(first, LAST, is_newest_first=False)]
    assert all(later.start == earlier.stop for later, earlier in zip(back, back[1:], strict=False))
    assert all(earlier.stop == later.start for earlier, later in zip(on, on[1:], strict=False))
    for spans in (back[::-1], on):
        assert spans[0].start <= int(first.timestamp()) < spans[0].stop
        assert spans[-1].start <= int(LAST.timestamp()) < spans[-1].stop


def test_two_years_are_few_stretches_and_the_newest_are_short() -> None:
    names = stretches.between(FIRST, LAST, is_newest_first=True)
    assert len(names) < 60
    assert all(name % 32 == LENGTHS[0] for name in names[:8])
    assert names[-1] % 32 == LENGTHS[-1]


@pytest.mark.django_db
@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/St_Johns"])
@pytest.mark.parametrize("at", [FIRST, LAST, datetime(1969, 7, 20, 20, 17, tzinfo=UTC)])
def test_the_database_names_the_same_stretches_in_any_time_zone(zone: str, at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('TimeZone', %s, true)", [zone])
        cursor.execute(f"SELECT {stretches.OF_RECEIVED} FROM (SELECT %s::timestamptz AS received_at) entry", [at])
        [names] = cursor.fetchone()
    assert [name % 32 for name in names] == list(LENGTHS)
    assert stretches.between(at, at, is_newest_first=True) == [names[0]]
    assert all(int(at.timestamp() // 1) in seconds(name) for name in names)
