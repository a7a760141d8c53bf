"""This will count what each arm of a rollout came to, day by day.

All days of a rollout are counted anew, so that doing it twice, late or at once gives the same rows: answers and appeals
come in long after a post. Posts belong to the day on which they were screened, removals and complaints to their own,
views to the day on which they were. The looks are those of `measurement` (its part ARM), which counts them first.

The counts of a day: ``posts`` that a model scored, ``flagged`` ones and how many of these were ``answered`` and
``violating``; ``passed`` ones, ``drawn`` and ``audited``, with ``finds`` as [probability, how many] and the ``least``
probability that a passed post had; ``removed`` by the machine and ``overturned`` of these; ``views``, ``complaints``;
``images`` scored, in so many ``microseconds``, and ``failures``. Beside these stand ``units`` that came, and ``first``:
by kind of event [chance of being seen, how many units] of those to which it happened for the first time (`firsts`).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from config.accounts.models import Project
from moderation.measurement.gathering import BY_MACHINE, Side
from moderation.measurement.periods import PartKind
from moderation.models import (
    ArmName,
    Complaint,
    DayLooks,
    Decision,
    DecisionKind,
    Impression,
    Rollout,
    RolloutArm,
    RolloutDay,
    RolloutScoring,
)
from moderation.rollouts import firsts

# How long after its end a rollout is counted: until then answers, appeals and views of its posts come in.
TRAILING_DAYS = 28
Counts = dict[str, Any]
Days = dict[tuple[int, date], Counts]


@dataclass(frozen=True)
class ArmDay:
    """One arm's counts of one day."""

    arm: str
    day: date
    counts: Counts


def refresh(project: Project, *, now: datetime) -> int:
    """Count every rollout of a project that runs, or ended lately; returns how many."""
    lately = Q(ended_at__isnull=True) | Q(ended_at__gte=now - timedelta(days=TRAILING_DAYS))
    found = Rollout.objects.filter(lately, project=project).order_by("id")
    for one in found:
        count(one, now=now)
    return len(found)


@transaction.atomic
def count(rollout: Rollout, *, now: datetime) -> None:
    """Write all days of a rollout anew. Two at once take turns; a reader sees the old rows or the new ones."""
    arms = list(RolloutArm.objects.select_for_update(no_key=True).filter(rollout=rollout).order_by("id"))
    found: Days = defaultdict(_nothing)
    for gather in (_looks, _removals, _complaints, _views, _scoring, _units):
        gather(rollout, arms, found)
    rows = [RolloutDay(arm_id=arm, day=day, counts=one, counted_at=now) for (arm, day), one in sorted(found.items())]
    RolloutDay.objects.filter(arm__in=arms).delete()
    RolloutDay.objects.bulk_create(rows)


def days(rollout: Rollout) -> list[ArmDay]:
    """Return the counted days of both arms, oldest first."""
    rows = RolloutDay.objects.filter(arm__rollout=rollout).order_by("day", "arm_id")
    return [ArmDay(name, day, counts) for name, day, counts in rows.values_list("arm__name", "day", "counts")]


def by_day(found: Iterable[ArmDay]) -> list[tuple[date, Counts, Counts]]:
    """Return (day, champion's counts, challenger's counts) for every day on which either has any."""
    paired: dict[date, dict[str, Counts]] = defaultdict(dict)
    for one in found:
        paired[one.day][one.arm] = one.counts
    return [
        (day, two.get(ArmName.CHAMPION, _nothing()), two.get(ArmName.CHALLENGER, _nothing()))
        for day, two in sorted(paired.items())
    ]


def _nothing() -> Counts:
    names = ("posts", "flagged", "answered", "violating", "passed", "drawn", "audited", "removed", "overturned")
    more = ("views", "complaints", "images", "microseconds", "failures")
    return {**dict.fromkeys((*names, *more, "units"), 0), "finds": [], "least": None, "first": {}}


def _looks(rollout: Rollout, arms: list[RolloutArm], found: Days) -> None:
    rows = DayLooks.objects.filter(
        project=rollout.project_id, part=PartKind.ARM, value__in=[str(arm.pk) for arm in arms]
    )
    for row in rows.exclude(side=Side.UNSCORED).order_by("day", "side", "stratum", "probability"):
        one = found[int(row.value), row.day]
        one["posts"] += row.posts
        if row.side in BY_MACHINE:
            one["flagged"] += row.posts
            one["answered"] += row.answered
            one["violating"] += row.found
        else:
            _add_passed(one, row)


def _add_passed(one: Counts, row: DayLooks) -> None:
    one["passed"] += row.posts
    one["drawn"] += row.drawn
    one["audited"] += row.answered
    one["least"] = row.probability if one["least"] is None else min(one["least"], row.probability)
    if row.found:
        one["finds"].append([row.probability, row.found])


def _removals(rollout: Rollout, arms: list[RolloutArm], found: Days) -> None:
    """The machine's removals, and those that a later decision put back."""
    later = Decision.objects.filter(post=OuterRef("post"), kind=DecisionKind.KEEP, id__gt=OuterRef("id"))
    made = Decision.objects.filter(
        project=rollout.project_id,
        created_at__gte=rollout.started_at,
        arm__in=arms,
        person__isnull=True,
        kind=DecisionKind.REMOVE,
    )
    for arm, day, n, put_back in _per_day(made, "created_at").annotate(
        n=Count("pk"), put_back=Count("pk", filter=Q(Exists(later)))
    ):
        found[arm, day] |= {"removed": n, "overturned": put_back}


def _complaints(rollout: Rollout, arms: list[RolloutArm], found: Days) -> None:
    made = Complaint.objects.filter(project=rollout.project_id, received_at__gte=rollout.started_at, arm__in=arms)
    for arm, day, n in _per_day(made, "received_at").annotate(n=Count("pk")):
        found[arm, day] |= {"complaints": n}


def _per_day(rows: QuerySet[Any], moment: str) -> QuerySet[Any]:
    return rows.annotate(on=TruncDate(moment, tzinfo=UTC)).values_list("arm", "on").order_by("arm", "on")


def _views(rollout: Rollout, arms: list[RolloutArm], found: Days) -> None:
    seen = Impression.objects.filter(arm__in=arms).values_list("arm", "date").order_by("arm", "date")
    for arm, day, views in seen.annotate(n=Sum("views")):
        found[arm, day] |= {"views": views}


def _scoring(rollout: Rollout, arms: list[RolloutArm], found: Days) -> None:
    for row in RolloutScoring.objects.filter(arm__in=arms).order_by("arm", "day"):
        found[row.arm_id, row.day] |= {
            "images": row.images, "microseconds": row.microseconds, "failures": row.failures
        }  # fmt: skip


def _units(rollout: Rollout, arms: list[RolloutArm], found: Days) -> None:
    for key, n in firsts.units(rollout).items():
        found[key]["units"] = n
    for event, by_day in firsts.events(rollout).items():
        for key, pairs in by_day.items():
            found[key]["first"][event] = pairs
