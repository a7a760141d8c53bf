"""This will bet against the machine, day by day, with a capital that only a bad machine makes grow. Pure.

Each guarded number has a floor (for the share of posts flagged, a ceiling). As long as the machine keeps to it, every
post is a fair or losing bet, so by Ville's inequality (Ville 1939, Étude critique de la notion de collectif) the
capital, which begins at 1, *ever* reaches 1/alpha with a chance of at most alpha, however often somebody looks and
whenever they stop. Inverted, this is a confidence sequence: what is still possible are the floors against which the
capital has not reached 1/alpha (Waudby-Smith and Ramdas 2024, JRSS-B 86:1, "Estimating means of bounded random
variables by betting"; Howard, Ramdas, McAuliffe and Sekhon 2021, Ann Stat 49:1055).

The bet. A post's payoff X has a mean of at least 0 while the floor is kept and is never above its best case w; the
capital is multiplied by 1 - (f/w) X for a stake f in (0, 1). Only the upper side of X must be bounded, so payoffs may
be weighted by 1/pi of recorded draws (Waudby-Smith, Wu, Ramdas, Karampatziakis and Mineiro 2024, "Anytime-valid
off-policy inference for contextual bandits"):
  machine recall r     (1 - r) for a flagged violation, -r/pi for a missed one that an audit found;
  flag precision p     (1 - p) for a flagged violation, -p for a flagged post that is fine;
  takedown precision   the same among what the machine removed by itself;
  share flagged c      c for a post that passed, -(1 - c) for one that was flagged.
What the machine removed is looked at with probability pi only: such a post counts as a violation, less 1/pi where the
look found it fine, which has the right mean.

The stake is not tuned: the capital is split evenly over a grid of constant stakes (mixture), so the order of posts
within a day does not matter. And it is split over the days on which the betting begins, 1/(s (s + 1)) on day s, the
rest staying cash: so eighty good days do not use up what the eighty-first needs to be noticed (the e-detectors of Shin,
Ramdas and Rinaldo 2024, NEJSDS 2:229, with weights that sum to 1, which keeps Ville's bound for the whole season).

What is not answered yet counts in the machine's favor. That can only lower every day's capital, so answers may come in
any order and as late as they like, and the bound of false alarms holds at every look.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
FALSE_ALARMS = 0.01
STAKES = np.geomspace(1e-4, 0.9, 16)
RECALL, PRECISION, TAKEDOWN, SHARE = "machine_recall", "flag_precision", "takedown_precision", "flagged_share"
BISECTIONS = 14

# (recorded probability, how many)
Weighted = tuple[tuple[float, int], ...]


@dataclass(frozen=True)
class DaySums:
    """What one day's scored posts came to.

    ``violations`` and ``fine`` are flagged posts as people answered them, ``unanswered`` those nobody answered yet.
    ``removed`` are the machine's own removals, ``removed_fine`` those that a second look found fine; ``finds`` are
    missed violations that audits confirmed, both with their recorded probabilities. ``passed`` is the rest.
    """

    violations: int = 0
    fine: int = 0
    unanswered: int = 0
    removed: int = 0
    passed: int = 0
    removed_fine: Weighted = ()
    finds: Weighted = ()

    @property
    def flagged(self) -> int:
        return self.violations + self.fine + self.unanswered + self.removed

    @property
    def removed_standing(self) -> int:
        """Removals that no second look found wrong."""
        return self.removed - sum(n for _, n in self.removed_fine)

    def to_dict(self) -> dict[str, Any]:
        weighted = {key: [list(one) for one in getattr(self, key)] for key in ("removed_fine", "finds")}
        return {key: getattr(self, key) for key in ("violations", "fine", "unanswered", "removed", "passed")} | weighted

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "DaySums":
        weighted = {key: tuple((float(p), int(n)) for p, n in stored[key]) for key in ("removed_fine", "finds")}
        return cls(**{**stored, **weighted})


@dataclass(frozen=True)
class Watched:
    """How a guarded number stands: log10 of the capital after each day, and of where it fires.

    ``bound`` is the end of the confidence sequence: the machine cannot have been better than that all the time.
    ``fired_on`` is the first day, counted from 0, after which the capital had reached its limit.
    """

    guarded: str
    limit: float
    capital: tuple[float, ...]
    fires_at: float
    bound: float
    fired_on: int | None

    @property
    def has_fired(self) -> bool:
        return self.fired_on is not None


def watch(days: Sequence[DaySums], *, limits: Mapping[str, float]) -> list[Watched]:
    """Read the guard over a season's days, oldest first; ``limits`` are shares in (0, 1) by guarded number.

    All of them together raise a false alarm with a chance of at most 1 % a season, however long it lasts: each gets
    its even share of that.
    """
    fires_at = float(np.log(len(limits) / FALSE_ALARMS)) if limits else 0.0
    return [_watch(days, guarded, limit, fires_at=fires_at) for guarded, limit in limits.items()]


def _watch(days: Sequence[DaySums], guarded: str, limit: float, *, fires_at: float) -> Watched:
    bets = _bets(days, guarded)
    capital = _log_capital(bets, limit=limit)
    reached = np.flatnonzero(capital >= fires_at)
    return Watched(
        guarded=guarded,
        limit=limit,
        capital=tuple(float(one) for one in capital / np.log(10)),
        fires_at=float(fires_at / np.log(10)),
        bound=_bound(bets, fires_at=fires_at),
        fired_on=int(reached[0]) if reached.size else None,
    )


def log_capital(days: Sequence[DaySums], guarded: str, *, limit: float) -> Array:
    """The natural logarithm of the capital after each day: [T] for T days.

    A supermartingale that begins at 1 while the limit is kept.
    """
    return _log_capital(_bets(days, guarded), limit=limit)


@dataclass(frozen=True)
class _Bets:
    """A season of ``days`` as bets on one number: [R] rows, each ``count`` posts of one day that pay alike.

    In units of the best case w a post pays ``fixed + slope / w``, at most 1; w is the ceiling c, or one less the floor.
    """

    guarded: str
    days: int
    day: NDArray[np.int64]
    count: Array
    fixed: Array
    slope: Array


def _bets(days: Sequence[DaySums], guarded: str) -> _Bets:
    rows = [(number, *row) for number, day in enumerate(days) for row in _rows(day, guarded)]
    day, count, fixed, slope = np.array(rows, dtype=float).reshape(-1, 4).T
    return _Bets(guarded, len(days), day.astype(np.int64), count, fixed, slope)


def _rows(day: DaySums, guarded: str) -> list[tuple[int, float, float]]:
    """(how many posts, fixed, slope) of each kind of post of a day."""
    kept = day.violations + day.unanswered + day.removed_standing
    removed_fine = [(n, 1.0, -1 / p) for p, n in day.removed_fine]
    if guarded == RECALL:
        wrong = [(n, 1 - 1 / p, 0.0) for p, n in day.removed_fine]
        return [(kept, 1.0, 0.0), *wrong, *((n, 1 / p, -1 / p) for p, n in day.finds)]
    if guarded == PRECISION:
        return [(kept, 1.0, 0.0), (day.fine, 1.0, -1.0), *removed_fine]
    if guarded == TAKEDOWN:
        return [(day.removed_standing, 1.0, 0.0), *removed_fine]
    return [(day.passed, 1.0, 0.0), (day.flagged, 1.0, -1.0)]


def _log_capital(bets: _Bets, *, limit: float) -> Array:
    if not bets.days:
        return np.zeros(0)
    return mixed(_gains(bets, limit=limit))


def mixed(gains: Array) -> Array:
    """The logarithm of the capital after each day, [T], when it is split over stakes and over days to begin on.

    Takes the logarithm of what each day multiplies each stake's capital by, [T, stakes]. A mixture of supermartingales
    that begin at 1 is one, too.
    """
    gained = np.cumsum(gains, axis=0)  # [T, stakes]
    stakes = gains.shape[1]
    before = np.vstack([np.zeros(stakes), gained[:-1]])
    number = np.arange(1, len(gains) + 1)
    stakes_of_day = -np.log(number * (number + 1.0))[:, None]
    begun = gained + np.logaddexp.accumulate(stakes_of_day - before, axis=0)
    cash = -np.log(number + 1.0)
    return np.logaddexp(np.logaddexp.reduce(begun, axis=1) - np.log(stakes), cash)


def _gains(bets: _Bets, *, limit: float) -> Array:
    """The logarithm of what each day multiplies the capital by, for each stake: [T, stakes]."""
    payoff = bets.fixed + bets.slope / (limit if bets.guarded == SHARE else 1 - limit)  # [R]
    gains = np.zeros((bets.days, STAKES.size))
    np.add.at(gains, bets.day, bets.count[:, None] * np.log1p(-STAKES * payoff[:, None]))
    return gains


def _bound(bets: _Bets, *, fires_at: float) -> float:
    """The end of the confidence sequence: the capital grows with a floor and falls with a ceiling."""
    good, bad = (1.0, 0.0) if bets.guarded == SHARE else (0.0, 1.0)
    for _ in range(BISECTIONS):
        middle = (good + bad) / 2
        capital = _log_capital(bets, limit=middle)
        if capital.size and capital.max() >= fires_at:
            bad = middle
        else:
            good = middle
    return bad
