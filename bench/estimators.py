"""This will prove the estimators on simulated periods: ``python -m bench.estimators [word …]`` plays what is named.

The grid: six kinds of traffic, prevalence 0.3, 1 and 5 %, true machine recall .7, .9 and .97, three budgets; 2,000
periods a cell, each played with planned and with uniform looks. With words only the cells are played whose name has
them all, such as ``drift R=.9``. Monte-Carlo error of a coverage of 95 % is 0.5 points, of a median width about 1 %.
"""

import sys
import time
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import product

import numpy as np

from bench import estimators_report as report
from bench import intervals, views
from bench.figures import Figure, table
from bench.intervals import Measured
from bench.seasons import WARM_UP_DAYS, Budget, Flags, Looks, Season, flags, outbreaks, play
from bench.traffic import Day, Traffic, drifting, ordinary

SEASONS = 2_000
PROCESSES = 2
PREVALENCES = (0.003, 0.01, 0.05)
RECALLS = (0.7, 0.9, 0.97)
BUDGETS = (Budget(1_500, 50, 30), Budget(50_000, 150, 30), Budget(50_000, 400, 90))


@dataclass(frozen=True)
class Kind:
    """A kind of traffic: what the model is like, how days differ, how often people err."""

    name: str
    auc: float = 0.98
    blind: float = 0.0
    confidence: float = 1.0
    sinks: float = 0.0
    error: float = 0.0
    days: Callable[..., list[Day]] = ordinary


KINDS = (
    Kind("calibrated"),
    Kind("very good", auc=0.995),
    Kind("over-confident", confidence=1.6),
    Kind("blind spot", auc=0.995, blind=0.02),
    Kind("drift", blind=0.02, sinks=0.5, days=drifting),
    Kind("people err", error=0.02),
)


@dataclass(frozen=True)
class Cell:
    kind: Kind
    prevalence: float
    recall: float
    budget: Budget

    @property
    def name(self) -> str:
        posts, looks, days = self.budget.posts_a_day, self.budget.looks_a_day, self.budget.days
        recall = f"{self.recall:g}".removeprefix("0")
        return f"{self.kind.name}, {100 * self.prevalence:g} %, R={recall}, {posts:,}/{looks}/{days} d"

    def season(self) -> Season:
        kind = self.kind
        traffic = Traffic(self.prevalence, self.recall, kind.auc, kind.blind, kind.confidence, kind.sinks)
        days = kind.days(traffic, n=self.budget.days + WARM_UP_DAYS)
        return Season(traffic, self.budget, days, error=kind.error, breaks_out=kind.days is drifting)


GRID = tuple(Cell(*one) for one in product(KINDS, PREVALENCES, RECALLS, BUDGETS))


def run(words: Sequence[str] = ()) -> list[Figure]:
    """Play the grid, or the cells whose name has all the words; prints tables, returns what is held to a limit."""
    cells = [cell for cell in GRID if all(word in cell.name for word in words)]
    results: list[report.Result] = []
    with ProcessPoolExecutor(PROCESSES) as pool:
        for result in pool.map(measure, cells):
            results.append(result)
            print(f"  {len(results)}/{len(cells)} {result.name}: {result.seconds:.1f} s", file=sys.stderr, flush=True)
    print(report.tables(results), flush=True)
    return report.figures(results)


def measure(cell: Cell) -> report.Result:
    """Play one cell. The same cell gives the same numbers on every machine."""
    start = time.monotonic()
    season, chance = cell.season(), np.random.default_rng(zlib.crc32(cell.name.encode()))
    factors = outbreaks(season, seasons=SEASONS, chance=chance)
    flagged = flags(season, factors=factors, chance=chance)
    planned, uniform = (play(season, factors=factors, is_uniform=one, chance=chance) for one in (False, True))
    found, compared = (_measured(looks, flagged, season, chance=chance) for looks in (planned, uniform))
    return report.Result(
        name=cell.name,
        kind=cell.kind.name,
        recall=cell.recall,
        finds=float(planned.finds.sum(axis=1).mean()),
        looks=float(planned.drawn.sum(axis=1).mean()) / cell.budget.days,
        uniform_looks=float(uniform.drawn.sum(axis=1).mean()) / cell.budget.days,
        limit=season.traffic.theoretical_limit(season.measured),
        ratio=found["machine recall"].width / compared["machine recall"].width,
        coverage={name: one.coverage for name, one in found.items()},
        bias={name: one.bias for name, one in found.items()},
        width=found["machine recall"].width,
        seconds=time.monotonic() - start,
    )


def _measured(looks: Looks, flagged: Flags, season: Season, *, chance: np.random.Generator) -> dict[str, Measured]:
    if not season.error:
        found = intervals.metrics(looks, flagged, chance=chance)
        found["violating views"] = views.by_second_draw(looks, season, chance=chance)
        return found | {report.BY_AUDITS_ALONE: views.by_audits_alone(looks, chance=chance)}
    carried = intervals.with_errors(looks, flagged, error=season.error, chance=chance)
    taken = intervals.taken_for_true(looks, flagged, error=season.error, chance=chance)
    return carried | {report.TAKEN_FOR_TRUE: taken}


if __name__ == "__main__":
    kept = run(sys.argv[1:])
    print(f"\n{table(kept)}")
    sys.exit(0 if all(figure.is_kept for figure in kept) else 1)
