"""This will ask whether the interval of violating views before takedown holds the truth where single answers err.

Flagged posts with log-normal views, each answered by one person who errs; some answers are looked at again, by the rate
of their group, and settled rightly. Nothing here touches a database.
"""

from dataclasses import dataclass

import numpy as np

from bench.figures import Figure
from bench.traffic import Array
from moderation import audits
from moderation.measurement import viewing
from moderation.measurement.evidence import ViewRow, ViewsAgain

MIDDLE = 3.0
PERIODS = 1000
ERROR = 0.02
LEAST_INSIDE = 93.0


@dataclass(frozen=True)
class Traffic:
    """Flagged ``posts`` of a period, the share that violates, the rate of second looks, the spread of log views."""

    posts: int
    precision: float
    rate: float
    spread: float


CELLS = [
    Traffic(posts, precision, rate, spread)
    for posts in (100, 300, 1_000, 3_000, 10_000)
    for precision in (0.1, 0.5, 0.9)
    for rate in (0.05, 0.2, 0.5)
    for spread in (1.0, 1.6)
]


@dataclass(frozen=True)
class Held:
    """Shares of periods whose interval held the truth, of those carried and of the same uncarried; median width as a
    share of the truth."""

    carried: float
    uncarried: float
    width: float
    periods: int


def play(traffic: Traffic, *, periods: int = PERIODS, seed: int = 1) -> Held:
    chance = np.random.default_rng(seed)
    found = [one for _ in range(periods) if (one := _period(traffic, chance=chance)) is not None]
    inside, before, widths = (np.array(column, dtype=float) for column in zip(*found, strict=True))
    return Held(inside.mean(), before.mean(), float(np.median(widths)), len(found))


def _period(traffic: Traffic, *, chance: np.random.Generator) -> tuple[bool, bool, float] | None:
    """Play a period; None where no answer was looked at again, so that nothing is carried."""
    views = np.maximum(1, np.rint(chance.lognormal(MIDDLE, traffic.spread, traffic.posts)))
    violates = chance.random(traffic.posts) < traffic.precision
    said = violates ^ (chance.random(traffic.posts) < ERROR)
    is_again = chance.random(traffic.posts) < traffic.rate
    again = [
        _again(views[said == one], violates[said == one], is_again[said == one], traffic, one) for one in (True, False)
    ]
    if not any(one.looks for one in again):
        return None
    row, truth = _row(views, said), float(views[violates].sum())
    carried, plain = (viewing.estimate([row], again=some).before_takedown for some in (again, ()))
    if carried.low is None or carried.high is None:
        return None
    return carried.low <= truth <= carried.high, plain.low == truth, (carried.high - carried.low) / truth


def _again(views: Array, violates: Array, is_again: Array, traffic: Traffic, said: bool) -> ViewsAgain:
    weight = views[is_again] / traffic.rate
    return ViewsAgain(
        is_violation=said,
        posts=views.size,
        views=int(views.sum()),
        counted_views=int(views.sum()) if said else 0,
        looks=int(is_again.sum()),
        seen_views=int(views[is_again].sum()),
        weight=float(weight.sum()),
        weight_of_violations=float(weight[violates[is_again]].sum()),
        square_weights=float((weight**2).sum()),
    )


def _row(views: Array, said: Array) -> ViewRow:
    n = views.size
    return ViewRow(
        is_passed=False, stratum=audits.KNOWN, band=0, posts=n, probability_sum=float(n), score_sum=0.5 * n,
        views=int(views.sum()), square_views=float((views**2).sum()), drawn=n, answered=n, lost=0,
        known_views=int(views[said].sum()),
    )  # fmt: skip


def run() -> list[Figure]:
    return [_figure(one, play(one)) for one in CELLS]


def _figure(one: Traffic, held: Held) -> Figure:
    name = f"{one.posts:,} flagged, {one.precision:.0%} violate, {one.rate:.0%} again, spread {one.spread}"
    note = f"as they are {held.uncarried:.1%}; width {held.width:.3f}"
    return Figure(name, 100 * held.carried, "% inside", LEAST_INSIDE, is_least=True, note=note)
