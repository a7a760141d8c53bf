"""This will count, day by day, what each version was asked about and what it said.

A day is always counted anew and whole from its verdicts, which are never changed, so doing it twice, at once or after
years gives the same rows. What is read is one day at a time; everything else reads the counted days.
"""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Min

from config.accounts.models import Project
from models_registry.drift import bins, references
from models_registry.models import ModelVersion
from moderation.measurement.periods import Period
from moderation.models import Outcome, Verdict, WatchedDay

HISTORY_DAYS = 90
_READ = (
    "model_version_id", "scores", "machine_outcome",
    "post__image__brightness", "post__image__width_px", "post__image__height_px",
)  # fmt: skip
Row = tuple[Any, ...]


def refresh(project: Project, *, now: datetime) -> list[date]:
    """Count the days since the last that was counted, that one and the day before it too; returns them.

    A verdict bears the time at which its batch began and is written a little later.
    """
    today = now.astimezone(UTC).date()
    days = _stale(project, today)
    for day in days:
        count_day(project, day)
    return days


def _stale(project: Project, today: date) -> list[date]:
    oldest = today - timedelta(days=HISTORY_DAYS - 1)
    last = WatchedDay.objects.filter(project=project).order_by("-day").values_list("day", flat=True).first()
    start = last - timedelta(days=1) if last else _first_verdict(project, since=oldest)
    if start is None:
        return []
    start = max(start, oldest)
    return [start + timedelta(days=number) for number in range((today - start).days + 1)]


def _first_verdict(project: Project, *, since: date) -> date | None:
    rows = Verdict.objects.filter(project=project, created_at__gte=Period.of_days(since, since).start)
    moment = rows.exclude(model_version=None).aggregate(first=Min("created_at"))["first"]
    return moment.astimezone(UTC).date() if moment else None


@transaction.atomic
def count_day(project: Project, day: date) -> None:
    """Write the rows of a day anew, one for each version that was asked. Two at once write the same."""
    found = _by_version(project, Period.of_days(day, day))
    versions = ModelVersion.objects.select_related("schema").in_bulk(sorted(found))
    for pk, version in sorted(versions.items()):
        WatchedDay.objects.update_or_create(
            model_version=version, day=day, defaults={"project": project, **_counted(version, found[pk])}
        )
    WatchedDay.objects.filter(project=project, day=day).exclude(model_version__in=versions).delete()


def _by_version(project: Project, period: Period) -> dict[int, list[Row]]:
    rows = Verdict.objects.filter(project=project, created_at__gte=period.start, created_at__lt=period.end)
    scored = rows.exclude(model_version=None).exclude(scores={}).order_by("id").values_list(*_READ)
    found: dict[int, list[Row]] = defaultdict(list)
    for pk, *row in scored.iterator(chunk_size=5000):
        found[pk].append(tuple(row))
    return found


def _counted(version: ModelVersion, rows: list[Row]) -> dict[str, Any]:
    """Return the fields of a day of N posts."""
    given, outcomes, *sizes = zip(*rows, strict=True)
    keys = version.schema.keys
    probabilities = np.array([[one.get(key, np.nan) for key in keys] for one in given], np.float64)  # [N, C]
    values = bins.looks(*(np.array(one, dtype=np.float64) for one in sizes))
    values |= bins.scores(np.nan_to_num(probabilities), [])
    values |= {f"{bins.SCORES}{key}": probabilities[:, place] for place, key in enumerate(keys)}
    threshold = references.operating_point(version)
    highest = values[f"{bins.SCORES}{bins.ANY}"]
    return {
        "posts": len(rows),
        "flagged": sum(one not in ("", Outcome.PASS) for one in outcomes),
        "above": None if threshold is None else int((highest >= threshold).sum()),
        "histograms": {key: bins.ruler_of(key).counts(one) for key, one in values.items()},
    }
