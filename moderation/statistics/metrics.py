"""This will turn what was flagged and what was missed into the metrics of one period, or of many at once.

Pure; what each metric means says `estimation`. Arguments are numbers of one period or arrays of many periods', NaN
where nothing is known.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from moderation.statistics import proportions
from moderation.statistics.intervals import Amount, Scope, counted, either, exactly, minus, plus, times, wilson
from moderation.statistics.missed import Missed
from moderation.statistics.sufficiency import Intervals, by_finds, by_finds_and_width, by_width_alone
from moderation.statistics.weighing import Numbers, Tally, share_of


def missed_violations(part: Missed) -> Intervals:
    """How many violations passed unflagged."""
    return by_finds(part.amount, finds=part.finds, looks=part.looks)


def missed_per_thousand(part: Missed, *, posts: ArrayLike) -> Intervals:
    """Missed violations per 1,000 of all `posts`."""
    return by_finds(times(part.amount, 1000 / _some(posts)), finds=part.finds, looks=part.looks)


def prevalence(flagged: Amount, part: Missed, *, posts: ArrayLike) -> Intervals:
    """The share of all `posts` that violate."""
    share = proportions.prevalence(flagged, part.amount, posts=_some(posts))
    return by_finds(share, finds=part.finds, looks=part.looks)


def machine_recall(flagged: Amount, part: Missed) -> Intervals:
    """Of all violations, the share that was flagged."""
    share = proportions.caught_share(flagged, part.amount, variance=part.variance)
    violations = flagged.low + part.finds.count
    return by_finds_and_width(share, finds=part.finds, looks=part.looks, violations=violations)


def system_recall(caught: Amount, left: Amount, part: Missed, *, late: ArrayLike, violations: ArrayLike) -> Intervals:
    """Of all violations, the share `caught` in time; `left` are those that were flagged and not caught, and at least
    `late` ones escaped. `violations` are known for certain."""
    escaped = proportions.at_least(late, plus(part.amount, left))
    share = proportions.caught_share(caught, escaped, variance=part.variance)
    return by_finds_and_width(share, finds=part.finds, looks=part.looks, violations=violations)


def f1(flagged: Amount, part: Missed, *, flags: ArrayLike, scope: Scope) -> Intervals:
    """The harmonic mean of flag precision and machine recall; `flags` is all that was flagged."""
    if scope == Scope.PERIOD:
        share = proportions.f1(flagged, part.amount, flags=np.asarray(flags, dtype=float))
    else:
        share = proportions.f1_of_process(flagged, plus(part.amount, _wrongful(flags, of=flagged)))
    return by_finds(share, finds=part.finds, looks=part.looks)


def accuracy(flagged: Amount, part: Missed, *, flags: ArrayLike, posts: ArrayLike, scope: Scope) -> Intervals:
    """The share of all `posts` that the machine judged rightly."""
    if scope == Scope.PERIOD:
        wrong = plus(minus(part.amount, flagged), exactly(np.asarray(flags, dtype=float)))
    else:
        wrong = plus(part.amount, _wrongful(flags, of=flagged))
    return by_finds(proportions.accuracy(wrong, posts=_some(posts)), finds=part.finds, looks=part.looks)


def flag_precision(
    *, flagged: ArrayLike, violations: ArrayLike, removed: ArrayLike, takedown: Intervals, precise: Amount | None = None
) -> Intervals:
    """Of everything flagged, the share that violates; `takedown` is that of the machine's own removals.

    `precise` are the violations among what people looked at where more is known of them than the answers say.
    """
    n, found, more = (np.asarray(one) for one in (flagged, violations, removed))
    low, high = wilson(found / np.maximum(n, 1), np.maximum(n, 1))
    answered = Amount(found, n * low, n * high)
    seen = answered if precise is None else either(np.isnan(precise.low), answered, precise)
    whole = plus(seen, removals(more, takedown=takedown.amount))
    finds, looks = (
        one + np.where(more > 0, np.asarray(again, dtype=int), 0)
        for one, again in ((found, takedown.finds), (n, takedown.looks))
    )
    return by_width_alone(times(whole, 1 / _some(n + more)), finds=finds, looks=looks, effective_finds=finds)


def takedown_precision(*, violations: Tally, others: Tally) -> Intervals:
    """Of the machine's own removals, the share that violate, from second looks that ended so and otherwise."""
    share, size = share_of(violations, others)
    looks = violations.count + others.count
    is_seen = np.asarray(looks) > 0
    low, high = wilson(share, np.where(is_seen, size, 1.0))
    effective = np.where(np.asarray(violations.count) > 0, violations.effective, math.nan)
    return by_width_alone(Amount(share, low, high), finds=violations.count, looks=looks, effective_finds=effective)


def removals(removed: ArrayLike, *, takedown: Amount) -> Amount:
    """How many of the machine's own removals violate; anything from none to all where nobody looked again."""
    n = np.asarray(removed, dtype=float)
    anything = Amount(math.nan, 0.0, n)
    found = either(np.isnan(takedown.estimate), anything, times(takedown, n))
    return either(n > 0, found, exactly(0.0))


def _wrongful(flags: ArrayLike, *, of: Amount) -> Amount:
    """Flags that were no violations, as counts that chance made: for the process."""
    n = np.asarray(flags, dtype=float)
    rest = np.maximum(0.0, n - np.nan_to_num(of.estimate))
    between = Amount(math.nan, np.maximum(0.0, n - of.high), np.maximum(0.0, n - of.low))
    return either(np.isnan(of.estimate), between, counted(rest, scope=Scope.PROCESS))


def _some(posts: ArrayLike) -> Numbers:
    """What may be divided by; of no posts nothing is known."""
    n = np.asarray(posts, dtype=float)
    return np.where(n > 0, n, math.nan)
