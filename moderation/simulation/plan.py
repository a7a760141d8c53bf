"""This will say what a season plays: how many posts, how good people are, who watches, and which model is planted."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

FIRST_DAY = datetime(2026, 1, 5, tzinfo=UTC)
CLASS = "violation"
# A day's posts are drawn by their views on the second day after it: then its cohort is closed.
TRAILING_DAYS = 2
# Told of progress: what, how many are done, of how many.
Say = Callable[[str, int, int], None]


class Plant(StrEnum):
    """A model that should never decide, and does: NO for an honest one."""

    NO = "no"
    CONSTANT = "constant"
    INVERTED = "inverted"


@dataclass(frozen=True)
class Audience:
    """Who sees posts, and what they do about it.

    A post that stays up is seen ``views`` times on average in all, log-normally (``spread`` is the deviation of the
    logarithm), and half as often each ``half_life_days``. A viewer of a violation complains with probability
    ``complains``, one of a fine image with ``complains_wrongly``; a poster appeals a right removal with ``appeals``, a
    wrong one with ``appeals_rightly``.
    """

    views: float = 40.0
    spread: float = 1.2
    half_life_days: float = 1.0
    complains: float = 0.01
    complains_wrongly: float = 0.00005
    appeals: float = 0.05
    appeals_rightly: float = 0.4


@dataclass(frozen=True)
class Plan:
    """What is played. ``prevalence``, ``history_violations`` and ``reviewer_error`` are shares in [0, 1]; ``canary`` is
    the share of images on which a version is tried from the middle on, 0 for none."""

    images: Path
    violations: frozenset[str]
    history: int
    history_violations: float
    days: int
    posts_per_day: int
    prevalence: float
    reviewers: int
    reviewer_error: float
    audits_per_day: int
    retrain_every: int
    seed: int
    plant: Plant = Plant.NO
    canary: float = 0.0
    audience: Audience = field(default_factory=Audience)

    @property
    def fine_kept(self) -> float:
        """The probability with which a fine image of the past was kept: every violation was, and the rest were
        sampled so that violations make up the given share."""
        odds_now, odds_then = _odds(self.prevalence), _odds(self.history_violations)
        return min(1.0, odds_now / odds_then)

    @property
    def middle(self) -> int:
        """The day after which the canary begins."""
        return max(1, self.days // 2)

    @property
    def all_days(self) -> int:
        """The days with posts, and those after them in which what was posted is still seen and looked at."""
        return self.days + TRAILING_DAYS


def _odds(share: float) -> float:
    return share / (1 - share)


def midnight(number: int) -> datetime:
    """Return when a day of the season begins; the first day is 1."""
    return FIRST_DAY + timedelta(days=number - 1)
