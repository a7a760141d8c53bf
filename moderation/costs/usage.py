"""This will count what was used on a day: people's time, processors, graphics processors, stored bytes.

People's seconds are those their screens measured, without idle time. Where a program answered and sent none, an answer
is taken to have lasted from its lease on, and at most a minute: it may have lasted no time at all, or all the time that
it was held. Which wage it costs follows from the desk and from the person's roles as they are when it is counted: the
role that is paid least of those that work at that desk.

What training and screening took the processors is measured where they run. Steps of training from before that was
measured count by the clock, as if one processor had worked. Images count on every day that they are kept, by the bytes
of the original and of what people are shown instead; full-size copies and model files are left out.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import BigIntegerField, Count, DecimalField, F, FloatField, Q, Sum, Value
from django.db.models.functions import Cast, Coalesce, Least, Round

from annotation.models import Desk, Image, Label
from annotation.queue import DESKS_OF_ROLE
from config.accounts.models import Membership, Project, Role
from models_registry.models import RunStep
from moderation.models import DailyCost, Resource, ScreeningEffort

IDLE_SECONDS = 60.0
TRAINING, SCREENING, IMAGES = "training", "screening", "images"
WAGES = {
    Role.ANNOTATOR: Resource.ANNOTATOR,
    Role.MODERATOR: Resource.MODERATOR,
    Role.MANAGER: Resource.MANAGER,
    Role.ADMIN: Resource.MANAGER,
}
_MILLISECONDS = 1000


@dataclass
class Usage:
    """What one source used of a resource: see DailyCost."""

    quantity: int = 0
    low: int = 0
    high: int = 0
    squares: int = 0
    rows: int = 0
    measured_rows: int = 0

    def add(self, found: dict[str, Any]) -> None:
        for name in ("quantity", "low", "high", "squares", "rows", "measured_rows"):
            setattr(self, name, getattr(self, name) + int(found[name] or 0))


Used = dict[tuple[str, str], Usage]


def of_day(project: Project, day: date) -> Used:
    """Return what a day used, by (resource, source); nothing that is 0. The same rows give the same numbers."""
    start = datetime.combine(day, time(), tzinfo=UTC)
    found: Used = defaultdict(Usage)
    for part in (_people, _training, _screening):
        for resource, source, counted in part(project, start, start + timedelta(days=1)):
            found[resource, source].add(counted)
    found[Resource.STORAGE, IMAGES] = _images(project, day, end=start + timedelta(days=1))
    return {key: usage for key, usage in found.items() if usage.rows}


Counted = Iterable[tuple[str, str, dict[str, Any]]]


def _whole(seconds: Any) -> Any:
    return Cast(Round(seconds * _MILLISECONDS), BigIntegerField())


def _people(project: Project, start: datetime, end: datetime) -> Counted:
    """Count answers, those that were taken back too: the time was spent."""
    answers = Label.objects.filter(question__project=project, created_at__gte=start, created_at__lt=end)
    held = Least(F("seconds"), Value(IDLE_SECONDS), output_field=FloatField())
    measured = Q(looked_seconds__isnull=False)
    exact = Cast(_whole(F("looked_seconds")), DecimalField(max_digits=20, decimal_places=0))
    counted = answers.values("question__purpose", "question__desk", "person").annotate(
        quantity=Sum(_whole(Coalesce("looked_seconds", held))),
        low=Sum(_whole(Coalesce("looked_seconds", Value(0.0)))),
        high=Sum(_whole(Coalesce("looked_seconds", F("seconds")))),
        squares=Sum(exact * exact, filter=measured),
        rows=Count("pk"),
        measured_rows=Count("pk", filter=measured),
    )
    roles = _roles(project)
    for one in counted.order_by():
        yield _wage(one["question__desk"], roles.get(one["person"], set())), one["question__purpose"], dict(one)


def _roles(project: Project) -> dict[int, set[Role]]:
    found: dict[int, set[Role]] = defaultdict(set)
    for person, role in Membership.objects.filter(project=project).values_list("user", "role"):
        found[person].add(Role(role))
    return found


def _wage(desk: str, roles: set[Role]) -> Resource:
    """Return what a person is paid as at a desk; who has left is taken to have been what the desk is for."""
    paid = (WAGES[role] for role in WAGES if role in roles and desk in DESKS_OF_ROLE[role])
    return next(paid, Resource.ANNOTATOR if desk == Desk.LABEL else Resource.MODERATOR)


def _training(project: Project, start: datetime, end: datetime) -> Counted:
    """Count steps on the day they began; one that was done again counts once, as it was done last."""
    done = RunStep.objects.filter(run__detector__project=project, started_at__gte=start, started_at__lt=end)
    done = done.filter(seconds__isnull=False)
    measured = Q(cpu_seconds__isnull=False)
    counted = done.aggregate(
        quantity=Sum(_whole(Coalesce("cpu_seconds", "seconds"))),
        low=Sum(_whole(Coalesce("cpu_seconds", Value(0.0)))),
        rows=Count("pk"),
        measured_rows=Count("pk", filter=measured),
        gpu=Sum(_whole(F("gpu_seconds"))),
        gpu_rows=Count("pk", filter=Q(gpu_seconds__gt=0)),
    )
    yield Resource.CPU, TRAINING, counted | {"high": counted["quantity"], "squares": 0}
    yield Resource.GPU, TRAINING, _exactly(counted["gpu"], rows=counted["gpu_rows"])


def _screening(project: Project, start: datetime, end: datetime) -> Counted:
    hours = ScreeningEffort.objects.filter(project=project, hour__gte=start, hour__lt=end)
    found = hours.aggregate(
        cpu=Sum("cpu_milliseconds"),
        gpu=Sum("gpu_milliseconds"),
        rows=Sum("batches"),
        gpu_rows=Sum("batches", filter=Q(gpu_milliseconds__gt=0)),
    )
    yield Resource.CPU, SCREENING, _exactly(found["cpu"], rows=found["rows"])
    yield Resource.GPU, SCREENING, _exactly(found["gpu"], rows=found["gpu_rows"])


def _exactly(quantity: int | None, *, rows: int | None) -> dict[str, Any]:
    same = {"quantity": quantity, "low": quantity, "high": quantity, "squares": 0}
    return same | {"rows": rows, "measured_rows": rows}


def _images(project: Project, day: date, *, end: datetime) -> Usage:
    """Count the images kept at the end of a day: those of the last day that was counted, and what came since."""
    before = DailyCost.objects.filter(project=project, resource=Resource.STORAGE, source=IMAGES, day__lt=day)
    last = before.order_by("-day").first()
    came = Image.objects.filter(project=project, received_at__lt=end)
    if last:
        since = datetime.combine(last.day + timedelta(days=1), time(), tzinfo=UTC)
        came = came.filter(received_at__gte=since)
    size = F("size_bytes") + Coalesce("derived_bytes", Value(0))
    # A sum of four-byte numbers would end at two thousand million.
    total = Coalesce(Sum(Cast(size, BigIntegerField())), Value(0), output_field=BigIntegerField())
    counted = came.aggregate(
        bytes=total, rows=Count("pk"), measured_rows=Count("pk", filter=Q(derived_bytes__isnull=False))
    )
    kept = int(counted["bytes"]) + (last.quantity if last else 0)
    rows = counted["rows"] + (last.rows if last else 0)
    measured = counted["measured_rows"] + (last.measured_rows if last else 0)
    return Usage(kept, kept, kept, 0, rows, measured)
