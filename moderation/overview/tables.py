"""This will lay the metrics of all parts of a kind out as a table: classes, model versions, policy versions, slices.

The worst slices stand first. Whoever looks at many and picks the worst sees chance, too: so only those are marked as
standing out whose interval, widened for as many looks at once (Bonferroni), still lies below the whole traffic's.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

from django.utils.translation import gettext as _

from config.accounts.models import Project
from models_registry.models import ModelVersion
from models_registry.registry import current_schema
from moderation.measurement.catalog import METRIC, Metric
from moderation.measurement.figures import Figures
from moderation.measurement.periods import PartKind
from moderation.models import PolicyVersion
from moderation.overview.tiles import Tile, tile
from moderation.statistics.intervals import Z
from moderation.statistics.sufficiency import Interval

COLUMNS: Mapping[PartKind, Sequence[str]] = {
    PartKind.CLASS: ("machine_recall", "flag_precision", "takedown_precision", "prevalence"),
    PartKind.MODEL: ("machine_recall", "flag_precision", "takedown_precision", "missed_per_thousand"),
    PartKind.POLICY: ("machine_recall", "flag_precision", "takedown_precision", "missed_per_thousand"),
    PartKind.SLICE: ("machine_recall", "flag_precision", "takedown_precision", "missed_per_thousand"),
}
WORST_BY = "machine_recall"
_FALSE_ALARMS = 0.05


@dataclass(frozen=True)
class Row:
    """One part: ``posts`` that a model version scored, how many of them it flagged, and one cell a column."""

    key: str
    name: str
    note: str
    posts: int
    flagged: int
    cells: Sequence[Tile | None]
    figures: Figures
    stands_out: bool = False


@dataclass(frozen=True)
class Table:
    kind: PartKind
    columns: Sequence[Metric]
    rows: Sequence[Row]

    @property
    def standing_out(self) -> int:
        return sum(row.stands_out for row in self.rows)


def classes(project: Project, found: Sequence[Figures]) -> Table:
    """One row for each class of today's schema, then those that are gone."""
    known = {one["key"]: one["name"] for one in current_schema(project).classes}
    order = {key: place for place, key in enumerate(known)}
    ordered = sorted(found, key=lambda one: (order.get(one.part.value, len(order)), one.part.value))
    return _table(
        PartKind.CLASS, ordered, lambda key: (known.get(key, key), "" if key in known else _("no class any more"))
    )


def model_versions(project: Project, found: Sequence[Figures]) -> Table:
    """One row for each model version that scored posts, newest first."""
    ids = [int(one.part.value) for one in found]
    versions = ModelVersion.objects.filter(detector__project=project, pk__in=ids).select_related("detector")
    names = {str(one.pk): str(one) for one in versions}
    return _table(PartKind.MODEL, _newest(found), lambda key: (names.get(key, key), ""))


def policy_versions(project: Project, found: Sequence[Figures]) -> Table:
    """One row for each policy version that judged posts, newest first."""
    numbers = [int(one.part.value) for one in found]
    versions = PolicyVersion.objects.filter(project=project, number__in=numbers)
    modes = {str(one.number): one.get_mode_display() for one in versions}
    return _table(
        PartKind.POLICY, _newest(found), lambda key: (_("Policy %(number)s") % {"number": key}, str(modes.get(key, "")))
    )


def slices(found: Sequence[Figures], *, whole: Figures) -> Table:
    """One row for each slice, the worst machine recall first; those that say nothing yet come last."""
    table = _table(PartKind.SLICE, sorted(found, key=_badness), _of_slice)
    return replace(table, rows=_marked(table.rows, whole.intervals.get(WORST_BY)))


def _newest(found: Sequence[Figures]) -> list[Figures]:
    return sorted(found, key=lambda one: -int(one.part.value))


def _table(kind: PartKind, found: Sequence[Figures], named: Callable[[str], tuple[str, str]]) -> Table:
    rows = [_row(one, named(one.part.value), COLUMNS[kind]) for one in found]
    return Table(kind, [METRIC[key] for key in COLUMNS[kind]], rows)


def _row(shown: Figures, said: tuple[str, str], columns: Sequence[str]) -> Row:
    evidence = shown.evidence
    return Row(
        key=shown.part.value,
        name=said[0],
        note=said[1],
        posts=evidence.scored,
        flagged=evidence.scored - evidence.passed.posts,
        cells=[tile(key, shown) for key in columns],
        figures=shown,
    )


def _of_slice(key: str) -> tuple[str, str]:
    attribute, _equals, value = key.partition("=")
    return value, attribute


def _badness(one: Figures) -> tuple[bool, float, str]:
    interval = one.intervals.get(WORST_BY)
    if interval is None or not interval.enough or interval.estimate is None:
        return True, 0.0, one.part.value
    return False, interval.estimate, one.part.value


def _marked(rows: Sequence[Row], whole: Interval | None) -> list[Row]:
    """Mark the slices that stand out even though the worst of many were picked."""
    compared = [row for row in rows if _worst_of(row) is not None]
    if whole is None or whole.low is None or not whole.enough or not compared:
        return list(rows)
    wider = NormalDist().inv_cdf(1 - _FALSE_ALARMS / (2 * len(compared))) / Z
    return [replace(row, stands_out=_is_below(_worst_of(row), whole.low, wider=wider)) for row in rows]


def _worst_of(row: Row) -> Interval | None:
    interval = row.figures.intervals.get(WORST_BY)
    return interval if interval is not None and interval.enough else None


def _is_below(interval: Interval | None, limit: float, *, wider: float) -> bool:
    if interval is None or interval.estimate is None or interval.high is None:
        return False
    return interval.estimate + wider * (interval.high - interval.estimate) < limit
