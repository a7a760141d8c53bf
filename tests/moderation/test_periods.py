"""Which period a page about numbers shows."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import RequestFactory
from django.utils import timezone

from moderation.measurement.periods import Period
from moderation.views import periods
from moderation.views.periods import BadPeriod, period_of

TODAY = date(2026, 11, 22)


def asked(**said: str) -> Any:
    return RequestFactory().get("/measure/", said)


def test_without_dates_it_is_the_last_28_days() -> None:
    request = asked()
    period = period_of(request)
    assert (period.days, period.last) == (28, timezone.now().date())
    assert request.chosen.query == ""
    assert [one.days for one in request.chosen.presets if one.is_current] == [28]


def test_both_days_are_included_and_the_address_is_handed_on() -> None:
    request = asked(**{"from": "2022-08-01", "to": "2022-10-31"})
    assert period_of(request) == Period.of_days(date(2022, 8, 1), date(2022, 10, 31))
    assert request.chosen.query == "?from=2022-08-01&to=2022-10-31"


def test_other_fields_of_the_address_stay() -> None:
    request = asked(**{"from": "2022-08-01", "to": "2022-10-31", "class": "gruesome"})
    period_of(request)
    assert request.chosen.others == [("class", "gruesome")]
    assert all(one.query.startswith("?class=gruesome&from=") for one in request.chosen.presets)


def test_one_end_alone_is_enough() -> None:
    first = {"from": "2026-11-01"}
    assert periods.asked_period(asked(**first).GET, today=TODAY) == Period.of_days(date(2026, 11, 1), TODAY)
    last = {"to": "2026-11-28"}
    assert periods.asked_period(asked(**last).GET, today=TODAY).first == date(2026, 11, 1)


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        ("x", "2026-11-01", "not_a_date"),
        ("2026-02-30", "2026-11-01", "not_a_date"),
        ("2026-11-02", "2026-11-01", "reversed"),
        ("1969-12-31", "1970-01-02", "too_early"),
        ("", "1969-12-31", "too_early"),
        ("2026-11-01", "9999-12-31", "too_far_ahead"),
        ("2020-11-01", "2026-11-01", "too_long"),
    ],
)
def test_bad_dates_have_a_name_and_the_last_28_days_are_shown(first: str, last: str, code: str) -> None:
    said = {"from": first, "to": last}
    with pytest.raises(BadPeriod) as refused:
        periods.asked_period(asked(**said).GET, today=TODAY)
    assert refused.value.code == code
    request = asked(**said)
    assert period_of(request).days == 28
    assert request.chosen.problem.code == code


def test_three_years_are_not_too_long() -> None:
    first = TODAY - timedelta(days=periods.MOST_DAYS - 1)
    said = {"from": first.isoformat(), "to": TODAY.isoformat()}
    assert periods.asked_period(asked(**said).GET, today=TODAY).days == periods.MOST_DAYS
