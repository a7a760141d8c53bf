"""This will say what a policy would have done in a past period, each number with its 95 % interval. Pure.

The intervals speak of that period: only what chance drew is uncertain. Where a policy flags less than the one in force
did, people looked at everything it flags and the numbers are exact; where it flags more, they rest on audits.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from moderation.lab.evidence import Evidence, Mark, Sums, sums
from moderation.lab.totals import Found, counted, number, violations
from moderation.statistics import proportions
from moderation.statistics.intervals import Amount, exactly, minus, ratio, times
from moderation.statistics.sufficiency import Interval, by_finds, by_finds_and_width, by_width
from moderation.statistics.weighing import Tally

NEVER = float("inf")
Mask = NDArray[np.bool_]


class Mode(StrEnum):
    MANUAL = "manual"
    ASSISTED = "assisted"
    AUTOMATIC = "automatic"


class Measure(StrEnum):
    """What is told of a policy. The first four are posts a day; hours, cost and the rest follow from them."""

    REMOVALS = "removals"
    REVIEWS = "reviews"
    REVIEW_HOURS = "review_hours"
    COST = "cost"
    CAUGHT = "caught"
    MISSED = "missed"
    WRONGFUL = "wrongful"
    FLAG_PRECISION = "flag_precision"
    TAKEDOWN_PRECISION = "takedown_precision"
    MACHINE_RECALL = "machine_recall"


@dataclass(frozen=True)
class Setting:
    """A policy as the lab knows it: a threshold in [0, 1] for each class that the model scores, or NEVER."""

    mode: Mode
    remove: Mapping[str, float]
    review: Mapping[str, float]


@dataclass(frozen=True)
class Effort:
    """What turns a period's totals into a day's work: posts a day, seconds a look, the price of an hour.

    None where it is not known; what follows from it is then left out.
    """

    posts_per_day: float
    seconds_per_look: Amount | None = None
    price_per_hour: float | None = None


@dataclass(frozen=True)
class Choice:
    """Which posts and which looks a policy flags, removes by itself, and has anybody see."""

    flagged: tuple[Mask, Mask]
    removed: tuple[Mask, Mask]
    seen: tuple[Mask, Mask]


def choice(evidence: Evidence, setting: Setting) -> Choice:
    """Apply a policy to everything that is known, in the order of `policy.judge`."""
    both = (evidence.posts.scores, evidence.posts.mark), (evidence.looks.scores, evidence.looks.mark)
    flagged, removed, seen = zip(*(_apply(evidence.keys, setting, *one) for one in both), strict=True)
    return Choice(flagged, removed, seen)


def _apply(
    keys: tuple[str, ...], setting: Setting, scores: NDArray[np.float32], mark: NDArray[np.int64]
) -> tuple[Mask, Mask, Mask]:
    over_remove = _reached(scores, [setting.remove.get(key, NEVER) for key in keys])
    over_review = _reached(scores, [setting.review.get(key, NEVER) for key in keys])
    flagged = (over_remove | over_review) & (mark != Mark.TRUSTED)
    is_acting, is_asking_all = setting.mode == Mode.AUTOMATIC, setting.mode == Mode.MANUAL
    removed = np.logical_and(over_remove & (mark == Mark.NONE), is_acting)
    seen = np.logical_or(flagged | (mark == Mark.ALWAYS_A_PERSON), is_asking_all)
    return flagged, removed, seen


def _reached(scores: NDArray[np.float32], limits: list[float]) -> Mask:
    return np.asarray((scores >= np.array(limits, dtype=np.float32)).any(axis=1))


def part(evidence: Evidence, masks: tuple[Mask, Mask]) -> Sums:
    """Sum the one part that two masks give, of posts and of looks."""
    return sums(evidence, masks[0].astype(np.int64), masks[1].astype(np.int64), parts=1)


def what_if(evidence: Evidence, setting: Setting, effort: Effort) -> dict[Measure, Interval]:
    """Estimate every measure of a policy over a period; those whose effort is not known are missing."""
    return estimated(evidence, choice(evidence, setting), effort)


def estimated(evidence: Evidence, chosen: Choice, effort: Effort) -> dict[Measure, Interval]:
    """The same, of what a policy was found to choose."""
    whole = evidence.whole
    flagged, removed, seen = (part(evidence, one) for one in (chosen.flagged, chosen.removed, chosen.seen))
    caught, escaped, taken = (violations(evidence, one) for one in (flagged, whole - flagged, removed))
    # The same posts escape and are missed unless somebody looks at what is not flagged.
    missed = escaped if np.array_equal(*_both(chosen)) else violations(evidence, whole - seen)
    removals, reviewed = number(removed), seen - removed
    amounts = {
        Measure.REMOVALS: (removals, counted(removed)),
        Measure.REVIEWS: (number(reviewed), counted(reviewed)),
        Measure.CAUGHT: (caught.amount, caught.finds),
        Measure.MISSED: (missed.amount, missed.finds),
        Measure.WRONGFUL: (wrongful(taken, removals), taken.finds),
    }
    found = {
        key: by_finds(times(only(amount), factor), finds=single(finds), looks=evidence.answered).one()
        for key, (amount, finds) in amounts.items()
        for factor in [effort.posts_per_day / max(evidence.count, 1)]
    }
    return _with_work(found, effort) | {
        Measure.FLAG_PRECISION: _precision(evidence, caught, number(flagged)),
        Measure.TAKEDOWN_PRECISION: _precision(evidence, taken, removals),
        Measure.MACHINE_RECALL: _recall(evidence, caught=caught, escaped=escaped),
    }


def _both(chosen: Choice) -> tuple[Mask, Mask]:
    """Posts and looks in a row: which are flagged, and which are seen."""
    return np.concatenate(chosen.flagged), np.concatenate(chosen.seen)


def _with_work(found: dict[Measure, Interval], effort: Effort) -> dict[Measure, Interval]:
    """Hours and cost are the reviews on another scale."""
    if effort.seconds_per_look is None:
        return found
    hours = _scaled(found[Measure.REVIEWS], times(effort.seconds_per_look, 1 / 3600))
    found = found | {Measure.REVIEW_HOURS: hours}
    if effort.price_per_hour is None:
        return found
    return found | {Measure.COST: _scaled(hours, exactly(effort.price_per_hour))}


def _scaled(interval: Interval, factor: Amount) -> Interval:
    """The product with a factor that is itself only measured: bound times bound."""
    pairs = (interval.estimate, factor.estimate), (interval.low, factor.low), (interval.high, factor.high)
    estimate, low, high = (None if one is None else float(one * other) for one, other in pairs)
    return replace(interval, estimate=estimate, low=low, high=high)


def wrongful(violating: Found, posts: Amount) -> Amount:
    """Removals that do not violate: never below none, never more than all."""
    rest = minus(posts, violating.amount)
    return Amount(*(np.clip(one, 0.0, posts.high) for one in (rest.estimate, rest.low, rest.high)))


def shares(caught: Amount, posts: Amount) -> Amount:
    """Violations among posts, as a share in [0, 1]; NaN where there are no posts."""
    low, high = ratio(caught, posts)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.divide(caught.estimate, posts.estimate)
    return Amount(*(np.clip(one, 0.0, 1.0) for one in (share, low, high)))


def _precision(evidence: Evidence, violating: Found, posts: Amount) -> Interval:
    """Of posts, the share that violates; enough where it is at most 0.30 wide."""
    share = only(shares(violating.amount, posts))
    known = None if math.isnan(share.estimate) else share
    return by_width(known, finds=int(single(violating.finds).count), looks=evidence.answered)


def _recall(evidence: Evidence, *, caught: Found, escaped: Found) -> Interval:
    """Of all violations, the share among what is flagged."""
    share = proportions.caught_share(caught.amount, escaped.amount, variance=escaped.variance)
    finds, known = single(escaped.finds), float(single(caught.finds).count)
    return by_finds_and_width(
        only(share), finds=finds, looks=evidence.answered, violations=known + float(finds.count)
    ).one()


def only(amount: Amount, place: int = 0) -> Amount:
    """One part's amount as plain numbers."""
    return Amount(*(float(np.atleast_1d(one)[place]) for one in (amount.estimate, amount.low, amount.high)))


def single(tally: Tally, place: int = 0) -> Tally:
    """One part's tally as plain numbers."""
    names = tally.__dataclass_fields__
    return Tally(**{name: float(np.atleast_1d(getattr(tally, name))[place]) for name in names})
