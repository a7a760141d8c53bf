"""This will make the page about people ready to be shown: every number in words, with its interval drawn.

Pure but for the language.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.accounts.models import Project, Role, User
from moderation import readings
from moderation.measurement.catalog import Unit
from moderation.measurement.periods import Period
from moderation.people import gathering as people
from moderation.people.gathering import SEES_ALL, Exposure, Person
from moderation.people.reviewers import FINE, Quality
from moderation.readings import Bar, Reading
from moderation.statistics.agreement import Agreement
from moderation.statistics.sufficiency import Interval

_WHOLE = Interval(1.0, 1.0, 1.0, finds=0, looks=0, enough=True, effective_finds=None)
LEVELS = 5
GAP = 0.3


@dataclass(frozen=True)
class Cell:
    """A number with its interval; ``n`` is how many it rests on, ``wrong`` how many of these count."""

    reading: Reading
    is_enough: bool
    bound: str
    bar: Bar | None
    n: int
    wrong: int = 0


@dataclass(frozen=True)
class Tile:
    """One measure of agreement."""

    title: Promise
    explained: Promise
    cell: Cell


@dataclass(frozen=True)
class ClassRow:
    name: str
    images: int
    raw: Cell
    alpha: Cell


@dataclass(frozen=True)
class ErrorRow:
    title: Promise
    cell: Cell
    pending: int


@dataclass(frozen=True)
class Meeting:
    """How often two answers met on one image; ``level`` from 0 (never) to 5 says how dark it is drawn."""

    one: str
    other: str
    count: int
    level: int
    is_same: bool


@dataclass(frozen=True)
class Column:
    """A bar of the small chart, in percent of its width and height."""

    x: float
    width: float
    y: float
    height: float


@dataclass(frozen=True)
class Row:
    """One person's line; ``seen`` has one entry a class of the table, None where there is nothing to say."""

    person: Person
    name: str
    columns: Sequence[Column]
    agreement: Cell
    accuracy: Cell
    seen: Sequence[Exposure | None]


@dataclass(frozen=True)
class Page:
    """``is_everybody`` is False where somebody sees themself alone."""

    is_everybody: bool
    images: int
    tiles: Sequence[Tile]
    classes: Sequence[ClassRow]
    errors: Sequence[ErrorRow]
    names: Sequence[str]
    meetings: Sequence[tuple[str, Sequence[Meeting]]]
    rows: Sequence[Row]
    seen_classes: Sequence[str]
    gold_items: int
    gold_percent: float
    bar_days: int


def page(project: Project, period: Period, *, viewer: User, roles: Iterable[Role], now: datetime) -> Page:
    """Return what somebody with these roles is shown of a period."""
    roles = frozenset(roles)
    found = people.people(project, period, viewer=viewer, roles=roles, now=now)
    names, meetings = _meetings(found.quality)
    seen = {one.key: one.name for person in found.people for one in person.exposure}
    return Page(
        is_everybody=bool(roles & SEES_ALL),
        images=found.quality.images,
        tiles=_tiles(found.quality),
        classes=[_class(one.name, one.images, one.found.raw, one.found.alpha) for one in found.quality.classes],
        errors=[ErrorRow(one.title, _cell(one.share, Unit.SHARE), one.pending) for one in found.quality.errors],
        names=names,
        meetings=meetings,
        rows=[_row(one, seen) for one in found.people],
        seen_classes=list(seen.values()),
        gold_items=found.gold_items,
        gold_percent=100 * project.gold_rate,
        bar_days=found.bar_days,
    )


def _tiles(quality: Quality) -> list[Tile]:
    return [
        Tile(
            gettext_lazy("Same answer"),
            gettext_lazy("Of the images that several people judged, the share on which all said alike"),
            _cell(_interval(quality.raw), Unit.SHARE),
        ),
        Tile(
            gettext_lazy("Cohen’s κ"),
            gettext_lazy("First answer against second, less what chance would give: 1 is full agreement, 0 is chance"),
            _cell(_interval(quality.kappa), Unit.NUMBER),
        ),
        Tile(
            gettext_lazy("Krippendorff’s α"),
            gettext_lazy("All answers on an image, however many, less what chance would give"),
            _cell(_interval(quality.alpha), Unit.NUMBER),
        ),
    ]


def _class(name: str, images: int, raw: Agreement, alpha: Agreement) -> ClassRow:
    return ClassRow(name, images, _cell(_interval(raw), Unit.SHARE), _cell(_interval(alpha), Unit.NUMBER))


def _interval(one: Agreement) -> Interval:
    return Interval(one.estimate, one.low, one.high, finds=0, looks=one.n, enough=one.enough, effective_finds=None)


def _cell(one: Interval, unit: Unit) -> Cell:
    """Say a share or a coefficient. None or all of a few is no number to read: then its bound is said."""
    is_inside = one.estimate is not None and 0 < one.estimate < 1
    return Cell(
        reading=readings.reading(one, unit),
        is_enough=one.enough and is_inside,
        bound=readings.bound(one, unit) if one.looks else "",
        # What is read side by side is drawn from 0 to 1.
        bar=readings.bar(replace(one, enough=one.enough and is_inside), Unit.SHARE, beside=[_WHOLE])
        if one.looks
        else None,
        n=one.looks,
        wrong=one.finds,
    )


def _meetings(quality: Quality) -> tuple[list[str], list[tuple[str, list[Meeting]]]]:
    """Return the table of what people said of the same image: column names, and rows with theirs."""
    found, named = quality.differing, {one.key: one.name for one in quality.classes}
    names = [_("Fine") if key == FINE else named.get(key, key) for key in found.keys]
    counts = [n for i, row in enumerate(found.counts) for j, n in enumerate(row) if i != j]
    most = max(counts, default=0)
    rows = []
    for i, (one, row) in enumerate(zip(names, found.counts, strict=True)):
        cells = [
            Meeting(one, other, n, _level(n, most), i == j) for j, (other, n) in enumerate(zip(names, row, strict=True))
        ]
        rows.append((one, cells))
    return names, rows


def _level(n: int, most: int) -> int:
    return 0 if not n else max(1, min(LEVELS, round(LEVELS * n / most))) if most else 1


def _row(one: Person, seen: Iterable[str]) -> Row:
    exposed = {exposure.key: exposure for exposure in one.exposure}
    width = 100 / len(one.bars)
    return Row(
        person=one,
        name=str(one.person),
        columns=[
            Column(x=n * width, width=width * (1 - GAP), y=100 - 100 * share, height=100 * share)
            for n, share in enumerate(one.bars)
            if share
        ],
        agreement=_cell(_interval(one.agreement), Unit.SHARE),
        accuracy=_cell(_interval(one.accuracy), Unit.SHARE),
        seen=[exposed.get(key) for key in seen],
    )
