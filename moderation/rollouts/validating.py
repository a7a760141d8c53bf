"""This will judge, every night, each version that decided yesterday on the truths that have come in since.

The looks are those of `measurement` by model version: what was flagged and answered, and audits of what passed, weighed
by their recorded probabilities. One day has few finds, so a validation speaks of up to seven: the last ones of the days
on which the version decided. It is held against what the evaluation promised (`promises`), and an alert is raised where
the whole measured interval lies below the whole promised one. It is written anew for a week, while answers come in.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Sum

from config.accounts.models import Project
from models_registry.models import ModelVersion
from moderation import policies
from moderation.measurement import reading
from moderation.measurement.estimating import estimate
from moderation.measurement.gathering import BY_MACHINE, Side
from moderation.measurement.periods import Part, PartKind, Period
from moderation.models import DayLooks, PolicyVersion, Validation
from moderation.rollouts import alerts, promises

WINDOW_DAYS = 7
AGAIN_DAYS = 7
SHOWN = 60


def validate(project: Project, *, now: datetime) -> list[Validation]:
    """Judge the days that are over and for which answers may still come in, the newest last; safe to repeat."""
    today = now.astimezone(UTC).date()
    days = [today - timedelta(days=number) for number in range(AGAIN_DAYS, 0, -1)]
    return [one for day in days for one in validate_day(project, day, now=now)]


def validate_day(project: Project, day: date, *, now: datetime) -> list[Validation]:
    """Judge each version that decided about a post on this day."""
    in_force = policies.in_force(project)
    decided = DayLooks.objects.filter(project=project, part=PartKind.MODEL, day=day).exclude(side=Side.UNSCORED)
    ids = {int(value) for value in decided.values_list("value", flat=True)}
    versions = ModelVersion.objects.filter(pk__in=ids).order_by("id")
    return [_validate(one, day, in_force=in_force, project=project, now=now) for one in versions]


@transaction.atomic
def _validate(
    version: ModelVersion, day: date, *, in_force: PolicyVersion, project: Project, now: datetime
) -> Validation:
    """Write a version's row for a day, and the alert where there is reason; two at once write the same."""
    period = Period.of_days(day - timedelta(days=WINDOW_DAYS - 1), day)
    rows = DayLooks.objects.filter(
        project=project, part=PartKind.MODEL, value=str(version.pk), day__gte=period.first, day__lte=period.last
    )
    evidence = reading.evidence(project, period, part=Part(PartKind.MODEL, str(version.pk)))
    intervals = estimate(evidence, is_whole=False).intervals
    measured = {key: asdict(intervals[key]) for key in promises.METRICS if key in intervals}
    flagged = rows.filter(side__in=BY_MACHINE).aggregate(n=Sum("posts"))["n"] or 0
    promise = _promise(version, in_force, flagged_share=flagged / evidence.scored if evidence.scored else None)
    said = promise.metrics if promise else {}
    row, _ = Validation.objects.update_or_create(
        model_version=version,
        day=day,
        defaults={
            "project": project,
            "first": rows.order_by("day").values_list("day", flat=True)[0],
            "posts": evidence.scored,
            "pending": evidence.pending,
            "measured": measured,
            "promised": {"by": promise.by, "at": promise.at, **said} if promise else {},
            "below": _below(measured, said),
            "judged_at": now,
        },
    )
    if row.below:
        alerts.raise_for_validation(row, now=now)
    return row


def _promise(version: ModelVersion, in_force: PolicyVersion, *, flagged_share: float | None) -> promises.Promise | None:
    limits = policies.limits(in_force, version)
    if limits is None:
        return None
    return promises.promised(version.report, review=limits.review, flagged_share=flagged_share)


def _below(measured: Mapping[str, Any], promised: Mapping[str, Any]) -> list[str]:
    return [key for key in promises.METRICS if promises.is_below(measured.get(key, {}), promised.get(key, {}))]


def newest(project: Project, *, version: ModelVersion | None = None) -> list[Validation]:
    """Return the newest validations of a project, or of one of its versions."""
    rows = Validation.objects.filter(project=project)
    if version is not None:
        rows = rows.filter(model_version=version)
    return list(rows.select_related("model_version__detector").order_by("-day", "-model_version_id")[:SHOWN])
