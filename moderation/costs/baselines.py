"""This will say what the same period would have cost in two other ways: looking at everything, or at complaints only.

*Everybody looks at everything*: a person looks once at each post, for as long as a look takes now, at a moderator's
wage. Nothing is computed; what is stored stays as it is. Which views that would prevent depends on how soon people get
to each post, which nobody measured: it is left open.

*Complaints only*: people look at what viewers complain about, as many times and as long as they did in this period, and
violations are seen until then. The machine now removes much before anybody can complain, so without it there would be
more complaints than these: the cost is a least value. What is prevented are the views of violations that complaints led
to, after they did.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from annotation.models import Purpose
from moderation.costs import accounts
from moderation.costs.accounts import NOTHING, Line, Money
from moderation.costs.achieved import Achieved
from moderation.costs.looks import PURPOSES, Look
from moderation.costs.prices import Book
from moderation.costs.reading import Output
from moderation.models import Resource
from moderation.statistics.intervals import Amount, times

MACHINES = (Resource.CPU, Resource.GPU)


class Way(StrEnum):
    NOW = "now"
    EVERYTHING = "everything"
    COMPLAINTS = "complaints"


@dataclass(frozen=True)
class Baseline:
    """One way of moderating a period; ``prevented`` is None where nobody knows. ``hours`` are of people."""

    way: Way
    people: Money
    machines: Money
    storage: Money
    looks: int
    hours: Amount | None
    prevented: Amount | None

    @property
    def total(self) -> Money:
        return self.people + self.machines + self.storage


def compare(
    lines: Sequence[Line], achieved: Achieved, *, days: Iterable[Output], look: Look | None, book: Book
) -> list[Baseline]:
    """Return the period as it was, and the two other ways of it."""
    storage = accounts.total(line for line in lines if line.resource == Resource.STORAGE)
    people = [line for line in lines if line.source in PURPOSES]
    complaints = [line for line in people if line.source == Purpose.COMPLAINT]
    now = Baseline(
        way=Way.NOW,
        people=accounts.total(people),
        machines=accounts.total(line for line in lines if line.resource in MACHINES),
        storage=storage,
        looks=sum(line.rows for line in people),
        hours=_hours(people),
        prevented=achieved.prevented,
    )
    only = Baseline(
        way=Way.COMPLAINTS,
        people=accounts.total(complaints),
        machines=NOTHING,
        storage=storage,
        looks=sum(line.rows for line in complaints),
        hours=_hours(complaints),
        prevented=achieved.by_complaint,
    )
    return [now, _everything(achieved, days=days, look=look, book=book, storage=storage), only]


def _everything(
    achieved: Achieved, *, days: Iterable[Output], look: Look | None, book: Book, storage: Money
) -> Baseline:
    hours = times(look.seconds, achieved.posts / 3600) if look else None
    return Baseline(
        way=Way.EVERYTHING,
        people=_wages(days, look=look, book=book),
        machines=NOTHING,
        storage=storage,
        looks=achieved.posts,
        hours=hours,
        prevented=None,
    )


def _wages(days: Iterable[Output], *, look: Look | None, book: Book) -> Money:
    """Return what one look at each post of these days costs; incomplete where a wage, or how long a look takes, is
    not known."""
    priced = [(day.posts, book.on(Resource.MODERATOR, day.day)) for day in days if day.posts]
    if look is None:
        return Money(NOTHING.amount, is_complete=not priced)
    a_second = sum(posts / 3600 * float(price.amount) for posts, price in priced if price)
    return Money(times(look.seconds, a_second), is_complete=all(price for _, price in priced))


def _hours(lines: Iterable[Line]) -> Amount:
    parts = [line.quantity for line in lines]
    return Amount(sum(p.estimate for p in parts), sum(p.low for p in parts), sum(p.high for p in parts))
