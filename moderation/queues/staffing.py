"""This will say how many people, and how many screening workers, a number of posts a day needs. Pure.

Work of one kind either grows with the posts (reviews, second looks, complaints, appeals) or is wanted in a fixed number
a day (audits, label questions). For N posts a day, each reviewer working h hours of which a share u is spent looking:

    looks(N)    = N sum_d looks_d / sum_d posts_d       of a kind that grows, over the days d that were counted
                = budget                                of a kind that has one
    hours(N)    = sum over kinds of looks(N) * seconds a look / 3600
    reviewers   = hours(N) / (h u), rounded up
    workers     = N * seconds a post * peak / (86400 u), rounded up

``peak`` is how many times as many posts come in the busiest hour as in the mean one. Shares of a day's work that vary
from day to day vary as clusters: the interval of looks a post is that of a ratio of sums, linearized, with days as
clusters and Student's quantile (Saerndal, Swensson and Wretman 1992, 5.6). A product of two independent amounts has
bounds whose relative distances add up in quadrature, and a sum those of MOVER (Zou and Donner 2008).

This is what keeps up on an average day. A share u of 1 leaves no time for breaks, talk and uneven arrival, and queues
then grow without end (Kingman 1961): .7 to .85 is usual.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from moderation.statistics.intervals import Amount, exactly, plus, times

LEVEL = 0.975
FEWEST_DAYS = 2
MOST_POSTS = 100_000_000


class BadWish(ValueError):
    """What is asked for makes no sense: ``code`` is bad_posts, bad_hours or bad_share."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True)
class Wish:
    """Posts a day to be moderated, by people who work ``hours`` a day and spend a ``share`` of that looking."""

    posts: int
    hours: float
    share: float

    def __post_init__(self) -> None:
        if not 0 <= self.posts <= MOST_POSTS:
            raise BadWish("bad_posts", f"Posts a day are from 0 to {MOST_POSTS:,}.")
        if not 0 < self.hours <= 24:
            raise BadWish("bad_hours", "A person works more than 0 and at most 24 hours a day.")
        if not 0 < self.share <= 1:
            raise BadWish("bad_share", "The share of time is above 0 and at most 1.")


@dataclass(frozen=True)
class Kind:
    """One kind of work: its looks on each of the days that were counted, and the seconds each takes.

    ``budget`` is how many looks a day are wanted however many posts come; None where they grow with the posts.
    """

    name: str
    looks: Sequence[int]
    seconds: Amount
    budget: float | None = None


@dataclass(frozen=True)
class Part:
    """What one kind of work comes to on a day."""

    name: str
    looks: Amount
    seconds: Amount
    hours: Amount
    grows: bool


@dataclass(frozen=True)
class Plan:
    """What a wish needs. ``reviewers`` and ``workers`` are whole: as many as needed at the estimate and the bounds."""

    wish: Wish
    parts: Sequence[Part]
    hours: Amount
    reviewers: Amount
    workers: Amount | None


def plan(
    wish: Wish, *, kinds: Sequence[Kind], posts: Sequence[int], seconds_a_post: Amount | None, peak: float = 1.0
) -> Plan | None:
    """Return what a wish needs; None where fewer than two days with posts are known, or no work at all.

    ``posts`` are those of the days that ``kinds`` counted. ``seconds_a_post`` are of one screening worker, None where
    none was measured; ``peak`` is at least 1.
    """
    if not kinds or sum(1 for n in posts if n) < FEWEST_DAYS:
        return None
    parts = [_part(kind, wish, posts) for kind in kinds]
    hours = exactly(0.0)
    for part in parts:
        hours = plus(hours, part.hours)
    hours = _at_least_nothing(hours)
    return Plan(
        wish=wish,
        parts=parts,
        hours=hours,
        reviewers=_whole(times(hours, 1 / (wish.hours * wish.share))),
        workers=_workers(wish, seconds_a_post, peak=peak),
    )


def _part(kind: Kind, wish: Wish, posts: Sequence[int]) -> Part:
    grows = kind.budget is None
    per_post = ratio(kind.looks, posts) if grows else None
    looks = times(per_post, wish.posts) if per_post else exactly(float(kind.budget or 0.0))
    return Part(kind.name, looks, kind.seconds, times(product(looks, kind.seconds), 1 / 3600), grows)


def _workers(wish: Wish, seconds_a_post: Amount | None, *, peak: float) -> Amount | None:
    if seconds_a_post is None:
        return None
    return _whole(times(seconds_a_post, wish.posts * peak / (86400 * wish.share)))


def ratio(sums: Sequence[float], sizes: Sequence[float]) -> Amount | None:
    """Sum over sum, of clusters, with its interval, at least 0; None where there are fewer than two clusters.

    e_d = (y_d - R x_d) / X, and Var R = D/(D - 1) sum_d e_d^2.
    """
    y, x = (np.asarray(values, dtype=float) for values in (sums, sizes))
    is_there = x > 0
    n = int(is_there.sum())
    if n < FEWEST_DAYS:
        return None
    # What came on a day without posts, such as the answers of a Sunday to Saturday's, belongs to the whole.
    estimate = float(y.sum() / x.sum())
    deviations = (y - estimate * x) / x.sum()
    reach = float(stdtrit(n - 1, LEVEL)) * math.sqrt(n / (n - 1) * float((deviations**2).sum()))
    return Amount(estimate, max(0.0, estimate - reach), estimate + reach)


def product(one: Amount, other: Amount) -> Amount:
    """The product of two independent amounts at least 0."""
    estimate = float(one.estimate * other.estimate)
    if estimate <= 0:
        return Amount(0.0, 0.0, float(max(one.high * other.estimate, one.estimate * other.high)))
    down = math.hypot(1 - one.low / one.estimate, 1 - other.low / other.estimate)
    up = math.hypot(one.high / one.estimate - 1, other.high / other.estimate - 1)
    return Amount(estimate, max(0.0, estimate * (1 - down)), estimate * (1 + up))


def _at_least_nothing(amount: Amount) -> Amount:
    return Amount(float(amount.estimate), max(0.0, float(amount.low)), float(amount.high))


def _whole(amount: Amount) -> Amount:
    # A hair less, or three people's work exactly would need four.
    return Amount(*(float(max(0, math.ceil(n - 1e-9))) for n in (amount.estimate, amount.low, amount.high)))
