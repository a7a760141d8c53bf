"""This will put the schedule that we ship into rows, without undoing what somebody changed there.

The release before wrote down which times it shipped (ShippedTime). A row that still has those was not touched, and
gets the new ones; any other was edited, and keeps its times. Whether a task is enabled is never changed. A row that was
deleted comes back, for without it nobody would see that something is missing: to stop a task, disable it.
"""

from collections.abc import Mapping
from typing import Any

from celery.schedules import crontab, maybe_schedule
from django.db import transaction
from django_celery_beat.models import PeriodicTask
from django_celery_beat.schedulers import ModelEntry

from config.models import ShippedTime

Schedule = Mapping[str, Mapping[str, Any]]
_SECONDS = {"days": 86_400.0, "hours": 3600.0, "minutes": 60.0, "seconds": 1.0, "microseconds": 1e-6}
# Celery's own, which would clear away results; none are kept.
_NEEDLESS = ("celery.backend_cleanup",)
_KINDS = ("interval", "crontab", "solar", "clocked")


@transaction.atomic
def synchronize(shipped: Schedule) -> None:
    """Bring the rows in line with what this release ships; safe to repeat."""
    known = {one.name: one for one in ShippedTime.objects.select_for_update().order_by("id")}
    for name, entry in shipped.items():
        _bring_in_line(name, entry, before=known.get(name))
    gone = sorted({*known, *_NEEDLESS} - set(shipped))
    PeriodicTask.objects.filter(name__in=gone).delete()
    ShippedTime.objects.filter(name__in=gone).delete()


def _bring_in_line(name: str, entry: Mapping[str, Any], *, before: ShippedTime | None) -> None:
    row = PeriodicTask.objects.filter(name=name).first()
    times = shipped_times(entry["schedule"])
    wanted = {"task": entry["task"], "expire_seconds": entry.get("options", {}).get("expires")}
    if row is None or (before and before.times != times and row_times(row) == before.times):
        wanted |= _when(entry["schedule"])
    row = row or PeriodicTask(name=name)
    changed = [key for key, value in wanted.items() if getattr(row, key) != value]
    if changed or row.pk is None:
        for key in changed:
            setattr(row, key, wanted[key])
        row.save()
    ShippedTime.objects.update_or_create(name=name, defaults={"times": times})


def _when(schedule: Any) -> dict[str, Any]:
    """The fields of a row that say when; a row has one kind of schedule."""
    model, kind = ModelEntry.to_model_schedule(maybe_schedule(schedule))
    return dict.fromkeys(_KINDS) | {kind: model}


def shipped_times(schedule: Any) -> str:
    """Write a schedule of config.beat as text that equals ``row_times`` of the row made from it."""
    found = maybe_schedule(schedule)
    if isinstance(found, crontab):
        parts = (found._orig_minute, found._orig_hour, found._orig_day_of_month)
        return " ".join(map(str, ("cron", *parts, found._orig_month_of_year, found._orig_day_of_week)))
    return f"every {found.run_every.total_seconds():g} s"


def row_times(row: PeriodicTask) -> str:
    """Write when a row is done as text."""
    if row.interval:
        return f"every {row.interval.every * _SECONDS[row.interval.period]:g} s"
    if row.crontab:
        one = row.crontab
        parts = (one.minute, one.hour, one.day_of_month, one.month_of_year, one.day_of_week)
        zone = () if str(one.timezone) == "UTC" else (str(one.timezone),)
        return " ".join(("cron", *parts, *zone))
    return str(row.schedule)
