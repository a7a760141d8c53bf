"""This will draw a class's curves: its precision and recall at every threshold, and how its scores are spread. Pure.

Each speaks of one class alone: of what scores at least t for the class, the share that people found to be of it, and of
all that are of it, the share that scores at least t. What the other classes flag does not enter.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from moderation.lab.evidence import Evidence, Mark, Sums, sums
from moderation.lab.totals import Found, number, violations
from moderation.lab.whatif import shares
from moderation.statistics import proportions
from moderation.statistics.intervals import Amount
from moderation.statistics.sufficiency import ENOUGH_EFFECTIVE_FINDS, ENOUGH_FINDS, ENOUGH_WIDTH
from moderation.statistics.weighing import Numbers

Floats = NDArray[np.float64]
EXTENT = 7.0
STEP = 0.05
DIGITS = 4
BINS = 28


@dataclass(frozen=True)
class Curve:
    """One class at ascending thresholds; the flags say where enough is behind a number to show it."""

    thresholds: Floats
    flagged: Floats
    precision: Amount
    recall: Amount
    is_precision_enough: NDArray[np.bool_]
    is_recall_enough: NDArray[np.bool_]


@dataclass(frozen=True)
class Spread:
    """How many posts score in each bin, and about how many of these are of the class; edges are one more."""

    edges: Floats
    posts: Floats
    violations: Floats


def thresholds() -> Floats:
    """Where a slider stops: evenly by odds from 0.1 % to 99.9 %, as scores crowd towards both ends."""
    logits = np.arange(-EXTENT, EXTENT + STEP / 2, STEP)
    return np.unique(np.round(1 / (1 + np.exp(-logits)), DIGITS))


def curve(evidence: Evidence, key: str, at: Floats) -> Curve:
    """Estimate a class's curve at ascending thresholds; one call sums all of them."""
    flagged = _from_threshold_on(evidence, key, at)
    caught, escaped = violations(evidence, flagged), violations(evidence, _all_of(evidence, key) - flagged)
    posts = number(flagged)
    precision = shares(caught.amount, posts)
    recall = _falling(proportions.caught_share(caught.amount, escaped.amount, variance=escaped.variance))
    return Curve(
        thresholds=at,
        flagged=np.asarray(posts.estimate),
        precision=precision,
        recall=recall,
        is_precision_enough=_is_narrow(precision),
        is_recall_enough=_is_narrow(recall) & _has_finds(caught, escaped),
    )


def _falling(share: Amount) -> Amount:
    """What a lower threshold catches a higher one cannot catch more of: a bound at one holds on its far side, too."""
    estimate, low = (np.fmax.accumulate(np.asarray(one)[::-1])[::-1] for one in (share.estimate, share.low))
    high = np.maximum(np.fmin.accumulate(np.asarray(share.high)), low)
    return Amount(np.clip(estimate, low, high), low, high)


def spread(evidence: Evidence, key: str) -> Spread:
    """Count posts by score, in bins that are even by odds."""
    edges = 1 / (1 + np.exp(-np.linspace(-EXTENT, EXTENT, BINS + 1)))
    edges[0], edges[-1] = 0.0, 1.0
    from_here = _from_threshold_on(evidence, key, edges[:-1])
    posts = np.asarray(number(from_here).estimate)
    # A removed post that nobody looked at leaves no estimate; it counts as none here, where only the shape matters.
    found = np.nan_to_num(np.asarray(violations(evidence, from_here).amount.estimate))
    return Spread(edges, *(np.maximum(0.0, -np.diff(one, append=0.0)) for one in (posts, found)))


def _from_threshold_on(evidence: Evidence, key: str, at: Floats) -> Sums:
    place = evidence.keys.index(key)
    levels = [
        np.where(
            one.mark == Mark.TRUSTED, 0, np.searchsorted(at.astype(np.float32), one.scores[:, place], side="right")
        )
        for one in (evidence.posts, evidence.looks)
    ]
    return sums(evidence, *levels, parts=len(at), of_class=place)


def _all_of(evidence: Evidence, key: str) -> Sums:
    ones = (np.ones(len(one.group), np.int64) for one in (evidence.posts, evidence.looks))
    return sums(evidence, *ones, parts=1, of_class=evidence.keys.index(key))


def _is_narrow(share: Amount) -> NDArray[np.bool_]:
    with np.errstate(invalid="ignore"):
        is_narrow: NDArray[np.bool_] = (share.high - share.low <= ENOUGH_WIDTH) & ~np.isnan(share.estimate)
    return is_narrow


def _has_finds(caught: Found, escaped: Found) -> NDArray[np.bool_]:
    """As `sufficiency` has it: six finds of which four are effective, or an exact number and six violations."""
    finds = escaped.finds
    is_sampled = (finds.count >= ENOUGH_FINDS) & (finds.effective >= ENOUGH_EFFECTIVE_FINDS)
    is_exact = np.asarray(escaped.amount.low == escaped.amount.high) & (caught.amount.low == caught.amount.high)
    known: Numbers = caught.finds.count + finds.count
    return np.asarray(np.where(is_exact, known >= ENOUGH_FINDS, is_sampled), dtype=bool)
