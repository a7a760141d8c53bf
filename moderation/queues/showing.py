"""This will make queues and plans ready to be shown: in words, as series of charts. Pure but for the language."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from annotation.models import Desk, Lane, Purpose
from moderation import readings
from moderation.measurement.periods import Period
from moderation.models import QueueSample
from moderation.queues.capacity import Basis, Flow, Queues
from moderation.queues.staffing import Part, Plan
from moderation.statistics.intervals import Amount

FEW_DAYS = 7
LEAST_SLIDER = 100_000
# Beyond this a chart has one sample a day.
MOST_DAYS_WITH_TIMES = 170


@dataclass(frozen=True)
class ShownLane:
    """One lane of a desk, now; ``oldest_seconds`` is the age of what waits longest, None where nothing waits."""

    desk: str
    lane: str
    waiting: int
    overdue: int
    oldest_seconds: int | None


@dataclass(frozen=True)
class ShownDesk:
    name: str
    waiting: int
    overdue: int
    lanes: Sequence[ShownLane]


@dataclass(frozen=True)
class Rates:
    """How much came and was done an hour over a period: posts through screening, questions through people."""

    received: str
    screened: str
    opened: str
    finished: str
    answered: str


@dataclass(frozen=True)
class Shown:
    desks: Sequence[ShownDesk]
    rates: Rates | None
    posts_an_hour: str
    posts_an_hour_range: str
    is_hourly: bool
    depth: dict[str, Any]
    flows: dict[str, Any]


def show(found: Queues, period: Period) -> Shown:
    """Put the page together."""
    capacity = found.posts_an_hour
    return Shown(
        desks=[_desk(desk, found.now) for desk in Desk],
        rates=_rates(found.flows),
        posts_an_hour=readings.whole(float(capacity.estimate)) if capacity else "",
        posts_an_hour_range=_between(capacity, readings.whole) if capacity else "",
        is_hourly=found.is_hourly,
        depth=_depth(found.samples, days=period.days),
        flows=_flows(found.flows, is_hourly=found.is_hourly),
    )


def _desk(desk: Desk, now: Sequence[Mapping[str, Any]]) -> ShownDesk:
    here = {one["lane"]: one for one in now if one["desk"] == desk}
    lanes = [_lane(desk, lane, here.get(str(lane))) for lane in Lane]
    return ShownDesk(str(desk.label), sum(one.waiting for one in lanes), sum(one.overdue for one in lanes), lanes)


def _lane(desk: Desk, lane: Lane, row: Mapping[str, Any] | None) -> ShownLane:
    found = row or {"waiting": 0, "overdue": 0, "oldest_seconds": None}
    return ShownLane(str(desk), str(lane.label), found["waiting"], found["overdue"], found["oldest_seconds"])


def _rates(flows: Sequence[Flow]) -> Rates | None:
    if not flows:
        return None
    hours = sum(one.hours for one in flows)
    sums = {name: sum(getattr(one, name) for one in flows) for name in Rates.__dataclass_fields__}
    return Rates(**{name: _rate(total / hours) for name, total in sums.items()})


def _rate(an_hour: float) -> str:
    return readings.digits(an_hour) if an_hour < 1000 else readings.whole(an_hour)


def _depth(samples: Sequence[QueueSample], *, days: int) -> dict[str, Any]:
    """Return what waited at each desk over time; a desk at which nothing ever waited is left out."""
    series = {str(desk): [_sum(one, "waiting", desk) for one in samples] for desk in Desk}
    names = {str(desk): str(desk.label) for desk in Desk}
    return {
        "at": [_minutes(one.at) for one in samples],
        "has_times": days <= MOST_DAYS_WITH_TIMES,
        "desks": [{"key": key, "name": names[key], "waiting": values} for key, values in series.items() if any(values)],
        "overdue": [_sum(one, "overdue") for one in samples],
        "posts": [one.posts_waiting for one in samples],
    }


def _sum(sample: QueueSample, what: str, desk: Desk | None = None) -> int:
    return sum(int(one[what]) for one in sample.lanes if desk is None or one["desk"] == desk)


def _flows(flows: Sequence[Flow], *, is_hourly: bool) -> dict[str, Any]:
    names = ("received", "screened", "opened", "finished", "answered")
    return {"at": [_minutes(one.at) for one in flows], "is_hourly": is_hourly} | {
        name: [getattr(one, name) for one in flows] for name in names
    }


def _minutes(at: datetime) -> str:
    return at.isoformat(timespec="minutes")


@dataclass(frozen=True)
class ShownPart:
    """One kind of work in a plan; ``width`` is its share of the hours, in percent."""

    name: str
    key: str
    looks: str
    seconds: str
    hours: str
    width: float
    grows: bool


@dataclass(frozen=True)
class ShownPlan:
    """A plan in words; ranges are "" where nothing is uncertain. ``workers`` is "" where none was measured."""

    posts: str
    reviewers: str
    reviewers_range: str
    people: int
    hours: str
    hours_range: str
    workers: str
    workers_range: str
    parts: Sequence[ShownPart]


def plan(found: Plan | None) -> ShownPlan | None:
    """Say a plan; None where there is none."""
    if found is None:
        return None
    most = float(found.hours.estimate)
    return ShownPlan(
        posts=readings.whole(found.wish.posts),
        reviewers=readings.whole(float(found.reviewers.estimate)),
        reviewers_range=_between(found.reviewers, readings.whole),
        people=int(found.reviewers.estimate),
        hours=_rate(most),
        hours_range=_between(found.hours, _rate),
        workers=readings.whole(float(found.workers.estimate)) if found.workers else "",
        workers_range=_between(found.workers, readings.whole) if found.workers else "",
        parts=[_part(part, most) for part in sorted(found.parts, key=lambda part: -float(part.hours.estimate))],
    )


def _part(part: Part, most: float) -> ShownPart:
    hours = float(part.hours.estimate)
    return ShownPart(
        name=str(Purpose(part.name).label),
        key=part.name,
        looks=readings.whole(float(part.looks.estimate)),
        seconds=readings.digits(float(part.seconds.estimate)),
        hours=_rate(hours),
        width=round(100 * hours / most, 2) if most else 0.0,
        grows=part.grows,
    )


def _between(amount: Amount, say: Callable[[float], str]) -> str:
    low = say(float(amount.low))
    if math.isinf(float(amount.high)):
        return f"≥ {low}"
    high = say(float(amount.high))
    return "" if low == high else f"{low} – {high}"


@dataclass(frozen=True)
class ShownBasis:
    """What plans rest on; ``is_little`` where fewer than seven days had posts. ``most`` ends the slider of posts."""

    first: Any
    last: Any
    days: int
    posts: str
    peak: str
    most: int
    is_little: bool


def _round_up(n: int) -> int:
    """Return the next of 1, 2, 5, 10, 20, 50, …"""
    power = 10 ** math.floor(math.log10(n))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= n)


def basis(known: Basis) -> ShownBasis:
    """Say what plans rest on."""
    days = sum(1 for n in known.posts if n)
    return ShownBasis(
        first=known.first,
        last=known.last,
        days=days,
        posts=readings.whole(known.posts_a_day),
        peak=readings.digits(known.peak),
        most=_round_up(max(LEAST_SLIDER, 4 * known.posts_a_day)),
        is_little=days < FEW_DAYS,
    )
