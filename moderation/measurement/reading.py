"""This will add up the sums of days and months into the evidence of a period: few rows, however many posts there were.

Passed posts whose probabilities differ by less than a twentieth are put together under their mean. Only the weight of
a find that was not made is read off it (weighing.next_find), so that nothing depends on the twentieth; finds
themselves keep the probability that was recorded.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg, JSONBAgg
from django.db.models import Aggregate, F, FloatField, JSONField, Q, QuerySet, Sum, Value
from django.db.models.functions import Cast

from annotation import quality
from config.accounts.models import Project
from moderation.measurement import again, counting, months
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
from moderation.measurement.months import Spans
from moderation.measurement.periods import WHOLE, Part, PartKind, Period
from moderation.models import DailyMeasurement, DayLooks, DayViewLooks, DayViewsAgain
from moderation.second_looks import Found

# How well people recognize violations changes slowly, and gold items are few.
GOLD_TIME = timedelta(days=90)
# Arms have pages of their own: see moderation/rollouts.
KINDS = tuple(kind for kind in PartKind if kind != PartKind.ARM)
_KEYS = ("part", "value", "side", "stratum", "band")
_COUNTS = ("posts", "drawn", "answered", "found", "lost")

Group = dict[str, Any]
# Groups added up, by stratum and band.
Sums = dict[tuple[str, float], Group]
# Found and answered, by stratum and recorded probability; and these by side.
Looks = dict[tuple[str, float], tuple[int, int]]
Told = dict[str, Looks]
Parts = dict[PartKind, list[tuple[Part, Evidence]]]
Counts = dict[str, Any]


def evidence(project: Project, period: Period, *, part: Part = WHOLE) -> Evidence:
    """Return what the metrics of one part of a period rest on. Eight queries for the whole traffic, 12 for years."""
    spans = months.spans(project, period)
    found = _parts(project, period, spans=spans, kinds=(part.kind,), value=part.value)[part.kind]
    mine = next((one for which, one in found if which == part), Evidence())
    return _with_the_rest(mine, project, period, spans=spans, counts=_counts(project, spans)) if part == WHOLE else mine


def everything(project: Project, period: Period) -> tuple[Evidence, Counts, Parts]:
    """Return the evidence of the whole, the counts, and the evidence of all parts that had posts in the period, in the
    order of their values. Eight queries, 12 for years."""
    spans = months.spans(project, period)
    parts, counts = _parts(project, period, spans=spans, kinds=KINDS), _counts(project, spans)
    whole = next((one for _, one in parts.pop(PartKind.ALL)), Evidence())
    return _with_the_rest(whole, project, period, spans=spans, counts=counts), counts, parts


def days_counts(project: Project, period: Period) -> Counts:
    """Return the counts of a period's days, added up."""
    return _counts(project, months.spans(project, period))


def _counts(project: Project, spans: Spans) -> Counts:
    counted = spans.of(DailyMeasurement, project)
    return counting.together(one for rows in counted for one in rows.order_by("day").values_list("counts", flat=True))


def _with_the_rest(found: Evidence, project: Project, period: Period, *, spans: Spans, counts: Counts) -> Evidence:
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
    return replace(found, views=_views(project, spans), views_again=_views_again(project, period), tally=tally)


def _parts(project: Project, period: Period, *, spans: Spans, kinds: Sequence[PartKind], value: str = "") -> Parts:
    """Return the parts of some kinds, or one of them, with what is known of reviewers' errors."""
    looks = _looks(project, spans, kinds, value=value)
    ends = again.of_kinds(project, spans, [kind for kind in kinds if kind in again.KINDS])
    gold = quality.found(project, since=min(period.start, period.end - GOLD_TIME), until=period.end)
    groups, told = _by_part(_groups(looks)), _told(looks)
    scored, found = _scored(groups.get((PartKind.ALL, ""), [])), Parts()
    for kind in kinds:
        values = sorted(value for of, value in groups if of == kind)
        some = [(one, _of_part(groups[kind, one], told[kind, one], kind=kind, scored=scored)) for one in values]
        found[kind] = [(Part(kind, one), _carrying(part, ends.get(kind), one, gold)) for one, part in some]
    return found


def _looks(project: Project, spans: Spans, kinds: Sequence[PartKind], *, value: str) -> list[QuerySet[DayLooks]]:
    """Rows of some kinds; with classes, those of the whole traffic too, for of it are posts that passed a class."""
    wanted = Q(part__in=kinds) & (Q(value=value) if value else Q())
    if PartKind.CLASS in kinds:
        wanted |= Q(part=PartKind.ALL)
    return [rows.filter(wanted) for rows in spans.of(DayLooks, project)]


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


def _groups(looks: Iterable[QuerySet[DayLooks]]) -> list[Group]:
    sums: dict[str, Any] = {
        "looked": Sum(F("probability") * Cast("posts", FloatField())),
        "score": Sum("score_sum"),
        **{f"n_{name}": Sum(name) for name in _COUNTS},
    }
    return _together([rows.annotate(band=months.BAND) for rows in looks], keys=_KEYS, sums=sums)


def _told(looks: Iterable[QuerySet[DayLooks]]) -> dict[tuple[str, str], Told]:
    """Finds among what passed, and answered second looks at what was removed, part by part.

    Years have thousands of probabilities: they come as lists, a row a part and side, which is read far faster.
    """
    columns = ("stratum", "probability", "found", "answered")
    told: dict[tuple[str, str], Told] = defaultdict(lambda: defaultdict(dict))
    for rows in looks:
        listed = rows.filter(months.TOLD).values_list("part", "value", "side").order_by()
        for part, value, side, *lists in listed.annotate(**{f"{name}_list": ArrayAgg(name) for name in columns}):
            mine = told[part, value][side]
            for stratum, probability, found, answered in zip(*lists, strict=True):
                before = mine.get((stratum, probability), (0, 0))
                mine[stratum, probability] = before[0] + found, before[1] + answered
    return told


def _together(sources: Iterable[QuerySet[Any]], *, keys: Sequence[str], sums: dict[str, Aggregate]) -> list[Group]:
    """Add up rows of several tables by ``keys``, in their order. A query a table."""
    found: dict[tuple[Any, ...], Group] = {}
    for rows in sources:
        summed: Any = rows.values(*keys).annotate(**sums).order_by()
        for one in summed:
            other = found.setdefault(tuple(one[key] for key in keys), one)
            if other is not one:
                other.update({name: other[name] + one[name] for name in sums})
    return [found[key] for key in sorted(found)]


def _by_part(groups: Iterable[Group]) -> dict[tuple[str, str], list[Group]]:
    found: dict[tuple[str, str], list[Group]] = defaultdict(list)
    for group in groups:
        found[group["part"], group["value"]].append(group)
    return found


def _of_part(groups: Sequence[Group], told: Told, *, kind: PartKind, scored: Sums) -> Evidence:
    return _of_class(groups, told, scored=scored) if kind == PartKind.CLASS else _evidence(groups, told)


def _evidence(groups: Sequence[Group], told: Told) -> Evidence:
    of = {side: [one for one in groups if one["side"] == side] for side in Side}
    return Evidence(
        flagged=_looked(of[Side.FLAGGED]),
        removable=_looked(of[Side.REMOVABLE]),
        unscored=_looked(of[Side.UNSCORED]),
        removed=_removed(of[Side.REMOVED], told[Side.REMOVED]),
        passed=Passed(tuple(_passing(one) for one in of[Side.PASSED]), _finds(told[Side.PASSED])),
    )


def _scored(whole: Sequence[Group]) -> Sums:
    """Add up what the machine scored, by stratum and band."""
    found: Sums = {}
    for one in whole:
        if one["side"] in (*BY_MACHINE, Side.PASSED):
            _add(found, one, sign=1)
    return found


def _of_class(groups: Sequence[Group], told: Told, *, scored: Sums) -> Evidence:
    """What passed a class is the whole traffic that was scored, less what was flagged for that class."""
    flagged = [one for one in groups if one["side"] in BY_MACHINE]
    own, rest = _evidence(flagged, told), {place: dict(sums) for place, sums in scored.items()}
    for one in flagged:
        _add(rest, one, sign=-1)
    left = tuple(_passing(one) for _, one in sorted(rest.items()) if one["n_posts"] > 0)
    return Evidence(own.flagged, own.removable, Looked(), own.removed, Passed(left, own.passed.finds))


def _add(sums: Sums, one: Group, *, sign: int) -> None:
    sum_ = sums.setdefault((one["stratum"], one["band"]), {"stratum": one["stratum"]})
    for key in ("looked", "score", *(f"n_{name}" for name in _COUNTS)):
        sum_[key] = sum_.get(key, 0) + sign * (one[key] or 0)


def _looked(groups: Sequence[Group]) -> Looked:
    return Looked(
        posts=sum(one["n_posts"] - one["n_lost"] for one in groups),
        answered=sum(one["n_answered"] for one in groups),
        violations=sum(one["n_found"] for one in groups),
    )


def _removed(groups: Sequence[Group], told: Looks) -> Removed:
    looks = sorted(told.items())
    return Removed(
        posts=sum(one["n_posts"] for one in groups),
        violations=tuple(Weighed(*place, found) for place, (found, _) in looks if found),
        others=tuple(Weighed(*place, answered - found) for place, (found, answered) in looks if answered - found),
        pending=sum(one["n_drawn"] - one["n_answered"] - one["n_lost"] for one in groups),
    )


def _finds(told: Looks) -> tuple[Weighed, ...]:
    return tuple(Weighed(*place, found) for place, (found, _) in sorted(told.items()))


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


def _views(project: Project, spans: Spans) -> tuple[ViewRow, ...]:
    """Add up the sums of views, and put the finds of chance together."""
    keys, sources = ("is_passed", "stratum", "band"), spans.of(DayViewLooks, project)
    names = [name for name in ViewRow.__dataclass_fields__ if name not in (*keys, "finds")]
    none = Value([], output_field=JSONField())
    finds = JSONBAgg("finds", filter=~Q(finds=[]), default=none)
    summed = _together(sources, keys=keys, sums={f"sum_{name}": Sum(name) for name in names} | {"every_find": finds})
    return tuple(
        ViewRow(
            one["is_passed"],
            one["stratum"],
            one["band"],
            **{name: one[f"sum_{name}"] for name in names},
            finds=tuple(sorted((p, x) for some in one["every_find"] for p, x in some)),
        )
        for one in summed
    )


def _views_again(project: Project, period: Period) -> tuple[ViewsAgain, ...]:
    rows = DayViewsAgain.objects.filter(project=project, day__gte=period.first, day__lte=period.last)
    names = [name for name in ViewsAgain.__dataclass_fields__ if name != "is_violation"]
    sums: Any = rows.values("is_violation").annotate(**{f"sum_{name}": Sum(name) for name in names})
    return tuple(
        ViewsAgain(one["is_violation"], **{name: one[f"sum_{name}"] for name in names})
        for one in sums.order_by("is_violation")
    )
