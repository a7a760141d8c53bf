"""This will make up days of which every post's truth is known, judged, audited and looked at again as the service
does, and say of the same days what `measurement` would be given."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from moderation.lab.days import CellKey, Day, Scored, keep
from moderation.lab.errors import Again
from moderation.lab.evidence import ANY_CLASS, Mark, Zone
from moderation.measurement.evidence import (
    Evidence,
    Looked,
    Passed,
    Passing,
    Removed,
    Reviewed,
    SecondLooked,
    Weighed,
)

KEYS = ("blood", "advert")
ANY = np.uint64(1) << np.uint64(ANY_CLASS)
RATES = (0.02, 0.06, 0.25)
EDGES = (0.0, 0.03, 0.1, 1.0)
CELLS: tuple[CellKey, ...] = (
    (Zone.LOOKED_AT, "flagged", 1, 1.0),
    (Zone.REMOVED, "removed", 1, 0.2),
    *((Zone.PASSED, f"s{place}", 1, rate) for place, rate in enumerate(RATES)),
)


@dataclass(frozen=True)
class Known:
    """A day as the lab sees it, and what no service knows: whether each post violates, class by class [N, C]."""

    day: Day
    scores: NDArray[np.float32]
    violates: NDArray[np.bool_]
    scored: Scored
    again: Again


def known_day(
    chance: np.random.Generator,
    *,
    posts: int = 2000,
    review: float = 0.3,
    remove: float = 0.9,
    size: int = 500,
    answered: float = 1.0,
    blind: float = 0.0,
    error: float = 0.0,
    again: float = 0.0,
    keys: tuple[str, ...] = KEYS,
) -> Known:
    """Make a day; scores are calibrated but for a share of ``blind`` violations that score nothing.

    Everything over ``review`` in any class was seen by a person, everything over ``remove`` was removed, and what
    passed was drawn in three strata. ``answered`` is the share of drawn looks that people got round to. Single answers
    on what was flagged are wrong in ``error`` of them, and a share ``again`` of them is looked at again, rightly.
    """
    likely = chance.beta(0.05, 1.2, (posts, len(keys)))
    violates = chance.random(likely.shape) < likely
    hidden = violates & (chance.random(likely.shape) < blind)
    scores = np.where(hidden, chance.beta(0.05, 5, likely.shape), likely).astype(np.float32)
    highest = scores.max(axis=1)
    strata = 2 + np.searchsorted(EDGES[1:-1], highest, side="right")
    cell = np.where(highest >= remove, 1, np.where(highest >= review, 0, strata))
    is_drawn = chance.random(posts) < np.array([one[3] for one in CELLS])[cell]
    is_answered = is_drawn & (chance.random(posts) < answered)
    bits = (violates * (np.uint64(1) << np.arange(len(keys), dtype=np.uint64))).sum(axis=1).astype(np.uint64)
    true = np.where(violates.any(axis=1), bits | ANY, np.uint64(0))
    is_wrong = (cell == 0) & (chance.random(posts) < error) if error else np.zeros(posts, np.bool_)
    said = np.where(is_wrong, np.where(true > 0, np.uint64(0), ANY | np.uint64(1)), true)
    is_again = (cell == 0) & is_answered & (chance.random(posts) < again) if again else np.zeros(posts, np.bool_)
    seconds = Again(scores[is_again], said[is_again], true[is_again], np.full(int(is_again.sum()), again))
    scored = Scored(
        ids=chance.integers(1, 2**60, posts),
        scores=scores,
        is_flagged=highest >= review,
        mark=np.full(posts, Mark.NONE, np.int64),
        cell=cell,
        is_drawn=is_drawn,
        is_answered=is_answered,
        classes=np.where(is_answered, said, 0).astype(np.uint64),
    )
    return Known(keep(scored, keys=keys, cells=CELLS, again=seconds, size=size), scores, violates, scored, seconds)


def measured(known: Sequence[Known], *, gold: int = 0, gold_found: int = 0) -> Evidence:
    """What `measurement` is given of days of which everything was answered."""
    cell, highest = (
        np.concatenate(column)
        for column in zip(*((one.scored.cell, one.scores.max(axis=1)) for one in known), strict=True)
    )
    told, bad = (
        np.concatenate(column)
        for column in zip(*((one.scored.is_answered, one.scored.classes > 0) for one in known), strict=True)
    )
    passing, finds = [], []
    for place, (zone, stratum, _, rate) in enumerate(CELLS):
        mine = cell == place
        looks, found = int((mine & told).sum()), int((mine & told & bad).sum())
        if zone == Zone.PASSED:
            passing.append(Passing(stratum, int(mine.sum()), rate, float(highest[mine].mean()), looks, looks, 0))
            finds += [Weighed(stratum, rate, found)] if found else []
    flagged, removed = cell == 0, cell == 1
    found, second = int((flagged & bad).sum()), int((removed & told & bad).sum())
    rate = CELLS[1][3]
    return Evidence(
        flagged=Looked(int(flagged.sum()), int((flagged & told).sum()), found),
        removed=Removed(
            int(removed.sum()),
            (Weighed("removed", rate, second),),
            (Weighed("removed", rate, int((removed & told).sum()) - second),),
        ),
        passed=Passed(tuple(passing), tuple(finds)),
        reviewed=Reviewed(
            violations=_looked_again(known, found, is_said=True),
            others=_looked_again(known, int(flagged.sum()) - found, is_said=False),
            gold=gold,
            gold_found=gold_found,
        ),
    )


def _looked_again(known: Sequence[Known], posts: int, *, is_said: bool) -> SecondLooked:
    ends: Counter[tuple[bool, float]] = Counter()
    for one in known:
        for first, settled, rate in zip(one.again.first, one.again.settled, one.again.probability, strict=True):
            if (first > 0) == is_said:
                ends[bool(settled > 0), float(rate)] += 1
    sides = (tuple((rate, n) for (is_bad, rate), n in ends.items() if is_bad == wanted) for wanted in (True, False))
    return SecondLooked(posts, *sides)


def truly(known: list[Known], *, remove: float, review: float) -> dict[str, float]:
    """What a policy with the same two thresholds for every class would have done, counted over everything."""
    scores = np.concatenate([one.scores for one in known])
    bad = np.concatenate([one.violates for one in known]).any(axis=1)
    flagged = (scores >= np.float32(min(remove, review))).any(axis=1)
    removed = (scores >= np.float32(remove)).any(axis=1)
    return {
        "removals": removed.sum(),
        "reviews": (flagged & ~removed).sum(),
        "caught": (flagged & bad).sum(),
        "missed": (~flagged & bad).sum(),
        "wrongful": (removed & ~bad).sum(),
        "flag_precision": (flagged & bad).sum() / max(flagged.sum(), 1),
        "takedown_precision": (removed & bad).sum() / max(removed.sum(), 1),
        "machine_recall": (flagged & bad).sum() / max(bad.sum(), 1),
    }
