"""This will play thousands of periods of audited traffic at once, in counts per stratum.

The service's own arithmetic plans every look: `audits.allocate` from what was found in the weeks before, and
`audits.uniform` for comparison. Posts are never made one by one: fine ones, violations and finds of a stratum under one
plan are Poisson and binomial counts, which is the same law. A warm-up before the measured period starts without any
knowledge; plans are made anew every 15 days (the service: every day).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.stats import norm

from bench.traffic import Array, Day, Traffic
from moderation import audits
from moderation.statistics.reviewer_error import Sensitivity, confirmed_by_three

WARM_UP_DAYS = 30
PLAN_DAYS = 15
LEARNING_DAYS = 56
OUTBREAK_VARIATION = 0.35


@dataclass(frozen=True)
class Budget:
    posts_a_day: int
    looks_a_day: int
    days: int


@dataclass(frozen=True)
class Season:
    """What is played: `error` is how often each person errs, either way; `breaks_out` adds days of many violations."""

    traffic: Traffic
    budget: Budget
    days: Sequence[Day]
    error: float = 0.0
    breaks_out: bool = False

    @property
    def measured(self) -> Sequence[Day]:
        return self.days[WARM_UP_DAYS:]


@dataclass(frozen=True)
class Looks:
    """Passed posts of the measured period in S seasons: arrays [S, C], C cells of (stratum, plan)."""

    posts: Array
    probability: Array
    mean_score: Array
    drawn: Array
    misses: Array
    true_finds: Array
    false_finds: Array
    expected_misses: Array

    @property
    def finds(self) -> Array:
        return self.true_finds + self.false_finds


@dataclass(frozen=True)
class Flags:
    """Flagged posts of the measured period, [S] each: how many, how many expected, and those removable by machine."""

    violations: Array
    others: Array
    expected_violations: Array
    expected_others: Array
    removable: Array
    removable_others: Array


@dataclass(frozen=True)
class Block:
    """Days under one plan: expected fine posts [K] and missed violations [S, K]."""

    days: range
    fine: Array
    misses: Array


def play(season: Season, *, factors: Array, is_uniform: bool, chance: np.random.Generator) -> Looks:
    """Play the season's warm-up and period for every row of `factors` on a day's violations [S, days]."""
    blocks = [_block(season, days, factors) for days in _spans(len(season.days))]
    played: list[tuple[Block, Looks]] = []
    for block in blocks:
        rates = _uniform(season, block) if is_uniform else _planned(season, block, played)
        played.append((block, _look(season, block, rates, chance=chance)))
    inside = [looks for block, looks in played if block.days.start >= WARM_UP_DAYS]
    fields = Looks.__dataclass_fields__
    return Looks(**{name: np.concatenate([getattr(one, name) for one in inside], axis=1) for name in fields})


def outbreaks(season: Season, *, seasons: int, chance: np.random.Generator) -> Array:
    """Factors on each day's violations [S, days]: mean 1, and spread where the season breaks out."""
    shape = (seasons, len(season.days))
    spread = OUTBREAK_VARIATION**2
    return chance.gamma(1 / spread, spread, size=shape) if season.breaks_out else np.ones(shape)


def flags(season: Season, *, factors: Array, chance: np.random.Generator) -> Flags:
    """Draw how many posts were flagged in the measured period, and how many of them the machine is sure of."""
    measured = factors[:, WARM_UP_DAYS:]
    posts = season.budget.posts_a_day * np.array([day.volume for day in season.measured])
    violating = np.array([season.traffic.prevalence * day.factor for day in season.measured])
    threshold, removal = season.traffic.threshold, season.traffic.removal
    expected, sure = (measured @ (posts * violating * _above(season, x)) for x in (threshold, removal))
    fine = (posts * (1 - violating)).sum()
    wrong, wrong_sure = (np.full(len(measured), fine * norm.sf(x)) for x in (threshold, removal))
    removable, removable_others = chance.poisson(sure), chance.poisson(wrong_sure)
    return Flags(
        violations=removable + chance.poisson(np.maximum(expected - sure, 0.0)),
        others=removable_others + chance.poisson(np.maximum(wrong - wrong_sure, 0.0)),
        expected_violations=expected,
        expected_others=wrong,
        removable=removable,
        removable_others=removable_others,
    )


def _spans(n: int) -> list[range]:
    starts = [*range(0, n, PLAN_DAYS), n]
    return [range(one, other) for one, other in pairwise(starts)]


def _block(season: Season, days: range, factors: Array) -> Block:
    shares = [season.traffic.shares(sunk=day.sunk, blind=day.blind) for day in (season.days[one] for one in days)]
    posts = np.array([season.budget.posts_a_day * season.days[one].volume for one in days])
    violating = np.array([season.traffic.prevalence * season.days[one].factor for one in days])
    fine = (posts * (1 - violating)) @ np.array([one for one, _ in shares])
    missed = (posts * violating)[:, None] * np.array([other for _, other in shares])
    return Block(days, fine, factors[:, days.start : days.stop] @ missed)


def _uniform(season: Season, block: Block) -> Array:
    passing = (block.fine.sum() + block.misses.mean(axis=0).sum()) / len(block.days)
    plan = audits.uniform(min(1.0, season.budget.looks_a_day / passing))
    return np.full(block.misses.shape, plan.strata[0].rate)


def _planned(season: Season, block: Block, played: Sequence[tuple[Block, Looks]]) -> Array:
    """The rates [S, K] for a block, planned from the eight weeks before it."""
    recent = [one for one in played if one[0].days.start >= block.days.start - LEARNING_DAYS]
    known = [one for one, _ in recent] or [block]
    n_days = sum(len(one.days) for one in known)
    posts = sum((one.fine + one.misses.mean(axis=0) for one in known), np.zeros_like(block.fine)) / n_days
    nothing = np.zeros_like(block.misses)
    found = sum((looks.finds for _, looks in recent), nothing)
    audited = sum((looks.drawn for _, looks in recent), nothing)
    if not recent:
        return np.tile(_rates(season, posts, audited[0], found[0]), (len(found), 1))
    return np.array([_rates(season, posts, *one) for one in zip(audited, found, strict=True)])


def _rates(season: Season, posts: Array, audited: Array, found: Array) -> list[float]:
    plan = audits.allocate(
        season.traffic.edges,
        expected_posts=posts.tolist(),
        mean_scores=season.traffic.mean_scores.tolist(),
        audited=audited.tolist(),
        found=found.tolist(),
        budget=season.budget.looks_a_day,
    )
    return [stratum.rate for stratum in plan.strata]


def _look(season: Season, block: Block, rates: Array, *, chance: np.random.Generator) -> Looks:
    """Draw posts, misses and finds; a find needs the panel's agreement, which people's errors can miss or fake."""
    fine = chance.poisson(np.tile(block.fine, (len(rates), 1)))
    misses = chance.poisson(block.misses)
    recognized = confirmed_by_three(Sensitivity(1 - season.error)).share
    faked = confirmed_by_three(Sensitivity(season.error)).share if season.error else 0.0
    drawn_fine, drawn_misses = chance.binomial(fine, rates), chance.binomial(misses, rates)
    return Looks(
        posts=fine + misses,
        probability=rates,
        mean_score=np.tile(season.traffic.mean_scores, (len(rates), 1)),
        drawn=drawn_fine + drawn_misses,
        misses=misses,
        true_finds=chance.binomial(drawn_misses, recognized),
        false_finds=chance.binomial(drawn_fine, faked),
        expected_misses=block.misses,
    )


def _above(season: Season, x: float) -> Array:
    """The share of violations scored above x on each measured day."""
    above = season.traffic.violations_above
    return np.array([above(x, sunk=day.sunk, blind=day.blind) for day in season.measured])
