"""This will say how long one look takes: the mean of the seconds that people spent on an answer, with its interval."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from annotation.models import Purpose
from moderation.costs.reading import Used
from moderation.statistics.intervals import Amount, Z

PURPOSES = frozenset(Purpose.values)
# What is asked of everybody at the desk for posts; the first of these that was measured stands for looking at a post.
AT_POSTS = (Purpose.REVIEW, Purpose.AUDIT, Purpose.SECOND_LOOK)
ENOUGH_LOOKS = 6


@dataclass(frozen=True)
class Look:
    """Seconds a look, from ``looks`` answers to questions of a purpose; estimated where nobody's screen measured."""

    seconds: Amount
    looks: int
    purpose: str
    is_measured: bool


def mean(used: Iterable[Used], purpose: str) -> Look | None:
    """Return the mean seconds of an answer for one purpose; None where there is none.

    The normal interval of a mean, from sums of squares. Where fewer than six answers were measured the bounds are those
    of what is known of all of them.
    """
    rows = [row for row in used if row.source == purpose]
    looks, measured = sum(row.rows for row in rows), sum(row.measured_rows for row in rows)
    if not looks:
        return None
    if measured < ENOUGH_LOOKS:
        parts = [
            sum(values) / looks / 1000 for values in zip(*((r.quantity, r.low, r.high) for r in rows), strict=True)
        ]
        return Look(Amount(*parts), looks, purpose, is_measured=False)
    known = sum(row.low for row in rows) / measured / 1000
    square = float(sum(row.squares for row in rows)) / measured / 10**6
    reach = Z * math.sqrt(max(0.0, square - known**2) / measured)
    return Look(Amount(known, max(0.0, known - reach), known + reach), measured, purpose, is_measured=True)


def at_posts(used: Sequence[Used]) -> Look | None:
    """Return how long a look at a post takes: of reviews where there were any, else of audits and second looks."""
    found = [look for purpose in AT_POSTS if (look := mean(used, purpose))]
    return next((look for look in found if look.is_measured), next(iter(found), None))
