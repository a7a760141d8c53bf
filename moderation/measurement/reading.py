"""This will add up the sums of days and months into the evidence of a period: few rows, however many posts there were.

Passed posts whose probabilities differ by less than a twentieth are put together under their mean. Only the weight of
a find that was not made is read off it (weighing.next_find), so that nothing depends on the twentieth; finds
themselves keep the probability that was recorded.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import groupby
from typing import Any

from annotation import quality
from config.accounts.models import Project
from moderation.measurement import again, counting, months, sums
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
from moderation.second_looks import Found

# How well people recognize violations changes slowly, and gold items are few.
GOLD_TIME = timedelta(days=90)
# Arms have pages of their own: see moderation/rollouts.
KINDS = tuple(kind for kind in PartKind if kind != PartKind.ARM)

# Found and answered, by stratum and recorded probability; and these by side.
Ends = dict[tuple[str, float], tuple[int, int]]
Told = dict[str, Ends]
# Looks added up, by stratum and band.
Sums = dict[tuple[str, float], sums.Looks]
Parts = dict[PartKind, list[tuple[Part, Evidence]]]
Counts = dict[str, Any]


def evidence(project: Project, period: Period, *, part: Part = WHOLE) -> Evidence:
    """Return what the metrics of one part of a period rest on. Seven queries for the whole traffic, and one more from a
    month on."""
    spans = months.spans(project, period)
    found = _parts(project, period, spans=spans, kinds=(part.kind,), value=part.value)[part.kind]
    mine = next((one for which, one in found if which == part), Evidence())
    return _with_the_rest(mine, project, period, spans=spans, counts=_counts(project, spans)) if part == WHOLE else mine


def everything(project: Project, period: Period) -> tuple[Evidence, Counts, Parts]:
    """Return the evidence of the whole, the counts, and the evidence of all parts that had posts in the period, in the
    order of their values. Seven queries, and one more from a month on."""
    spans = months.spans(project, period)
    parts, counts = _parts(project, period, spans=spans, kinds=KINDS), _counts(project, spans)
    whole = next((one for _, one in parts.pop(PartKind.ALL)), Evidence())
    return _with_the_rest(whole, project, period, spans=spans, counts=counts), counts, parts


def days_counts(project: Project, period: Period) -> Counts:
    """Return the counts of a period's days, added up."""
    return _counts(project, months.spans(project, period))


def _counts(project: Project, spans: Spans) -> Counts:
    return counting.together(sums.counts(project, spans))


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
    return replace(
        found,
        views=_views(project, spans),
        views_again=tuple(ViewsAgain(*one) for one in sums.views_again(project, period)),
        tally=tally,
    )


def _parts(project: Project, period: Period, *, spans: Spans, kinds: Sequence[PartKind], value: str = "") -> Parts:
    """Return the parts of some kinds, or one of them, with what is known of reviewers' errors."""
    looks, listed = _looks(project, spans, kinds, value=value)
    groups = {key: list(some) for key, some in groupby(looks, key=lambda one: (one.part, one.value))}
    ends = again.of_kinds(project, spans, [kind for kind in kinds if kind in again.KINDS])
    gold = quality.found(project, since=min(period.start, period.end - GOLD_TIME), until=period.end)
    told, scored, found = _told(listed), _Scored(groups.get((PartKind.ALL, WHOLE.value), [])), Parts()
    for kind in kinds:
        values = sorted(value for of, value in groups if of == kind)
        some = [(one, _of_part(groups[kind, one], told[kind, one], kind=kind, scored=scored)) for one in values]
        found[kind] = [(Part(kind, one), _carrying(part, ends.get(kind), one, gold)) for one, part in some]
    return found


def _looks(
    project: Project, spans: Spans, kinds: Sequence[PartKind], *, value: str
) -> tuple[list[sums.Looks], list[sums.Told]]:
    """Looks at some kinds; with classes, those of the whole traffic too, for of it are posts that passed a class."""
    parts = {*kinds, PartKind.ALL} if PartKind.CLASS in kinds else {*kinds}
    return sums.looks(project, spans, parts=parts, values={value, WHOLE.value} if value else None)


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


def _told(listed: Iterable[sums.Told]) -> dict[tuple[str, str], Told]:
    """Finds among what passed, and answered second looks at what was removed, part by part."""
    told: dict[tuple[str, str], Told] = defaultdict(lambda: defaultdict(dict))
    for one in listed:
        mine = told[one.part, one.value][one.side]
        columns = zip(one.strata, one.probabilities, one.found, one.answered, strict=True)
        for stratum, probability, found, answered in columns:
            before = mine.get((stratum, probability), (0, 0))
            mine[stratum, probability] = before[0] + found, before[1] + answered
    return told


def _of_part(groups: Sequence[sums.Looks], told: Told, *, kind: PartKind, scored: "_Scored") -> Evidence:
    return scored.but_for(groups, told) if kind == PartKind.CLASS else _evidence(groups, told)


def _evidence(groups: Sequence[sums.Looks], told: Told) -> Evidence:
    of = {side: [one for one in groups if one.side == side] for side in Side}
    return Evidence(
        flagged=_looked(of[Side.FLAGGED]),
        removable=_looked(of[Side.REMOVABLE]),
        unscored=_looked(of[Side.UNSCORED]),
        removed=_removed(of[Side.REMOVED], told[Side.REMOVED]),
        passed=Passed(tuple(map(_passing, of[Side.PASSED])), _finds(told[Side.PASSED])),
    )


class _Scored:
    """What the machine scored of the whole traffic: of it are the posts that passed a class."""

    def __init__(self, whole: Sequence[sums.Looks]) -> None:
        self._sums = _added({}, (one for one in whole if one.side in (*BY_MACHINE, Side.PASSED)))
        self._cells = _cells(self._sums)

    def but_for(self, groups: Sequence[sums.Looks], told: Told) -> Evidence:
        """What passed a class is what was scored, less what was flagged for that class; most cells stay as they are."""
        flagged = [one for one in groups if one.side in BY_MACHINE]
        # Rounding may have put the mean of a month into the next band, where the whole has none.
        known = [one for one in flagged if one.place in self._sums]
        less = _added({one.place: self._sums[one.place] for one in known}, known, times=-1)
        left = {place: cell for place, cell in self._cells.items() if place not in less} | _cells(less)
        own, cells = _evidence(flagged, told), tuple(left[place] for place in sorted(left))
        return Evidence(own.flagged, own.removable, Looked(), own.removed, Passed(cells, own.passed.finds))


def _cells(added: Sums) -> dict[tuple[str, float], Passing]:
    return {place: _passing(one) for place, one in added.items() if one.posts > 0}


def _added(before: Sums, looks: Iterable[sums.Looks], *, times: int = 1) -> Sums:
    """Add looks to what there is of their stratum and band, or take them off."""
    found = dict(before)
    for one in looks:
        found[one.place] = found[one.place].plus(one, times=times) if one.place in found else one
    return found


def _looked(groups: Sequence[sums.Looks]) -> Looked:
    return Looked(
        posts=sum(one.posts - one.lost for one in groups),
        answered=sum(one.answered for one in groups),
        violations=sum(one.found for one in groups),
    )


def _removed(groups: Sequence[sums.Looks], told: Ends) -> Removed:
    looks = sorted(told.items())
    return Removed(
        posts=sum(one.posts for one in groups),
        violations=tuple(Weighed(*place, found) for place, (found, _) in looks if found),
        others=tuple(Weighed(*place, answered - found) for place, (found, answered) in looks if answered - found),
        pending=sum(one.drawn - one.answered - one.lost for one in groups),
    )


def _finds(told: Ends) -> tuple[Weighed, ...]:
    return tuple(Weighed(*place, found) for place, (found, _) in sorted(told.items()))


def _passing(one: sums.Looks) -> Passing:
    # Rounding must not push what was looked at for certain above 1.
    probability, mean_score = min(1.0, one.looked / one.posts), max(0.0, one.score / one.posts)
    return Passing(one.stratum, one.posts, probability, mean_score, one.drawn, one.answered, one.lost)


def _views(project: Project, spans: Spans) -> tuple[ViewRow, ...]:
    """Add up the sums of views, and put the finds of chance together."""
    listed = sums.views(project, spans)
    found = ((*row, tuple(sorted((p, x) for some in each for p, x in some))) for *row, each in listed)
    return tuple(ViewRow(*row) for row in found)
