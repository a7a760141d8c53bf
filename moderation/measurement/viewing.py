"""This will measure violating views: how often violations of a period were seen, from the second draw of its posts.

Counted are the views at each post's cut-off (moderation/view_draws), so those of its first day or two, before it was
taken down where it was. Posts belong to the period in which they were screened; those whose cut-off lies ahead, or that
nobody saw, take no part yet.

What somebody had looked at by the cut-off, or was going to, counts whole. What the machine removed by itself, and what
nobody had reason to look at, is weighed by the chance with which the second draw chose it: x/pi, x being its views. The
chance that either draw fell on a post is not what is divided by, for it supposes that the first look left the views as
they would have been; it takes violations down, and ends their views. Given all that happened up to the cut-off, the sum
is right over all coins of the second draw, whatever people did before. What was found later in any other way, by a
complaint for one, adds nothing: of a post that was drawn it tells the truth sooner, of others it is not counted.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from typing import Any

import numpy as np
from django.db.models import (
    BooleanField,
    Count,
    DecimalField,
    Exists,
    ExpressionWrapper,
    F,
    FloatField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
)
from django.db.models.functions import Cast, Floor, Ln

from annotation.models import Truth
from config.accounts.models import Project
from moderation import audits
from moderation.measurement.evidence import ViewRow, ViewsAgain
from moderation.measurement.periods import Period
from moderation.models import Asked, Decision, DecisionKind, Outcome, PostStatus, ViewDraw
from moderation.statistics import reviewer_error, violating_views
from moderation.statistics.intervals import Amount, exactly, plus, times
from moderation.statistics.missed import THE_DRAWS, Allowance, missed
from moderation.statistics.sufficiency import Interval
from moderation.statistics.weighing import Cell, Finds, cells_of, stacked_cells, stacked_finds

TOSSED = "tossed"


@dataclass(frozen=True)
class Side:
    """What was flagged, or what passed. ``known_views`` are violating ones that need no weighing but by second looks;
    ``looks`` are answered looks that chance opened, ``pending`` looks of any kind that are not answered yet."""

    cells: list[Cell]
    finds: Finds
    known_views: Amount
    looks: int
    pending: int


@dataclass(frozen=True)
class ViolatingViews:
    """``rate`` is the share of all ``views`` that were violating ones; ``before_takedown`` are the views of violations
    that were flagged, ``missed`` those of violations that passed. Final where nothing is ``pending``."""

    posts: int
    views: int
    rate: Interval
    before_takedown: Interval
    missed: Interval
    pending: int


def measure(project: Project, period: Period) -> ViolatingViews:
    """Estimate the violating views of the posts screened in a period, from the posts themselves. Three queries."""
    return estimate(gather(project, period))


def gather(project: Project, period: Period) -> list[ViewRow]:
    """Gather a period's posts by side, stratum and views; the same posts give the same rows."""
    inside = ViewDraw.objects.filter(project=project, screened_at__gte=period.start, screened_at__lt=period.end)
    # A hair more, or rounding would put two to the power of three below three.
    band = Floor(Ln(Cast("views", FloatField())) / math.log(2) + 1e-9)
    inside = inside.annotate(
        stratum=F("draw__stratum"), is_passed=_is(Q(draw__verdict__outcome=Outcome.PASS)), band=band
    )
    drawn = marked(inside.filter(draw__is_drawn=True))
    told, finds, known = _told(drawn), *_finds(drawn)
    return [_row(one, told[key], known[key], finds[key]) for key, one in _cells(inside)]


def _row(sums: dict[str, Any], told: dict[str, int], known: int, finds: list[tuple[float, int]]) -> ViewRow:
    return ViewRow(
        is_passed=sums["is_passed"],
        stratum=sums["stratum"],
        band=int(sums["band"]),
        posts=sums["posts"],
        probability_sum=float(sums["probability_sum"]),
        score_sum=float(sums["score_sum"] or Decimal(0)),
        views=int(sums["every_view"]),
        square_views=float(sums["square_views"]),
        drawn=told["drawn"],
        answered=told["answered"],
        lost=told["lost"],
        known_views=known,
        finds=tuple(sorted(finds)),
    )


def estimate(
    rows: Sequence[ViewRow], *, again: Sequence[ViewsAgain] = (), allowing: Allowance = THE_DRAWS
) -> ViolatingViews:
    """Estimate violating views from what was gathered, over one day or many. Pure.

    With ``again`` the errors of single answers on flagged posts are carried; without, they are taken as they are.
    """
    flagged = _side([row for row in rows if not row.is_passed], again=again)
    passed = _side([row for row in rows if row.is_passed])
    views = sum(row.views for row in rows)
    sides = [_together(flagged, passed), flagged, passed]
    known = Amount(*(np.array([getattr(one.known_views, name) for one in sides]) for name in _ENDS))
    part = missed(
        stacked_finds([one.finds for one in sides]),
        stacked_cells([cells_of(one.cells) for one in sides]),
        looks=[one.looks for one in sides],
        allowing=allowing,
    )
    rate = violating_views.rate_of(part, known_views=known, views=views).each()[0]
    _, before_takedown, of_missed = violating_views.views_of(part, known_views=known).each()
    return ViolatingViews(
        posts=sum(row.posts for row in rows),
        views=views,
        rate=rate,
        before_takedown=before_takedown,
        missed=of_missed,
        pending=flagged.pending + passed.pending,
    )


_ENDS = ("estimate", "low", "high")


def _together(one: Side, other: Side) -> Side:
    columns = (one.finds.probability, other.finds.probability), (one.finds.views, other.finds.views)
    return Side(
        cells=one.cells + other.cells,
        finds=Finds(*map(np.concatenate, columns)),
        known_views=plus(one.known_views, other.known_views),
        looks=one.looks + other.looks,
        pending=one.pending + other.pending,
    )


def _is(condition: Q) -> ExpressionWrapper:
    return ExpressionWrapper(condition, output_field=BooleanField())


Key = tuple[bool, str, int]
_KEY = ("is_passed", "stratum", "band")


def _cells(inside: QuerySet[Any]) -> list[tuple[Key, dict[str, Any]]]:
    """Group posts so that those of a group had nearly the same chance: by stratum, and by views, twofold each.

    What is added up is added up exactly, so that the order of rows does not matter.
    """
    exact = DecimalField(max_digits=38, decimal_places=18)
    seen = Cast("views", exact)
    sums = inside.values(*_KEY).annotate(
        posts=Count("pk"),
        probability_sum=Sum(Cast("draw__probability", exact)),
        score_sum=Sum(Cast("draw__score", exact)),
        square_views=Sum(seen * seen),
        every_view=Sum(seen),
    )
    return [(_key(one), one) for one in sums.order_by(*_KEY)]


def _key(one: dict[str, Any]) -> Key:
    return one["is_passed"], one["stratum"], int(one["band"])


def marked(drawn: QuerySet[Any]) -> QuerySet[Any]:
    """Mark what was drawn or known with whether it is answered, and violates.

    What people decided last tells; where nobody decided, as after an audit that found it fine, the truth does.
    """
    of_post = {"post": OuterRef("draw__post")}
    # An answer that was taken back decides nothing, and neither does taking it back.
    standing = Decision.objects.filter(**of_post, person__isnull=False, reverses__isnull=True, reversal__isnull=True)
    asked = Asked.objects.filter(post=OuterRef(OuterRef("draw__post"))).values("question")
    told = Truth.objects.filter(question__in=asked, withdrawn_at__isnull=True)
    last = Subquery(standing.order_by("-created_at", "-id").values("kind")[:1])
    marked = drawn.annotate(
        decided=last, is_told=Exists(told), is_told_violation=Exists(told.filter(classes__len__gt=0))
    )
    is_decided = Q(decided__isnull=False)
    return marked.annotate(
        is_answered=_is(is_decided | Q(is_told=True)),
        is_violation=_is(Q(decided=DecisionKind.REMOVE) | (~is_decided & Q(is_told_violation=True))),
    )


def _told(drawn: QuerySet[Any]) -> dict[Key, dict[str, int]]:
    """Count what was drawn or known and what is answered; what was withdrawn before anybody answered is lost."""
    withdrawn = Q(draw__post__status=PostStatus.WITHDRAWN, is_answered=False)
    counted = drawn.values(*_KEY).annotate(
        drawn=Count("pk"),
        told=Count("pk", filter=Q(is_answered=True)),
        lost=Count("pk", filter=withdrawn),
    )
    found: dict[Key, dict[str, int]] = defaultdict(lambda: {"drawn": 0, "answered": 0, "lost": 0})
    for one in counted.order_by(*_KEY):
        found[_key(one)] = {"drawn": one["drawn"], "answered": one["told"], "lost": one["lost"]}
    return found


def _finds(drawn: QuerySet[Any]) -> tuple[dict[Key, list[tuple[float, int]]], Counter[Key]]:
    """Return the finds of chance, and the views of violations that needed none."""
    finds: dict[Key, list[tuple[float, int]]] = defaultdict(list)
    known: Counter[Key] = Counter()
    for one in drawn.filter(is_violation=True).values(*_KEY, "draw__probability", "views"):
        if one["stratum"] == audits.KNOWN:
            known[_key(one)] += one["views"]
        else:
            finds[_key(one)].append((one["draw__probability"], one["views"]))
    return finds, known


def _kind(stratum: str) -> str:
    return stratum if stratum in (audits.KNOWN, audits.REMOVED) else TOSSED


def _shares(rows: Iterable[ViewRow]) -> dict[str, float]:
    """Return, by kind of stratum, the share of what was drawn or known that is answered."""
    drawn: Counter[str] = Counter()
    answered: Counter[str] = Counter()
    for row in rows:
        drawn[_kind(row.stratum)] += row.drawn
        answered[_kind(row.stratum)] += row.answered
    return {kind: answered[kind] / n if n else 1.0 for kind, n in drawn.items()}


def _side(rows: Sequence[ViewRow], *, again: Sequence[ViewsAgain] = ()) -> Side:
    """Put one side together. Where some of a kind are not answered, its probabilities are lowered by the answered
    share, as if the others had not been drawn: fair as long as they are few, and nobody chose which."""
    share = _shares(rows)
    shares = ((row, share[_kind(row.stratum)]) for row in rows)
    found = [(p * answered, x) for row, answered in shares for p, x in row.finds]
    probability, views = np.array(found, dtype=float).reshape(-1, 2).T
    by_chance = probability < 1
    known = exactly(float(sum(row.known_views for row in rows) - sum(one.counted_views for one in again)))
    known = times(reduce(plus, map(_truly, again), known), 1 / (share.get(audits.KNOWN) or 1.0))
    return Side(
        cells=[_cell(row, share[_kind(row.stratum)]) for row in rows],
        finds=Finds(probability[by_chance], views[by_chance]),
        known_views=plus(known, exactly(float(views[~by_chance].sum()))),
        looks=sum(row.answered for row in rows if row.stratum != audits.KNOWN),
        pending=sum(row.drawn - row.answered - row.lost for row in rows),
    )


def _truly(one: ViewsAgain) -> Amount:
    return reviewer_error.true_views(
        views=one.views,
        seen=one.seen_views,
        weight=one.weight,
        violating=one.weight_of_violations,
        squares=one.square_weights,
        is_violation=one.is_violation,
    )


def _cell(row: ViewRow, share: float) -> Cell:
    return Cell(
        posts=row.posts,
        probability=min(1.0, row.probability_sum / row.posts * share),
        mean_score=row.score_sum / row.posts,
        mean_views=row.views / row.posts,
        mean_square_views=row.square_views / row.posts,
    )
