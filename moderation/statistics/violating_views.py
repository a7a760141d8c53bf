"""This will say how often violations were seen before they were taken down.

Pure. Violating views are those that a violating post got before it was unpublished, or up to the day that closes the
count; their share of all views is the violating-view rate. What is known of a post whose truth is known anyway, such
as a flagged one, is counted; the rest is weighed, x/pi with x = views and pi the probability of the draw that was made
when the views were in. Where rates follow views as well as scores, a cell holds posts of about one rate: strata of
score by bands of views, down to single posts.
"""

from collections.abc import Sequence

from moderation.statistics import proportions
from moderation.statistics.intervals import Amount, exactly, plus
from moderation.statistics.missed import THE_DRAWS, Allowance, missed
from moderation.statistics.sufficiency import Interval, by_finds
from moderation.statistics.weighing import Cell, Finds, finds_of

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
    part = missed(finds, cells, looks=looks, allowing=allowing)
    amount = plus(part.amount, _amount(known_views)) if part.amount else None
    return by_finds(amount, finds=part.finds, looks=part.looks)


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
    part = missed(finds, cells, looks=looks, allowing=allowing)
    known = _amount(known_views)
    share = proportions.prevalence(known, part.amount, posts=views) if part.amount and views > 0 else None
    return by_finds(share, finds=part.finds, looks=part.looks)


def _amount(known: float | Amount) -> Amount:
    return known if isinstance(known, Amount) else exactly(known)
