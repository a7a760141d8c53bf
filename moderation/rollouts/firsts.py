"""This will count, arm by arm and day by day, the units to which something happened for the first time.

What a rollout deals are units, posters or images, and all that happens to one of them happens in one arm. Posts of one
unit share their fate, so counting posts as if they were independent would raise false alarms (a third of rollouts, in
simulated ones whose posters send in twenty posts a day of very different quality). Here each unit counts once for each
kind of event: independent coins of known chance, which is what `comparing` asks for.

An event belongs to the day on which its post was screened.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date
from typing import Any

from django.db.models import CharField, Count, Exists, F, Max, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Coalesce, Concat, NullIf, TruncDate

from moderation import audits
from moderation.measurement.gathering import with_truth
from moderation.models import Complaint, Decision, DecisionKind, Draw, Outcome, Rollout, RolloutUnit, Verdict

ArmDay = tuple[int, date]
# By kind of event: [probability of having been seen, how many units], for each arm and day.
Firsts = dict[str, dict[ArmDay, list[list[float]]]]


def units(rollout: Rollout) -> dict[ArmDay, int]:
    """How many units were in each arm on each day."""
    rows = _named(_verdicts(rollout), rollout).values("arm", "day").annotate(n=Count("unit", distinct=True))
    return {(row["arm"], row["day"]): row["n"] for row in rows.order_by("arm", "day")}


def events(rollout: Rollout) -> Firsts:
    """For each kind of event the units to which it happened first on a day, by the chance with which it was seen."""
    all_seen = {
        "flagged": _verdicts(rollout).filter(machine_outcome__in=(Outcome.REMOVE, Outcome.REVIEW)),
        "removed": _verdicts(rollout).filter(outcome=Outcome.REMOVE),
        "overturned": _verdicts(rollout).filter(Exists(_put_back()), outcome=Outcome.REMOVE),
        "complaints": _verdicts(rollout).filter(Exists(Complaint.objects.filter(post=OuterRef("post")))),
    }
    found = {key: _first(_rows(rows, rollout, chance=Value(1.0))) for key, rows in all_seen.items()}
    return found | {"missed": _first(_rows(_missed(rollout), rollout, prefix="verdict__", chance=F("probability")))}


def _verdicts(rollout: Rollout) -> QuerySet[Any]:
    # The end keeps the search within the days of the rollout; the arm alone has no index.
    rows = Verdict.objects.filter(project=rollout.project_id, created_at__gte=rollout.started_at, arm__rollout=rollout)
    return rows.filter(created_at__lte=rollout.ended_at) if rollout.ended_at else rows


def _missed(rollout: Rollout) -> QuerySet[Any]:
    """The first draws of posts that passed, in which an audit found a violation."""
    draws = Draw.objects.filter(
        project=rollout.project_id,
        created_at__gte=rollout.started_at,
        design=audits.FIRST_DRAW,
        is_drawn=True,
        verdict__arm__rollout=rollout,
        verdict__outcome=Outcome.PASS,
    )
    return with_truth(draws).filter(truth__len__gt=0)


def _put_back() -> QuerySet[Decision]:
    return Decision.objects.filter(post=OuterRef("post"), kind=DecisionKind.KEEP, reverses__isnull=True)


def _named(rows: QuerySet[Any], rollout: Rollout) -> QuerySet[Any]:
    """Name each row's unit and day as `arms` does: a post without a poster goes by its image."""
    image: Any = Concat(Value("image:"), Cast("post__image_id", CharField()), output_field=CharField())
    by_poster = rollout.unit == RolloutUnit.POSTER
    unit = Coalesce(NullIf(F("post__poster"), Value("")), image) if by_poster else image
    return rows.annotate(unit=unit, day=TruncDate("created_at", tzinfo=UTC))


def _rows(
    rows: QuerySet[Any], rollout: Rollout, *, prefix: str = "", chance: Any
) -> Iterable[tuple[int, str, date, float]]:
    named = _named(rows, rollout).values(f"{prefix}arm", "unit", "day")
    # Of several on its first day the one that was likeliest to be seen: the weight it gets is the smallest.
    counted = named.annotate(chance=Max(chance)).order_by(f"{prefix}arm", "unit", "day")
    return counted.values_list(f"{prefix}arm", "unit", "day", "chance")


def _first(rows: Iterable[tuple[int, str, date, float]]) -> dict[ArmDay, list[list[float]]]:
    first: dict[tuple[int, str], tuple[date, float]] = {}
    for arm, unit, day, chance in rows:
        first.setdefault((arm, unit), (day, chance))
    counts: dict[ArmDay, Counter[float]] = defaultdict(Counter)
    for (arm, _), (day, chance) in first.items():
        counts[arm, day][chance] += 1
    return {key: _pairs(one) for key, one in counts.items()}


def _pairs(counts: Mapping[float, int]) -> list[list[float]]:
    return [[chance, n] for chance, n in sorted(counts.items())]
