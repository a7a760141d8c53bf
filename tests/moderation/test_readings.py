"""How numbers are said and drawn."""

from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation
from django.utils.formats import number_format

from moderation import readings
from moderation.measurement.catalog import Unit
from moderation.statistics.comparison import Difference
from moderation.statistics.sufficiency import Interval


def interval(estimate: float | None, low: float | None, high: float | None, *, enough: bool = True) -> Interval:
    return Interval(estimate, low, high, finds=12, looks=400, enough=enough, effective_finds=9.0)


@pytest.mark.parametrize(
    ("numbers", "unit", "said"),
    [
        ((0.412, 0.371, 0.455), Unit.SHARE, ("41.2", "37.1", "45.5", "%")),
        ((0.99, 0.9, 1.0), Unit.SHARE, ("99.0", "90.0", "100.0", "%")),
        ((0.0023, 0.0011, 0.0042), Unit.SHARE, ("0.230", "0.110", "0.420", "%")),
        ((12345.6, 11000, 14000), Unit.NUMBER, ("12,346", "11,000", "14,000", "")),
        ((0.5, 0.25, 0.75), Unit.HOURS, ("30.0", "15.0", "45.0", "min")),
        ((5.2, 4.0, 7.0), Unit.HOURS, ("5.20", "4.00", "7.00", "h")),
        ((96, 72, 120), Unit.HOURS, ("4.00", "3.00", "5.00", "days")),
        ((14.2, 13, 15.5), Unit.MONEY, ("14.2", "13.0", "15.5", "USD")),
        ((None, None, None), Unit.SHARE, (None, None, None, "%")),
    ],
)
def test_the_three_numbers_share_unit_and_decimals(numbers: Any, unit: Unit, said: tuple[str, ...]) -> None:
    found = readings.reading(interval(*numbers), unit, currency="USD")
    assert (found.estimate, found.low, found.high, found.unit) == said


@pytest.mark.parametrize(
    ("numbers", "unit", "said"),
    [
        ((1.0, 0.912, 1.0), Unit.SHARE, ("≥\u00a091.2", "91.2", "100.0")),
        ((0.0, 0.0, 0.088), Unit.SHARE, ("≤\u00a08.80", "0.00", "8.80")),
        ((0.0, 0.0, 0.32), Unit.NUMBER, ("≤\u00a00.320", "0.000", "0.320")),
        ((0.9997, 0.9996, 0.99999), Unit.SHARE, (">\u00a099.9", "99.9", "100.0")),
        ((0.0001, 0.0, 0.3), Unit.SHARE, ("<\u00a00.1", "0.0", "30.0")),
        ((1.0, 1.0, 1.0), Unit.SHARE, ("100.0", "100.0", "100.0")),
        ((0.0, 0.0, 0.0), Unit.SHARE, ("0.0", "0.0", "0.0")),
        ((0.0, -0.2, 0.2), Unit.NUMBER, ("0.000", "-0.200", "0.200")),
    ],
)
def test_none_and_all_are_said_only_where_they_are_known(numbers: Any, unit: Unit, said: tuple[str, ...]) -> None:
    found = readings.reading(interval(*numbers), unit)
    assert (found.estimate, found.low, found.high) == said


def test_numbers_are_written_in_the_language_of_the_page() -> None:
    with translation.override("de"):
        assert readings.reading(interval(0.412, 0.371, 0.455), Unit.SHARE).estimate == "41,2"


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.71, 1.0, "at least 71.0\u00a0%"),
        (0.0, 0.12, "at most 12.0\u00a0%"),
        (0.2, 0.9, "between 20.0\u00a0% and 90.0\u00a0%"),
        (0.0, 1.0, ""),
        (None, None, ""),
    ],
)
def test_without_enough_data_what_is_known_is_said(low: float | None, high: float | None, said: str) -> None:
    assert readings.bound(interval(None, low, high, enough=False), Unit.SHARE) == said


def test_a_change_has_a_sign_and_shares_change_by_points() -> None:
    found = readings.change(Difference(-0.021, -0.038, 0.004, enough=True), Unit.SHARE)
    assert (found.estimate, found.low, found.high, found.unit) == ("\u22122.10", "\u22123.80", "+0.40", "points")


def test_large_shares_are_drawn_on_the_whole_and_small_ones_on_a_round_piece() -> None:
    large = readings.bar(interval(0.9, 0.8, 0.95), Unit.SHARE)
    assert large is not None
    assert (large.low, round(large.width), large.point, large.top) == (80.0, 15, 90.0, "100\u00a0%")
    small = readings.bar(interval(0.002, 0.001, 0.004), Unit.SHARE)
    assert small is not None
    assert (round(small.low), small.top) == (20, "0.5\u00a0%")


def test_what_is_not_enough_is_drawn_without_a_point_and_what_is_unknown_not_at_all() -> None:
    shown = readings.bar(interval(0.9, 0.5, 1.0, enough=False), Unit.SHARE)
    assert shown is not None
    assert shown.point is None
    assert readings.bar(interval(None, None, None, enough=False), Unit.SHARE) is None


@pytest.mark.parametrize("language", ["en", "ja", "de"])
def test_numbers_are_written_as_django_writes_them(language: str) -> None:
    with translation.override(language):
        for n in (0.0, -0.4, 0.5, 12.0, -1234.5, 999999.5, 1234567.0):
            assert readings.whole(n) == number_format(Decimal(f"{n:.0f}"), 0, force_grouping=True)
