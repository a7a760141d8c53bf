"""This will weigh second looks by views: how many views of what one person answered truly fell on violations.

A flagged post rests on one answer. Second looks at some of them (moderation/second_looks) say how often such an answer
was wrong; here each counts with the views of its post at the cut-off (moderation/view_draws).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import fsum
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from annotation.models import Truth
from config.accounts.models import Project
from moderation import audits
from moderation.measurement.evidence import ViewsAgain
from moderation.measurement.periods import Period
from moderation.measurement.viewing import marked
from moderation.models import FirstAnswer, Outcome, SecondLook, ViewDraw

_GROUPS = {FirstAnswer.FLAGGED_VIOLATION: True, FirstAnswer.FLAGGED_FINE: False}


@dataclass(frozen=True)
class _Post:
    """``is_true`` is None where nobody looked again, or nothing is settled yet."""

    first: str
    probability: float
    views: int
    is_counted: bool
    is_true: bool | None


def gather(project: Project, period: Period) -> list[ViewsAgain]:
    """Gather the flagged posts of a period that were tossed for; the same posts give the same sums. One query."""
    found = [_Post(*one) for one in _posts(project, period).order_by("pk")]
    groups = {said: [one for one in found if one.first == first] for first, said in _GROUPS.items()}
    return [_sums(some, is_violation=said) for said, some in groups.items() if some]


def _posts(project: Project, period: Period) -> QuerySet[ViewDraw, Any]:
    inside = ViewDraw.objects.filter(project=project, screened_at__gte=period.start, screened_at__lt=period.end)
    flagged = inside.filter(draw__stratum=audits.KNOWN).exclude(draw__verdict__outcome=Outcome.PASS)
    toss = SecondLook.objects.filter(draw__post=OuterRef("draw__post"), probability__gt=0, group__in=_GROUPS)
    tossed = marked(flagged.filter(Exists(toss))).annotate(
        first=Subquery(toss.values("group")[:1]),
        chance=Subquery(toss.values("probability")[:1]),
        again=Subquery(toss.filter(is_drawn=True).values("question")[:1]),
    )
    settled = Truth.objects.filter(question=OuterRef("again"), withdrawn_at__isnull=True)
    true = Subquery(settled.annotate(is_bad=Q(classes__len__gt=0)).values("is_bad")[:1])
    return tossed.annotate(is_true=true).values_list("first", "chance", F("views"), "is_violation", "is_true")


def _sums(posts: Iterable[_Post], *, is_violation: bool) -> ViewsAgain:
    every = list(posts)
    seen = [one for one in every if one.is_true is not None]
    weights = [one.views / one.probability for one in seen]
    return ViewsAgain(
        is_violation=is_violation,
        posts=len(every),
        views=sum(one.views for one in every),
        counted_views=sum(one.views for one in every if one.is_counted),
        looks=len(seen),
        seen_views=sum(one.views for one in seen),
        weight=fsum(weights),
        weight_of_violations=fsum(weight for weight, one in zip(weights, seen, strict=True) if one.is_true),
        square_weights=fsum(weight**2 for weight in weights),
    )
