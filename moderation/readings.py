"""This will say numbers in their unit, as the language of the page writes them, and where to draw them.

The three numbers of an interval share one unit and one number of decimals, chosen so that the largest has about three
digits: more would pretend to know what the interval says is not known.

None of forty, or all of them, is what was seen and not what is so: where the interval reaches further, its other end is
said in place of the point. Nor does rounding make none or all of what is not.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from django.utils.formats import get_format, number_format
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from moderation.measurement.catalog import Unit
from moderation.statistics.comparison import Difference
from moderation.statistics.sufficiency import Interval

MOST_DECIMALS = 4
MINUS = "\u2212"
_STEPS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


@dataclass(frozen=True)
class Reading:
    """An interval as text; ``unit`` goes behind ("" where the title says it), None what is not known.

    ``estimate`` is a number, or "≥ 91.2" where all there was counted and "> 99.9" where only rounding would say all.
    """

    estimate: str | None
    low: str | None
    high: str | None
    unit: str

    @property
    def suffix(self) -> str:
        """The unit with the space before it."""
        return f"\u00a0{self.unit}" if self.unit else ""


@dataclass(frozen=True)
class Bar:
    """Where an interval lies on an axis from 0 to ``top``: shares of its length in percent."""

    low: float
    width: float
    point: float | None
    top: str


def reading(interval: Interval, unit: Unit, *, currency: str = "") -> Reading:
    """Say an interval; whether its estimate may be shown is for ``enough`` to say."""
    factor, name = _scale(unit, _largest([interval]), currency)
    decimals = _decimals(_largest([interval]) * factor, unit)
    low, high = _low(interval, factor, decimals, unit), _high(interval, factor, decimals)
    return Reading(_point(interval, factor, decimals, unit), low, high, name)


def is_at_edge(interval: Interval, unit: Unit) -> bool:
    """Whether the estimate is none or all of what there is, and the interval says that it need not be."""
    if interval.estimate is None or interval.low is None or interval.low == interval.high:
        return False
    is_all = unit == Unit.SHARE and interval.estimate >= 1
    return is_all or (interval.estimate == 0 and interval.low == 0)


def change(difference: Difference, unit: Unit, *, currency: str = "") -> Reading:
    """Say a difference with its signs; of shares in percentage points."""
    known = [value for value in (difference.estimate, difference.low, difference.high) if value is not None]
    largest = max((abs(value) for value in known), default=0.0)
    factor, name = _scale(unit, largest, currency)
    decimals = _decimals(largest * factor, unit)
    ends = difference.estimate, difference.low, difference.high
    estimate, low, high = (_signed(value, factor, decimals) for value in ends)
    return Reading(estimate, low, high, _("points") if unit == Unit.SHARE else name)


def bound(interval: Interval, unit: Unit, *, currency: str = "") -> str:
    """Say what is known where there is not enough for an estimate: one bound, or between which two; "" for nothing."""
    said = reading(interval, unit, currency=currency)
    facts = {"low": f"{said.low}{said.suffix}", "high": f"{said.high}{said.suffix}"}
    is_low = interval.low is not None and interval.low > 0
    is_high = interval.high is not None and not (unit == Unit.SHARE and interval.high >= 1)
    if is_low and is_high:
        return _("between %(low)s and %(high)s") % facts
    if is_low:
        return _("at least %(low)s") % facts
    return _("at most %(high)s") % facts if is_high else ""


def bar(interval: Interval, unit: Unit, *, beside: Iterable[Interval] = (), currency: str = "") -> Bar | None:
    """Say where to draw an interval, on an axis that has room for those ``beside`` it; None where it has no ends."""
    if interval.low is None or interval.high is None:
        return None
    top = _top(_largest([interval, *beside]), unit)
    factor, name = _scale(unit, top, currency)
    places = f"{top * factor:.{MOST_DECIMALS}f}".rstrip("0").partition(".")[2]
    label = _written(top * factor, len(places))
    low, high = _on_axis(interval.low, top), _on_axis(interval.high, top)
    point = None if interval.estimate is None or not interval.enough else _on_axis(interval.estimate, top)
    return Bar(low=low, width=max(high - low, 0.6), point=point, top=f"{label}\u00a0{name}".rstrip())


def number(value: float, unit: Unit, *, currency: str = "") -> str:
    """Say one number with its unit."""
    factor, name = _scale(unit, abs(value), currency)
    text = _written(value * factor, _decimals(abs(value) * factor, unit) if value else 0)
    return f"{text}\u00a0{name}".rstrip()


def whole(n: float) -> str:
    """Say a whole number."""
    return _written(n, 0)


def digits(n: float) -> str:
    """Say a number of at most 1,000 with about two digits, and the large ones whole."""
    return _written(n, 0 if n >= 10 else 1 if n >= 1 else 2)


def _on_axis(value: float, top: float) -> float:
    return min(100.0, max(0.0, 100 * value / top))


def _largest(intervals: Iterable[Interval]) -> float:
    known = [value for one in intervals for value in (one.estimate, one.high) if value is not None]
    return max(known, default=0.0)


def _top(largest: float, unit: Unit) -> float:
    """Shares of more than two fifths are drawn on the whole; for the rest the next round number that leaves room."""
    if unit == Unit.SHARE and largest > 0.4:
        return 1.0
    if largest <= 0:
        return 1.0
    power = 10 ** math.floor(math.log10(largest * 1.05))
    return next(step * power for step in _STEPS if step * power >= largest * 1.05)


def _scale(unit: Unit, largest: float, currency: str) -> tuple[float, str]:
    """Return the factor into the unit that is shown, and its name."""
    if unit == Unit.SHARE:
        return 100.0, "%"
    if unit == Unit.MONEY:
        return 1.0, currency
    if unit != Unit.HOURS:
        return 1.0, ""
    if largest < 1:
        return 60.0, pgettext("minutes", "min")
    return (1 / 24, _("days")) if largest >= 72 else (1.0, pgettext("hours", "h"))


def _decimals(largest: float, unit: Unit) -> int:
    if largest <= 0:
        return 0 if unit == Unit.NUMBER else 1
    most = 2 if unit in (Unit.MONEY, Unit.HOURS) else MOST_DECIMALS
    least = 1 if unit == Unit.SHARE else 0
    return min(most, max(least, 2 - math.floor(math.log10(largest))))


def _point(interval: Interval, factor: float, decimals: int, unit: Unit) -> str | None:
    """Say an estimate, or what is known instead where it would be read as none or all."""
    if interval.estimate is None:
        return None
    value, edge = interval.estimate * factor, _edge(unit)
    if is_at_edge(interval, unit):
        ends = _low(interval, factor, decimals, unit), _high(interval, factor, decimals)
        return f"≥\u00a0{ends[0]}" if value else f"≤\u00a0{ends[1]}"
    kept = _not_all(value, decimals, edge) if value >= edge / 2 else _not_none(value, decimals)
    rounded = round(value, decimals)
    sign = ">\u00a0" if kept < rounded else "<\u00a0" if kept > rounded else ""
    return sign + _written(kept, decimals)


def _low(interval: Interval, factor: float, decimals: int, unit: Unit) -> str | None:
    if interval.low is None:
        return None
    return _written(_not_all(interval.low * factor, decimals, _edge(unit)), decimals)


def _high(interval: Interval, factor: float, decimals: int) -> str | None:
    return None if interval.high is None else _written(_not_none(interval.high * factor, decimals), decimals)


def _edge(unit: Unit) -> float:
    """What all there is would be."""
    return 100.0 if unit == Unit.SHARE else math.inf


def _not_all(value: float, decimals: int, edge: float) -> float:
    return min(round(value, decimals), edge - 10**-decimals) if value < edge else value


def _not_none(value: float, decimals: int) -> float:
    return max(round(value, decimals), 10**-decimals) if value > 0 else value


def _written(value: float, decimals: int) -> str:
    """Django cuts digits off, so they are rounded before. A page writes a thousand numbers, and Django takes ten times
    as long as Python for each."""
    if _is_pythons(get_language()):
        return f"{value:z,.{decimals}f}"
    return number_format(Decimal(f"{value:.{decimals}f}"), decimals, force_grouping=True)


@cache
def _is_pythons(language: str | None) -> bool:
    """Whether a language writes its numbers as Python does: 1,234.5."""
    keys = ("DECIMAL_SEPARATOR", "THOUSAND_SEPARATOR", "NUMBER_GROUPING")
    return [get_format(key, language) for key in keys] == [".", ",", 3]


def _signed(value: float | None, factor: float, decimals: int) -> str | None:
    if value is None:
        return None
    return (MINUS if value < 0 else "+") + _written(abs(value) * factor, decimals)
