"""This will read what is known of a past period: its evidence under one model version, its traffic, and its prices."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from django.db.models import BinaryField, Count, F, Func, Sum, Value

from annotation import quality
from config.accounts.models import Project
from models_registry.models import ModelVersion
from moderation.costs import looks, prices
from moderation.costs.reading import sums
from moderation.lab.days import Cell, Day, again_rows, look_rows, post_rows, thinned, together
from moderation.lab.evidence import Evidence
from moderation.lab.whatif import Effort
from moderation.measurement.periods import Period
from moderation.measurement.reading import GOLD_TIME
from moderation.models import Resource, ScoredDay
from moderation.statistics.reviewer_error import FLAWLESS, panel

# A longer period reads fewer posts of each day, so that it is told as fast as a short one.
MOST_POSTS = 56_000
LEAST_PER_DAY = 100


@dataclass(frozen=True)
class Scoring:
    """How many posts of a period a model version scored; none where nothing did."""

    version: ModelVersion | None
    posts: int


@dataclass(frozen=True)
class Past:
    """What is known of a period: by which versions its posts were scored, and the evidence of one of them.

    ``days`` are those on which posts came. ``currency`` is "" and the effort incomplete where there are no prices yet.
    """

    period: Period
    scorings: Sequence[Scoring]
    version: ModelVersion | None
    evidence: Evidence | None
    effort: Effort
    days: int
    currency: str

    @property
    def posts(self) -> int:
        return sum(one.posts for one in self.scorings)

    @property
    def carries_errors(self) -> bool:
        """Whether second looks tell how often single answers on flagged posts are wrong."""
        return self.evidence is not None and self.evidence.answers() is not None

    @property
    def left_out(self) -> int:
        """Posts that another version scored, or none."""
        return self.posts - (self.evidence.count if self.evidence else 0)


def past(project: Project, period: Period, *, version: ModelVersion | None) -> Past:
    """Read a period as ``version`` scored it; where it scored nothing, or is None, as the version that scored most."""
    rows = ScoredDay.objects.filter(project=project, day__range=(period.first, period.last))
    scorings = _scorings(project, period)
    known = [one.version for one in scorings if one.version]
    chosen = version if version in known else next(iter(known), None)
    days = rows.aggregate(days=Count("day", distinct=True))["days"]
    posts = sum(one.posts for one in scorings)
    effort, currency = _effort(project, period, posts_per_day=posts / max(days, 1))
    evidence = _evidence(_kept(project, period, chosen), len(chosen.schema.keys), days) if chosen else None
    return Past(period, scorings, chosen, _recognized(evidence, project, period), effort, days, currency)


def _recognized(evidence: Evidence | None, project: Project, period: Period) -> Evidence | None:
    """The evidence with what gold items say of what people overlook, as `measurement` reads them."""
    gold = quality.found(project, since=min(period.start, period.end - GOLD_TIME), until=period.end)
    told = panel(found=gold.found, gold=gold.gold)
    return evidence if evidence is None or told == FLAWLESS else replace(evidence, reviewers=told)


def _scorings(project: Project, period: Period) -> list[Scoring]:
    rows = ScoredDay.objects.filter(project=project, day__range=(period.first, period.last))
    counted = rows.values_list("model_version").annotate(n=Sum("posts")).order_by("-n", "-model_version")
    found = dict(counted)
    versions = ModelVersion.objects.select_related("detector").in_bulk([one for one in found if one])
    return [Scoring(versions.get(version), posts) for version, posts in found.items()]


def _kept(project: Project, period: Period, version: ModelVersion) -> tuple[int, ...]:
    rows = ScoredDay.objects.filter(
        project=project, model_version=version, day__range=(period.first, period.last)
    ).order_by("day")
    return tuple(rows.values_list("pk", flat=True))


@lru_cache(maxsize=2)
def _evidence(rows: tuple[int, ...], classes: int, days: int) -> Evidence | None:
    """Read rows and put them together; kept for whoever moves the next threshold over the same period.

    A row is never changed, a day that is written anew has other rows, so what is kept is never old.
    """
    size = max(LEAST_PER_DAY, MOST_POSTS // max(days, 1))
    # One post more tells the cut of the smaller sample.
    length = (size + 1) * post_rows(classes).itemsize
    first = Func(F("sample"), Value(1), Value(length), function="SUBSTRING", output_field=BinaryField())
    found = ScoredDay.objects.filter(pk__in=rows).order_by("day").annotate(first=first)
    return together(
        thinned(_day(row), size=size) for row in found.values_list("keys", "cells", "first", "cut", "looks", "again")
    )


def _day(row: tuple[Any, ...]) -> Day:
    keys, cells, sample, cut, looked, again = row
    return Day(
        tuple(keys),
        tuple(Cell(**cell) for cell in cells),
        np.frombuffer(sample, post_rows(len(keys))),
        cut,
        np.frombuffer(looked, look_rows(len(keys))),
        np.frombuffer(again, again_rows(len(keys))),
    )


def _effort(project: Project, period: Period, *, posts_per_day: float) -> tuple[Effort, str]:
    """What a look takes, as measured in the period, and what an hour of a moderator costs at its end."""
    look = looks.at_posts(sums(project, first=period.first, last=period.last))
    book = prices.book(project)
    price = book.on(Resource.MODERATOR, period.last)
    effort = Effort(posts_per_day, look.seconds if look else None, float(price.amount) if price else None)
    return effort, book.currency
