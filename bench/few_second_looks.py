"""This will ask how much few second looks can say: whether the interval of what was flagged rightly holds the truth.

Flagged posts, each answered by one person who errs; a share of the answers is looked at again and settled rightly, down
to none at all. Beside it: how often the answers taken as they are come to the truth, and bounds from how often people
erred in a longer time before (``lapses``), which take for granted that they err now as they did then.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

from bench.figures import Figure
from bench.traffic import Array
from moderation.statistics.intervals import Amount, Z, plus, wilson
from moderation.statistics.reviewer_error import as_answered, group_total
from moderation.statistics.sufficiency import ENOUGH_WIDTH

PERIODS = 4000
LEAST_INSIDE = 93.0
FEW = 10
# So many periods' worth of answers before, and the same share of second looks.
BEFORE = 6


@dataclass(frozen=True)
class Traffic:
    """Flagged ``posts`` of a period, the share that violates, how often a person errs, the rate of second looks."""

    posts: int
    precision: float
    error: float
    rate: float


CELLS = [Traffic(*one) for one in product((30, 100, 300, 1000), (0.1, 0.5, 0.9), (0.02, 0.06), (0.05, 0.2))]


@dataclass(frozen=True)
class Answers:
    """Of each period [P]: answers by what they said and whether it is true, and those looked at again."""

    said: tuple[Array, Array]  # truly violations, and fine
    fine: tuple[Array, Array]
    said_again: tuple[Array, Array]
    fine_again: tuple[Array, Array]

    @property
    def looks(self) -> tuple[Array, Array]:
        return self.said_again[0] + self.said_again[1], self.fine_again[0] + self.fine_again[1]


def answers(traffic: Traffic, *, posts: int, chance: np.random.Generator) -> Answers:
    violations = chance.binomial(posts, traffic.precision, PERIODS)
    found = chance.binomial(violations, 1 - traffic.error)
    false = chance.binomial(posts - violations, traffic.error)
    said, fine = (found, false), (violations - found, posts - violations - false)

    def again(group: tuple[Array, Array]) -> tuple[Array, Array]:
        return chance.binomial(group[0], traffic.rate), chance.binomial(group[1], traffic.rate)

    return Answers(said, fine, again(said), again(fine))


def carried(given: Answers) -> Amount:
    """True violations as the service estimates them, however few looks there are."""
    groups = []
    for (right, wrong), (seen, other), as_said in (
        (given.said, given.said_again, 1),
        (given.fine, given.fine_again, 0),
    ):
        looks, posts = seen + other, right + wrong
        size = np.maximum(looks, 1)
        total = group_total(seen / size, size=size, looks=looks, posts=posts)
        groups.append(as_answered(total, posts * as_said))
    return plus(*groups)


def lapses(given: Answers, before: Answers) -> tuple[Array, Array]:
    """Bounds from upper limits of both errors over a longer time: all wrong one way, or all the other."""
    said = (given.said[0] + given.said[1]).astype(float)
    posts = said + given.fine[0] + given.fine[1]
    said_right, said_wrong = (given.said_again[one] + before.said_again[one] for one in (0, 1))
    fine_wrong, fine_right = (given.fine_again[one] + before.fine_again[one] for one in (0, 1))
    false = _most(said_wrong, said_wrong + fine_right)
    missed = _most(fine_wrong, said_right + fine_wrong)
    low = np.clip((said - false * posts) / np.maximum(1 - false, 1e-9), 0, None)
    wrong = np.maximum(0.0, posts - low)
    high = np.minimum(posts, said / np.maximum(1 - missed, 1e-9))
    return (
        np.clip(said - false * wrong - Z * np.sqrt(wrong * false * (1 - false)), 0, None),
        np.minimum(posts, high + Z * np.sqrt(high * missed * (1 - missed))),
    )


def _most(wrong: Array, looks: Array) -> Array:
    size = np.maximum(looks, 1)
    return np.where(looks > 0, np.minimum(1.0, wilson(wrong / size, size)[1]), 1.0)


def run() -> list[Figure]:
    return [_figure(one) for one in CELLS]


def _figure(one: Traffic) -> Figure:
    chance = np.random.default_rng(1)
    given, before = (answers(one, posts=n, chance=chance) for n in (one.posts, BEFORE * one.posts))
    truth, amount = given.said[0] + given.fine[0], carried(given)
    by_lapses = lapses(given, before)
    any_look = given.looks[0] + given.looks[1] > 0
    few = np.minimum(*given.looks) < FEW
    low, high = np.asarray(amount.low), np.asarray(amount.high)
    inside = ((low <= truth + 1e-9) & (truth <= high + 1e-9))[any_look]
    width = (high - low)[any_look] / one.posts
    plain = float(np.mean(given.said[0] + given.said[1] == truth))
    as_before = ((by_lapses[0] <= truth) & (truth <= by_lapses[1])).mean()
    lapse_width = np.median(by_lapses[1] - by_lapses[0]) / one.posts
    note = (
        f"fewer than ten in a group {few.mean():.0%}; as they are {plain:.1%}; width {np.median(width):.2f}, "
        f"enough {np.mean(width <= ENOUGH_WIDTH):.0%}; by lapses before {as_before:.1%}, width {lapse_width:.2f}"
    )
    name = f"{one.posts:,} flagged, {one.precision:.0%} violate, {one.error:.0%} err, {one.rate:.0%} again"
    return Figure(name, 100 * float(inside.mean()), "% inside", LEAST_INSIDE, is_least=True, note=note)
