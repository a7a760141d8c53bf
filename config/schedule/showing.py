"""This will list all that is done by the clock in one place, with how it went last."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from config.models import ShippedTime, TaskOutcome
from config.schedule import rows, wording


@dataclass(frozen=True)
class Scheduled:
    """One task: ``last`` is how it went last, ``failure`` how it failed last, where that was after ``since``; ``state``
    is "failed", "late", "disabled", "new" or "fine"."""

    row: PeriodicTask
    what: str
    when: str
    is_edited: bool
    last: TaskOutcome | None
    failure: TaskOutcome | None
    next_at: datetime | None
    state: str
    recent: Sequence[TaskOutcome]


def everything(*, now: datetime) -> list[Scheduled]:
    """Return every scheduled task, those that need somebody first, then by name."""
    found = PeriodicTask.objects.select_related("interval", "crontab", "solar", "clocked").order_by("name")
    shipped = dict(ShippedTime.objects.values_list("name", "times"))
    recent = _recent()
    listed = [_scheduled(row, recent.get(row.task, []), shipped.get(row.name), now=now) for row in found]
    return sorted(listed, key=lambda one: (one.state not in ("failed", "late"), one.row.name))


def _recent() -> dict[str, list[TaskOutcome]]:
    """The kept outcomes of each task, newest first; a few dozen each."""
    found: dict[str, list[TaskOutcome]] = {}
    for one in TaskOutcome.objects.order_by("-started_at", "-id"):
        found.setdefault(one.task, []).append(one)
    return found


def _scheduled(row: PeriodicTask, recent: Sequence[TaskOutcome], shipped: str | None, *, now: datetime) -> Scheduled:
    last = recent[0] if recent else None
    next_at = _next(row, last, now=now)
    return Scheduled(
        row=row,
        what=wording.what(row),
        when=wording.when(row),
        is_edited=shipped is not None and rows.row_times(row) != shipped,
        last=last,
        failure=next((one for one in recent if not one.is_ok), None),
        next_at=next_at,
        state=_state(row, last, next_at, now=now),
        recent=recent[:10],
    )


def _next(row: PeriodicTask, last: TaskOutcome | None, *, now: datetime) -> datetime | None:
    """When it is due next; the beat writes its own idea of the last time down only every few minutes."""
    if not row.enabled:
        return None
    known = [one for one in (row.last_run_at, last.started_at if last else None) if one]
    if not known:
        return None
    remaining: timedelta = row.schedule.remaining_estimate(max(known))
    return timezone.now() + remaining


def _state(row: PeriodicTask, last: TaskOutcome | None, next_at: datetime | None, *, now: datetime) -> str:
    if not row.enabled:
        return "disabled"
    if last is None:
        return "new"
    if not last.is_ok:
        return "failed"
    # A worker may be busy for a while; what is a quarter of an hour overdue has been forgotten.
    return "late" if next_at and next_at < now - timedelta(minutes=15) else "fine"
