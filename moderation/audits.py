"""Choose by recorded chance which posts get a second look, and plan that chance.

Pure. Every post that passes has a known probability of a look, fixed by its score before anybody could have a
reason to look; the toss is an HMAC of the post, so a re-run draws the same and nobody without the secret can
foresee it. Record every toss, drawn or not, and never top up or cut a draw to meet a budget: the number drawn
varies by about its square root, and that is what keeps the probabilities true.

The second draw is for violating views: its probability grows with how often a post was seen, for a draw by score alone
gives intervals of violating views that are 17 to 224 % wider (simulated seasons, log-normal views).

Sources: Dalenius and Hodges 1959 (Skand Aktuarietidskr 54) for cutting strata by a cumulated root; Neyman
1934 for allocation, here tempered (power 0.4 instead of 0.5) with a floor, since an over-confident score or a
blind spot otherwise costs coverage (83-90 % instead of 95 % in simulated seasons); the miss rates are
gamma-Poisson estimates whose prior is the score, rescaled by observed over expected finds and mixed with a
flat rate (defensive mixture, Hesterberg 1995).
"""

import hashlib
import hmac
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np

POWER = 0.4
FLOOR_SHARE = 1 / 3
FLAT_SHARE = 0.25
SMALLEST_SCORE = 1e-9
REMOVED_RATE = 0.05
VIEW_POWER = 0.75
UNSCORED, REMOVED, FLAGGED, KNOWN = "unscored", "removed", "flagged", "known"
FIRST_DRAW, SECOND_DRAW, SECOND_LOOK = "routing", "views", "second_look"
COIN_BITS = 53


class InvalidPlan(ValueError):
    """The audit plan, or what it was to be made from, contradicts itself."""


@dataclass(frozen=True)
class Stratum:
    """Posts with a score in [low, high), the last stratum with 1 included; `rate` is their probability of a
    look."""

    name: str
    low: float
    high: float
    rate: float


@dataclass(frozen=True)
class AuditPlan:
    """The probability of a look for every post: by score, without a score, and removed by the machine alone.

    The strata are adjacent and cover [0, 1]. Rates lie in [0, 1]; 0 is allowed and makes machine recall
    unmeasurable.
    """

    strata: tuple[Stratum, ...]
    unscored_rate: float
    removed_rate: float = REMOVED_RATE

    def __post_init__(self) -> None:
        edges = [(stratum.low, stratum.high) for stratum in self.strata]
        if not edges or edges[0][0] != 0 or edges[-1][1] != 1:
            raise InvalidPlan("the strata do not cover the scores from 0 to 1")
        if any(low >= high for low, high in edges) or any(one[1] != other[0] for one, other in pairwise(edges)):
            raise InvalidPlan("the strata are not adjacent, in ascending order")
        names = [stratum.name for stratum in self.strata]
        if len({*names, UNSCORED, REMOVED, FLAGGED}) != len(names) + 3:
            raise InvalidPlan("two strata share a name")
        rates = [stratum.rate for stratum in self.strata]
        if not all(0 <= rate <= 1 for rate in (*rates, self.unscored_rate, self.removed_rate)):
            raise InvalidPlan("a rate is not a probability from 0 to 1")

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"strata": [asdict(stratum) for stratum in self.strata]}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "AuditPlan":
        """Read what to_dict wrote. Raises InvalidPlan, also for missing or odd values."""
        try:
            strata = tuple(
                Stratum(str(one["name"]), float(one["low"]), float(one["high"]), float(one["rate"]))
                for one in stored["strata"]
            )
            rates = float(stored["unscored_rate"]), float(stored.get("removed_rate", REMOVED_RATE))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InvalidPlan(f"the stored audit plan cannot be read: {error!r}") from error
        return cls(strata, *rates)


@dataclass(frozen=True)
class Toss:
    """One recorded draw: a look is due when `coin`, in [0, 1), is below `probability`."""

    design: str
    stratum: str
    probability: float
    coin: float
    is_drawn: bool


def toss(plan: AuditPlan, *, score: float | None, secret: bytes, post_key: str, design: str) -> Toss:
    """Toss for a post that passed; `score` is the calibrated score in [0, 1], None (or NaN) when there is
    none.

    The same secret, design and post give the same coin whatever the plan says. Raises ValueError if `design`
    holds "|".
    """
    stratum, rate = _place(plan, score)
    return _toss(stratum, rate=rate, secret=secret, post_key=post_key, design=design)


def toss_removed(plan: AuditPlan, *, secret: bytes, post_key: str, design: str) -> Toss:
    """Toss for a post that the machine removed by itself: a second look tells takedown precision."""
    return _toss(REMOVED, rate=plan.removed_rate, secret=secret, post_key=post_key, design=design)


def certain(*, design: str, stratum: str = FLAGGED) -> Toss:
    """The draw of a post that a person looks at anyway: probability 1, so every routing is recorded alike."""
    return Toss(design=design, stratum=stratum, probability=1.0, coin=0.0, is_drawn=True)


@dataclass(frozen=True)
class ViewRates:
    """The second draw's probability for every post of a day: max(floor, min(1, factor pi1 views^0.75)).

    pi1 is the first draw's probability, which is r^0.4 up to a factor, with its floor: what is believed of the miss
    rate stands in it already.
    """

    floor: float
    factor: float

    def rate(self, *, first: float, views: int) -> float:
        return max(self.floor, min(1.0, self.factor * first * views**VIEW_POWER))


def allocate_by_views(first: Sequence[float], views: Sequence[int], *, budget: float) -> ViewRates:
    """The rates whose expected looks at these posts equal the budget; floor and cap as in allocate.

    Takes, for each post, the first draw's probability in (0, 1] and its views, from 1 on. For a hundred thousand posts
    it takes a fraction of a second.
    """
    weights = np.asarray(first, dtype=float) * np.asarray(views, dtype=float) ** VIEW_POWER
    return ViewRates(*_scale(np.ones(len(weights)), weights=weights, budget=budget))


def toss_by_views(rates: ViewRates, *, stratum: str, first: float, views: int, secret: bytes, post_key: str) -> Toss:
    """Toss for a post that the first draw left out, once its views are in; the coin is another than the first."""
    rate = rates.rate(first=first, views=views)
    return _toss(stratum, rate=rate, secret=secret, post_key=post_key, design=SECOND_DRAW)


def either(first: float, second: float) -> float:
    """The probability that at least one of two independent draws falls on a post."""
    return 1 - (1 - first) * (1 - second)


def toss_again(rate: float, *, stratum: str, secret: bytes, post_key: str) -> Toss:
    """Toss for the answer that one person gave on a post: whether somebody else is asked, blind; `rate` in [0, 1]."""
    return _toss(stratum, rate=rate, secret=secret, post_key=post_key, design=SECOND_LOOK)


def uniform(rate: float, *, removed_rate: float | None = None) -> AuditPlan:
    """One rate for all that passes; removed posts get the same unless said otherwise."""
    removed = rate if removed_rate is None else removed_rate
    return AuditPlan((Stratum("s1", 0.0, 1.0, rate),), unscored_rate=rate, removed_rate=removed)


def cut(scores: Sequence[float], *, n_strata: int = 8) -> tuple[float, ...]:
    """Edges of strata that share the cumulated root q^(1/3) of the passed posts' scores evenly.

    Takes calibrated scores in [0, 1], any order; returns ascending edges from 0 to 1, fewer than n_strata + 1
    where many posts share a score. Without scores, or when all are 0, there is one stratum.
    """
    values = np.asarray(scores, dtype=float)
    values = np.sort(np.clip(values[~np.isnan(values)], 0.0, 1.0))
    roots = np.cbrt(values)
    cumulated = np.cumsum(roots)
    if not values.size or cumulated[-1] <= 0:
        return (0.0, 1.0)
    starts = np.searchsorted(cumulated - roots, cumulated[-1] * np.arange(1, n_strata) / n_strata)
    inner = np.unique(values[starts[starts < values.size]])
    return (0.0, *(float(edge) for edge in inner if 0 < edge < 1), 1.0)


def allocate(
    edges: Sequence[float],
    *,
    expected_posts: Sequence[float],
    mean_scores: Sequence[float],
    audited: Sequence[int],
    found: Sequence[int],
    budget: float,
    unscored_posts: float = 0.0,
    removed_rate: float = REMOVED_RATE,
) -> AuditPlan:
    """The rates that buy the narrowest honest interval on machine recall for `budget` looks.

    All sequences have one entry a stratum: posts expected to pass in the period of the budget, their mean
    calibrated score, looks answered and confirmed finds of the last weeks (56 days work well). g = (sum found
    + 1)/(sum n q + 1); q~ = g (3/4 q + 1/4 mean q); r = (found + 1/2)/(n + 1/(2 q~)); rate = max(floor,
    min(1, c r^0.4)), c by bisection so that the expected looks equal the budget; floor a third of the uniform
    rate. Unscored posts are a stratum whose score is the mean. Looks at removed posts are no part of the
    budget. Raises InvalidPlan.
    """
    numbers = [*expected_posts, *mean_scores, *audited, *found, budget, unscored_posts]
    if not all(number >= 0 and math.isfinite(number) for number in numbers):
        raise InvalidPlan("posts, scores, looks, finds and the budget are finite and not negative")
    lengths = {len(expected_posts), len(mean_scores), len(audited), len(found)}
    if len(edges) < 2 or lengths != {len(edges) - 1}:
        raise InvalidPlan("every stratum needs its expected posts, mean score, looks and finds")
    weights = [rate**POWER for rate in _miss_rates(expected_posts, mean_scores, audited, found)]
    rates = _fit([*expected_posts, unscored_posts], weights=weights, budget=budget)
    strata = [
        Stratum(f"s{number}", low, high, rate)
        for number, ((low, high), rate) in enumerate(zip(pairwise(edges), rates[:-1], strict=True), start=1)
    ]
    return AuditPlan(tuple(strata), unscored_rate=rates[-1], removed_rate=removed_rate)


def _miss_rates(
    posts: Sequence[float], scores: Sequence[float], audited: Sequence[float], found: Sequence[float]
) -> list[float]:
    """The believed miss rate r per stratum and, last, of the unscored posts, which nothing was learned
    about."""
    everything = sum(posts)
    mean = sum(n * q for n, q in zip(posts, scores, strict=True)) / everything if everything > 0 else 0.0
    scale = (sum(found) + 1) / (sum(n * q for n, q in zip(audited, scores, strict=True)) + 1)
    believed = [
        max(scale * ((1 - FLAT_SHARE) * score + FLAT_SHARE * mean), SMALLEST_SCORE) for score in [*scores, mean]
    ]
    seen = zip([*found, 0], [*audited, 0], believed, strict=True)
    return [(finds + 0.5) / (looks + 0.5 / rate) for finds, looks, rate in seen]


def _fit(posts: Sequence[float], *, weights: Sequence[float], budget: float) -> list[float]:
    """Rates max(floor, min(1, c weight)) whose expected looks equal the budget; all 1 when it reaches for
    everything."""
    floor, factor = _scale(np.asarray(posts, dtype=float), weights=np.asarray(weights, dtype=float), budget=budget)
    return [max(floor, min(1.0, factor * weight)) for weight in weights]


def _scale(posts: Any, *, weights: Any, budget: float) -> tuple[float, float]:
    """The floor and the factor c of _fit; takes float arrays [N] of how many posts share each weight above 0."""
    everything = float(posts.sum())
    if budget >= everything:
        return (1.0 if budget > 0 else 0.0), 0.0
    floor = FLOOR_SHARE * budget / everything
    low, high = 0.0, 1 / float(weights.min())
    for _ in range(100):
        middle = (low + high) / 2
        looks = float(posts @ np.clip(middle * weights, floor, 1.0))
        low, high = (middle, high) if looks < budget else (low, middle)
    return floor, high


def _place(plan: AuditPlan, score: float | None) -> tuple[str, float]:
    if score is None or math.isnan(score):
        return UNSCORED, plan.unscored_rate
    # Rounding may leave a score a hair outside [0, 1]: it belongs to the nearest stratum, never to none.
    stratum = next((one for one in plan.strata if score < one.high), plan.strata[-1])
    return stratum.name, stratum.rate


def _toss(stratum: str, *, rate: float, secret: bytes, post_key: str, design: str) -> Toss:
    coin = _coin(secret, post_key=post_key, design=design)
    return Toss(design=design, stratum=stratum, probability=rate, coin=coin, is_drawn=coin < rate)


def _coin(secret: bytes, *, post_key: str, design: str) -> float:
    """HMAC-SHA256 of "design|post" as a number in [0, 1): its first 53 bits, all that a float holds."""
    if "|" in design:
        raise ValueError(f"the design {design!r} holds the separator '|', so two posts could share a coin")
    digest = hmac.new(secret, f"{design}|{post_key}".encode(), hashlib.sha256).digest()
    return (int.from_bytes(digest[:8], "big") >> (64 - COIN_BITS)) / 2**COIN_BITS
