"""This will make up days of which every post's truth is known, judged and audited as the service does."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from moderation.lab.days import CellKey, Day, Scored, keep
from moderation.lab.evidence import ANY_CLASS, Mark, Zone

KEYS = ("blood", "advert")
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


def known_day(
    chance: np.random.Generator,
    *,
    posts: int = 2000,
    review: float = 0.3,
    remove: float = 0.9,
    size: int = 500,
    answered: float = 1.0,
    blind: float = 0.0,
    keys: tuple[str, ...] = KEYS,
) -> Known:
    """Make a day; scores are calibrated but for a share of ``blind`` violations that score nothing.

    Everything over ``review`` in any class was seen by a person, everything over ``remove`` was removed, and what
    passed was drawn in three strata. ``answered`` is the share of drawn looks that people got round to.
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
    classes = np.where(is_answered & violates.any(axis=1), bits | (np.uint64(1) << np.uint64(ANY_CLASS)), 0)
    scored = Scored(
        ids=chance.integers(1, 2**60, posts),
        scores=scores,
        is_flagged=highest >= review,
        mark=np.full(posts, Mark.NONE, np.int64),
        cell=cell,
        is_drawn=is_drawn,
        is_answered=is_answered,
        classes=classes.astype(np.uint64),
    )
    return Known(keep(scored, keys=keys, cells=CELLS, size=size), scores, violates)


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
