"""This will say how many posts a part of a period holds and how many of them violate, each with its interval. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from moderation.lab.evidence import Evidence, Sums, Zone
from moderation.statistics.intervals import Amount, Z, exactly, minus, plus, times, total, wilson
from moderation.statistics.missed import outward
from moderation.statistics.reviewer_error import FLAWLESS, Sensitivity
from moderation.statistics.weighing import Numbers, Tally, expected_find, weigh

Floats = NDArray[np.float64]
ROUNDING = 1e-9


@dataclass(frozen=True)
class Found:
    """Violations of parts: their number, and what it rests on; ``variance`` is that of the number."""

    amount: Amount
    finds: Tally
    variance: Numbers


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
    """How many violate: counted where people looked at all, weighed where a draw chose, never more than there are.

    Errors of single answers are carried as far as second looks tell them, and what people overlook in what passed as
    far as gold items do.
    """
    looked, passed, removed = _flagged(evidence, part), _passed(evidence, part), _removed(evidence, part)
    drawn = plus(looked, removed)
    variance = _passed_variance(evidence, part) + _variance(looked) + _variance(removed)
    return Found(plus(drawn, passed), _weighed(_reach(evidence, part), part.violations), variance)


def _variance(amount: Amount) -> Numbers:
    """Read off the bounds."""
    return np.asarray(((amount.high - amount.low) / (2 * Z)) ** 2)


def _flagged(evidence: Evidence, part: Sums) -> Amount:
    """What people were all to look at, as they answered, or corrected: TP = N1 - wrong1 + wrong0.

    Where some are not answered yet the rest is taken to be like them, and its own chance is added.
    """
    counted = _drawn(evidence, part, (Zone.LOOKED_AT,))
    if part.errors is None:
        return counted
    said = part.said.sum(axis=-1)
    right = minus(exactly(said), part.errors.said.wrong_in(part.said))
    true = plus(right, part.errors.fine.wrong_in(part.fine))
    inside = evidence.zone == Zone.LOOKED_AT
    posts, answered = (one[:, inside].sum(axis=-1) for one in (part.posts, part.answered))
    scale = np.divide(posts, answered, out=np.ones_like(posts), where=answered > 0)
    whole = plus(times(true, np.where(scale < 1 + ROUNDING, 1.0, scale)), minus(counted, exactly(counted.estimate)))
    most = np.maximum(posts, said)
    return Amount(*(np.clip(one, 0.0, most) for one in (whole.estimate, whole.low, whole.high)))


def _passed(evidence: Evidence, part: Sums) -> Amount:
    return _drawn(evidence, part, (Zone.PASSED, Zone.ANYWAY), reviewers=evidence.reviewers)


def _passed_variance(evidence: Evidence, part: Sums) -> Numbers:
    found = _recognized(evidence, part, (Zone.PASSED, Zone.ANYWAY), reviewers=evidence.reviewers)
    return found.variance + evidence.reviewers.relative_variance * found.total**2


def _recognized(evidence: Evidence, part: Sums, zones: Sequence[Zone], *, reviewers: Sensitivity) -> Tally:
    """Found is what was drawn *and* recognized, as in `missed`."""
    inside = np.isin(evidence.zone, zones)
    return _weighed(_reach(evidence, part) * reviewers.share, np.where(inside, part.violations, 0.0))


def _drawn(evidence: Evidence, part: Sums, zones: Sequence[Zone], *, reviewers: Sensitivity = FLAWLESS) -> Amount:
    """The gamma interval of some zones, out to whole numbers; anything from none to all where nobody has answered."""
    inside = np.isin(evidence.zone, zones)
    posts, reach = part.posts[:, inside], _reach(evidence, part)[:, inside]
    whole = posts.sum(axis=-1)
    if not whole.any() and not part.violations[:, inside].any():
        return exactly(whole)
    if not np.all(evidence.probability[inside] > 0):
        return Amount(np.where(whole > 0, np.nan, 0.0), 0.0 * whole, whole)
    found = _recognized(evidence, part, zones, reviewers=reviewers)
    mean = np.divide(part.scores[:, inside], posts, out=np.zeros_like(posts), where=posts > 0)
    # What was seen whole hides no find but one that people overlooked.
    probability = np.where(reach < 1, reach * reviewers.share, 1.0)
    next_find = expected_find(posts, probability=probability, mean_score=mean)
    overlooked = weigh(np.full((*whole.shape, 1), reviewers.share))
    amount = total(found, following=_either(next_find, overlooked), blur=reviewers.relative_variance)
    most = np.maximum(whole, found.seen)
    return Amount(*(np.minimum(one, most) for one in (amount.estimate, *outward(amount.low, amount.high))))


def _either(one: Tally, other: Tally) -> Tally:
    """The first where there is any of it."""
    names = one.__dataclass_fields__
    is_any = np.asarray(one.count) > 0
    return Tally(**{name: np.where(is_any, getattr(one, name), getattr(other, name)) for name in names})


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
    is_own = np.isin(evidence.zone, (Zone.LOOKED_AT, Zone.ANYWAY)) & (own > 0)
    # Sums of the same weights in another order differ by a rounding.
    return np.where(is_own, np.where(own > 1 - 1e-9, 1.0, own), known)


def _weighed(reach: Floats, counts: Floats) -> Tally:
    return weigh(reach, count=counts, views=counts, squares=counts)
