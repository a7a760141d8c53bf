"""This will write down what the lab needs of a day: how its posts were scored, and what people found.

A day is always written anew and whole. The same rows give the same bytes, however often and whenever it is done; a
reader sees the old rows or the new ones.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import F, QuerySet, Sum
from numpy.typing import NDArray

from config.accounts.models import Project
from models_registry.models import ModelVersion
from models_registry.registry import lock
from moderation.lab.days import CellKey, Day, Scored, keep
from moderation.lab.errors import Again
from moderation.lab.evidence import ANY_CLASS, MOST_CLASSES, Mark, Zone
from moderation.measurement.again import PENDING
from moderation.measurement.gathering import first_draws, standing_truth, truth_of, with_truth
from moderation.measurement.periods import PartKind, Period
from moderation.models import DayLooks, DaySecondLooks, FirstAnswer, Outcome, ScoredDay, SecondLook

MARKS = {"override_trusted_poster": Mark.TRUSTED, "override_always_a_person": Mark.ALWAYS_A_PERSON}
_READ = (
    "post_id", "stratum", "probability", "plan_id", "is_drawn", "truth", "verdict__model_version_id",
    "verdict__scores", "verdict__outcome", "verdict__machine_outcome", "verdict__reason", "confirmed",
)  # fmt: skip
_FLAGGED = (FirstAnswer.FLAGGED_VIOLATION, FirstAnswer.FLAGGED_FINE)
Row = dict[str, Any]


def refresh_stale(project: Project, *, now: datetime) -> list[date]:
    """Write anew today, yesterday, and each day that `measurement` counts otherwise than its rows; returns them.

    So nothing has to be told of an answer, and what a lost task forgot is found by the next.
    """
    today = now.astimezone(UTC).date()
    measured = _counts(DayLooks.objects.filter(project=project, part=PartKind.ALL))
    again = _looked_again(project)
    rows = ScoredDay.objects.filter(project=project)
    kept, known = _counts(rows), dict(rows.values_list("day").annotate(n=Sum("second_looks")).order_by("day"))
    stale = {day for day, counts in measured.items() if kept.get(day) != counts} | (kept.keys() - measured.keys())
    stale |= {day for day in measured if again.get(day, 0) != known.get(day, 0)}
    days = sorted(stale | {today, today - timedelta(days=1)})
    for day in days:
        refresh(project, day)
    return days


def _counts(rows: QuerySet[Any]) -> dict[date, tuple[int, ...]]:
    """Posts, answered looks and violations among them, day by day."""
    sums = rows.values("day").annotate(n=Sum("posts"), told=Sum("answered"), bad=Sum("found")).order_by("day")
    return {day: tuple(counts) for day, *counts in sums.values_list("day", "n", "told", "bad")}


def _looked_again(project: Project) -> dict[date, int]:
    """Settled second looks at flagged posts, day by day."""
    rows = DaySecondLooks.objects.filter(project=project, part=PartKind.ALL, group__in=_FLAGGED)
    return dict(rows.exclude(outcome=PENDING).values_list("day").annotate(n=Sum("looks")).order_by("day"))


@transaction.atomic
def refresh(project: Project, day: date) -> None:
    """Write the rows of a day anew. Two at once take turns."""
    period = Period.of_days(day, day)
    found, again = _by_version(project, period), _again(project, period)
    versions = ModelVersion.objects.select_related("schema").in_bulk([one for one in found if one])
    rows = [
        _row(project, day, posts, version=versions.get(version or 0), again=again[version])
        for version, posts in sorted(found.items(), key=lambda item: item[0] or 0)
    ]
    lock(project)
    ScoredDay.objects.filter(project=project, day=day).delete()
    ScoredDay.objects.bulk_create(rows)


def _by_version(project: Project, period: Period) -> Mapping[int | None, list[Row]]:
    found: dict[int | None, list[Row]] = defaultdict(list)
    draws = with_truth(first_draws(project, period)).annotate(confirmed=standing_truth("second_look__question"))
    for one in draws.order_by("post_id").values(*_READ).iterator(chunk_size=5000):
        one["truth"] = truth_of(one)
        found[one["verdict__model_version_id"] if one["verdict__scores"] else None].append(one)
    return found


def _again(project: Project, period: Period) -> Mapping[int | None, list[Row]]:
    """The settled second looks at flagged posts of a period, by the version that scored them."""
    inside = SecondLook.objects.filter(project=project, screened_at__gte=period.start, screened_at__lt=period.end)
    drawn = inside.filter(is_drawn=True, group__in=_FLAGGED).annotate(settled=standing_truth("question"))
    found: dict[int | None, list[Row]] = defaultdict(list)
    said = {"version": F("draw__verdict__model_version"), "scores": F("draw__verdict__scores")}
    rows: Any = drawn.order_by("pk").values("probability", "settled", first_classes=F("first__classes"), **said)
    for one in rows:
        if one["settled"] is not None:
            found[one["version"]].append(one)
    return found


def _row(
    project: Project, day: date, posts: Sequence[Row], *, version: ModelVersion | None, again: Sequence[Row]
) -> ScoredDay:
    if version is None:
        told = [one["truth"] for one in posts if one["is_drawn"] and one["truth"] is not None]
        found = sum(bool(truth) for truth in told)
        return ScoredDay(project=project, day=day, posts=len(posts), answered=len(told), found=found)
    kept = _kept(posts, again, keys=tuple(version.schema.keys[:MOST_CLASSES]))
    return stored(kept, project=project, day=day, version=version)


def stored(kept: Day, *, project: Project, day: date, version: ModelVersion) -> ScoredDay:
    """The row of what is kept of a day, not saved yet."""
    return ScoredDay(
        project=project,
        day=day,
        model_version=version,
        posts=sum(cell.posts for cell in kept.cells),
        answered=sum(cell.answered for cell in kept.cells),
        found=int((kept.looks["classes"] > 0).sum()),
        keys=list(kept.keys),
        cells=[cell.to_dict() for cell in kept.cells],
        sample=kept.posts.tobytes(),
        cut=kept.cut,
        looks=kept.looks.tobytes(),
        again=kept.again.tobytes(),
        second_looks=len(kept.again),
    )


def _kept(posts: Sequence[Row], again: Sequence[Row], *, keys: tuple[str, ...]) -> Day:
    cells = sorted({_cell(one) for one in posts})
    place = {cell: number for number, cell in enumerate(cells)}
    scored = Scored(
        ids=np.array([one["post_id"] for one in posts], np.int64),
        scores=_scores([one["verdict__scores"] for one in posts], keys),
        is_flagged=np.array([one["verdict__machine_outcome"] != Outcome.PASS for one in posts]),
        mark=np.array([MARKS.get(one["verdict__reason"], Mark.NONE) for one in posts], np.int64),
        cell=np.array([place[_cell(one)] for one in posts], np.int64),
        is_drawn=np.array([one["is_drawn"] for one in posts]),
        is_answered=np.array([one["truth"] is not None for one in posts]),
        classes=np.array([_bits(one["truth"], keys) for one in posts], np.uint64),
    )
    return keep(scored, keys=keys, cells=cells, again=_looks_again(again, keys))


def _looks_again(again: Sequence[Row], keys: tuple[str, ...]) -> Again:
    return Again(
        scores=_scores([one["scores"] for one in again], keys),
        first=np.array([_bits(one["first_classes"], keys) for one in again], np.uint64),
        settled=np.array([_bits(one["settled"], keys) for one in again], np.uint64),
        probability=np.array([one["probability"] for one in again], np.float64),
    )


def _scores(given: Sequence[Mapping[str, float]], keys: tuple[str, ...]) -> NDArray[np.float32]:
    """[N, C], 0 where a score is missing."""
    rows = [[one.get(key, 0.0) for key in keys] for one in given]
    return np.array(rows, np.float32).reshape(len(rows), len(keys))


def _cell(one: Row) -> CellKey:
    """Whether a post was removed or passed is the verdict's; a probability of 1 for what people saw anyway."""
    if one["verdict__outcome"] == Outcome.REMOVE:
        zone = Zone.REMOVED
    elif one["verdict__outcome"] == Outcome.PASS:
        zone = Zone.PASSED
    else:
        zone = Zone.ANYWAY if one["verdict__machine_outcome"] == Outcome.PASS else Zone.LOOKED_AT
    # A plan tells strata of one name apart, which only matters where the stratum has a rate of its own.
    plan = 0 if one["probability"] == 1 or zone == Zone.REMOVED else one["plan_id"] or 0
    return zone, one["stratum"], plan, one["probability"]


def _bits(truth: Sequence[str] | None, keys: tuple[str, ...]) -> int:
    """A bit for each class that a truth names, and one for any; a class that the version does not know is any."""
    if not truth:
        return 0
    return sum(1 << keys.index(key) for key in set(truth) if key in keys) | 1 << ANY_CLASS
