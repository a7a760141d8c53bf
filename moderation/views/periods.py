"""This will read the period that a page about numbers is asked for: ``?from=2026-08-01&to=2026-10-31``, days in UTC.

Both days are included; without them it is the last 28 days. What the page's picker (measure/_period.html) shows of it
hangs on the request as ``chosen``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from moderation.measurement.periods import Period

DEFAULT_DAYS = 28
PRESETS = (7, 28, 90, 365)
FIRST_DAY = date(1970, 1, 1)
# Three years, one of them a leap year.
MOST_DAYS = 3 * 365 + 1
MOST_DAYS_AHEAD = 366
REFUSALS: dict[str, Promise] = {
    "not_a_date": _("A date is written like 2026-10-31."),
    "reversed": _("The last day should not lie before the first."),
    "too_early": _("There is nothing from before 1970."),
    "too_far_ahead": _("The last day lies more than a year ahead."),
    "too_long": _("A period is at most three years long."),
}


class BadPeriod(Exception):
    """The days do not make a period; ``code`` is stable, ``detail`` says it in words."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    @property
    def detail(self) -> str:
        return str(REFUSALS[self.code])


@dataclass(frozen=True)
class Preset:
    """A link to the last ``days`` days."""

    days: int
    query: str
    is_current: bool


@dataclass(frozen=True)
class Chosen:
    """The period of a page, and what its picker shows; ``problem`` says why another period than asked is shown.

    ``others`` are the fields of the address that are not about the period: they stay when another one is picked.
    ``query`` carries a picked period on to another page ("" where none was picked).
    """

    period: Period
    presets: Sequence[Preset]
    others: Sequence[tuple[str, str]]
    query: str = ""
    problem: BadPeriod | None = None


def period_of(request: HttpRequest) -> Period:
    """Return the period that is asked for; the last 28 days where the dates are bad, which the picker then says."""
    today = timezone.now().astimezone(UTC).date()
    problem, query = None, ""
    try:
        period = asked_period(request.GET, today=today)
        query = "?" + urlencode(_ends(period)) if _is_asked(request.GET) else ""
    except BadPeriod as error:
        period, problem = last_days(DEFAULT_DAYS, today=today), error
    others = [(name, value) for name, values in request.GET.lists() if name not in _ends(period) for value in values]
    presets = [_preset(days, period, others, today=today) for days in PRESETS]
    request.chosen = Chosen(period, presets, others, query, problem)  # type: ignore[attr-defined]
    return period


def asked_period(said: QueryDict, *, today: date) -> Period:
    """Return the period that is asked for, the last 28 days where none is; raises BadPeriod.

    Where only the last day is given the period is 28 days long; where only the first is, it goes up to today.
    """
    last = _day(said.get("to")) or today
    first = _day(said.get("from"))
    if last > today + timedelta(days=MOST_DAYS_AHEAD):
        raise BadPeriod("too_far_ahead")
    if min(first or last, last) < FIRST_DAY:
        raise BadPeriod("too_early")
    if first is None:
        return last_days(DEFAULT_DAYS, today=last)
    if first > last:
        raise BadPeriod("reversed")
    if (last - first).days >= MOST_DAYS:
        raise BadPeriod("too_long")
    return Period.of_days(first, last)


def last_days(days: int, *, today: date) -> Period:
    """Return the period of so many days that ends with today."""
    return Period.of_days(today - timedelta(days=days - 1), today)


def _is_asked(said: QueryDict) -> bool:
    return bool(said.get("from") or said.get("to"))


def _day(text: str | None) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadPeriod("not_a_date") from None


def _ends(period: Period) -> dict[str, str]:
    return {"from": period.first.isoformat(), "to": period.last.isoformat()}


def _preset(days: int, current: Period, others: Sequence[tuple[str, Any]], *, today: date) -> Preset:
    period = last_days(days, today=today)
    return Preset(days, "?" + urlencode([*others, *_ends(period).items()]), is_current=period == current)
