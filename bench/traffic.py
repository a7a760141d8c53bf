"""This will say what traffic looks like: how often it violates, how a model scores it, and where violations hide.

A model's raw score is normal: mean 0 for a fine post, mean m for a violation that the model can see, and 0 again for
one to which it is blind. Strata are cut from scores exactly as the service cuts them (`audits.cut`).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit, logit
from scipy.stats import norm

from moderation import audits

Array = NDArray[Any]
SCORES_TO_CUT = 100_000
GRID = np.linspace(-9.0, 12.0, 20_001)
TAKEDOWN_PRECISION = 0.95


@dataclass(frozen=True)
class Traffic:
    """One project's posts and its model; shares in [0, 1].

    `recall` is the machine's share of violations flagged on an undrifted day. `blind` is the share of violations that
    look fine to the model, which its scores know nothing of. `confidence` multiplies the logit of every score: 1 is
    calibrated. `sinks` is how far violations' raw scores fall from the first day to the last.
    """

    prevalence: float
    recall: float
    auc: float = 0.98
    blind: float = 0.0
    confidence: float = 1.0
    sinks: float = 0.0

    @property
    def distance(self) -> float:
        """How far violations lie above fine posts, from the area under the curve."""
        return float(math.sqrt(2) * norm.ppf(self.auc))

    @cached_property
    def threshold(self) -> float:
        """The raw score from which posts are flagged."""
        return float(brentq(lambda x: self.violations_above(x) - self.recall, -10, 20))

    @cached_property
    def removal(self) -> float:
        """The raw score from which removals would violate with the precision that automatic removal asks for."""

        def precision(x: float) -> float:
            right, wrong = self.prevalence * self.violations_above(x), (1 - self.prevalence) * norm.sf(x)
            return float(right / (right + wrong)) - TAKEDOWN_PRECISION

        found = float(brentq(precision, -5, 8)) if precision(-5) < 0 < precision(8) else self.threshold
        return max(self.threshold, found)

    def violations_above(self, x: float, *, sunk: float = 0.0, blind: float | None = None) -> float:
        """The share of violations with a raw score above x."""
        unseen = self.blind if blind is None else blind
        return float((1 - unseen) * norm.sf(x - self.distance + sunk) + unseen * norm.sf(x))

    def score(self, raw: Array) -> Array:
        """The calibrated score as the service believes it: blind to the blind spot, and sharpened by `confidence`."""
        odds = logit(self.prevalence) + self.distance * raw - self.distance**2 / 2
        return np.asarray(expit(self.confidence * odds))

    def raw(self, score: Array) -> Array:
        with np.errstate(divide="ignore"):
            odds = logit(score) / self.confidence
        return np.asarray((odds - logit(self.prevalence) + self.distance**2 / 2) / self.distance)

    @cached_property
    def edges(self) -> tuple[float, ...]:
        """The strata of passed posts that the service would cut from a week's scores."""
        chance = np.random.default_rng(1)
        fine = chance.standard_normal(2 * SCORES_TO_CUT)
        violations = chance.standard_normal(round(2 * SCORES_TO_CUT * self.prevalence)) + self.distance
        everything = chance.permutation(np.concatenate([fine, violations]))
        passed = everything[everything < self.threshold][:SCORES_TO_CUT]
        return audits.cut(self.score(passed).tolist())

    @cached_property
    def raw_edges(self) -> Array:
        inner = self.raw(np.array(self.edges[1:-1]))
        return np.concatenate([[-np.inf], np.minimum(inner, self.threshold), [self.threshold]])

    @cached_property
    def mean_scores(self) -> Array:
        """The mean score in each stratum of passed posts."""
        density = self._density(self.prevalence, sunk=0.0, blind=self.blind).sum(axis=0)
        place = np.clip(np.searchsorted(self.raw_edges, GRID, side="right") - 1, 0, len(self.edges) - 2)
        density = np.where(self.threshold > GRID, density, 0.0)
        mass = np.bincount(place, density, len(self.edges) - 1)
        return np.bincount(place, density * self.score(GRID), len(self.edges) - 1) / np.maximum(mass, 1e-300)

    def shares(self, *, sunk: float, blind: float) -> tuple[Array, Array]:
        """How fine posts and violations that pass spread over the strata: [K] and [K], shares of all of their kind."""
        fine = np.diff(norm.cdf(self.raw_edges))
        seen = np.diff(norm.cdf(self.raw_edges - self.distance + sunk))
        return fine, (1 - blind) * seen + blind * fine

    def theoretical_limit(self, days: "Sequence[Day]") -> float:
        """The width against uniform auditing that no unbiased design knowing only the score can beat.

        E sqrt(p (1 - p)) / sqrt(E p) over passed posts, p the true chance of a violation given the score (Godambe and
        Joshi 1965, Ann Math Stat 36:1707; small probabilities of a look).
        """
        kinds = sum(
            (day.volume * self._density(self.prevalence * day.factor, sunk=day.sunk, blind=day.blind) for day in days),
            np.zeros((2, GRID.size)),
        )
        fine, violating = kinds[:, self.threshold > GRID]
        both = fine + violating
        chance = np.divide(violating, both, out=np.zeros_like(both), where=both > 0)
        weight = both / both.sum()
        return float((weight * np.sqrt(chance * (1 - chance))).sum() / math.sqrt((weight * chance).sum()))

    def _density(self, prevalence: float, *, sunk: float, blind: float) -> Array:
        """Densities of fine and of violating posts over GRID: [2, G]."""
        fine = norm.pdf(GRID)
        violating = (1 - blind) * norm.pdf(GRID - self.distance + sunk) + blind * fine
        return np.array([(1 - prevalence) * fine, prevalence * violating])


@dataclass(frozen=True)
class Day:
    """A day's departure from the ordinary: factors on volume and prevalence, raw scores sunk, share blind."""

    volume: float = 1.0
    factor: float = 1.0
    sunk: float = 0.0
    blind: float = 0.0


def ordinary(traffic: Traffic, *, n: int) -> list[Day]:
    return [Day(blind=traffic.blind)] * n


def drifting(traffic: Traffic, *, n: int) -> list[Day]:
    """Violations grow from 0.7 to 1.3 times as frequent, sink in score and slip into a growing blind spot; weeks have a
    rhythm."""
    return [
        Day(
            volume=1 + 0.2 * math.sin(2 * math.pi * number / 7),
            factor=0.7 + 0.6 * number / (n - 1),
            sunk=traffic.sinks * number / (n - 1),
            blind=2 * traffic.blind * number / (n - 1),
        )
        for number in range(n)
    ]
