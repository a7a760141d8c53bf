"""This will make metrics ready to be shown: in words, drawn, compared with the period before, with what they rest on.

Pure but for the language.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

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

    Words are found and bars laid out when they are asked for: cells of tables show less than tiles do, and files
    nothing of it.
    """

    metric: Metric
    interval: Interval
    figures: Figures | None = None
    before: Interval | None = None
    difference: Difference | None = None
    currency: str = ""

    @property
    def is_enough(self) -> bool:
        return self.interval.enough and self.interval.estimate is not None

    @property
    def needed(self) -> int | None:
        """None where looks cannot help."""
        return self.figures.needed.get(self.metric.key) if self.figures else None

    @cached_property
    def reading(self) -> Reading:
        return readings.reading(self.interval, self.metric.unit, currency=self.currency)

    @cached_property
    def bound(self) -> str:
        return readings.bound(self.interval, self.metric.unit, currency=self.currency)

    @cached_property
    def basis(self) -> str:
        return basis(self.metric.key, self.interval)

    @cached_property
    def bar(self) -> Bar | None:
        return readings.bar(self.interval, self.metric.unit, beside=self._compared, currency=self.currency)

    @cached_property
    def earlier(self) -> Bar | None:
        """Where the period before lies on the same axis; None where there is not enough behind it."""
        for one in self._compared:
            return readings.bar(one, self.metric.unit, beside=[self.interval], currency=self.currency)
        return None

    @cached_property
    def change(self) -> Change | None:
        return changed(self.difference, self.metric, currency=self.currency) if self.difference else None

    @property
    def _compared(self) -> list[Interval]:
        return [self.before] if self.before and self.before.enough else []


def tile(key: str, shown: Figures) -> Tile | None:
    """Make one metric ready; None where the figures do not speak of it."""
    if key not in shown.intervals:
        return None
    return Tile(METRIC[key], shown.intervals[key], shown)


def compared(shown: Figures, before: Figures) -> dict[str, Tile]:
    """Make every metric ready that the figures speak of, beside the period before."""
    differences = change(shown, before)
    return {
        key: Tile(
            METRIC[key],
            interval,
            shown,
            before=before.intervals.get(key),
            difference=differences.get(key),
        )
        for key, interval in shown.intervals.items()
    }


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
