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
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    Avg,
    BooleanField,
    Count,
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
from moderation import audits, violating_views
from moderation.measurement import Period
from moderation.models import Asked, Decision, DecisionKind, Outcome, PostStatus, ViewDraw
from moderation.sufficiency import Interval
from moderation.violating_views import Cell, Find

TOSSED = "tossed"


@dataclass(frozen=True)
class Side:
    """What was flagged, or what passed. ``known_views`` are violating ones that need no weighing; ``looks`` are
    answered looks that chance opened, ``pending`` looks of any kind that are not answered yet."""

    cells: list[Cell]
    finds: list[Find]
    known_views: int
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


@dataclass(frozen=True)
class _Answers:
    """Of what was drawn or known in one kind of stratum, how many people answered."""

    drawn: int = 0
    answered: int = 0
    lost: int = 0

    @property
    def share(self) -> float:
        return self.answered / self.drawn if self.drawn else 1.0


def measure(project: Project, period: Period) -> ViolatingViews:
    """Estimate the violating views of the posts screened in a period. Four queries."""
    inside = ViewDraw.objects.filter(project=project, screened_at__gte=period.start, screened_at__lt=period.end)
    total = inside.aggregate(posts=Count("pk"), views=Sum("views"))
    inside = inside.annotate(stratum=F("draw__stratum"), is_passed=_is(Q(draw__verdict__outcome=Outcome.PASS)))
    cells, drawn = _cells(inside), _marked(inside.filter(draw__is_drawn=True))
    answers = _answers(drawn)
    finds = list(drawn.filter(is_violation=True).values("is_passed", "stratum", "draw__probability", "views"))
    flagged, passed = (_side(is_passed, cells, answers, finds) for is_passed in (False, True))
    views = total["views"] or 0
    return ViolatingViews(
        posts=total["posts"],
        views=views,
        rate=violating_views.violating_view_rate(
            flagged.finds + passed.finds,
            flagged.cells + passed.cells,
            views=views,
            known_views=flagged.known_views + passed.known_views,
            looks=flagged.looks + passed.looks,
        ),
        before_takedown=_views(flagged),
        missed=_views(passed),
        pending=flagged.pending + passed.pending,
    )


def _views(side: Side) -> Interval:
    return violating_views.violating_views(side.finds, side.cells, known_views=side.known_views, looks=side.looks)


def _is(condition: Q) -> ExpressionWrapper:
    return ExpressionWrapper(condition, output_field=BooleanField())


def _cells(inside: QuerySet[Any]) -> list[dict[str, Any]]:
    """Group posts so that those of a group had nearly the same chance: by stratum, and by views, twofold each."""
    seen = Cast("views", FloatField())
    # A hair more, or rounding would put two to the power of three below three.
    twofold = Floor(Ln(seen) / math.log(2) + 1e-9)
    grouped = inside.annotate(twofold=twofold).values("is_passed", "stratum", "twofold")
    means = grouped.annotate(
        posts=Count("pk"),
        probability=Avg("draw__probability"),
        score=Avg("draw__score"),
        mean_views=Avg(seen),
        mean_square_views=Avg(seen * seen),
    )
    return list(means.order_by("is_passed", "stratum", "twofold"))


def _marked(drawn: QuerySet[Any]) -> QuerySet[Any]:
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


def _answers(drawn: QuerySet[Any]) -> dict[tuple[bool, str], _Answers]:
    """Count, for each side and kind of stratum; what was withdrawn before anybody answered is lost."""
    withdrawn = Q(draw__post__status=PostStatus.WITHDRAWN, is_answered=False)
    counted = drawn.values("is_passed", "stratum").annotate(
        drawn=Count("pk"),
        answered=Count("pk", filter=Q(is_answered=True)),
        lost=Count("pk", filter=withdrawn),
    )
    found: dict[tuple[bool, str], _Answers] = {}
    for one in counted.order_by("is_passed", "stratum"):
        key = one["is_passed"], _kind(one["stratum"])
        so_far = found.get(key, _Answers())
        found[key] = _Answers(so_far.drawn + one["drawn"], so_far.answered + one["answered"], so_far.lost + one["lost"])
    return found


def _kind(stratum: str) -> str:
    return stratum if stratum in (audits.KNOWN, audits.REMOVED) else TOSSED


def _side(
    is_passed: bool,
    cells: Iterable[dict[str, Any]],
    answers: dict[tuple[bool, str], _Answers],
    finds: Iterable[dict[str, Any]],
) -> Side:
    """Put one side together. Where some of a kind are not answered, its probabilities are lowered by the answered
    share, as if the others had not been drawn: fair as long as they are few, and nobody chose which."""
    mine = {kind: one for (side, kind), one in answers.items() if side == is_passed}
    share = {kind: one.share for kind, one in mine.items()}
    weighed = [
        Find(one["draw__probability"] * share[_kind(one["stratum"])], one["views"])
        for one in finds
        if one["is_passed"] == is_passed
    ]
    return Side(
        cells=[_cell(one, share.get(_kind(one["stratum"]), 1.0)) for one in cells if one["is_passed"] == is_passed],
        finds=[find for find in weighed if find.probability < 1],
        known_views=sum(int(find.views) for find in weighed if find.probability >= 1),
        looks=sum(one.answered for kind, one in mine.items() if kind != audits.KNOWN),
        pending=sum(one.drawn - one.answered - one.lost for one in mine.values()),
    )


def _cell(group: dict[str, Any], share: float) -> Cell:
    return Cell(
        posts=group["posts"],
        probability=min(1.0, group["probability"] * share),
        mean_score=float(group["score"] or 0.0),
        mean_views=group["mean_views"],
        mean_square_views=group["mean_square_views"],
    )
