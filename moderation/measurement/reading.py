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
from moderation import second_looks
from moderation.measurement import counting
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
    Weighed,
)
from moderation.measurement.gathering import BY_MACHINE, Side
from moderation.measurement.periods import WHOLE, Part, PartKind, Period
from moderation.models import DailyMeasurement, DayLooks, DayViewLooks

BANDS_PER_E = 20
# How well people recognize violations changes slowly, and gold items are few.
GOLD_TIME = timedelta(days=90)
_KEYS = ("value", "side", "stratum", "band")
_COUNTS = ("posts", "drawn", "answered", "found", "lost")

Group = dict[str, Any]


def evidence(project: Project, period: Period, *, part: Part = WHOLE) -> Evidence:
    """Return what the metrics of one part of a period rest on. Six queries for the whole traffic."""
    if part == WHOLE:
        (_, found), *_ = _of_kind(project, period, WHOLE.kind) or [(WHOLE, Evidence())]
        return _with_the_rest(_with_errors([(WHOLE, found)], project, period)[0][1], project, period)
    looked = _of_kind(project, period, part.kind, part.value)
    mine = [(one, found) for one, found in looked if one == part] or [(part, Evidence())]
    return _with_errors(mine, project, period)[0][1]


def every_part(project: Project, period: Period, kind: PartKind) -> list[tuple[Part, Evidence]]:
    """Return the evidence of all parts of a kind that had posts in the period."""
    return _with_errors(_of_kind(project, period, kind), project, period)


Parts = list[tuple[Part, Evidence]]


def _with_errors(parts: Parts, project: Project, period: Period) -> Parts:
    """Add what is known of reviewers' errors. Slices are too small to have any of their own."""
    if not parts or parts[0][0].kind == PartKind.SLICE:
        return parts
    gold = quality.found(project, since=min(period.start, period.end - GOLD_TIME), until=period.end)
    again = second_looks.of_kind(project, period, parts[0][0].kind)
    nothing = second_looks.Found()
    return [
        (part, replace(found, reviewed=_reviewed(found, again.get(part.value, nothing), gold))) for part, found in parts
    ]


def _reviewed(found: Evidence, again: second_looks.Found, gold: quality.Found) -> Reviewed:
    violations = found.flagged.violations + found.removable.violations
    others = found.flagged.answered + found.removable.answered - violations
    return Reviewed(
        SecondLooked(violations, again.violations.violations, again.violations.others),
        SecondLooked(others, again.fine.violations, again.fine.others),
        gold=gold.gold,
        gold_found=gold.found,
    )


def days_counts(project: Project, period: Period) -> dict[str, Any]:
    """Return the counts of a period's days, added up."""
    return counting.together(_days(project, period).order_by("day").values_list("counts", flat=True))


def _days(project: Project, period: Period) -> QuerySet[DailyMeasurement]:
    return DailyMeasurement.objects.filter(project=project, day__gte=period.first, day__lte=period.last)


def _with_the_rest(found: Evidence, project: Project, period: Period) -> Evidence:
    """Add what is known of the whole traffic alone."""
    counts = days_counts(project, period)
    tally = Tally(
        in_time=counts.get("in_time", 0),
        late=counts.get("late", 0),
        views=counts.get("views", 0),
        complaints=counts.get("complaints", 0),
        removals=counts.get("standing_removals", 0),
        overturned=counts.get("overturned", 0),
        hours_to_action=counts["hours_to_action"],
    )
    return Evidence(
        found.flagged,
        found.removable,
        found.unscored,
        found.removed,
        found.passed,
        found.reviewed,
        _views(project, period),
        tally,
    )


def _of_kind(project: Project, period: Period, kind: PartKind, value: str = "") -> list[tuple[Part, Evidence]]:
    looks = _looks(project, period, kind)
    if value:
        looks = looks.filter(value=value)
    groups, weighed = _by_value(_groups(looks)), _by_value(_weighed(looks))
    if kind != PartKind.CLASS:
        return [(Part(kind, one), _evidence(groups[one], weighed[one])) for one in sorted(groups)]
    whole = _groups(
        DayLooks.objects.filter(project=project, day__gte=period.first, day__lte=period.last, part=WHOLE.kind)
    )
    return [(Part(kind, one), _of_class(groups[one], weighed[one], whole=whole)) for one in sorted(groups)]


def _looks(project: Project, period: Period, kind: PartKind) -> QuerySet[DayLooks]:
    return DayLooks.objects.filter(project=project, part=kind, day__gte=period.first, day__lte=period.last)


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
    summed: Any = told.values("value", "side", "stratum", "probability").annotate(
        found_n=Sum("found"), told_n=Sum("answered")
    )
    return list(summed.order_by("value", "side", "stratum", "probability"))


def _by_value(groups: Iterable[Group]) -> dict[str, list[Group]]:
    found: dict[str, list[Group]] = defaultdict(list)
    for group in groups:
        found[group["value"]].append(group)
    return found


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
