"""This will say each measure of the lab in words and bars: what is tried, what is in force, and the difference."""

from collections.abc import Sequence
from dataclasses import dataclass

from moderation import readings
from moderation.lab.measures import Shown
from moderation.lab.page import Lab, Row
from moderation.readings import Bar, Reading
from moderation.statistics.sufficiency import Interval


@dataclass(frozen=True)
class Told:
    """A difference; ``is_better`` is None where neither direction is, ``is_exact`` where nothing was estimated."""

    reading: Reading
    is_exact: bool
    is_more_than_noise: bool
    is_up: bool
    is_better: bool | None


@dataclass(frozen=True)
class Side:
    """A number under one policy: show ``reading`` where there is enough, else what bounds it.

    ``is_exact`` where nothing was estimated, or so little that the digits shown do not tell.
    """

    reading: Reading
    is_enough: bool
    is_exact: bool
    bound: str


@dataclass(frozen=True)
class Tile:
    shown: Shown
    tried: Side
    in_force: Side
    is_enough: bool
    is_same: bool
    change: Told | None
    bar: Bar | None
    earlier: Bar | None


def tiles(lab: Lab) -> Sequence[Tile]:
    return [_tile(row, currency=lab.past.currency) for row in lab.rows]


def _tile(row: Row, *, currency: str) -> Tile:
    unit, both = row.shown.unit, (row.tried, row.in_force)
    tried, in_force = (_side(one, row.shown, currency=currency) for one in both)
    return Tile(
        shown=row.shown,
        tried=tried,
        in_force=in_force,
        is_enough=tried.is_enough,
        is_same=row.is_same,
        change=_told(row, currency=currency),
        bar=readings.bar(row.tried, unit, beside=both, currency=currency),
        earlier=readings.bar(row.in_force, unit, beside=both, currency=currency),
    )


def _side(one: Interval, shown: Shown, *, currency: str) -> Side:
    said = readings.reading(one, shown.unit, currency=currency)
    return Side(
        reading=said,
        is_enough=one.enough,
        is_exact=said.low == said.high,
        bound=readings.bound(one, shown.unit, currency=currency),
    )


def _told(row: Row, *, currency: str) -> Told | None:
    change = row.change
    if not change.enough or change.estimate is None:
        return None
    is_up = change.estimate > 0
    better = None if row.shown.more_is_better is None else is_up == row.shown.more_is_better
    said = readings.change(change, row.shown.unit, currency=currency)
    return Told(said, said.low == said.high, change.is_more_than_noise, is_up, better)
