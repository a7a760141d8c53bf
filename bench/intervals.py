"""This will ask, of thousands of played periods at once, whether each 95 % interval holds the truth.

Every bound comes from the service's own rooms (`weighing`, `intervals`, `proportions`, `reviewer_error`), whose
functions work on one period's numbers and on arrays alike.
"""

import math
from dataclasses import dataclass

import numpy as np

from bench.seasons import Flags, Looks
from bench.traffic import Array
from moderation.audits import REMOVED_RATE
from moderation.statistics import proportions
from moderation.statistics.intervals import Amount, Scope, counted, exactly, minus, plus, scoped, times, total, wilson
from moderation.statistics.missed import outward
from moderation.statistics.reviewer_error import confirmed_by_three, group_total, sensitivity
from moderation.statistics.weighing import Tally, expected_find, weigh

SECOND_LOOKS = 0.10
GOLD_ITEMS = 500
COMPLAINED = 0.10


@dataclass(frozen=True)
class Measured:
    """One metric of S periods: the true values [S], and the amounts that were measured."""

    truth: Array
    amount: Amount

    @property
    def coverage(self) -> float:
        slack = 1e-9 * np.abs(self.truth)
        return float(np.mean((self.amount.low <= self.truth + slack) & (self.truth - slack <= self.amount.high)))

    @property
    def bias(self) -> float:
        """The mean error of the estimates that are made, relative to the mean truth."""
        made = ~np.isnan(self.amount.estimate)
        error = (self.amount.estimate - self.truth)[made]
        level = float(self.truth[made].mean()) if made.any() else 0.0
        return float(error.mean()) / level if level else math.nan

    @property
    def width(self) -> float:
        return float(np.median(self.amount.high - self.amount.low))


@dataclass(frozen=True)
class Missing:
    """The missed totals of S periods, and the variance that corrects recall."""

    amount: Amount
    variance: Array


@dataclass(frozen=True)
class Panels:
    """What is known of each season's people: the sensitivity of their audits and its relative variance, [S] each."""

    share: Array
    relative_variance: Array


FLAWLESS = Panels(np.ones(1), np.zeros(1))


def missing(looks: Looks, *, scope: Scope = Scope.PERIOD, panels: Panels = FLAWLESS) -> Missing:
    """The missed total of every season."""
    probability = looks.probability * panels.share[:, None]
    found = weigh(probability, count=looks.finds, views=looks.finds, squares=looks.finds)
    following = expected_find(looks.posts, probability=probability, mean_score=looks.mean_score)
    made = bounded(found, following, scope=scope, blur=panels.relative_variance)
    if scope != Scope.PERIOD:
        return made
    return Missing(Amount(made.amount.estimate, *outward(made.amount.low, made.amount.high)), made.variance)


def bounded(
    found: Tally, following: Tally, *, scope: Scope = Scope.PERIOD, blur: Array = FLAWLESS.relative_variance
) -> Missing:
    """The totals with their bounds; no estimate where nothing was found."""
    tally = scoped(found, scope=scope)
    bounds = total(tally, following=scoped(following, scope=scope), blur=blur)
    estimate = np.where(np.asarray(found.count) > 0, bounds.estimate, np.nan)
    return Missing(Amount(estimate, bounds.low, bounds.high), np.asarray(tally.variance + blur * tally.total**2))


def metrics(looks: Looks, flags: Flags, *, chance: np.random.Generator) -> dict[str, Measured]:
    """Every metric of periods whose reviewers never err."""
    misses, tp = looks.misses.sum(axis=1), flags.violations
    seen, flagged = missing(looks), tp + flags.others
    known, posts = exactly(tp), looks.posts.sum(axis=1) + flagged
    recall = Measured(tp / (tp + misses), proportions.caught_share(known, seen.amount, variance=seen.variance))
    wrong = plus(minus(seen.amount, known), exactly(flagged))
    return {
        "machine recall": recall,
        "missed per 1,000": Measured(1000 * misses / posts, times(seen.amount, 1000 / posts)),
        "prevalence": Measured((tp + misses) / posts, proportions.prevalence(known, seen.amount, posts=posts)),
        "F1": Measured(2 * tp / (tp + misses + flagged), proportions.f1(known, seen.amount, flags=flagged)),
        "accuracy": Measured(1 - (flags.others + misses) / posts, proportions.accuracy(wrong, posts=posts)),
        "system recall": _system_recall(looks, flags, seen, chance=chance),
        "change of machine recall": _change(recall),
        **_of_process(looks, flags),
        **_with_removals(flags, seen, misses, chance=chance),
    }


def with_errors(looks: Looks, flags: Flags, *, error: float, chance: np.random.Generator) -> dict[str, Measured]:
    """The metrics where each person errs that often: second looks at a tenth of flagged answers, gold items for the
    rest."""
    misses, posts = looks.misses.sum(axis=1), flags.violations + flags.others + looks.posts.sum(axis=1)
    flagged = _reviewed(flags, error=error, chance=chance)
    seen = missing(looks, panels=_gold(len(misses), error=error, chance=chance))
    recall = Measured(
        flags.violations / (flags.violations + misses),
        proportions.caught_share(flagged, seen.amount, variance=seen.variance),
    )
    whole = flags.violations + flags.others
    return {
        "machine recall": recall,
        "missed per 1,000": Measured(1000 * misses / posts, times(seen.amount, 1000 / posts)),
        "prevalence": Measured(
            (flags.violations + misses) / posts, proportions.prevalence(flagged, seen.amount, posts=posts)
        ),
        "change of machine recall": _change(recall),
        "flag precision, second looks": Measured(flags.violations / whole, times(flagged, 1 / whole)),
    }


def taken_for_true(looks: Looks, flags: Flags, *, error: float, chance: np.random.Generator) -> Measured:
    """Machine recall if flagged answers are believed as they are and nothing is allowed for overlooking."""
    misses = looks.misses.sum(axis=1)
    said = chance.binomial(flags.violations, 1 - error) + chance.binomial(flags.others, error)
    seen = missing(looks)
    amount = proportions.caught_share(exactly(said.astype(float)), seen.amount, variance=seen.variance)
    return Measured(flags.violations / (flags.violations + misses), amount)


def _change(metric: Measured) -> Measured:
    """Each season's metric less that of the season before it."""
    earlier = Amount(*(np.roll(one, 1) for one in (metric.amount.estimate, metric.amount.low, metric.amount.high)))
    return Measured(metric.truth - np.roll(metric.truth, 1), minus(metric.amount, earlier))


def _of_process(looks: Looks, flags: Flags) -> dict[str, Measured]:
    """What describes the process: machine recall and its change with chance in the traffic, and flag precision."""
    expected = flags.expected_violations
    missed, flagged = missing(looks, scope=Scope.PROCESS), flags.violations + flags.others
    known = counted(flags.violations.astype(float), scope=Scope.PROCESS)
    recall = Measured(
        expected / (expected + looks.expected_misses.sum(axis=1)),
        proportions.caught_share(known, missed.amount, variance=missed.variance),
    )
    share = flags.violations / flagged
    return {
        "machine recall, process": recall,
        "change of machine recall, process": _change(recall),
        "flag precision, process": Measured(
            expected / (expected + flags.expected_others), Amount(share, *wilson(share, flagged))
        ),
    }


def _with_removals(flags: Flags, seen: Missing, misses: Array, *, chance: np.random.Generator) -> dict[str, Measured]:
    """Machine recall where the machine removes by itself, and second looks say how many of those violate."""
    removed = flags.removable + flags.removable_others
    right = chance.binomial(flags.removable, REMOVED_RATE)
    looked = right + chance.binomial(flags.removable_others, REMOVED_RATE)
    is_seen = looked > 0
    share = np.where(is_seen, right / np.maximum(looked, 1), 0.5)
    low, high = wilson(share, np.maximum(looked, 1))
    takedown = Amount(np.where(is_seen, share, np.nan), np.where(is_seen, low, 0.0), np.where(is_seen, high, 1.0))
    flagged = plus(exactly((flags.violations - flags.removable).astype(float)), times(takedown, removed))
    amount = proportions.caught_share(flagged, seen.amount, variance=seen.variance)
    truth = flags.violations / (flags.violations + misses)
    return {
        "machine recall, removals sampled": Measured(truth, amount),
        "takedown precision": Measured(flags.removable / np.maximum(removed, 1), takedown),
    }


def _system_recall(looks: Looks, flags: Flags, seen: Missing, *, chance: np.random.Generator) -> Measured:
    """All that was flagged and found comes down in time, and a tenth of the rest by complaints."""
    misses, found = looks.misses.sum(axis=1), looks.true_finds.sum(axis=1)
    complained = chance.binomial(misses - found, COMPLAINED)
    caught = flags.violations + found + complained
    escaped = proportions.at_least(0, plus(seen.amount, exactly(-(found + complained).astype(float))))
    amount = proportions.caught_share(exactly(caught.astype(float)), escaped, variance=seen.variance)
    return Measured(caught / (flags.violations + misses), amount)


def _reviewed(flags: Flags, *, error: float, chance: np.random.Generator) -> Amount:
    """True violations among flagged posts from first answers that err and blind second looks that settle."""
    yes_true, no_true = _split(flags.violations, 1 - error, chance=chance)
    yes_fine, no_fine = _split(flags.others, error, chance=chance)
    groups = []
    for right, wrong in ((yes_true, yes_fine), (no_true, no_fine)):
        seen, other = chance.binomial(right, SECOND_LOOKS), chance.binomial(wrong, SECOND_LOOKS)
        looks = seen + other
        share = seen / np.maximum(looks, 1)
        groups.append(group_total(share, size=looks, looks=looks, posts=right + wrong))
    return plus(*groups)


def _split(counts: Array, share: float, *, chance: np.random.Generator) -> tuple[Array, Array]:
    part = chance.binomial(counts, share)
    return part, counts - part


def _gold(seasons: int, *, error: float, chance: np.random.Generator) -> Panels:
    """What each season's gold items say of its panel."""
    found = chance.binomial(GOLD_ITEMS, 1 - error, seasons)
    known = {int(one): confirmed_by_three(sensitivity(found=int(one), gold=GOLD_ITEMS)) for one in np.unique(found)}
    panels = [known[int(one)] for one in found]
    return Panels(np.array([one.share for one in panels]), np.array([one.relative_variance for one in panels]))
