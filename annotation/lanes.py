"""This will count what waits in the lanes of a desk, for the person who sits there. Pure reading."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Q

from annotation import queue
from annotation.models import Desk, Job, JobStatus, Lane, Question
from config.accounts.models import Project, Role


@dataclass(frozen=True)
class Waiting:
    """One lane: jobs nobody holds, how many of them are past the time allowed, and the age of the oldest.

    ``oldest_seconds`` counts from when its question was opened; None where nothing waits.
    """

    key: str
    name: str
    waiting: int
    overdue: int
    oldest_seconds: int | None


def waiting(project: Project, *, desk: Desk, roles: Iterable[Role], now: datetime) -> list[Waiting]:
    """Return every lane of a desk, empty ones too, most urgent first.

    Escalated jobs are only counted for those who may answer them. Reads the waiting jobs of the desk, and no others.
    """
    jobs = Job.objects.filter(project=project, desk=desk, status=JobStatus.WAITING)
    if not frozenset(roles) & queue.ESCALATED_TO:
        jobs = jobs.filter(is_escalated=False)
    counted = jobs.values("lane").annotate(
        waiting=Count("pk"),
        overdue=Count("pk", filter=Q(due_at__lt=now)),
        # Questions are numbered as they are opened, so the smallest number is the oldest: that saves a join with all.
        oldest=Min("question_id"),
    )
    rows: dict[str, dict[str, Any]] = {row["lane"]: dict(row) for row in counted.order_by("lane")}
    opened = dict(
        Question.objects.filter(pk__in=[row["oldest"] for row in rows.values()]).values_list("pk", "opened_at")
    )
    return [_lane(lane, rows.get(str(lane)), opened, now=now) for lane in Lane]


def _lane(lane: Lane, row: dict[str, Any] | None, opened: dict[int, datetime], *, now: datetime) -> Waiting:
    if row is None:
        return Waiting(str(lane), str(lane.label), 0, 0, None)
    age = max(0, int((now - opened[row["oldest"]]).total_seconds()))
    return Waiting(str(lane), str(lane.label), row["waiting"], row["overdue"], age)


def together(lanes: Sequence[Waiting]) -> Waiting:
    """Return all lanes as one."""
    ages = [one.oldest_seconds for one in lanes if one.oldest_seconds is not None]
    n_waiting, n_overdue = sum(one.waiting for one in lanes), sum(one.overdue for one in lanes)
    return Waiting("", "All", n_waiting, n_overdue, max(ages, default=None))


def depth(project: Project, *, now: datetime) -> list[dict[str, Any]]:
    """Return per desk and lane: how many wait, how many are overdue, how many are out on lease."""
    rows = Job.objects.filter(project=project, status__in=[JobStatus.WAITING, JobStatus.LEASED])
    counted = rows.values("desk", "lane").annotate(
        waiting=Count("pk", filter=Q(status=JobStatus.WAITING)),
        leased=Count("pk", filter=Q(status=JobStatus.LEASED)),
        overdue=Count("pk", filter=Q(due_at__lt=now)),
        escalated=Count("pk", filter=Q(is_escalated=True)),
    )
    return [dict(row) for row in counted.order_by("desk", "lane")]
