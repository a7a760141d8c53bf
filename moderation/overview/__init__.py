"""This will gather what the overview of a period shows, for people who would rather look than read.

Pure reading, of daily rows alone. Every number comes with its interval, its change against the period before, and what
it rests on; where there is not enough behind it, with the bound that is known and the looks that are still needed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from config.accounts.models import Project
from moderation import costs
from moderation.costs import Book
from moderation.marks import Mark, marks
from moderation.measurement.catalog import HEADLINES, METRIC, METRICS, Metric
from moderation.measurement.figures import Figures, everything, figures
from moderation.measurement.periods import PartKind, Period
from moderation.overview import tables, tiles, trends
from moderation.overview.confusion import Confusion, confusion
from moderation.overview.tables import Table
from moderation.overview.tiles import Tile
from moderation.statistics.comparison import difference
from moderation.statistics.sufficiency import Interval

COST = "cost_per_thousand_posts"


@dataclass(frozen=True)
class Headline:
    """A metric of the first row; ``tile`` is None where nothing can be said of it yet."""

    metric: Metric
    tile: Tile | None


@dataclass(frozen=True)
class Overview:
    """Everything about a period but its charts, which ask for their own numbers (trends.drawn)."""

    period: Period
    figures: Figures
    before: Figures
    headlines: Sequence[Headline]
    trends: Sequence[Metric]
    others: Sequence[Tile]
    counts: Mapping[str, Any]
    confusion: Confusion | None
    tables: Sequence[Table]
    slices: Table
    marks: Sequence[tuple[int, Mark]]


def overview(project: Project, period: Period) -> Overview:
    """Return what the page of a period shows."""
    book = costs.book(project)
    return beside_costs(project, period, book=book, spent=costs.interval(project, period, book=book))


def beside_costs(project: Project, period: Period, *, book: Book, spent: Interval) -> Overview:
    """Return the same for whoever knows already what a thousand posts of the period cost."""
    measured, before = everything(project, period), figures(project, period.before)
    shown, parts = measured.whole, measured.parts
    made = tiles.compared(shown, before)
    if spent.looks:
        made[COST] = _cost(spent, costs.interval(project, period.before, book=book), currency=book.currency)
    return Overview(
        period=period,
        before=before,
        figures=shown,
        headlines=[Headline(METRIC[key], made.get(key)) for key in HEADLINES],
        trends=[METRIC[key] for key in trends.DRAWN],
        others=[made[one.key] for one in METRICS if one.key in made and one.key not in HEADLINES],
        counts=measured.counts,
        confusion=confusion(shown),
        tables=[
            tables.classes(project, parts[PartKind.CLASS]),
            tables.model_versions(project, parts[PartKind.MODEL]),
            tables.policy_versions(project, parts[PartKind.POLICY]),
        ],
        slices=tables.slices(parts[PartKind.SLICE], whole=shown),
        marks=trends.numbered(marks(project, period)),
    )


def _cost(spent: Interval, before: Interval, *, currency: str) -> Tile:
    return Tile(METRIC[COST], spent, before=before, difference=difference(spent, before), currency=currency)
