"""This will keep the sums of each day in step with the rows they are counted from.

A day is always counted anew and whole, so that doing it twice, at once, or after years gives the same rows. What is
stale is found by time: today and yesterday, days whose looks were answered since the last count, and each night all
days of the last eight weeks, for whatever else may have changed (withdrawn posts, answers taken back). Whoever changed
older days counts them again: ``manage.py measure``.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import TruncDate

from annotation.models import Truth
from config.accounts.models import Project
from moderation import audits, costs
from moderation.measurement import again, counting, gathering, months, reading, viewing, views_again
from moderation.measurement.estimating import estimate
from moderation.measurement.periods import Period
from moderation.models import DailyMeasurement, DayLooks, DayViewLooks, DayViewsAgain, Draw, SecondLook, ViewDraw

Say = Callable[[str, int, int], None]
TRAILING_DAYS = 28
COST = "cost_per_thousand_posts"
NIGHTLY_DAYS = 56
NIGHT_HOUR = 3


def refresh_stale(project: Project, *, now: datetime) -> list[date]:
    """Count the days that may have changed since they were counted last; returns them."""
    stale = sorted(_stale(project, now=now))
    for day in stale:
        count_day(project, day, now=now)
    months.sum_up(project, now=now)
    for day in _days_measured_by(project, stale):
        measure_day(project, day)
    return stale


def rebuild(project: Project, period: Period, *, now: datetime, say: Say) -> None:
    """Count every day of a period anew, then measure by them all; ``say`` is told what is done, how far, and of how
    many days. Killed in the middle, it has counted some of the days, each whole."""
    days = [period.first + timedelta(days=number) for number in range(period.days)]
    for number, day in enumerate(days, start=1):
        count_day(project, day, now=now)
        say("counted", number, len(days))
    months.sum_up(project, now=now)
    for number, day in enumerate(measured := _days_measured_by(project, days), start=1):
        measure_day(project, day)
        say("measured", number, len(measured))


def refresh(project: Project, day: date, *, now: datetime) -> DailyMeasurement:
    """Count one day anew, and the metrics of the 28 days that end with it; safe to repeat."""
    count_day(project, day, now=now)
    return measure_day(project, day)


@transaction.atomic
def count_day(project: Project, day: date, *, now: datetime) -> None:
    """Write a day's sums anew. Two at once take turns; a reader sees the old sums or the new ones."""
    row, _ = DailyMeasurement.objects.get_or_create(
        project=project, day=day, defaults={"counts": {}, "metrics": {}, "measured_at": now}
    )
    DailyMeasurement.objects.select_for_update(no_key=True).get(pk=row.pk)
    months.out_of_step(project, day)
    period = Period.of_days(day, day)
    _replace_looks(project, day, gathering.looks(project, period))
    DayViewLooks.objects.filter(project=project, day=day).delete()
    views = viewing.gather(project, period)
    DayViewLooks.objects.bulk_create(DayViewLooks(project=project, day=day, **asdict(one)) for one in views)
    DayViewsAgain.objects.filter(project=project, day=day).delete()
    by_views = views_again.gather(project, period)
    DayViewsAgain.objects.bulk_create(DayViewsAgain(project=project, day=day, **asdict(one)) for one in by_views)
    again.write(project, day)
    counts = counting.counts(project, period)
    DailyMeasurement.objects.filter(pk=row.pk).update(counts=counts, measured_at=now)
    costs.refresh(project, day, now=now)


def measure_day(project: Project, day: date) -> DailyMeasurement:
    """Write down the metrics of the 28 days that end with a day, from the sums of those days."""
    period = Period.of_days(day - timedelta(days=TRAILING_DAYS - 1), day)
    intervals = estimate(reading.evidence(project, period)).intervals
    intervals[COST] = costs.interval(project, period, book=costs.book(project))
    row = DailyMeasurement.objects.get(project=project, day=day)
    row.metrics = {key: asdict(one) for key, one in intervals.items()}
    row.save(update_fields=["metrics"])
    return row


def _replace_looks(project: Project, day: date, looks: Iterable[gathering.Look]) -> None:
    DayLooks.objects.filter(project=project, day=day).delete()
    DayLooks.objects.bulk_create(
        DayLooks(project=project, day=day, part=one.part.kind, value=one.part.value, **_without(asdict(one), "part"))
        for one in looks
    )


def _without(values: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != key}


def _stale(project: Project, *, now: datetime) -> set[date]:
    today = now.astimezone(UTC).date()
    last = DailyMeasurement.objects.filter(project=project).order_by("-measured_at").first()
    if last is None or _is_first_of_night(last.measured_at, now=now):
        return _known_days(project, since=today - timedelta(days=NIGHTLY_DAYS - 1)) | {today}
    return _changed_since(project, last.measured_at) | {today, today - timedelta(days=1)}


def _is_first_of_night(last: datetime, *, now: datetime) -> bool:
    night = now.replace(hour=NIGHT_HOUR, minute=0, second=0, microsecond=0)
    return last < night <= now


def _known_days(project: Project, *, since: date) -> set[date]:
    """Return the days on which posts came, or that were counted before: views and complaints come later than posts."""
    draws = Draw.objects.filter(project=project, design=audits.FIRST_DRAW)
    counted = DailyMeasurement.objects.filter(project=project, day__gte=since)
    came = draws.filter(created_at__gte=Period.of_days(since, since).start)
    return _days(came, "created_at") | set(counted.values_list("day", flat=True))


def _changed_since(project: Project, moment: datetime) -> set[date]:
    """Return the days of posts that were drawn by views or looked at again, or whose looks were settled; a little is
    counted twice rather than missed."""
    since = moment - timedelta(minutes=1)
    told = Truth.objects.filter(project=project, settled_at__gte=since).values("question")
    first = Draw.objects.filter(project=project, design=audits.FIRST_DRAW, question__in=told)
    by_views = ViewDraw.objects.filter(project=project).filter(
        Q(draw__created_at__gte=since) | Q(draw__question__in=told)
    )
    looked_again = SecondLook.objects.filter(project=project).filter(Q(created_at__gte=since) | Q(question__in=told))
    return _days(first, "created_at") | _days(by_views, "screened_at") | _days(looked_again, "screened_at")


def _days(rows: QuerySet[Any], moment: str) -> set[date]:
    return set(rows.annotate(on=TruncDate(moment)).values_list("on", flat=True).distinct())


def _days_measured_by(project: Project, stale: Iterable[date]) -> list[date]:
    """Return the counted days whose trailing metrics rest on a stale one."""
    ends = {day + timedelta(days=n) for day in stale for n in range(TRAILING_DAYS)}
    counted = DailyMeasurement.objects.filter(project=project, day__in=ends)
    return list(counted.order_by("day").values_list("day", flat=True))
