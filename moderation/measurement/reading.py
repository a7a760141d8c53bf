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

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import F, FloatField, Q, QuerySet, Sum
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
_WEIGHED = ("part", "value", "side", "stratum", "probability", "found_n", "told_n")

Group = dict[str, Any]
Parts = dict[PartKind, list[tuple[Part, Evidence]]]
Counts = dict[str, Any]


def evidence(project: Project, period: Period, *, part: Part = WHOLE) -> Evidence:
    """Return what the metrics of one part of a period rest on. Nine queries for the whole traffic, 14 for years."""
    spans = months.spans(project, period)
    found = _parts(project, period, spans=spans, kinds=(part.kind,), value=part.value)[part.kind]
    mine = next((one for which, one in found if which == part), Evidence())
    return _with_the_rest(mine, project, period, spans=spans, counts=_counts(project, spans)) if part == WHOLE else mine


def everything(project: Project, period: Period) -> tuple[Evidence, Counts, Parts]:
    """Return the evidence of the whole, the counts, and the evidence of all parts that had posts in the period, in the
    order of their values. Nine queries, 14 for years."""
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
    groups, weighed = _by_part(_groups(looks)), _by_part(_weighed(looks))
    whole, found = groups.get((PartKind.ALL, ""), []), Parts()
    for kind in kinds:
        values = sorted(value for of, value in groups if of == kind)
        some = [(one, _of_part(groups[kind, one], weighed[kind, one], kind=kind, whole=whole)) for one in values]
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


def _weighed(looks: Iterable[QuerySet[DayLooks]]) -> list[Group]:
    """Finds among what passed, and answered second looks at what was removed, by recorded probability.

    Years have thousands of probabilities: they come as lists, a row a part and side, which is read far faster.
    """
    columns = ("stratum", "probability", "found", "answered")
    found: dict[tuple[Any, ...], Group] = {}
    for rows in looks:
        listed = rows.filter(months.TOLD).values_list("part", "value", "side").order_by()
        for part, value, side, *lists in listed.annotate(**{f"{name}_list": ArrayAgg(name) for name in columns}):
            for stratum, probability, n_found, n_told in zip(*lists, strict=True):
                key = (part, value, side, stratum, probability)
                one = found.setdefault(key, dict(zip(_WEIGHED, (*key, 0, 0), strict=True)))
                one["found_n"] += n_found
                one["told_n"] += n_told
    return [found[key] for key in sorted(found)]


def _together(sources: Iterable[QuerySet[Any]], *, keys: Sequence[str], sums: dict[str, Sum]) -> list[Group]:
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


def _views(project: Project, spans: Spans) -> tuple[ViewRow, ...]:
    """Add up the sums of views; the finds of chance are read one by one, for they are few."""
    keys, sources = ("is_passed", "stratum", "band"), spans.of(DayViewLooks, project)
    names = [name for name in ViewRow.__dataclass_fields__ if name not in (*keys, "finds")]
    finds: dict[tuple[Any, ...], list[tuple[float, int]]] = defaultdict(list)
    for rows in sources:
        for *key, some in rows.exclude(finds=[]).values_list(*keys, "finds"):
            finds[tuple(key)] += [(p, x) for p, x in some]
    summed = _together(sources, keys=keys, sums={f"sum_{name}": Sum(name) for name in names})
    return tuple(
        ViewRow(
            one["is_passed"],
            one["stratum"],
            one["band"],
            **{name: one[f"sum_{name}"] for name in names},
            finds=tuple(sorted(finds[tuple(one[key] for key in keys)])),
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
