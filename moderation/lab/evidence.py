"""This will sum what is known of any part of a period's posts: how many there are, and how many violate. Pure.

A part is given by a level for each post: the post belongs to the parts 0 … level - 1. With one part a level is whether
a post belongs to it; with a rising threshold the parts lie inside each other, and all of them are summed at once.
"""

import math
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from moderation.statistics.intervals import Amount, Z, exactly, plus, total, wilson
from moderation.statistics.weighing import Numbers, Tally, expected_find, weigh

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
ANY_CLASS = 63
MOST_CLASSES = 63


class Zone(IntEnum):
    """How people came to look: at all of them, at what passed by a draw, at what the machine removed by a draw."""

    LOOKED_AT, PASSED, REMOVED = range(3)


class Mark(IntEnum):
    """Whether a business rule decides about a post whatever its scores say."""

    NONE, TRUSTED, ALWAYS_A_PERSON = range(3)


@dataclass(frozen=True)
class Posts:
    """Scored posts: a sample, or all. ``rate`` is the probability with which each was kept."""

    scores: NDArray[np.float32]  # [N, C]
    highest: Floats  # [N], of a post's scores
    rate: Floats  # [N], in (0, 1]
    group: Whole  # [N]
    mark: Whole  # [N]
    is_answered: NDArray[np.bool_]  # [N]


@dataclass(frozen=True)
class Looks:
    """Every answered look that found a violation, and of what the machine removed every answered look.

    Bit c of ``classes`` says that class c violates, bit ANY_CLASS that any does.
    """

    scores: NDArray[np.float32]  # [M, C]
    group: Whole  # [M]
    mark: Whole  # [M]
    classes: NDArray[np.uint64]  # [M]

    def violate(self, of_class: int = ANY_CLASS) -> NDArray[np.bool_]:
        return (self.classes >> np.uint64(of_class)) & np.uint64(1) > 0


@dataclass(frozen=True)
class Evidence:
    """What is known of a period's posts under one model version.

    Posts and looks of a group share the zone and the ``probability`` of a look: as recorded, times the answered share;
    0 where nobody has answered yet. ``count`` is the exact number of posts, ``answered`` that of answered looks.
    """

    keys: tuple[str, ...]
    posts: Posts
    looks: Looks
    zone: Whole  # [G]
    probability: Floats  # [G]
    count: int
    answered: int

    @cached_property
    def whole(self) -> "Sums":
        """Everything, as one part."""
        ones = np.ones(len(self.posts.rate), np.int64), np.ones(len(self.looks.group), np.int64)
        return sums(self, *ones, parts=1)


@dataclass(frozen=True)
class Sums:
    """Sums over parts [S], and over parts and groups [S, G]; what is left out of a part is the whole minus it."""

    kept: Floats  # [S], posts in the sample
    posts: Floats  # [S, G], sum 1/k
    variance: Floats  # [S], sum (1 - k)/k^2
    scores: Floats  # [S, G], sum of the highest score/k
    answered: Floats  # [S, G], sum 1/k of posts with an answered look
    violations: Floats  # [S, G]
    looks: Floats  # [S, G]

    def __sub__(self, other: "Sums") -> "Sums":
        names = self.__dataclass_fields__
        return Sums(**{name: np.maximum(0.0, getattr(self, name) - getattr(other, name)) for name in names})


@dataclass(frozen=True)
class Found:
    """Violations of parts: their number, and what it rests on; ``variance`` is that of the number."""

    amount: Amount
    finds: Tally
    variance: Numbers


def sums(evidence: Evidence, post_levels: Whole, look_levels: Whole, *, parts: int, of_class: int = ANY_CLASS) -> Sums:
    """Sum each part, given every post's and every look's level in 0 … parts; violations of one class, or of any."""
    posts, looks, groups = evidence.posts, evidence.looks, len(evidence.zone)
    # Most posts belong to no part: leaving them out first is what makes this fast.
    inside = np.flatnonzero(post_levels)
    levels, weight = post_levels[inside], 1 / posts.rate[inside]
    cells = levels * groups + posts.group[inside]
    seen = look_levels * groups + looks.group
    shape = parts, groups
    return Sums(
        kept=_summed(levels, None, (parts, 1))[:, 0],
        posts=_summed(cells, weight, shape),
        variance=_summed(levels, weight * (weight - 1), (parts, 1))[:, 0],
        scores=_summed(cells, weight * posts.highest[inside], shape),
        answered=_summed(cells, weight * posts.is_answered[inside], shape),
        violations=_summed(seen, looks.violate(of_class).astype(float), shape),
        looks=_summed(seen, None, shape),
    )


def _summed(cells: Whole, weights: Floats | None, shape: tuple[int, int]) -> Floats:
    parts, groups = shape
    by_level = np.bincount(cells, weights, minlength=(parts + 1) * groups).reshape(parts + 1, groups)
    return by_level[::-1].cumsum(axis=0)[::-1][1:].astype(float)


def counted(part: Sums) -> Tally:
    """The posts of each part, as their sample weighs them."""
    posts = part.posts.sum(axis=-1)
    return Tally(part.kept, part.kept, np.maximum(0.0, posts - part.kept), part.variance, part.variance + posts)


def number(part: Sums) -> Amount:
    """How many posts; exact where every post of a part was kept with certainty.

    The gamma interval of a weighted sum; the next post weighs what a post of the part does on average, kept or not, for
    the heavy ones are those that were left out.
    """
    found = counted(part)
    if not np.asarray(found.variance).any():
        return exactly(part.kept)
    more = found.variance / np.maximum(found.total, 1.0)
    return total(found, following=Tally(1.0, 1.0, more, more * (more + 1), (more + 1) ** 2))


def violations(evidence: Evidence, part: Sums) -> Found:
    """How many violate: counted where people looked at all, weighed where a draw chose, never more than there are."""
    drawn = plus(_drawn(evidence, part, Zone.LOOKED_AT), _drawn(evidence, part, Zone.PASSED))
    removed = _removed(evidence, part)
    reach = _reach(evidence, part)
    by_draw = _weighed(reach, np.where(evidence.zone == Zone.REMOVED, 0.0, part.violations))
    variance = by_draw.variance + ((removed.high - removed.low) / (2 * Z)) ** 2
    return Found(plus(drawn, removed), _weighed(reach, part.violations), variance)


def _drawn(evidence: Evidence, part: Sums, zone: Zone) -> Amount:
    """The gamma interval of one zone; anything from none to all where nobody has answered."""
    inside = evidence.zone == zone
    posts, reach = part.posts[:, inside], _reach(evidence, part)
    whole = posts.sum(axis=-1)
    if not whole.any() and not part.violations[:, inside].any():
        return exactly(whole)
    if not np.all(evidence.probability[inside] > 0):
        return Amount(np.where(whole > 0, np.nan, 0.0), 0.0 * whole, whole)
    found = _weighed(reach, np.where(inside, part.violations, 0.0))
    mean = np.divide(part.scores[:, inside], posts, out=np.zeros_like(posts), where=posts > 0)
    amount = total(found, following=expected_find(posts, probability=reach[:, inside], mean_score=mean))
    most = np.maximum(whole, found.seen)
    return Amount(*(np.minimum(one, most) for one in (amount.estimate, amount.low, amount.high)))


def _removed(evidence: Evidence, part: Sums) -> Amount:
    """Most of what the machine removed violates, so the share is weighed, not the sum: Hájek's ratio, with Wilson.

    A part of which nothing was looked at is taken to be like the rest, within bounds from none to all.
    """
    inside = evidence.zone == Zone.REMOVED
    posts = part.posts[:, inside].sum(axis=-1)
    if not posts.any():
        return exactly(posts)
    reach = _reach(evidence, part)
    found, seen = (_weighed(reach, np.where(inside, one, 0.0)) for one in (part.violations, part.looks))
    share = np.divide(found.total, seen.total, out=np.zeros_like(posts), where=seen.count > 0)
    low, high = wilson(share, np.maximum(seen.effective, 1.0))
    estimate = np.where(seen.count > 0, share, _share_of_removed(evidence)) * posts
    # What people saw is certain, and nothing else bounds a part of which they saw nothing.
    least, most = found.count, np.maximum(posts - (seen.count - found.count), found.count)
    is_seen = seen.count > 0
    ends = np.where(is_seen, low * posts, least), np.where(is_seen, high * posts, most)
    amount = Amount(*(np.clip(one, least, most) for one in (estimate, *ends)))
    return Amount(np.where(posts > 0, amount.estimate, 0.0), amount.low, amount.high)


def _share_of_removed(evidence: Evidence) -> float:
    """The share of all removals that violate; NaN where none was looked at."""
    inside, reach = evidence.zone == Zone.REMOVED, _reach(evidence, evidence.whole)
    both = (evidence.whole.violations, evidence.whole.looks)
    found, seen = (float(np.asarray(_weighed(reach, np.where(inside, one, 0.0)).total)[0]) for one in both)
    return found / seen if seen else math.nan


def _reach(evidence: Evidence, part: Sums) -> Floats:
    """The probability of a look, [S, G].

    Of what people were to look at anyway the share that is answered in the part itself: where they got round to all of
    it, nothing is left to chance, and no more can violate than there are.
    """
    known = np.where(evidence.probability > 0, evidence.probability, 1.0)
    own = np.divide(part.answered, part.posts, out=np.zeros_like(part.posts), where=part.posts > 0)
    is_own = (evidence.zone == Zone.LOOKED_AT) & (own > 0)
    # Sums of the same weights in another order differ by a rounding.
    return np.where(is_own, np.where(own > 1 - 1e-9, 1.0, own), known)


def _weighed(reach: Floats, counts: Floats) -> Tally:
    return weigh(reach, count=counts, views=counts, squares=counts)
