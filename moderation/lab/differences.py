"""This will compare two policies over the same period. Pure.

Both are judged by the same posts and the same looks, so what they share cancels: only posts that one flags and the
other does not make a difference, and those two parts do not overlap. That is far sharper than comparing two intervals.
"""

import math

import numpy as np

from moderation.lab.evidence import Evidence
from moderation.lab.totals import number, violations
from moderation.lab.whatif import (
    Choice,
    Effort,
    Mask,
    Measure,
    Setting,
    choice,
    estimated,
    only,
    part,
    single,
    wrongful,
)
from moderation.statistics import comparison
from moderation.statistics.comparison import Difference
from moderation.statistics.intervals import Amount, minus, times
from moderation.statistics.sufficiency import Interval, has_enough

Masks = tuple[Mask, Mask]


Told = dict[Measure, Interval]


def differences(evidence: Evidence, *, later: Setting, earlier: Setting, effort: Effort) -> dict[Measure, Difference]:
    """Later minus earlier, measure by measure, in the units of `what_if`."""
    return compared(evidence, later=later, earlier=earlier, effort=effort)[2]


def compared(
    evidence: Evidence, *, later: Setting, earlier: Setting, effort: Effort
) -> tuple[Told, Told, dict[Measure, Difference]]:
    """What each of two policies comes to, the later first, and how they differ."""
    one, other = choice(evidence, later), choice(evidence, earlier)
    first = estimated(evidence, one, effort)
    told = first, first if later == earlier else estimated(evidence, other, effort)
    daily = effort.posts_per_day / max(evidence.count, 1)
    amounts = {
        Measure.REMOVALS: _posts(evidence, one.removed, other.removed),
        Measure.REVIEWS: _posts(evidence, _reviewed(one), _reviewed(other)),
        Measure.CAUGHT: _violations(evidence, one.flagged, other.flagged),
        Measure.MISSED: _violations(evidence, other.seen, one.seen),
        Measure.WRONGFUL: _wrongful(evidence, one.removed, other.removed),
    }
    found = {key: _difference(times(only(amount), daily), enough=enough) for key, (amount, enough) in amounts.items()}
    return *told, _with_work(found, effort) | _of_shares(evidence, one, other, *told)


def _with_work(found: dict[Measure, Difference], effort: Effort) -> dict[Measure, Difference]:
    if effort.seconds_per_look is None:
        return found
    hours = _scaled(found[Measure.REVIEWS], float(effort.seconds_per_look.estimate) / 3600)
    found = found | {Measure.REVIEW_HOURS: hours}
    return found | {Measure.COST: _scaled(hours, effort.price_per_hour)} if effort.price_per_hour else found


def _of_shares(evidence: Evidence, one: Choice, other: Choice, later: Told, earlier: Told) -> dict[Measure, Difference]:
    parts = {
        Measure.FLAG_PRECISION: (one.flagged, other.flagged),
        Measure.TAKEDOWN_PRECISION: (one.removed, other.removed),
    }
    found = {
        key: Difference(0.0, 0.0, 0.0, enough=True)
        if _is_same(*masks)
        else comparison.difference(later[key], earlier[key])
        for key, masks in parts.items()
    }
    return found | {Measure.MACHINE_RECALL: _recall(evidence, one, other)}


def _recall(evidence: Evidence, one: Choice, other: Choice) -> Difference:
    """(newly caught - no longer caught)/all violations; the bounds take the whole at its worse end."""
    change, enough = _violations(evidence, one.flagged, other.flagged)
    amount, whole = only(change), only(violations(evidence, evidence.whole).amount)
    if math.isnan(whole.estimate) or whole.low <= 0:
        return Difference(None, None, None, enough=False)
    low = amount.low / (whole.low if amount.low < 0 else whole.high)
    high = amount.high / (whole.low if amount.high > 0 else whole.high)
    return _difference(Amount(amount.estimate / whole.estimate, max(-1.0, low), min(1.0, high)), enough=enough)


def _reviewed(chosen: Choice) -> Masks:
    posts, looks = (seen & ~removed for seen, removed in zip(chosen.seen, chosen.removed, strict=True))
    return posts, looks


def _is_same(one: Masks, other: Masks) -> bool:
    return all(np.array_equal(mine, theirs) for mine, theirs in zip(one, other, strict=True))


def _only_in(one: Masks, other: Masks) -> Masks:
    return one[0] & ~other[0], one[1] & ~other[1]


def _posts(evidence: Evidence, one: Masks, other: Masks) -> tuple[Amount, bool]:
    gained, lost = (part(evidence, _only_in(*pair)) for pair in ((one, other), (other, one)))
    return minus(number(gained), number(lost)), True


def _violations(evidence: Evidence, one: Masks, other: Masks) -> tuple[Amount, bool]:
    gained, lost = (violations(evidence, part(evidence, _only_in(*pair))) for pair in ((one, other), (other, one)))
    enough = all(
        bool(np.all(each.amount.low == each.amount.high)) or bool(has_enough(single(each.finds)))
        for each in (gained, lost)
    )
    return minus(gained.amount, lost.amount), enough


def _wrongful(evidence: Evidence, one: Masks, other: Masks) -> tuple[Amount, bool]:
    gained, lost = (part(evidence, _only_in(*pair)) for pair in ((one, other), (other, one)))
    change = minus(*(wrongful(violations(evidence, each), number(each)) for each in (gained, lost)))
    return change, not bool(np.isnan(change.estimate).any())


def _difference(amount: Amount, *, enough: bool) -> Difference:
    if math.isnan(float(amount.low)) or math.isnan(float(amount.high)):
        return Difference(None, None, None, enough=False)
    estimate = None if math.isnan(float(amount.estimate)) else float(amount.estimate)
    return Difference(estimate, float(amount.low), float(amount.high), enough=enough and estimate is not None)


def _scaled(change: Difference, factor: float) -> Difference:
    estimate, low, high = (None if one is None else one * factor for one in (change.estimate, change.low, change.high))
    return Difference(estimate, low, high, enough=change.enough)
