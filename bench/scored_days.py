"""This will write the days that the threshold lab looks back on: scores of each class, and what chance found."""

from datetime import date, timedelta

import numpy as np

from config.accounts.models import Project
from models_registry.models import ModelVersion
from moderation.lab import gathering
from moderation.lab.days import CellKey, Scored, keep
from moderation.lab.evidence import ANY_CLASS, Mark, Zone

REVIEW, REMOVE = 0.3, 0.9
EDGES = (0.03, 0.1)
RATES = (0.005, 0.02, 0.1)
CELLS: tuple[CellKey, ...] = (
    (Zone.LOOKED_AT, "flagged", 1, 1.0),
    (Zone.REMOVED, "removed", 1, 0.2),
    *((Zone.PASSED, f"s{place}", 1, rate) for place, rate in enumerate(RATES)),
)


def fill(project: Project, version: ModelVersion, keys: tuple[str, ...], *, posts: int, days: int, until: date) -> None:
    """Write a row for each of so many days, the last of them ``until``; about 1 % of the posts violate."""
    chance = np.random.default_rng(20)
    for number in range(days):
        day = until - timedelta(days=number)
        kept = keep(_scored(chance, posts=posts, classes=len(keys)), keys=keys, cells=CELLS)
        gathering.stored(kept, project=project, day=day, version=version).save()


def _scored(chance: np.random.Generator, *, posts: int, classes: int) -> Scored:
    """Scores are calibrated: each is the chance with which its post violates."""
    scores = chance.beta(0.004, 1.2, (posts, classes))
    violates = chance.random(scores.shape) < scores
    highest = scores.max(axis=1)
    passed = 2 + np.searchsorted(EDGES, highest, side="right")
    cell = np.where(highest >= REMOVE, 1, np.where(highest >= REVIEW, 0, passed))
    is_drawn = chance.random(posts) < np.array([one[3] for one in CELLS])[cell]
    bits = (violates * (np.uint64(1) << np.arange(classes, dtype=np.uint64))).sum(axis=1).astype(np.uint64)
    found = np.where(is_drawn & violates.any(axis=1), bits | (np.uint64(1) << np.uint64(ANY_CLASS)), 0)
    return Scored(
        ids=chance.integers(1, 2**60, posts),
        scores=scores.astype(np.float32),
        is_flagged=highest >= REVIEW,
        mark=np.full(posts, Mark.NONE, np.int64),
        cell=cell,
        is_drawn=is_drawn,
        is_answered=is_drawn,
        classes=found.astype(np.uint64),
    )
