"""This will say what moderation costs, and what that bought.

``prices`` is the price table. ``usage`` counts what a day used, ``outputs`` what it came to, ``views_by_age`` how posts
that are left up are seen; ``daily`` keeps all that in rows, one day at a time. ``accounts`` prices them, ``achieved``
says what the work came to (``prevented`` has the mathematics of views), ``looks`` how long a look takes, ``baselines``
what other ways would have cost, and ``period`` puts a period together.
"""

from moderation.costs.accounts import Line, Money
from moderation.costs.baselines import Baseline, Way
from moderation.costs.daily import refresh
from moderation.costs.looks import Look
from moderation.costs.period import Costs, by_day, interval, of_period
from moderation.costs.prices import BadPrice, Book, add, book

__all__ = [
    "BadPrice",
    "Baseline",
    "Book",
    "Costs",
    "Line",
    "Look",
    "Money",
    "Way",
    "add",
    "book",
    "by_day",
    "interval",
    "of_period",
    "refresh",
]
