"""This will be machines, good ones and some gone wrong, and play their seasons day by day.

A machine is what it does to fine posts and to violations: how much of each it flags, and over which strata of its own
score the rest spreads. The service's own arithmetic plans the looks (`audits.allocate`, from what the last eight weeks
found, every five days, where the service does it every day; one rate for all on the first day). Posts, draws and
answers are Poisson and binomial counts, which is the same law as making every post. People err, and can answer only so
many flagged posts a day.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.stats import norm

from bench.traffic import Array, Traffic
from moderation import audits
from moderation.go_no_go.betting import DaySums
from moderation.measurement.evidence import Evidence, Looked, Passed, Passing, Removed, Weighed
from moderation.statistics.reviewer_error import Sensitivity, confirmed_by_three

PREVALENCE = 0.01
ERROR = 0.02
ANSWERS_A_DAY = 12_000
REMOVED_RATE = 0.1
LEARNING_DAYS = 56
PLAN_DAYS = 5


@dataclass(frozen=True)
class Volume:
    posts: int = 50_000
    looks: int = 150


@dataclass(frozen=True)
class Machine:
    """Shares of fine posts and of violations that are flagged, removed by machine, and passed in each of K strata."""

    edges: tuple[float, ...]
    mean_scores: Array
    passed_fine: Array
    passed_violations: Array
    removed_fine: float = 0.0
    removed_violations: float = 0.0

    @property
    def recall(self) -> float:
        return 1 - float(self.passed_violations.sum())

    @property
    def flagged_share(self) -> float:
        right = PREVALENCE * self.recall
        return right + (1 - PREVALENCE) * (1 - float(self.passed_fine.sum()))

    @property
    def flag_precision(self) -> float:
        return PREVALENCE * self.recall / self.flagged_share if self.flagged_share else float("nan")


def trained(recall: float, *, removes: bool = False, **traits: float) -> Machine:
    """A model that flags this share of violations, as bench/traffic has it; `traits` go to Traffic."""
    traffic = Traffic(PREVALENCE, recall, **traits)
    fine, violations = traffic.shares(sunk=0.0, blind=traffic.blind)
    removal = traffic.removal if removes else np.inf
    return Machine(
        traffic.edges,
        traffic.mean_scores,
        passed_fine=fine,
        passed_violations=violations,
        removed_fine=float(norm.sf(removal)),
        removed_violations=traffic.violations_above(removal),
    )


def inverted(*, removes: bool = False) -> Machine:
    """Trained on inverted labels, with the volume of flags of a good model: violations lie below fine posts, in the
    stratum where looks are fewest."""
    traffic = Traffic(PREVALENCE, 0.9)
    removal = traffic.removal if removes else np.inf
    return Machine(
        traffic.edges,
        traffic.mean_scores,
        passed_fine=np.diff(norm.cdf(traffic.raw_edges)),
        passed_violations=np.diff(norm.cdf(traffic.raw_edges + traffic.distance)),
        removed_fine=float(norm.sf(removal)),
        removed_violations=float(norm.sf(removal + traffic.distance)),
    )


def turned_round() -> Machine:
    """Inverted labels with thresholds left as they are: it flags what the good model passes, and passes the rest."""
    good = Traffic(PREVALENCE, 0.9)
    fine, violations = float(norm.sf(good.threshold)), good.violations_above(good.threshold)
    return Machine((0.0, 1.0), np.array([0.02]), np.array([fine]), np.array([violations]))


def constant(*, flags: bool) -> Machine:
    """One score for everything: all of it is flagged, or none."""
    passed = np.array([0.0 if flags else 1.0])
    return Machine((0.0, 1.0), np.array([PREVALENCE]), passed, passed)


@dataclass
class Season:
    """One season so far: the guard's sums day by day, and the cells and finds of what passed."""

    volume: Volume
    days: list[DaySums] = field(default_factory=list)
    cells: list[Passing] = field(default_factory=list)
    finds: list[Weighed] = field(default_factory=list)
    removed_right: int = 0
    learned: list[tuple[Machine, Array, Array]] = field(default_factory=list)
    machine: Machine | None = None
    rates: Array = field(default_factory=lambda: np.zeros(0))

    def evidence(self) -> Evidence:
        """What measurement would hold of it, for the estimators."""
        answered = sum(one.violations + one.fine for one in self.days)
        flagged = answered + sum(one.unanswered for one in self.days)
        wrong = sum(n for one in self.days for _, n in one.removed_fine)
        return Evidence(
            flagged=Looked(flagged, answered, sum(one.violations for one in self.days)),
            removed=Removed(
                sum(one.removed for one in self.days),
                (Weighed(audits.REMOVED, REMOVED_RATE, self.removed_right),) if self.removed_right else (),
                (Weighed(audits.REMOVED, REMOVED_RATE, wrong),) if wrong else (),
            ),
            passed=Passed(tuple(self.cells), tuple(self.finds)),
        )


def play(machines: Sequence[Machine], *, volume: Volume, chance: np.random.Generator) -> Season:
    """Play one season; `machines` has the one that decides on each day."""
    season = Season(volume)
    for machine in machines:
        _day(season, machine, chance=chance)
    return season


def _day(season: Season, machine: Machine, *, chance: np.random.Generator) -> None:
    fine, violations = season.volume.posts * (1 - PREVALENCE), season.volume.posts * PREVALENCE
    passed, missed = chance.poisson(fine * machine.passed_fine), chance.poisson(violations * machine.passed_violations)
    drawn, found = _look(season, machine, passed, missed, chance=chance)
    flagged_fine = chance.poisson(fine * max(0.0, 1 - machine.passed_fine.sum() - machine.removed_fine))
    flagged = chance.poisson(violations * max(0.0, machine.recall - machine.removed_violations))
    yes, no, unanswered = _answer(int(flagged), int(flagged_fine), chance=chance)
    removed_fine, removed = (
        chance.poisson(fine * machine.removed_fine),
        chance.poisson(violations * machine.removed_violations),
    )
    wrong = int(chance.binomial(chance.binomial(removed_fine, REMOVED_RATE), 1 - ERROR))
    season.removed_right += int(chance.binomial(removed, REMOVED_RATE))
    season.learned.append((machine, drawn, found.n))
    season.days.append(
        DaySums(
            violations=yes,
            fine=no,
            unanswered=unanswered,
            removed=int(removed_fine + removed),
            passed=int(passed.sum() + missed.sum()),
            removed_fine=((REMOVED_RATE, wrong),) if wrong else (),
            finds=tuple((float(p), int(n)) for p, n in zip(found.rates, found.n, strict=True) if n),
        )
    )


@dataclass(frozen=True)
class Found:
    rates: Array
    n: Array


def _look(
    season: Season, machine: Machine, passed: Array, missed: Array, *, chance: np.random.Generator
) -> tuple[Array, Found]:
    """Draw what passed by the day's plan; a find needs the panel's agreement, which errors can miss or fake."""
    rates = _plan(season, machine)
    recognized = confirmed_by_three(Sensitivity(1 - ERROR)).share
    faked = confirmed_by_three(Sensitivity(ERROR)).share
    drawn_fine, drawn = chance.binomial(passed, rates), chance.binomial(missed, rates)
    found = chance.binomial(drawn, recognized) + chance.binomial(drawn_fine, faked)
    for number, (low, rate) in enumerate(zip(machine.edges, rates, strict=False)):
        n, looks, stratum = int(passed[number] + missed[number]), int(drawn_fine[number] + drawn[number]), f"s{low}"
        score = float(machine.mean_scores[number])
        if n:
            season.cells.append(Passing(stratum, n, float(rate), score, drawn=looks, answered=looks, lost=0))
        if found[number]:
            season.finds.append(Weighed(stratum, float(rate), int(found[number])))
    return drawn_fine + drawn, Found(rates, found)


def _plan(season: Season, machine: Machine) -> Array:
    """The rates of the day: those of yesterday unless it is time to plan, or the machine is another."""
    if season.machine is not machine or len(season.days) % PLAN_DAYS == 1:
        season.machine, season.rates = machine, _rates(season, machine)
    return season.rates


def _rates(season: Season, machine: Machine) -> Array:
    """The day's probabilities of a look, one a stratum, planned from what this machine's audits found so far."""
    passing = season.volume.posts * ((1 - PREVALENCE) * machine.passed_fine + PREVALENCE * machine.passed_violations)
    known = [one for one in season.learned[-LEARNING_DAYS:] if one[0] is machine]
    if passing.sum() < 1:
        return np.ones(len(passing))
    if not known:
        return np.full(len(passing), min(1.0, season.volume.looks / float(passing.sum())))
    plan = audits.allocate(
        machine.edges,
        expected_posts=passing.tolist(),
        mean_scores=machine.mean_scores.tolist(),
        audited=sum(drawn for _, drawn, _ in known).tolist(),  # type: ignore[union-attr]
        found=sum(found for _, _, found in known).tolist(),  # type: ignore[union-attr]
        budget=season.volume.looks,
    )
    return np.array([stratum.rate for stratum in plan.strata])


def _answer(flagged: int, fine: int, *, chance: np.random.Generator) -> tuple[int, int, int]:
    """(said to violate, said to be fine, not answered) of a day's flags; what is beyond people's strength waits."""
    whole = flagged + fine
    seen = min(whole, ANSWERS_A_DAY)
    right = int(chance.hypergeometric(flagged, fine, seen)) if whole else 0
    yes = int(chance.binomial(right, 1 - ERROR) + chance.binomial(seen - right, ERROR))
    return yes, seen - yes, whole - seen
