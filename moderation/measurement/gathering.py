"""This will gather what the first draws of a period promised, and what people found where they looked.

Only looks that a recorded draw opened enter an estimator (estimation does the arithmetic). What the machine flagged
and people looked at is a census; what passed is a sample with known probabilities; what people looked at anyway
(MANUAL mode, overrides) has probability 1.

Only the first draw, of routing, is read here. What the second draw finds, by views, does not enter: a find would count
with the chance that either draw fell on it, and for what the first draw found nobody can know how likely the second
would have been, because the look ended the views by which that is decided. See the room viewing.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db.models import Count, DecimalField, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from annotation.models import Truth
from config.accounts.models import Project
from models_registry.registry import current_schema
from moderation import audits
from moderation.measurement.periods import WHOLE, Part, PartKind, Period
from moderation.models import Draw, Outcome, PostStatus, SliceAttribute

MOST_VALUES = 30
OTHER_VALUES = "(other)"
_TRUSTED = "override_trusted_poster"


class Side(StrEnum):
    """What became of a post. FLAGGED and REMOVABLE ones were all put before people, the latter because the machine
    would have removed them had it been allowed to; REMOVED is what it removed by itself; UNSCORED, where no model
    version was deployed."""

    FLAGGED = "flagged"
    REMOVABLE = "removable"
    REMOVED = "removed"
    PASSED = "passed"
    UNSCORED = "unscored"


BY_MACHINE = frozenset({Side.FLAGGED, Side.REMOVABLE, Side.REMOVED})


@dataclass(frozen=True)
class Look:
    """Posts of one part, side, stratum and inclusion probability. Of those drawn, ``answered`` have a standing truth,
    ``found`` of which violate, and ``lost`` ones were withdrawn before anybody answered: nobody will."""

    part: Part
    side: Side
    stratum: str
    probability: float
    posts: int
    score_sum: float
    drawn: int
    answered: int
    found: int
    lost: int


def looks(project: Project, period: Period) -> list[Look]:
    """Gather a period's posts, the whole traffic first, then its parts; one query, and one an attribute of slices.

    Of a class only what it flagged is there, and what was found beside that: what passed is the whole traffic less
    what was flagged. The same rows give the same numbers, in the same order.
    """
    draws = first_draws(project, period)
    sums: dict[tuple[Part, Side, str, float], _Sum] = defaultdict(_Sum)
    for group in _grouped(draws):
        for part, side, is_found in _parts(group, classes=current_schema(project).keys):
            sums[part, side, group["stratum"], group["probability"]].add(group, is_found=is_found)
    for attribute in SliceAttribute.objects.filter(project=project).order_by("attribute"):
        for part, group in _sliced(draws, attribute.attribute):
            sums[part, _side(group), group["stratum"], group["probability"]].add(group, is_found=bool(truth_of(group)))
    return [_look(key, one) for key, one in sorted(sums.items(), key=lambda item: _order(item[0]))]


def first_draws(project: Project, period: Period) -> QuerySet[Draw]:
    inside = Draw.objects.filter(project=project, created_at__gte=period.start, created_at__lt=period.end)
    return inside.filter(design=audits.FIRST_DRAW)


def with_truth(draws: QuerySet[Draw]) -> QuerySet[Any]:
    """Mark each draw with the classes of its question's standing truth: None where there is none, empty for fine.

    What was answered before the platform withdrew the post still counts: a platform that deletes what is taken down
    must not delete the evidence with it.
    """
    return draws.annotate(truth=standing_truth("question"))


def standing_truth(question: str) -> Subquery:
    """The classes of the standing truth of a question, which is named by the path that leads to it."""
    told = Truth.objects.filter(question_id=OuterRef(f"{question}_id"), withdrawn_at__isnull=True)
    return Subquery(told.values("classes")[:1])


def promises(project: Project, period: Period) -> list[dict[str, Any]]:
    """Return what the draws of a period promised and did, per stratum of passed posts."""
    passed = first_draws(project, period).filter(verdict__outcome=Outcome.PASS)
    found: dict[str, dict[str, Any]] = {}
    empty = {"posts": 0, "drawn": 0, "sum_pi": 0.0, "sum_pi_1_minus_pi": 0.0}
    for stratum, probability, is_drawn in passed.values_list("stratum", "probability", "is_drawn").order_by("stratum"):
        one = found.setdefault(stratum, {"stratum": stratum, **empty})
        one["posts"] += 1
        one["drawn"] += is_drawn
        one["sum_pi"] += probability
        one["sum_pi_1_minus_pi"] += probability * (1 - probability)
    return list(found.values())


class _Sum:
    """Counts of a cell; scores are added up exactly, so that the order of rows does not matter."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.score = Decimal(0)

    def add(self, group: Mapping[str, Any], *, is_found: bool) -> None:
        n = group["posts"]
        is_answered = truth_of(group) is not None and group["is_drawn"]
        self.counts["posts"] += n
        self.counts["drawn"] += n * group["is_drawn"]
        self.counts["answered"] += n * is_answered
        self.counts["found"] += n * (is_answered and is_found)
        self.counts["lost"] += 0 if is_answered else group["lost"]
        self.score += group["score_sum"] or 0


_KEYS = (
    "stratum",
    "probability",
    "is_drawn",
    "truth",
    "confirmed",
    "verdict__machine_outcome",
    "verdict__outcome",
    "verdict__reason",
    "verdict__classes",
    "verdict__model_version",
    "verdict__policy_version__number",
    "verdict__arm",
)


def _grouped(draws: QuerySet[Draw], *more: str) -> Iterable[dict[str, Any]]:
    marked = with_truth(draws).annotate(confirmed=standing_truth("second_look__question"))
    counted = marked.values(*_KEYS, *more).annotate(
        posts=Count("pk"),
        score_sum=Sum(Cast("score", DecimalField(max_digits=38, decimal_places=18))),
        lost=Count("pk", filter=Q(is_drawn=True, post__status=PostStatus.WITHDRAWN)),
    )
    return counted.order_by()


def _side(group: Mapping[str, Any]) -> Side:
    machine, outcome = group["verdict__machine_outcome"], group["verdict__outcome"]
    if not machine:
        return Side.UNSCORED
    if machine == Outcome.PASS or group["verdict__reason"] == _TRUSTED:
        return Side.PASSED
    if machine == Outcome.REVIEW:
        return Side.FLAGGED
    return Side.REMOVED if outcome == Outcome.REMOVE else Side.REMOVABLE


def truth_of(group: Mapping[str, Any]) -> list[str] | None:
    """Return what is taken as true of a group of posts, None while nothing is.

    Of a post that people looked at although the machine would have passed it (MANUAL mode, an override) a violation is
    a find when second looks have confirmed it, as in an audit: among what passes one person's slips outnumber what
    is there (moderation/second_looks).
    """
    is_anyway = _side(group) == Side.PASSED and group["verdict__outcome"] == Outcome.REVIEW
    return group["confirmed"] if is_anyway and group["truth"] else group["truth"]


def _parts(group: Mapping[str, Any], *, classes: Iterable[str]) -> Iterator[tuple[Part, Side, bool]]:
    """Yield each part that a group of posts belongs to, on which side it is there, and whether it violates there."""
    side, truth = _side(group), truth_of(group) or ()
    yield WHOLE, side, bool(truth)
    yield Part(PartKind.POLICY, str(group["verdict__policy_version__number"])), side, bool(truth)
    if group["verdict__arm"]:
        yield Part(PartKind.ARM, str(group["verdict__arm"])), side, bool(truth)
    if side == Side.UNSCORED:
        return
    yield Part(PartKind.MODEL, str(group["verdict__model_version"])), side, bool(truth)
    for key in classes:
        is_flagged = side in BY_MACHINE and key in group["verdict__classes"]
        if is_flagged or key in truth:
            yield Part(PartKind.CLASS, key), side if is_flagged else Side.PASSED, key in truth


def _sliced(draws: QuerySet[Draw], attribute: str) -> Iterator[tuple[Part, dict[str, Any]]]:
    """Yield groups by the values of an attribute; posts without it are in none of its slices.

    Beyond the most frequent values there is one slice for all others: an attribute may well be a free text.
    """
    valued = draws.annotate(slice_value=KeyTextTransform(attribute, F("post__attributes")))
    groups = [one for one in _grouped(valued, "slice_value") if one["slice_value"] not in (None, "")]
    often: Counter[str] = Counter()
    for group in groups:
        often[group["slice_value"][:MOST_LETTERS]] += group["posts"]
    frequent = {value for value, _ in sorted(often.items(), key=lambda item: (-item[1], item[0]))[:MOST_VALUES]}
    for group in groups:
        value = group["slice_value"][:MOST_LETTERS]
        yield Part(PartKind.SLICE, f"{attribute}={value if value in frequent else OTHER_VALUES}"), group


MOST_LETTERS = 60


def _look(key: tuple[Part, Side, str, float], one: _Sum) -> Look:
    part, side, stratum, probability = key
    names = ("posts", "drawn", "answered", "found", "lost")
    return Look(
        part, side, stratum, probability, score_sum=float(one.score), **{name: one.counts[name] for name in names}
    )


def _order(key: tuple[Part, Side, str, float]) -> tuple[str, str, str, str, float]:
    part, side, stratum, probability = key
    return part.kind, part.value, side, stratum, probability
