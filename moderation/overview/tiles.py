"""This will make metrics ready to be shown: in words, drawn, compared with the period before, with what they rest on.

Pure but for the language.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import ngettext_lazy

from moderation import readings
from moderation.measurement.catalog import METRIC, Metric
from moderation.measurement.figures import Figures, change
from moderation.readings import Bar, Reading
from moderation.statistics.comparison import Difference
from moderation.statistics.sufficiency import Interval

# What a number rests on. The first number is ``finds``, the second ``looks`` of its interval.
BASES: Mapping[str, Promise] = {
    "takedown_precision": ngettext_lazy(
        "%(finds)s violation in %(looks)s second looks at removals",
        "%(finds)s violations in %(looks)s second looks at removals",
        "n",
    ),
    "flag_precision": ngettext_lazy(
        "%(finds)s violation in %(looks)s flagged posts that people answered",
        "%(finds)s violations in %(looks)s flagged posts that people answered",
        "n",
    ),
    "violating_view_rate": ngettext_lazy(
        "%(finds)s violation found in %(looks)s looks at posts by their views",
        "%(finds)s violations found in %(looks)s looks at posts by their views",
        "n",
    ),
    "complaints_per_thousand_views": ngettext_lazy(
        "%(finds)s complaint, %(looks)s views", "%(finds)s complaints, %(looks)s views", "n"
    ),
    "hours_to_action": ngettext_lazy(
        "half of %(finds)s takedown was faster", "half of %(finds)s takedowns were faster", "n"
    ),
    "overturned_share": ngettext_lazy("%(finds)s of %(looks)s removals", "%(finds)s of %(looks)s removals", "n"),
    "cost_per_thousand_posts": ngettext_lazy("%(looks)s post", "%(looks)s posts", "n"),
}
MISSED = ngettext_lazy(
    "%(finds)s missed violation found in %(looks)s drawn looks at passed posts",
    "%(finds)s missed violations found in %(looks)s drawn looks at passed posts",
    "n",
)


@dataclass(frozen=True)
class Change:
    """How a metric differs from the period before; ``is_better`` is None where neither way is."""

    reading: Reading
    is_up: bool
    is_more_than_noise: bool
    is_better: bool | None


@dataclass(frozen=True)
class Tile:
    """One metric; show ``reading.estimate`` only where ``is_enough``, else ``bound`` and the looks still ``needed``.

    ``earlier`` is where the period before lies on the same axis. ``needed`` is None where looks cannot help.
    """

    metric: Metric
    interval: Interval
    reading: Reading
    is_enough: bool
    bound: str
    needed: int | None
    basis: str
    bar: Bar | None = None
    earlier: Bar | None = None
    change: Change | None = None


def tile(key: str, shown: Figures) -> Tile | None:
    """Make one metric ready; None where the figures do not speak of it."""
    if key not in shown.intervals:
        return None
    return compose(METRIC[key], shown.intervals[key], needed=shown.needed.get(key))


def compared(shown: Figures, before: Figures) -> dict[str, Tile]:
    """Make every metric ready that the figures speak of, beside the period before."""
    differences = change(shown, before)
    return {
        key: compose(
            METRIC[key],
            interval,
            needed=shown.needed.get(key),
            earlier=before.intervals.get(key),
            difference=differences.get(key),
        )
        for key, interval in shown.intervals.items()
    }


def compose(
    metric: Metric,
    interval: Interval,
    *,
    needed: int | None = None,
    earlier: Interval | None = None,
    difference: Difference | None = None,
    currency: str = "",
) -> Tile:
    """Put a metric's parts together."""
    beside = [earlier] if earlier and earlier.enough else []
    unit = metric.unit
    return Tile(
        metric=metric,
        interval=interval,
        reading=readings.reading(interval, unit, currency=currency),
        is_enough=interval.enough and interval.estimate is not None,
        bound=readings.bound(interval, unit, currency=currency),
        needed=needed,
        basis=basis(metric.key, interval),
        bar=readings.bar(interval, unit, beside=beside, currency=currency),
        earlier=readings.bar(beside[0], unit, beside=[interval], currency=currency) if beside else None,
        change=changed(difference, metric, currency=currency) if difference else None,
    )


def changed(difference: Difference, metric: Metric, *, currency: str = "") -> Change | None:
    """Say a difference; None where there is not enough on either side."""
    if not difference.enough or difference.estimate is None:
        return None
    is_up = difference.estimate > 0
    is_better = None if metric.more_is_better is None else is_up == metric.more_is_better
    return Change(
        reading=readings.change(difference, metric.unit, currency=currency),
        is_up=is_up,
        is_more_than_noise=difference.is_more_than_noise,
        is_better=is_better,
    )


def basis(key: str, interval: Interval) -> str:
    """Say what a number rests on; "" where it rests on nothing yet."""
    if not interval.looks:
        return ""
    facts = {"n": interval.finds, "finds": readings.whole(interval.finds), "looks": readings.whole(interval.looks)}
    return str(BASES.get(key, MISSED) % facts)
