"""This will carry the errors of people into the numbers that rest on their answers.

Pure. Two errors, two remedies. An answer on a *flagged* post may be wrong either way: blind second looks on a share of
those answers, settled by agreement, give a two-phase estimate (Neyman 1938; Särndal, Swensson and Wretman 1992, ch.
9), with MOVER over Wilson's intervals of the two groups. A violation among *passed* posts may be overlooked: gold items
tell how often, and the missed total is divided by that share. Errors that everybody makes alike stay hidden from both.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from moderation.statistics.intervals import Amount, plus, times, wilson
from moderation.statistics.sufficiency import Interval, by_width
from moderation.statistics.weighing import Column, Numbers, Tally, finds_of, share_of, tally

FEWEST_GOLD = 20


class ImpossibleCount(ValueError):
    """More were found than were asked, or more looked at than there were."""


@dataclass(frozen=True)
class Sensitivity:
    """The share of violations that people recognize, in (0, 1], and the relative variance of knowing it."""

    share: Numbers = 1.0
    relative_variance: Numbers = 0.0


FLAWLESS = Sensitivity()


@dataclass(frozen=True)
class SecondLooks:
    """Flagged posts that were first answered alike: how many, and what blind second looks on some settled.

    `violations` and `others` hold the recorded probabilities, in (0, 1], of the second looks by their outcome.
    """

    posts: int
    violations: Column
    others: Column

    @property
    def looks(self) -> int:
        return len(self.violations) + len(self.others)

    @property
    def group(self) -> "Group":
        return Group(self.posts, tally(finds_of(self.violations)), tally(finds_of(self.others)))


@dataclass(frozen=True, eq=False)
class Group:
    """The same of one period or of many, the looks tallied."""

    posts: ArrayLike
    violations: Tally
    others: Tally

    @property
    def looks(self) -> Numbers:
        return self.violations.count + self.others.count


def sensitivity(*, found: int, gold: int) -> Sensitivity:
    """From gold items whose truth is a violation: (found + 1/2)/(gold + 1), relative variance (1 - s)/(s (gold + 1)).

    The halves keep a flawless record over few items from being taken for perfection (Jeffreys' prior). Raises
    ImpossibleCount.
    """
    if not 0 <= found <= gold:
        raise ImpossibleCount(f"{found} of {gold} gold items cannot have been found")
    share = (found + 0.5) / (gold + 1)
    return Sensitivity(share, (1 - share) / (share * (gold + 1)))


def confirmed_by_three(one: Sensitivity) -> Sensitivity:
    """The sensitivity of an audit that needs three of three, or four of five after one dissent, to find.

    The first look decides whether anybody else is asked: s (s^2 + 2 s (1 - s) s^2), errors being independent. The
    relative variance grows by the square of the formula's elasticity.
    """
    s = one.share
    second = s**2 + 2 * (1 - s) * s**3
    elasticity = 1 + s * (2 * s + 6 * s**2 - 8 * s**3) / second
    return Sensitivity(s * second, one.relative_variance * elasticity**2)


def panel(*, found: int, gold: int) -> Sensitivity:
    """The sensitivity of an audit as gold items tell it; of fewer than twenty nothing is read off."""
    return FLAWLESS if gold < FEWEST_GOLD else confirmed_by_three(sensitivity(found=found, gold=gold))


def reviewed_precision(*, violations: SecondLooks, others: SecondLooks) -> Interval:
    """Of the flagged posts that people answered, the share that truly violates: p = a p1 + (1 - a) p0.

    `violations` were first answered so, `others` not; a is the first group's share of all. Enough when the interval is
    at most 0.30 wide. Raises ImpossibleProbability and ImpossibleCount.
    """
    posts = violations.posts + others.posts
    amount = times(true_violations(violations=violations, others=others), 1 / posts) if posts else None
    finds = len(violations.violations) + len(others.violations)
    return by_width(amount, finds=finds, looks=violations.looks + others.looks)


def true_violations(*, violations: SecondLooks, others: SecondLooks) -> Amount:
    """How many of the answered flagged posts truly violate, TP; arguments as in reviewed_precision.

    Few second looks give a wide interval, and still hold the truth (bench/few_second_looks). Of a group that nobody
    looked at again the answers are the estimate, and from none to all of it may violate.
    """
    return truly_violating(violations=violations.group, others=others.group)


def truly_violating(*, violations: Group, others: Group) -> Amount:
    """The same of many periods at once."""
    return plus(as_answered(_violations_in(violations), violations.posts), as_answered(_violations_in(others), 0.0))


def true_views(
    *, views: float, seen: float, weight: float, violating: float, squares: float, is_violation: bool
) -> Amount:
    """How many of the `views` of posts that were first answered alike fell on posts that truly violate.

    `seen` are the views of those that were looked at again; over them `weight` sums x/p, `violating` the part of it
    that settled as violations, `squares` (x/p)^2. The share is Hajek's ratio, over Kish's effective number of looks.
    `is_violation` is what was answered, for where nobody looked again.
    """
    share, size = (violating / weight, weight**2 / squares) if weight else (math.nan, 0.0)
    return as_answered(group_total(share, size=size, looks=seen, posts=views), views if is_violation else 0.0)


def as_answered(amount: Amount, answered: ArrayLike) -> Amount:
    """The amount with what was answered in place of an estimate that nothing gives."""
    return Amount(np.where(np.isnan(amount.estimate), answered, amount.estimate), amount.low, amount.high)


def group_total(share: ArrayLike, *, size: ArrayLike, looks: ArrayLike, posts: ArrayLike) -> Amount:
    """Violations in a group of posts from the share seen in `looks` second looks of effective `size`; any shape.

    Wilson's bounds drawn in by sqrt(1 - n/N), since what was looked at is known. Without looks anything from none to
    all.
    """
    n, whole = np.asarray(looks, dtype=float), np.asarray(posts, dtype=float)
    is_seen = n > 0
    seen = np.where(is_seen, share, 0.5)
    low, high = wilson(seen, np.where(is_seen, size, 1.0))
    left = np.sqrt(np.maximum(0.0, 1 - n / np.where(whole > 0, whole, 1.0)))
    ends = (np.where(is_seen, seen - (seen - low) * left, 0.0), np.where(is_seen, seen + (high - seen) * left, 1.0))
    estimate = np.where(whole > 0, np.where(is_seen, seen, math.nan), 0.0)
    return times(Amount(estimate, *ends), whole)


def _violations_in(group: Group) -> Amount:
    looks = group.looks
    if np.any(looks > np.asarray(group.posts)):
        raise ImpossibleCount("more second looks cannot have been taken than there were posts")
    share, size = share_of(group.violations, group.others)
    return group_total(share, size=size, looks=looks, posts=group.posts)
