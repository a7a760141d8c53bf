"""This will play seasons of good machines and of machines gone wrong through the guard and the final evaluation.

Ninety days each, 200 seeded seasons a machine, at 50,000 posts and 150 drawn looks a day (small: 1,500 and 50), 1 % of
the posts violations, reviewers who err 2 % of the time. Every bad one must be stopped by the guard or end in NO-GO, 200
of 200; of the good ones the guard may stop at most 2 of 200. A machine that keeps to its floor by a hair is no worse
than a good one here: the promise is made at the floor.
"""

import sys
import time
import zlib
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from statistics import median

import numpy as np

from bench.figures import Figure
from bench.machines import (
    Machine,
    Season,
    Volume,
    constant,
    inverted,
    play,
    trained,
    turned_round,
)
from moderation.go_no_go import betting, criteria, judging
from moderation.go_no_go.judging import Recommendation
from moderation.measurement.estimating import estimate

SEASONS = 200
DAYS = 90
PROCESSES = 2
MOST_FALSE_ALARMS = 2
CHANGES_ON = 60
SMALL = Volume(posts=1_500, looks=50)
LIMITS = {
    betting.RECALL: criteria.RECALL_FLOOR,
    betting.PRECISION: criteria.FLAG_PRECISION_FLOOR,
    betting.TAKEDOWN: criteria.TAKEDOWN_FLOOR,
    betting.SHARE: criteria.FLAGGED_CEILING,
}
# What the period is held to at its end.
TARGETS = {"machine_recall": 0.5, "flag_precision": 0.03}


@dataclass(frozen=True)
class Kind:
    """A machine, or two of which the second takes over on day 60; `is_bad` None: shown, and held to nothing."""

    name: str
    machine: Machine
    then: Machine | None = None
    is_bad: bool | None = False
    volume: Volume = Volume()

    @property
    def days(self) -> list[Machine]:
        first = DAYS if self.then is None else CHANGES_ON
        return [self.machine] * first + ([self.then] * (DAYS - first) if self.then else [])


@dataclass(frozen=True)
class Result:
    """Of all seasons: on which day the guard stopped each (None: never), and what the figures say at the end."""

    kind: Kind
    stopped: list[int | None]
    by: list[str]
    ended: list[Recommendation]
    seconds: float

    @property
    def stops(self) -> list[int]:
        return [one for one in self.stopped if one is not None]

    @property
    def ended_badly(self) -> int:
        """Stopped, or NO-GO at the end."""
        both = zip(self.stopped, self.ended, strict=True)
        return sum(day is not None or said == Recommendation.NO_GO for day, said in both)


def kinds() -> list[Kind]:
    nothing, everything = constant(flags=False), constant(flags=True)
    good = trained(0.9)
    return [
        Kind("good, recall .70", trained(0.7)),
        Kind("good, recall .80", trained(0.8)),
        Kind("good, recall .90", good),
        Kind("good, recall .97", trained(0.97)),
        Kind("good, recall .90, removes by itself", trained(0.9, removes=True)),
        Kind("good, recall .90, blind to 2 %", trained(0.9, auc=0.995, blind=0.02)),
        Kind("good, recall .90, over-confident", trained(0.9, confidence=1.6)),
        Kind("just at the floor, recall .50", trained(0.5)),
        Kind("constant score, flags nothing", nothing, is_bad=True),
        Kind("constant score, flags everything", everything, is_bad=True),
        Kind("inverted labels, as many flags", inverted(), is_bad=True),
        Kind("inverted labels, same thresholds", turned_round(), is_bad=True),
        Kind("inverted labels, removes by itself", inverted(removes=True), is_bad=True),
        Kind("good for 60 days, then flags nothing", good, then=nothing, is_bad=True),
        Kind("good for 60 days, then inverted", good, then=inverted(), is_bad=True),
        Kind("small, good, recall .90", good, volume=SMALL),
        Kind("small, flags nothing", nothing, is_bad=True, volume=SMALL),
        Kind("small, inverted labels", inverted(), is_bad=True, volume=SMALL),
        Kind("mediocre, recall .30", trained(0.3), is_bad=None),
        Kind("mediocre, recall .40", trained(0.4), is_bad=None),
    ]


def run(words: Sequence[str] = ()) -> list[Figure]:
    """Play all kinds, or those whose name has all the words; prints the table, returns what is held to a limit."""
    chosen = [one for one in kinds() if all(word in one.name for word in words)]
    results: list[Result] = []
    with ProcessPoolExecutor(PROCESSES) as pool:
        for result in pool.map(measure, chosen):
            results.append(result)
            print(f"  {result.kind.name}: {result.seconds:.0f} s", file=sys.stderr, flush=True)
    print("\n".join(["", *_HEAD, *map(_row, results)]), flush=True)
    return [_figure(one) for one in results if one.kind.is_bad is not None]


def measure(kind: Kind) -> Result:
    """Play one kind's seasons. The same kind gives the same seasons on every machine."""
    start = time.monotonic()
    stopped, by, ended = [], [], []
    for number in range(SEASONS):
        season = play(
            kind.days, volume=kind.volume, chance=np.random.default_rng([zlib.crc32(kind.name.encode()), number])
        )
        day, guarded = _stopped(season)
        stopped.append(day)
        by += [guarded] if guarded else []
        ended.append(_recommended(season))
    return Result(kind, stopped, by, ended, time.monotonic() - start)


def _stopped(season: Season) -> tuple[int | None, str]:
    """The day, from 1, after which the guard stops the machine, and what it was that fired."""
    fires_at = np.log(len(LIMITS) / betting.FALSE_ALARMS)
    fired = []
    for guarded, limit in LIMITS.items():
        reached = np.flatnonzero(betting.log_capital(season.days, guarded, limit=limit) >= fires_at)
        fired += [(int(reached[0]) + 1, guarded)] if reached.size else []
    return min(fired, default=(None, ""))


def _recommended(season: Season) -> Recommendation:
    """What the figures of the whole season say, had nobody stopped it."""
    found = estimate(season.evidence()).intervals
    judgements = [judging.judge(found.get(key), direction="at_least", target=target) for key, target in TARGETS.items()]
    return judging.recommend(judgements)


_HEAD = (
    "| machine | machine recall | flag precision | flagged | stopped by the guard | on day: median, last | "
    "posts until then | by | figures at the end | stopped or NO-GO |",
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- | --- | ---: |",
)


def _row(one: Result) -> str:
    machine = one.kind.then or one.kind.machine
    since = CHANGES_ON if one.kind.then else 0
    days = [day - since for day in one.stops if day > since]
    when = f"{median(days):g}, {max(days)}" if days else "–"
    posts = f"{round(median(days)) * one.kind.volume.posts:,}" if days else "–"
    said = ", ".join(f"{one.ended.count(what)} {what.name}" for what in Recommendation if what in one.ended)
    by = ", ".join(f"{one.by.count(what)} {what}" for what in LIMITS if what in one.by)
    precision = "–" if np.isnan(machine.flag_precision) else f"{100 * machine.flag_precision:.1f} %"
    return (
        f"| {one.kind.name} | {100 * machine.recall:.0f} % | {precision} | {100 * machine.flagged_share:.1f} % | "
        f"{len(one.stops)} of {SEASONS} | {when} | {posts} | {by} | {said} | {one.ended_badly} of {SEASONS} |"
    )


def _figure(one: Result) -> Figure:
    if one.kind.is_bad:
        name = f"{one.kind.name}: stopped or NO-GO"
        return Figure(name, one.ended_badly, f"of {SEASONS}", limit=SEASONS, is_least=True)
    return Figure(f"{one.kind.name}: stopped", len(one.stops), f"of {SEASONS}", limit=MOST_FALSE_ALARMS)
