"""This will lay the evidence of many parts out in columns, so that all of them are estimated at once.

Pure. One entry for each part, in their order.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from moderation.measurement.evidence import Evidence, Passed, SecondLooked, Weighed
from moderation.statistics import reviewer_error
from moderation.statistics.reviewer_error import Group, Sensitivity
from moderation.statistics.weighing import (
    Cell,
    Cells,
    Finds,
    Tally,
    beside,
    cells_of,
    stacked_cells,
    stacked_finds,
    tally,
)

Numbers = NDArray[np.int_]


@dataclass(frozen=True, eq=False)
class Columns:
    """Counts are of posts. People were ``asked`` about what was flagged, and about ``unscored`` ones; of what they
    ``answered`` the ``removable`` would have been removed. ``removed`` is what the machine removed, ``scored`` all that
    it judged.

    ``violating`` and ``fine`` are those that were first answered so, with their second looks.
    """

    asked: Numbers
    answered: Numbers
    violations: Numbers
    removable: Numbers
    removable_violations: Numbers
    unscored: Numbers
    unscored_violations: Numbers
    scored: Numbers
    removed: Numbers
    removed_violations: Tally
    removed_others: Tally
    finds: Finds
    cells: Cells
    looks: Numbers
    violating: Group
    fine: Group
    reviewers: Sensitivity
    in_time: Numbers
    late: Numbers

    @property
    def with_unscored(self) -> "Columns":
        """The same, as if unscored posts had passed, and all been looked at."""
        cells = stacked_cells([cells_of([Cell(n, probability=1.0, mean_score=0.0)]) for n in self.unscored.tolist()])
        return replace(self, cells=beside(self.cells, cells))


def columns(every: Sequence[Evidence]) -> Columns:
    """Lay out what each metric rests on. Raises ImpossibleProbability."""
    flagged, removable = [one.flagged for one in every], [one.removable for one in every]
    removed, passed = [one.removed for one in every], [one.passed for one in every]
    panels = [reviewer_error.panel(found=one.reviewed.gold_found, gold=one.reviewed.gold) for one in every]
    return Columns(
        asked=_counts(one.posts + more.posts for one, more in zip(flagged, removable, strict=True)),
        answered=_counts(one.answered + more.answered for one, more in zip(flagged, removable, strict=True)),
        violations=_counts(one.violations + more.violations for one, more in zip(flagged, removable, strict=True)),
        removable=_counts(one.answered for one in removable),
        removable_violations=_counts(one.violations for one in removable),
        unscored=_counts(one.unscored.answered for one in every),
        unscored_violations=_counts(one.unscored.violations for one in every),
        scored=_counts(one.scored for one in every),
        removed=_counts(one.posts for one in removed),
        removed_violations=_tally(_pairs(one.violations) for one in removed),
        removed_others=_tally(_pairs(one.others) for one in removed),
        finds=stacked_finds([_finds(one) for one in passed]),
        cells=stacked_cells([cells_of(cells_in(one)) for one in passed]),
        looks=_counts(one.answered for one in passed),
        violating=_group([one.reviewed.violations for one in every]),
        fine=_group([one.reviewed.others for one in every]),
        reviewers=Sensitivity(
            np.array([one.share for one in panels]), np.array([one.relative_variance for one in panels])
        ),
        in_time=_counts(one.tally.in_time for one in every),
        late=_counts(one.tally.late for one in every),
    )


def cells_in(passed: Passed) -> list[Cell]:
    """What passed, as if the unanswered ones had not been drawn."""
    share = passed.shares()
    return [Cell(one.posts, one.probability * share[one.stratum], one.mean_score) for one in passed.cells]


def _finds(passed: Passed) -> Finds:
    share = passed.shares()
    return _alike([(one.probability * share[one.stratum], one.n) for one in passed.finds])


def _alike(pairs: Sequence[tuple[float, int]]) -> Finds:
    """Finds of posts, so many of each probability: thousands of them over years."""
    probability, n = np.array(pairs, dtype=float).reshape(-1, 2).T
    return Finds(probability, np.ones(len(pairs)), n)


def _tally(rows: Iterable[Sequence[tuple[float, int]]]) -> Tally:
    return tally(stacked_finds([_alike(row) for row in rows]))


def _pairs(groups: Sequence[Weighed]) -> list[tuple[float, int]]:
    return [(one.probability, one.n) for one in groups]


def _group(every: Sequence[SecondLooked]) -> Group:
    # A look of a post whose own answer was taken back meanwhile may be one too many.
    posts = _counts(max(one.posts, one.looks) for one in every)
    return Group(posts, _tally(one.violations for one in every), _tally(one.others for one in every))


def _counts(each: Iterable[int]) -> Numbers:
    return np.array([*each], dtype=int)
