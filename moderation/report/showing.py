"""This will make a report ready to be printed: lines over time drawn without a script, costs and counts in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from moderation.costs import showing
from moderation.measurement.periods import Period
from moderation.overview.tiles import Tile
from moderation.overview.trends import days_of
from moderation.readings import whole
from moderation.report import Report
from moderation.report.drawing import Drawn, draw

MOST_POINTS = 200
COUNTED = {
    "posts": _("Posts received"),
    "failed": _("Failed"),
    "scored": _("Scored by a model version"),
    "flagged": _("Flagged"),
    "removed": _("Taken down by the machine"),
    "passed": _("Passed"),
    "audited": _("Drawn by chance from what passed"),
    "human_looks": _("Answers by people"),
    "label_looks": _("Of these, on label questions"),
    "decided": _("Decisions"),
    "removals": _("Removals"),
    "keeps": _("Kept"),
    "overturned": _("Removals that were put back"),
    "reversals": _("Decisions taken back by their makers"),
    "views": _("Views"),
}


def spacing(period: Period) -> int:
    """How many days lie between two points of a drawn line: a week where more points would stand than can be seen. Each
    is of 28 days, so nothing is lost between them."""
    return 1 if period.days <= MOST_POINTS else 7


@dataclass(frozen=True)
class Printed:
    """What the page of a report shows besides the overview."""

    metrics: Sequence[Tile]
    drawn: Sequence[Drawn]
    counts: Sequence[tuple[str, str]]
    costs: showing.Shown


def show(report: Report) -> Printed:
    """Make a report ready."""
    headlines = [one.tile for one in report.overview.headlines if one.tile is not None]
    drawn = [draw(line, marks=_marks(report), currency=line.currency) for line in report.lines]
    return Printed(
        metrics=[*headlines, *report.overview.others],
        drawn=[one for one in drawn if one is not None],
        counts=[(str(name), whole(report.overview.counts.get(key, 0))) for key, name in COUNTED.items()],
        costs=showing.show(report.costs),
    )


def _marks(report: Report) -> list[tuple[float, int]]:
    """Return the place of each mark's day on the axis of the drawn days, and its number."""
    first = days_of(report.period, every=report.every)[0]
    found = [((one.at.date() - first).days / report.every, number) for number, one in report.overview.marks]
    return [(max(0.0, place), number) for place, number in found]
