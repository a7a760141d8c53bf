"""This will put in plain words what the machine got right and wrong: caught, wrongly flagged, missed, rightly passed.

As parts of 1,000 posts, because people read frequencies better than rates (Gigerenzer and Hoffrage 1995, Psychol Rev
102:684). What was missed is estimated, and drawn with its interval.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from moderation import readings
from moderation.measurement.figures import Figures

DOTS = 1000
DOTS_IN_ROW = 50
DOT_PX = 10


@dataclass(frozen=True)
class Block:
    """Dots of one kind, as rectangles of whole dots: (x, y, width, height). ``perhaps`` are up to the upper bound."""

    kind: str
    dots: int
    rectangles: Sequence[tuple[int, int, int, int]]


@dataclass(frozen=True)
class Area:
    """Posts of one kind, as text: how many, how many of 1,000, and between which bounds where it is estimated.

    ``posts`` is empty where there is not enough behind it.
    """

    kind: str
    posts: str
    per_thousand: str
    low: str = ""
    high: str = ""


@dataclass(frozen=True)
class Confusion:
    """Posts of a period by what the machine said and what is true; ``waiting`` flagged ones are not answered yet."""

    areas: Sequence[Area]
    blocks: Sequence[Block]
    scored: int
    waiting: int


def confusion(shown: Figures) -> Confusion | None:
    """Draw a period's posts; None where none was scored, or too little is known of what the machine removed."""
    evidence = shown.evidence
    removed, takedown = evidence.removed.posts, shown.intervals.get("takedown_precision")
    if not evidence.scored or (removed and (takedown is None or not takedown.enough or takedown.estimate is None)):
        return None
    share = takedown.estimate if removed and takedown and takedown.estimate is not None else 0.0
    looked = [evidence.flagged, evidence.removable]
    caught = sum(one.violations for one in looked) + share * removed
    wrongly = sum(one.answered - one.violations for one in looked) + (1 - share) * removed
    passed = evidence.passed.posts
    missed = shown.missed.estimate if shown.missed.enough else None
    low, high = shown.missed.low or 0.0, min(shown.missed.high if shown.missed.high is not None else passed, passed)
    every = caught + wrongly + passed
    return Confusion(
        areas=[
            _area("caught", caught, every),
            _area("wrongly", wrongly, every),
            replace(_area("missed", missed, every), low=readings.whole(low), high=readings.whole(high)),
            _area("passed", passed - (missed or 0.0), every),
        ],
        blocks=blocks(caught=caught, wrongly=wrongly, missed=missed or low, perhaps=high, passed=passed),
        scored=evidence.scored,
        waiting=sum(one.pending for one in looked),
    )


def _area(kind: str, posts: float | None, every: float) -> Area:
    if posts is None:
        return Area(kind, "", "")
    return Area(kind, readings.whole(posts), readings.digits(DOTS * posts / every if every else 0.0))


def blocks(*, caught: float, wrongly: float, missed: float, perhaps: float, passed: float) -> list[Block]:
    """Turn counts into a thousand dots. ``missed`` and ``perhaps``, what it may be at most, are part of ``passed``.

    A kind that is there but rounds to nothing has its words, and no dot.
    """
    every = (caught + wrongly + passed) or 1.0
    n_caught, n_wrongly, n_missed, most = (round(DOTS * one / every) for one in (caught, wrongly, missed, perhaps))
    dots = {"caught": n_caught, "wrongly": n_wrongly, "missed": n_missed, "perhaps": max(0, most - n_missed)}
    dots["passed"] = max(0, DOTS - sum(dots.values()))
    found, begin = [], 0
    for kind, wanted in dots.items():
        n = min(wanted, DOTS - begin)
        found.append(Block(kind, n, rectangles(begin, n)))
        begin += n
    return found


def rectangles(begin: int, n: int) -> list[tuple[int, int, int, int]]:
    """Cover n dots from ``begin`` on, in reading order: the rest of a row, whole rows, the start of a row."""
    found = []
    while n > 0:
        row, column = divmod(begin, DOTS_IN_ROW)
        rows = n // DOTS_IN_ROW if column == 0 else 0
        width = DOTS_IN_ROW if rows else min(n, DOTS_IN_ROW - column)
        height = max(1, rows)
        found.append((column * DOT_PX, row * DOT_PX, width * DOT_PX, height * DOT_PX))
        begin, n = begin + width * height, n - width * height
    return found
