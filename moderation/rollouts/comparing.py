"""This will set a challenger against its champion while both decide: how many times as often does it happen? Pure.

Both arms see the same days, so what is compared is a rate (of units, posters or images, to which something happened
for the first time: a flag, a removal, one that was put back, a missed violation, a complaint) in one arm with that in
the other, day by day, by a **confidence sequence** for their ratio: bounds that hold at every look at once, however
often somebody looks and whenever they stop.

The bet. Let the arms have n1 (challenger) and n0 units on a day, and let the challenger's rate be at most r times the
champion's. Then an event falls into the challenger's arm with a chance of at most q = r n1/(r n1 + n0). Each event of
weight w in (0, 1] multiplies the capital by 1 + (f/q) w (x - q), x being 1 in the challenger's arm and 0 in the
champion's, for a stake f in (0, 1). Of n independent units with event chances p_i the mean of the product is at most
exp(sum p_i (f/q) w_i (x_i - q)), whose exponent is at most 0 under that assumption; so the capital is a supermartingale
and by Ville's inequality ever reaches 1/alpha with a chance of at most alpha (Ville 1939; Waudby-Smith and Ramdas 2024,
JRSS-B 86:1). Nothing is assumed of how often events are, nor that days are alike, nor that the share stays the same.
What an audit found counts with weight (least probability of the day)/(its own), for the arms' audits have other rates.

Stakes and days to begin on are mixed as in go_no_go/betting. What is not answered yet is no event yet: both arms'
questions wait in one queue in which nobody sees the arm, so what is known of either is as old.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from moderation.go_no_go.betting import mixed

Array = NDArray[np.float64]
STAKES = np.geomspace(1e-3, 0.9, 16)
# Ratios that are told apart: from a sixty-fourth to sixty-four times, in steps of 3.5 %.
RATIOS = np.geomspace(1 / 64, 64, 241)
FALSE_ALARMS = 0.01
INTERVAL_ALPHA = 0.05

# (weight in (0, 1], how many)
Events = tuple[tuple[float, int], ...]


@dataclass(frozen=True)
class Side:
    """One arm on one day: how many units there were, and the events among them."""

    exposure: float
    events: Events = ()


@dataclass(frozen=True)
class Pair:
    """Both arms on one day."""

    champion: Side
    challenger: Side

    @property
    def swapped(self) -> "Pair":
        return Pair(self.challenger, self.champion)


@dataclass(frozen=True)
class Bounds:
    """What is still possible of the ratio after one day, challenger to champion; None where nothing is ruled out."""

    low: float | None
    high: float | None

    @property
    def is_more_than_noise(self) -> bool:
        """Whether the ratio 1 is ruled out."""
        return (self.low is not None and self.low > 1) or (self.high is not None and self.high < 1)


@dataclass(frozen=True)
class Watch:
    """A guardrail: log10 of the capital after each day against ``limit``, where it fires, and the first day it did."""

    limit: float
    capital: tuple[float, ...]
    fires_at: float
    fired_on: int | None


def watch(days: Sequence[Pair], *, limit: float, share_of_alarms: float = 1.0) -> Watch:
    """Bet against "at most ``limit`` times as often as with the champion", over the days, oldest first.

    A false alarm ever comes with a chance of at most ``share_of_alarms`` of 1 %.
    """
    fires_at = float(np.log(1 / (FALSE_ALARMS * share_of_alarms)))
    capital = log_capital(days, ratios=np.array([limit]))[0]  # [T]
    reached = np.flatnonzero(capital >= fires_at)
    return Watch(
        limit=limit,
        capital=tuple(float(one) for one in capital / np.log(10)),
        fires_at=float(fires_at / np.log(10)),
        fired_on=int(reached[0]) if reached.size else None,
    )


def sequence(days: Sequence[Pair]) -> list[Bounds]:
    """The confidence sequence of the ratio, day by day: the truth is outside of it on any day in at most 5 % of
    rollouts. Bounds never widen again."""
    need = np.log(2 / INTERVAL_ALPHA)
    above = np.maximum.accumulate(log_capital(days, ratios=RATIOS), axis=1) >= need  # [R, T]: larger than this
    swapped = [one.swapped for one in days]
    below = np.maximum.accumulate(log_capital(swapped, ratios=1 / RATIOS), axis=1) >= need  # [R, T]: smaller
    return [Bounds(_most(above[:, day]), _least(below[:, day])) for day in range(len(days))]


def _most(ruled_out: NDArray[np.bool_]) -> float | None:
    return float(RATIOS[ruled_out].max()) if ruled_out.any() else None


def _least(ruled_out: NDArray[np.bool_]) -> float | None:
    return float(RATIOS[ruled_out].min()) if ruled_out.any() else None


def log_capital(days: Sequence[Pair], *, ratios: Array) -> Array:
    """The natural logarithm of the capital after each day, [R, T], against each ratio."""
    if not days:
        return np.zeros((len(ratios), 0))
    return np.array([mixed(np.array([_gains(one, ratio) for one in days])) for ratio in ratios])


def _gains(day: Pair, ratio: float) -> Array:
    """The logarithm of what a day multiplies the capital by, for each stake: [stakes]."""
    n1, n0 = day.challenger.exposure, day.champion.exposure
    if n1 <= 0 or n0 <= 0:
        return np.zeros(STAKES.size)
    odds = n0 / (ratio * n1)  # (1 - q)/q
    won = sum((n * np.log1p(STAKES * weight * odds) for weight, n in day.challenger.events), np.zeros(STAKES.size))
    lost = sum((n * np.log1p(-STAKES * weight) for weight, n in day.champion.events), np.zeros(STAKES.size))
    return np.asarray(won + lost)
