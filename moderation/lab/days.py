"""This will put a day's posts into as few bytes as tell everything, and a period's days together. Pure.

A day keeps a sample of bounded size (`sample`), every answered look that found a violation and every answered look at
what the machine removed, every settled second look at what was flagged, and how many posts and looks there were in each
cell: posts that shared zone, stratum, audit plan and recorded probability.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from moderation.lab import sample
from moderation.lab.errors import Again
from moderation.lab.evidence import Evidence, Floats, Looks, Posts, Whole, Zone

KEPT_PER_DAY = 3000
ANSWERED = 4
# Among these what nobody saw is weighed by what was seen of both: see `measurement.evidence.Passed.shares`.
_NOT_FLAGGED = (Zone.PASSED, Zone.ANYWAY)
_AGAIN = ("scores", "first", "settled", "probability")
Rows = NDArray[np.void]
CellKey = tuple[int, str, int, float]


@dataclass(frozen=True)
class Cell:
    """``posts`` of a day that shared the chance of a look; ``drawn`` of them were to be looked at."""

    zone: int
    stratum: str
    plan: int
    probability: float
    posts: int
    drawn: int
    answered: int

    @property
    def key(self) -> CellKey:
        return self.zone, self.stratum, self.plan, self.probability

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Scored:
    """Every post of a day that one model version scored; ``classes`` as in Looks, 0 where nobody answered."""

    ids: NDArray[np.int64]  # [N]
    scores: NDArray[np.float32]  # [N, C]
    is_flagged: NDArray[np.bool_]  # [N]
    mark: Whole  # [N]
    cell: Whole  # [N], places in the list of keys
    is_drawn: NDArray[np.bool_]  # [N]
    is_answered: NDArray[np.bool_]  # [N]
    classes: NDArray[np.uint64]  # [N]


@dataclass(frozen=True)
class Day:
    """What is kept of a day: structured rows by ascending priority, and the cut that chose them."""

    keys: tuple[str, ...]
    cells: tuple[Cell, ...]
    posts: Rows
    cut: float | None
    looks: Rows
    again: Rows


def post_rows(classes: int) -> np.dtype[np.void]:
    """How a sampled post is stored, little-endian; ``mark`` is the Mark, plus ANSWERED where somebody looked."""
    scores = ("scores", "<f4", (classes,))
    return np.dtype([("priority", "<f8"), ("weight", "<f8"), ("cell", "<u2"), ("mark", "u1"), scores])


def look_rows(classes: int) -> np.dtype[np.void]:
    """How a look is stored, little-endian."""
    return np.dtype([("classes", "<u8"), ("cell", "<u2"), ("mark", "u1"), ("scores", "<f4", (classes,))])


def again_rows(classes: int) -> np.dtype[np.void]:
    """How a second look is stored, little-endian."""
    return np.dtype([("first", "<u8"), ("settled", "<u8"), ("probability", "<f8"), ("scores", "<f4", (classes,))])


def keep(
    scored: Scored,
    *,
    keys: tuple[str, ...],
    cells: Sequence[CellKey],
    again: Again | None = None,
    size: int = KEPT_PER_DAY,
) -> Day:
    """Keep of a day what the lab needs; the same posts and answers give the same bytes."""
    weights = sample.weights(scored.scores.max(axis=1, initial=0.0).astype(np.float64), is_flagged=scored.is_flagged)
    priorities = sample.coins(scored.ids) / weights
    kept, cut = sample.chosen(priorities, size=size)
    posts = np.zeros(len(kept), post_rows(len(keys)))
    posts["priority"], posts["weight"] = priorities[kept], weights[kept]
    posts["cell"], posts["scores"] = scored.cell[kept], scored.scores[kept]
    posts["mark"] = scored.mark[kept] + ANSWERED * (scored.is_drawn & scored.is_answered)[kept]
    zone = np.array([one[0] for one in cells], dtype=np.int64)
    told = scored.is_drawn & scored.is_answered & ((scored.classes > 0) | (zone[scored.cell] == Zone.REMOVED))
    looked = np.flatnonzero(told)
    looked = looked[np.argsort(scored.ids[looked], kind="stable")]
    looks = np.zeros(len(looked), look_rows(len(keys)))
    for name in ("classes", "cell", "mark", "scores"):
        looks[name] = getattr(scored, name)[looked]
    return Day(keys, _cells(scored, cells), posts, cut, looks, _again_kept(again, classes=len(keys)))


def _again_kept(again: Again | None, *, classes: int) -> Rows:
    rows = np.zeros(0 if again is None else len(again.probability), again_rows(classes))
    if again is not None:
        for name in _AGAIN:
            rows[name] = getattr(again, name)
    return rows


def _cells(scored: Scored, cells: Sequence[CellKey]) -> tuple[Cell, ...]:
    answered = scored.is_drawn & scored.is_answered
    counts = [
        np.bincount(scored.cell[chosen], minlength=len(cells))
        for chosen in (np.ones_like(scored.is_drawn), scored.is_drawn, answered)
    ]
    return tuple(Cell(*key, *(int(one[place]) for one in counts)) for place, key in enumerate(cells))


def thinned(day: Day, *, size: int) -> Day:
    """The same day with at most ``size`` posts in its sample."""
    if len(day.posts) <= size:
        return day
    return Day(day.keys, day.cells, day.posts[:size], float(day.posts["priority"][size]), day.looks, day.again)


def together(days: Iterable[Day]) -> Evidence | None:
    """Join the days of a period; None where nothing was scored. All of them have the same classes in the same order."""
    joined = [day for day in days if day.cells]
    if not joined:
        return None
    merged = _merged(joined)
    reach = _answered_reach(merged)
    # Cells of one zone that share a probability are one group from here on.
    groups = {pair: place for place, pair in enumerate(sorted(set(reach.values())))}
    place = {key: groups[pair] for key, pair in reach.items()}
    maps = [np.array([place[cell.key] for cell in day.cells], dtype=np.int64) for day in joined]
    return Evidence(
        keys=joined[0].keys,
        posts=_posts(joined, maps),
        looks=_looks(joined, maps),
        zone=np.array([zone for zone, _ in groups], dtype=np.int64),
        probability=np.array([probability for _, probability in groups]),
        count=sum(cell.posts for cell in merged),
        answered=sum(cell.answered for cell in merged),
        again=Again(*(np.concatenate([day.again[name] for day in joined]) for name in _AGAIN)),
    )


def _merged(days: Sequence[Day]) -> list[Cell]:
    found: dict[CellKey, Cell] = {}
    for cell in (cell for day in days for cell in day.cells):
        known = found.get(cell.key)
        counts = (cell.posts, cell.drawn, cell.answered)
        if known:
            counts = (known.posts + cell.posts, known.drawn + cell.drawn, known.answered + cell.answered)
        found[cell.key] = Cell(*cell.key, *counts)
    return list(found.values())


def _answered_reach(cells: Sequence[Cell]) -> dict[CellKey, tuple[int, float]]:
    """The zone of each cell and its probability times the share of its looks that are answered.

    Where none of a cell is answered the share is that of the whole zone: as in `measurement`, unanswered looks count as
    if they had not been drawn.
    """
    share = {}
    for zone in {cell.zone for cell in cells}:
        alike = [cell for cell in cells if cell.zone in (_NOT_FLAGGED if zone in _NOT_FLAGGED else (zone,))]
        drawn, answered = (sum(getattr(cell, name) for cell in alike) for name in ("drawn", "answered"))
        share[zone] = answered / drawn if drawn else 1.0
    return {
        cell.key: (cell.zone, cell.probability * (cell.answered / cell.drawn if cell.answered else share[cell.zone]))
        for cell in cells
    }


def _posts(days: Sequence[Day], maps: Sequence[Whole]) -> Posts:
    mark = np.concatenate([day.posts["mark"] for day in days]).astype(np.int64)
    rate: list[Floats] = [sample.rates(day.posts["weight"], cut=day.cut) for day in days]
    scores = np.concatenate([day.posts["scores"] for day in days])
    return Posts(
        # One class after the other, as thresholds are compared with them.
        scores=np.asfortranarray(scores),
        highest=scores.max(axis=1, initial=0.0).astype(np.float64),
        rate=np.concatenate(rate),
        group=np.concatenate([place[day.posts["cell"]] for day, place in zip(days, maps, strict=True)]),
        mark=mark % ANSWERED,
        is_answered=mark >= ANSWERED,
    )


def _looks(days: Sequence[Day], maps: Sequence[Whole]) -> Looks:
    return Looks(
        scores=np.asfortranarray(np.concatenate([day.looks["scores"] for day in days])),
        group=np.concatenate([place[day.looks["cell"]] for day, place in zip(days, maps, strict=True)]),
        mark=np.concatenate([day.looks["mark"] for day in days]).astype(np.int64),
        classes=np.concatenate([day.looks["classes"] for day in days]),
    )
