"""This will add up the sums of days into the evidence of a period: few rows, however many posts there were.

Passed posts whose probabilities differ by less than a twentieth are put together under their mean. Only the weight of
a find that was not made is read off it (weighing.next_find), so that nothing depends on the twentieth; finds
themselves keep the probability that was recorded.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db.models import F, FloatField, Q, QuerySet, Sum
from django.db.models.functions import Cast, Floor, Ln

from annotation import quality
from config.accounts.models import Project
from moderation.measurement import again, counting
from moderation.measurement.evidence import (
    Evidence,
    Looked,
    Passed,
    Passing,
    Removed,
    Reviewed,
    SecondLooked,
    Tally,
    ViewRow,
    ViewsAgain,
    Weighed,
)
from moderation.measurement.gathering import BY_MACHINE, Side
from moderation.measurement.periods import WHOLE, Part, PartKind, Period
from moderation.models import DailyMeasurement, DayLooks, DayViewLooks, DayViewsAgain
from moderation.second_looks import Found

BANDS_PER_E = 20
# How well people recognize violations changes slowly, and gold items are few.
GOLD_TIME = timedelta(days=90)
_KEYS = ("part", "value", "side", "stratum", "band")
_COUNTS = ("posts", "drawn", "answered", "found", "lost")

Group = dict[str, Any]
Parts = dict[PartKind, list[tuple[Part, Evidence]]]
Counts = dict[str, Any]


def evidence(project: Project, period: Period, *, part: Part = WHOLE) -> Evidence:
    """Return what the metrics of one part of a period rest on. Eight queries for the whole traffic."""
    found = _parts(project, period, kinds=(part.kind,), value=part.value)[part.kind]
    mine = next((one for which, one in found if which == part), Evidence())
    return _with_the_rest(mine, project, period, counts=days_counts(project, period)) if part == WHOLE else mine


def everything(project: Project, period: Period) -> tuple[Evidence, Counts, Parts]:
    """Return the evidence of the whole, the counts, and the evidence of all parts that had posts in the period, in the
    order of their values. Eight queries."""
    parts, counts = _parts(project, period, kinds=tuple(PartKind)), days_counts(project, period)
    whole = next((one for _, one in parts.pop(PartKind.ALL)), Evidence())
    return _with_the_rest(whole, project, period, counts=counts), counts, parts


def days_counts(project: Project, period: Period) -> Counts:
    """Return the counts of a period's days, added up."""
    days = DailyMeasurement.objects.filter(project=project, day__gte=period.first, day__lte=period.last)
    return counting.together(days.order_by("day").values_list("counts", flat=True))


def _with_the_rest(found: Evidence, project: Project, period: Period, *, counts: Counts) -> Evidence:
    """Add what is known of the whole traffic alone."""
    tally = Tally(
        in_time=counts.get("in_time", 0),
        late=counts.get("late", 0),
        views=counts.get("views", 0),
        complaints=counts.get("complaints", 0),
        removals=counts.get("standing_removals", 0),
        overturned=counts.get("overturned", 0),
        hours_to_action=counts["hours_to_action"],
    )
    return replace(found, views=_views(project, period), views_again=_views_again(project, period), tally=tally)


def _parts(project: Project, period: Period, *, kinds: Sequence[PartKind], value: str = "") -> Parts:
    """Return the parts of some kinds, or one of them, with what is known of reviewers' errors."""
    looks = _looks(project, period, kinds, value=value)
    ends = again.of_kinds(project, period, [kind for kind in kinds if kind in again.KINDS])
    gold = quality.found(project, since=min(period.start, period.end - GOLD_TIME), until=period.end)
    groups, weighed = _by_part(_groups(looks)), _by_part(_weighed(looks))
    whole, found = groups.get((PartKind.ALL, ""), []), Parts()
    for kind in kinds:
        values = sorted(value for of, value in groups if of == kind)
        some = [(one, _of_part(groups[kind, one], weighed[kind, one], kind=kind, whole=whole)) for one in values]
        found[kind] = [(Part(kind, one), _carrying(part, ends.get(kind), one, gold)) for one, part in some]
    return found


def _looks(project: Project, period: Period, kinds: Sequence[PartKind], *, value: str) -> QuerySet[DayLooks]:
    """Rows of some kinds; with classes, those of the whole traffic too, for of it are posts that passed a class."""
    wanted = Q(part__in=kinds) & (Q(value=value) if value else Q())
    if PartKind.CLASS in kinds:
        wanted |= Q(part=PartKind.ALL)
    return DayLooks.objects.filter(wanted, project=project, day__gte=period.first, day__lte=period.last)


def _carrying(found: Evidence, ends: dict[str, Found] | None, value: str, gold: quality.Found) -> Evidence:
    return found if ends is None else replace(found, reviewed=_reviewed(found, ends.get(value, Found()), gold))


def _reviewed(found: Evidence, ends: Found, gold: quality.Found) -> Reviewed:
    violations = found.flagged.violations + found.removable.violations
    others = found.flagged.answered + found.removable.answered - violations
    return Reviewed(
        SecondLooked(violations, ends.violations.violations, ends.violations.others),
        SecondLooked(others, ends.fine.violations, ends.fine.others),
        gold=gold.gold,
        gold_found=gold.found,
    )


def _groups(looks: QuerySet[DayLooks]) -> list[Group]:
    band = Floor(Ln("probability") * BANDS_PER_E)
    summed = (
        looks.annotate(band=band)
        .values(*_KEYS)
        .annotate(
            looked=Sum(F("probability") * Cast("posts", FloatField())),
            score=Sum("score_sum"),
            **{f"n_{name}": Sum(name) for name in _COUNTS},
        )
    )
    return list(summed.order_by(*_KEYS))


def _weighed(looks: QuerySet[DayLooks]) -> list[Group]:
    """Finds among what passed, and answered second looks at what was removed, by recorded probability."""
    told = looks.filter(Q(side=Side.PASSED, found__gt=0) | Q(side=Side.REMOVED, answered__gt=0))
    keys = ("part", "value", "side", "stratum", "probability")
    summed: Any = told.values(*keys).annotate(found_n=Sum("found"), told_n=Sum("answered"))
    return list(summed.order_by(*keys))


def _by_part(groups: Iterable[Group]) -> dict[tuple[str, str], list[Group]]:
    found: dict[tuple[str, str], list[Group]] = defaultdict(list)
    for group in groups:
        found[group["part"], group["value"]].append(group)
    return found


def _of_part(groups: Sequence[Group], weighed: Sequence[Group], *, kind: PartKind, whole: Sequence[Group]) -> Evidence:
    return _of_class(groups, weighed, whole=whole) if kind == PartKind.CLASS else _evidence(groups, weighed)


def _evidence(groups: Sequence[Group], weighed: Sequence[Group]) -> Evidence:
    of = {side: [one for one in groups if one["side"] == side] for side in Side}
    return Evidence(
        flagged=_looked(of[Side.FLAGGED]),
        removable=_looked(of[Side.REMOVABLE]),
        unscored=_looked(of[Side.UNSCORED]),
        removed=_removed(of[Side.REMOVED], weighed),
        passed=Passed(tuple(_passing(one) for one in of[Side.PASSED]), _finds(weighed)),
    )


def _of_class(groups: Sequence[Group], weighed: Sequence[Group], *, whole: Sequence[Group]) -> Evidence:
    """What passed a class is the whole traffic that was scored, less what was flagged for that class."""
    own = _evidence([one for one in groups if one["side"] in BY_MACHINE], weighed)
    rest: dict[tuple[str, float], Group] = {}
    for sign, sides, some in ((1, (*BY_MACHINE, Side.PASSED), whole), (-1, tuple(BY_MACHINE), groups)):
        for one in some:
            if one["side"] in sides:
                _add(rest.setdefault((one["stratum"], one["band"]), {"stratum": one["stratum"]}), one, sign=sign)
    left = tuple(_passing(one) for _, one in sorted(rest.items()) if one["n_posts"] > 0)
    return Evidence(own.flagged, own.removable, Looked(), own.removed, Passed(left, own.passed.finds))


def _add(sum_: Group, one: Group, *, sign: int) -> None:
    for key in ("looked", "score", *(f"n_{name}" for name in _COUNTS)):
        sum_[key] = sum_.get(key, 0) + sign * (one[key] or 0)


def _looked(groups: Sequence[Group]) -> Looked:
    return Looked(
        posts=sum(one["n_posts"] - one["n_lost"] for one in groups),
        answered=sum(one["n_answered"] for one in groups),
        violations=sum(one["n_found"] for one in groups),
    )


def _removed(groups: Sequence[Group], weighed: Sequence[Group]) -> Removed:
    told = [one for one in weighed if one["side"] == Side.REMOVED]
    others = [(one, one["told_n"] - one["found_n"]) for one in told]
    return Removed(
        posts=sum(one["n_posts"] for one in groups),
        violations=tuple(_weigh(one, one["found_n"]) for one in told if one["found_n"]),
        others=tuple(_weigh(one, n) for one, n in others if n),
        pending=sum(one["n_drawn"] - one["n_answered"] - one["n_lost"] for one in groups),
    )


def _finds(weighed: Sequence[Group]) -> tuple[Weighed, ...]:
    return tuple(_weigh(one, one["found_n"]) for one in weighed if one["side"] == Side.PASSED)


def _weigh(one: Group, n: int) -> Weighed:
    return Weighed(one["stratum"], one["probability"], n)


def _passing(one: Group) -> Passing:
    posts = one["n_posts"]
    return Passing(
        stratum=one["stratum"],
        posts=posts,
        # Rounding must not push what was looked at for certain above 1.
        probability=min(1.0, one["looked"] / posts),
        mean_score=max(0.0, one["score"] / posts),
        drawn=one["n_drawn"],
        answered=one["n_answered"],
        lost=one["n_lost"],
    )


def _views(project: Project, period: Period) -> tuple[ViewRow, ...]:
    """Add up the sums of views; the finds of chance are read one by one, for they are few."""
    rows = DayViewLooks.objects.filter(project=project, day__gte=period.first, day__lte=period.last)
    names = [name for name in ViewRow.__dataclass_fields__ if name not in ("is_passed", "stratum", "band", "finds")]
    sums: Any = rows.values("is_passed", "stratum", "band").annotate(**{f"sum_{name}": Sum(name) for name in names})
    finds: dict[tuple[bool, str, int], list[tuple[float, int]]] = defaultdict(list)
    for is_passed, stratum, band, some in rows.exclude(finds=[]).values_list("is_passed", "stratum", "band", "finds"):
        finds[is_passed, stratum, band] += [(p, x) for p, x in some]
    return tuple(
        ViewRow(
            one["is_passed"],
            one["stratum"],
            one["band"],
            **{name: one[f"sum_{name}"] for name in names},
            finds=tuple(sorted(finds[one["is_passed"], one["stratum"], one["band"]])),
        )
        for one in sums.order_by("is_passed", "stratum", "band")
    )


def _views_again(project: Project, period: Period) -> tuple[ViewsAgain, ...]:
    rows = DayViewsAgain.objects.filter(project=project, day__gte=period.first, day__lte=period.last)
    names = [name for name in ViewsAgain.__dataclass_fields__ if name != "is_violation"]
    sums: Any = rows.values("is_violation").annotate(**{f"sum_{name}": Sum(name) for name in names})
    return tuple(
        ViewsAgain(one["is_violation"], **{name: one[f"sum_{name}"] for name in names})
        for one in sums.order_by("is_violation")
    )
