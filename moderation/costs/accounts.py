"""This will price what was used: quantities times the price of their day, line by line, with what is not known.

Pure, but for the rows it is given. An amount without a price is not 0, it is missing, and so is part of whatever it
belongs to: such a sum says that it is incomplete, and what is there is a least value.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache

from moderation.costs.prices import Book
from moderation.costs.reading import Used
from moderation.models import Price, Resource
from moderation.statistics.intervals import Amount, exactly

MILLISECONDS_AN_HOUR = 3_600_000
BYTES_A_GIGABYTE = 10**9
DAYS_A_MONTH = 365.25 / 12
HOUR, GB_MONTH = "hour", "gb_month"


def unit_of(resource: str) -> str:
    return GB_MONTH if resource == Resource.STORAGE else HOUR


def units(resource: str, quantity: float) -> float:
    """Return a counted quantity in the unit that has a price: hours, or gigabyte-months of a day's bytes."""
    if resource == Resource.STORAGE:
        return quantity / BYTES_A_GIGABYTE / DAYS_A_MONTH
    return quantity / MILLISECONDS_AN_HOUR


@dataclass(frozen=True)
class Money:
    """A sum in the project's currency, with bounds for what was only estimated. Where it is not ``is_complete``, a
    price is missing: ``low`` and ``estimate`` are of what has one, and the whole may be any more than that."""

    amount: Amount
    is_complete: bool = True

    def __add__(self, other: "Money") -> "Money":
        """Bound to bound: what was estimated in one is likely to be wrong the same way in the other."""
        one, more = self.amount, other.amount
        added = Amount(one.estimate + more.estimate, one.low + more.low, one.high + more.high)
        return Money(added, self.is_complete and other.is_complete)


NOTHING = Money(exactly(0.0))


@dataclass(frozen=True)
class Line:
    """What one source used of a resource in a period, and what that cost.

    ``quantity`` is in hours or gigabyte-months. ``rows`` were counted, ``measured_rows`` of them measured. ``price`` is
    the newest that was used, None where part of it has none; ``prices`` says how many were used.
    """

    resource: str
    source: str
    quantity: Amount
    rows: int
    measured_rows: int
    price: Price | None
    prices: int
    cost: Money

    @property
    def unit(self) -> str:
        return unit_of(self.resource)


@dataclass
class _Sum:
    """What a line adds up to. ``quantities`` are whole numbers of milliseconds or bytes, by the price of their day."""

    quantities: dict[Price | None, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0, 0]))
    rows: int = 0
    measured_rows: int = 0

    @property
    def is_complete(self) -> bool:
        return None not in self.quantities or not self.quantities[None][2]


def lines(used: Iterable[Used], book: Book) -> list[Line]:
    """Return one line for each resource and source, in the order of resources; ``used`` is in the order of days."""
    sums: dict[tuple[str, str], _Sum] = defaultdict(_Sum)
    price_on = cache(book.on)
    for one in used:
        _add(sums[one.resource, one.source], one, price=price_on(one.resource, one.day))
    order = list(Resource.values)
    return [_line(key, sums[key]) for key in sorted(sums, key=lambda key: (order.index(key[0]), key[1]))]


def _add(known: _Sum, one: Used, *, price: Price | None) -> None:
    sums = known.quantities[price]
    sums[0], sums[1], sums[2] = sums[0] + one.quantity, sums[1] + one.low, sums[2] + one.high
    if one.resource == Resource.STORAGE:
        # The same images on every day: how many there are at the end.
        known.rows, known.measured_rows = one.rows, one.measured_rows
    else:
        known.rows, known.measured_rows = known.rows + one.rows, known.measured_rows + one.measured_rows


def _line(key: tuple[str, str], found: _Sum) -> Line:
    resource, source = key
    priced = {price: sums for price, sums in found.quantities.items() if price is not None}
    newest = max(priced, key=lambda price: (price.valid_from, price.pk), default=None)
    return Line(
        resource=resource,
        source=source,
        quantity=_amount(resource, ((1.0, sums) for sums in found.quantities.values())),
        rows=found.rows,
        measured_rows=found.measured_rows,
        price=newest if found.is_complete else None,
        prices=len(priced),
        cost=Money(
            _amount(resource, ((float(price.amount), sums) for price, sums in priced.items())), found.is_complete
        ),
    )


def _amount(resource: str, weighed: Iterable[tuple[float, Sequence[int]]]) -> Amount:
    """Add up quantities, each times a weight."""
    totals = [0.0, 0.0, 0.0]
    for weight, sums in weighed:
        totals = [total + weight * units(resource, n) for total, n in zip(totals, sums, strict=True)]
    return Amount(*totals)


def total(of: Iterable[Line]) -> Money:
    return sum((line.cost for line in of), NOTHING)


def by_day(used: Iterable[Used], book: Book, days: Sequence[date]) -> Mapping[str, list[float | None]]:
    """Return for each resource what it cost on each day: 0 where none was used, None where it has no price."""
    place = {day: at for at, day in enumerate(days)}
    found: dict[str, list[float | None]] = {}
    price_on = cache(book.on)
    for one in used:
        row = found.setdefault(one.resource, [0.0] * len(days))
        price, at = price_on(one.resource, one.day), place[one.day]
        known = row[at]
        if price is None or known is None:
            row[at] = None
        else:
            row[at] = known + units(one.resource, one.quantity) * float(price.amount)
    return {resource: found[resource] for resource in Resource.values if resource in found}
