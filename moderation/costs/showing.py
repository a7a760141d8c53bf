"""This will make a period's costs ready to be shown: in words, drawn, and with what each rests on.

Pure but for the language. Money has as many decimals as its interval says anything about, and at least the cents.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from config.accounts.models import Project
from moderation import readings
from moderation.costs.accounts import GB_MONTH, Line, Money
from moderation.costs.baselines import Baseline
from moderation.costs.period import Costs, by_day, of_period
from moderation.costs.prices import Book
from moderation.measurement.periods import Period
from moderation.models import Price, Resource
from moderation.readings import Bar
from moderation.statistics.intervals import Amount
from moderation.statistics.sufficiency import Interval

MOST_DECIMALS = 6
SMALL = 0.005


@dataclass(frozen=True)
class Ratio:
    """What one of something cost. Show ``estimate`` only where ``is_enough``; else ``bound`` says what is known."""

    key: str
    estimate: str
    low: str
    high: str
    bound: str
    is_enough: bool
    bar: Bar | None


@dataclass(frozen=True)
class ShownLine:
    """One line of the accounts: ``cost`` is "" where it has no price, ``range`` where it is exact."""

    line: Line
    resource: str
    quantity: str
    price: str
    cost: str
    range: str


@dataclass(frozen=True)
class ShownPrice:
    row: Price
    text: str


@dataclass(frozen=True)
class Way:
    """One way of moderating, beside the others: ``width`` is its share of the dearest, in percent, part by part."""

    way: str
    cost: str
    range: str
    is_complete: bool
    parts: Sequence[tuple[str, str, float]]
    hours: str
    looks: int
    prevented: str
    prevented_range: str
    prevented_width: float


@dataclass(frozen=True)
class Shown:
    """Everything there is to say of a period; ``missing`` are the resources without a price for all of it."""

    costs: Costs
    total: str
    total_range: str
    missing: Sequence[str]
    ratios: Sequence[Ratio]
    lines: Sequence[ShownLine]
    ways: Sequence[Way]
    saved: str
    seconds: str
    seconds_range: str
    violations: str
    violations_range: str
    prevented: str
    prevented_range: str
    prices: Sequence[tuple[str, str, Sequence[ShownPrice]]]


def page(project: Project, period: Period) -> tuple[Shown, dict[str, Any]]:
    """Return what the page of costs shows, and its chart."""
    found = of_period(project, period)
    days, amounts = by_day(project, period, book=found.book)
    return show(found), _chart(days, amounts, currency=found.currency)


def show(found: Costs) -> Shown:
    """Put a period together."""
    currency, did = found.currency, found.achieved
    lines = [_line(line, currency) for line in found.lines]
    look = found.look.seconds if found.look else None
    return Shown(
        costs=found,
        total=money(float(found.total.amount.estimate), currency),
        total_range=_range(found.total, currency),
        missing=sorted({one.resource for one in lines if not one.line.cost.is_complete}),
        ratios=_ratios(found),
        lines=lines,
        ways=_ways(found.baselines, currency),
        saved=_saved(found.baselines, currency),
        seconds=readings.digits(float(look.estimate)) if look else "",
        seconds_range=between(look, readings.digits) if look else "",
        violations="" if math.isnan(did.violations.estimate) else readings.whole(float(did.violations.estimate)),
        violations_range=between(did.violations, readings.whole),
        prevented=_views(did.prevented),
        prevented_range=between(did.prevented, readings.whole) if did.prevented else "",
        prices=_prices(found.book),
    )


def money(value: float, currency: str, *, decimals: int | None = None) -> str:
    """Say an amount: 12.50 USD, 0.0041 USD."""
    places = _decimals(value) if decimals is None else decimals
    text = number_format(Decimal(f"{value:.{places}f}"), places, force_grouping=True)
    return f"{text}\u00a0{currency}".rstrip()


def _decimals(value: float) -> int:
    if value >= 1000:
        return 0
    if value == 0 or value >= 0.1:
        return 2
    return min(MOST_DECIMALS, 1 - math.floor(math.log10(value)))


def between(amount: Amount, say: Any) -> str:
    """Say the bounds of an amount; "" where they say the same as each other, as where all was counted."""
    low, high = say(float(amount.low)), say(float(amount.high))
    return "" if low == high else _("%(low)s to %(high)s") % {"low": low, "high": high}


def _range(cost: Money, currency: str) -> str:
    places = _decimals(float(cost.amount.estimate))
    return between(cost.amount, lambda value: money(value, currency, decimals=places))


def _ratios(found: Costs) -> list[Ratio]:
    each = {
        "posts": found.per_thousand_posts,
        "decision": found.per_decision,
        "violation": found.per_violation,
        "view": found.per_prevented_view,
    }
    return [_ratio(key, interval, found.currency) for key, interval in each.items()]


def _ratio(key: str, interval: Interval, currency: str) -> Ratio:
    known = [value for value in (interval.estimate, interval.high, interval.low) if value is not None]
    places = _decimals(known[0]) if known else 2
    estimate, low, high = (
        "" if value is None else money(value, currency, decimals=places)
        for value in (interval.estimate, interval.low, interval.high)
    )
    return Ratio(
        key=key,
        estimate=estimate,
        low="" if low == high else low,
        high="" if low == high else high,
        bound=_bound(interval, low=low, high=high),
        is_enough=interval.enough,
        bar=readings.bar(interval, readings.Unit.MONEY, currency=currency) if interval.low != interval.high else None,
    )


def _bound(interval: Interval, *, low: str, high: str) -> str:
    if interval.low is None:
        return ""
    if interval.high is None:
        return _("at least %(low)s") % {"low": low} if interval.low > 0 else ""
    return _("between %(low)s and %(high)s") % {"low": low, "high": high}


def _line(line: Line, currency: str) -> ShownLine:
    resource = str(Resource(line.resource).label)
    known = line.cost.is_complete
    return ShownLine(
        line=line,
        resource=resource,
        quantity=quantity(float(line.quantity.estimate), line.unit),
        price=_price(line.price, currency) if line.price else "",
        cost=money(float(line.cost.amount.estimate), currency) if known else "",
        range=_range(line.cost, currency) if known else "",
    )


def _prices(book: Book) -> list[tuple[str, str, Sequence[ShownPrice]]]:
    """Return the price table: for each resource its prices, newest first."""
    return [
        (key, str(name), [ShownPrice(row, _price(row, book.currency)) for row in book.prices.get(key, ())])
        for key, name in Resource.choices
    ]


def _price(price: Price, currency: str) -> str:
    return money(float(price.amount), currency)


def quantity(value: float, unit: str) -> str:
    """Say hours, below one in minutes, or gigabyte-months."""
    if unit == GB_MONTH:
        places = 0 if value >= 100 else 2 if value >= 1 or value == 0 else min(6, 1 - math.floor(math.log10(value)))
        text = number_format(Decimal(f"{value:.{places}f}"), places, force_grouping=True)
        # Outside of the braces: what stands within them is not found by those who translate.
        return text + "\u00a0" + _("GB-months")
    if value < 1:
        return f"{readings.digits(60 * value)}\u00a0{pgettext('minutes', 'min')}"
    return f"{readings.digits(value)}\u00a0{pgettext('hours', 'h')}"


def _ways(ways: Sequence[Baseline], currency: str) -> list[Way]:
    most = max((float(way.total.amount.estimate) for way in ways), default=0.0)
    views = max((_number(way.prevented) for way in ways), default=0.0)
    return [_way(way, currency, most=most, views=views) for way in ways]


def _way(way: Baseline, currency: str, *, most: float, views: float) -> Way:
    total = way.total
    parts, at = [], 0.0
    for name, part in (("people", way.people), ("machines", way.machines), ("storage", way.storage)):
        width = 100 * float(part.amount.estimate) / most if most else 0.0
        parts.append((name, f"{at:.2f}", round(width, 2)))
        at += width
    prevented = _number(way.prevented)
    return Way(
        way=way.way,
        cost=money(float(total.amount.estimate), currency),
        range=_range(total, currency),
        is_complete=total.is_complete,
        parts=parts,
        hours=quantity(float(way.hours.estimate), "hour") if way.hours else "",
        looks=way.looks,
        prevented=_views(way.prevented),
        prevented_range=between(way.prevented, readings.whole) if way.prevented else "",
        prevented_width=round(100 * prevented / views, 2) if views else 0.0,
    )


def _number(amount: Amount | None) -> float:
    """Return an estimate, 0 where there is none."""
    return 0.0 if amount is None or math.isnan(amount.estimate) else float(amount.estimate)


def _views(amount: Amount | None) -> str:
    return "" if amount is None or math.isnan(amount.estimate) else readings.whole(float(amount.estimate))


def _saved(ways: Sequence[Baseline], currency: str) -> str:
    """Say what is spared against looking at everything; "" where that is not known, or nothing is."""
    now, everything = ways[0].total, ways[1].total
    spared = float(everything.amount.estimate - now.amount.estimate)
    is_known = now.is_complete and everything.is_complete
    return money(spared, currency) if is_known and spared > SMALL else ""


def _chart(days: Sequence[date], amounts: Mapping[str, Sequence[float | None]], *, currency: str) -> dict[str, Any]:
    return {
        "currency": currency,
        "days": [day.isoformat() for day in days],
        "resources": [
            {
                "key": key,
                "name": str(Resource(key).label),
                "amounts": [None if value is None else round(value, 6) for value in values],
            }
            for key, values in amounts.items()
            if any(value is None or value for value in values)
        ],
    }
