"""This will say how often violations were seen before they were taken down.

Pure. Violating views are those that a violating post got before it was unpublished, or up to the day that closes the
count; their share of all views is the violating-view rate. What is known of a post whose truth is known anyway, such
as a flagged one, is counted; the rest is weighed, x/pi with x = views and pi the probability of the draw that was made
when the views were in. Where rates follow views as well as scores, a cell holds posts of about one rate: strata of
score by bands of views, down to single posts.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from moderation.statistics import proportions
from moderation.statistics.intervals import Amount, exactly, plus
from moderation.statistics.missed import THE_DRAWS, Allowance, Missed, missed
from moderation.statistics.sufficiency import Interval, Intervals, by_finds
from moderation.statistics.weighing import Cell, Finds, cells_of, finds_of

__all__ = ["Cell", "Finds", "finds_of", "violating_view_rate", "violating_views"]


def violating_views(
    finds: Finds,
    cells: Sequence[Cell],
    *,
    known_views: float | Amount = 0.0,
    looks: int | None = None,
    allowing: Allowance = THE_DRAWS,
) -> Interval:
    """How many views violations got before takedown.

    `finds` are confirmed violations that a draw found, with their views; `cells` all other posts, with mean views and
    mean squared views. `known_views` are those of violations that stand in no cell: known for certain, or an amount
    where second looks tell how people err. Raises ImpossibleProbability.
    """
    part = missed(finds, cells_of(cells), looks=looks, allowing=allowing)
    return views_of(part, known_views=_amount(known_views)).one()


def violating_view_rate(
    finds: Finds,
    cells: Sequence[Cell],
    *,
    views: float,
    known_views: float | Amount = 0.0,
    looks: int | None = None,
    allowing: Allowance = THE_DRAWS,
) -> Interval:
    """Violating views as a share of all `views` of all posts; the rest as in violating_views."""
    part = missed(finds, cells_of(cells), looks=looks, allowing=allowing)
    return rate_of(part, known_views=_amount(known_views), views=views).one()


def views_of(part: Missed, *, known_views: Amount) -> Intervals:
    """Violating views from those that nobody knew of, of one period or of many."""
    return by_finds(plus(part.amount, known_views), finds=part.finds, looks=part.looks)


def rate_of(part: Missed, *, known_views: Amount, views: ArrayLike) -> Intervals:
    """The same as a share of all views; of none nothing is known."""
    every = np.where(np.asarray(views) > 0, views, math.nan)
    share = proportions.prevalence(known_views, part.amount, posts=every)
    return by_finds(share, finds=part.finds, looks=part.looks)


def _amount(known: float | Amount) -> Amount:
    return known if isinstance(known, Amount) else exactly(known)
