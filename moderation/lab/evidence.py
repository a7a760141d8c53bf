"""This will hold what is known of a period's posts, and sum any part of it. Pure.

A part is given by a level for each post: the post belongs to the parts 0 … level - 1. With one part a level is whether
a post belongs to it; with a rising threshold the parts lie inside each other, and all of them are summed at once.
"""

from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from moderation.lab import errors
from moderation.lab.errors import Again, Errors
from moderation.statistics.reviewer_error import FLAWLESS, Sensitivity

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
ANY_CLASS = 63
MOST_CLASSES = 63


class Zone(IntEnum):
    """How people came to look: at all that was flagged, at what passed by a draw, at what the machine removed by a
    draw, and at all of what would have passed but was to be seen anyway."""

    LOOKED_AT, PASSED, REMOVED, ANYWAY = range(4)


class Mark(IntEnum):
    """Whether a business rule decides about a post whatever its scores say."""

    NONE, TRUSTED, ALWAYS_A_PERSON = range(3)


@dataclass(frozen=True)
class Posts:
    """Scored posts: a sample, or all. ``rate`` is the probability with which each was kept."""

    scores: NDArray[np.float32]  # [N, C]
    highest: Floats  # [N], of a post's scores
    rate: Floats  # [N], in (0, 1]
    group: Whole  # [N]
    mark: Whole  # [N]
    is_answered: NDArray[np.bool_]  # [N]


@dataclass(frozen=True)
class Looks:
    """Every answered look that found a violation, and of what the machine removed every answered look.

    Bit c of ``classes`` says that class c violates, bit ANY_CLASS that any does.
    """

    scores: NDArray[np.float32]  # [M, C]
    group: Whole  # [M]
    mark: Whole  # [M]
    classes: NDArray[np.uint64]  # [M]

    def violate(self, of_class: int = ANY_CLASS) -> NDArray[np.bool_]:
        return _has(self.classes, of_class)


def _has(classes: NDArray[np.uint64], of_class: int) -> NDArray[np.bool_]:
    return (classes >> np.uint64(of_class)) & np.uint64(1) > 0


def _scored(scores: NDArray[np.float32], of_class: int) -> Floats:
    """The scores by which answers about a class, or about any, are put in bands."""
    chosen = scores.max(axis=1, initial=0.0) if of_class == ANY_CLASS else scores[:, of_class]
    return chosen.astype(np.float64)


@dataclass(frozen=True)
class Evidence:
    """What is known of a period's posts under one model version.

    Posts and looks of a group share the zone and the ``probability`` of a look: as recorded, times the answered share;
    0 where nobody has answered yet. ``count`` is the exact number of posts, ``answered`` that of answered looks.
    ``again`` are second looks at flagged posts, ``reviewers`` says how much people overlook among what passed.
    """

    keys: tuple[str, ...]
    posts: Posts
    looks: Looks
    zone: Whole  # [G]
    probability: Floats  # [G]
    count: int
    answered: int
    again: Again | None = None
    reviewers: Sensitivity = FLAWLESS
    _answers: dict[int, "Answers | None"] = field(default_factory=dict, init=False, compare=False, repr=False)

    def answers(self, of_class: int = ANY_CLASS) -> "Answers | None":
        """The answers on flagged posts, and what second looks say of them; None where nobody looked again."""
        if of_class not in self._answers:
            self._answers[of_class] = _answers(self, of_class)
        return self._answers[of_class]

    @cached_property
    def whole(self) -> "Sums":
        """Everything, as one part."""
        ones = np.ones(len(self.posts.rate), np.int64), np.ones(len(self.looks.group), np.int64)
        return sums(self, *ones, parts=1)


@dataclass(frozen=True)
class Answers:
    """Which flagged posts were answered [A], which looks at them saw a violation [V], and in which bands they are."""

    errors: Errors
    posts: Whole  # [A], places
    weight: Floats  # [A], 1/k
    post_band: Whole  # [A], of the answers that a post is fine
    said: Whole  # [V], places
    fine_band: Whole  # [V], of the answers that a post is fine
    said_band: Whole  # [V], of the answers that a post violates


@dataclass(frozen=True)
class Sums:
    """Sums over parts [S], and over parts and groups [S, G]; what is left out of a part is the whole minus it."""

    kept: Floats  # [S], posts in the sample
    posts: Floats  # [S, G], sum 1/k
    variance: Floats  # [S], sum (1 - k)/k^2
    scores: Floats  # [S, G], sum of the highest score/k
    answered: Floats  # [S, G], sum 1/k of posts with an answered look
    violations: Floats  # [S, G]
    looks: Floats  # [S, G]
    said: Floats  # [S, B], flagged posts answered as violations, by band of score
    fine: Floats  # [S, B], flagged posts answered as fine, by band of score
    errors: Errors | None

    def __sub__(self, other: "Sums") -> "Sums":
        names = [name for name in self.__dataclass_fields__ if name != "errors"]
        rest = {name: np.maximum(0.0, getattr(self, name) - getattr(other, name)) for name in names}
        return Sums(**rest, errors=self.errors)


def sums(evidence: Evidence, post_levels: Whole, look_levels: Whole, *, parts: int, of_class: int = ANY_CLASS) -> Sums:
    """Sum each part, given every post's and every look's level in 0 … parts; violations of one class, or of any."""
    posts, looks, groups = evidence.posts, evidence.looks, len(evidence.zone)
    # Most posts belong to no part: leaving them out first is what makes this fast.
    inside = np.flatnonzero(post_levels)
    levels, weight = post_levels[inside], 1 / posts.rate[inside]
    cells = levels * groups + posts.group[inside]
    seen = look_levels * groups + looks.group
    shape = parts, groups
    return Sums(
        kept=_summed(levels, None, (parts, 1))[:, 0],
        posts=_summed(cells, weight, shape),
        variance=_summed(levels, weight * (weight - 1), (parts, 1))[:, 0],
        scores=_summed(cells, weight * posts.highest[inside], shape),
        answered=_summed(cells, weight * posts.is_answered[inside], shape),
        violations=_summed(seen, looks.violate(of_class).astype(float), shape),
        looks=_summed(seen, None, shape),
        **_answered(evidence.answers(of_class), post_levels, look_levels, parts=parts),
    )


def _answered(answers: Answers | None, post_levels: Whole, look_levels: Whole, *, parts: int) -> dict[str, Any]:
    """The answers on flagged posts of each part by band of score; no bands where errors are not carried."""
    if answers is None:
        return {"said": np.zeros((parts, 0)), "fine": np.zeros((parts, 0)), "errors": None}
    levels, seen = post_levels[answers.posts], look_levels[answers.said]
    fine, said = ((parts, len(one.posts)) for one in (answers.errors.fine, answers.errors.said))
    every = _summed(levels * fine[1] + answers.post_band, answers.weight, fine)
    bad = _summed(seen * fine[1] + answers.fine_band, None, fine)
    found = _summed(seen * said[1] + answers.said_band, None, said)
    return {"said": found, "fine": np.maximum(0.0, every - bad), "errors": answers.errors}


def _answers(evidence: Evidence, of_class: int) -> Answers | None:
    again, posts, looks = evidence.again, evidence.posts, evidence.looks
    if again is None or not len(again.probability):
        return None
    first, settled = (_has(one, of_class) for one in (again.first, again.settled))
    is_flagged = evidence.zone == Zone.LOOKED_AT
    answered = np.flatnonzero(posts.is_answered & is_flagged[posts.group])
    said = np.flatnonzero(looks.violate(of_class) & is_flagged[looks.group])
    by_post, by_look, at = (
        _scored(scores, of_class) for scores in (posts.scores[answered], looks.scores[said], again.scores)
    )
    cuts = [errors.edges(at[first == one]) for one in (True, False)]
    said_band, fine_band = (errors.band(cut, by_look) for cut in cuts)
    post_band, weight = errors.band(cuts[1], by_post), 1 / posts.rate[answered]
    bad, found = (errors.counted(cut, one) for cut, one in zip(reversed(cuts), (fine_band, said_band), strict=True))
    fine = np.maximum(0.0, errors.counted(cuts[1], post_band, weight) - bad)
    groups = (
        errors.group(
            cut,
            posts=whole,
            scores=at[first == one],
            probability=again.probability[first == one],
            is_wrong=settled[first == one] != one,
        )
        for cut, whole, one in zip(cuts, (found, fine), (True, False), strict=True)
    )
    return Answers(Errors(*groups), answered, weight, post_band, said, fine_band, said_band)


def _summed(cells: Whole, weights: Floats | None, shape: tuple[int, int]) -> Floats:
    parts, groups = shape
    by_level = np.bincount(cells, weights, minlength=(parts + 1) * groups).reshape(parts + 1, groups)
    return by_level[::-1].cumsum(axis=0)[::-1][1:].astype(float)
