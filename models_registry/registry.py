"""This will keep the book of what was trained: schemas, dataset versions, runs, model versions.

Versions are numbered per project or detector while its row is locked, so two at once get two numbers.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import Max, Model, QuerySet

from config.accounts.models import Project, User
from models_registry.models import DatasetVersion, Detector, LabelSchema, Run, RunStatus, config_hash

M = TypeVar("M", bound=Model)


class RunRefused(Exception):
    """The run cannot be requested; ``code`` says why."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def next_number(rows: "QuerySet[Any]", *, field: str = "number") -> int:
    """Return the number after the last; the caller holds a lock that keeps others out."""
    return int(rows.aggregate(last=Max(field))["last"] or 0) + 1


def lock(row: M) -> M:
    """Lock a row until the transaction ends."""
    return type(row)._default_manager.select_for_update().get(pk=row.pk)


@transaction.atomic
def add_schema(
    project: Project, *, classes: Sequence[dict[str, Any]], guideline: str = "", by: User | None = None, now: datetime
) -> LabelSchema:
    """Freeze a new schema version; ``classes`` as in LabelSchema."""
    lock(project)
    return LabelSchema.objects.create(
        project=project,
        version=next_number(LabelSchema.objects.filter(project=project), field="version"),
        classes=list(classes),
        guideline=guideline,
        created_at=now,
        created_by=by,
    )


def current_schema(project: Project) -> LabelSchema:
    """Return the newest schema of a project. Raises LabelSchema.DoesNotExist where there is none."""
    return LabelSchema.objects.filter(project=project).latest("version")


@transaction.atomic
def add_dataset(
    schema: LabelSchema,
    *,
    checksum: str,
    manifest: str,
    counts: dict[str, Any],
    by: User | None = None,
    now: datetime,
) -> tuple[DatasetVersion, bool]:
    """Register frozen truths; the same content is the same version. Returns it and whether it is new."""
    project = lock(schema.project)
    known = DatasetVersion.objects.filter(project=project, schema=schema, checksum=checksum).first()
    if known:
        return known, False
    new = DatasetVersion.objects.create(
        project=project,
        schema=schema,
        number=next_number(DatasetVersion.objects.filter(project=project)),
        checksum=checksum,
        manifest=manifest,
        counts=counts,
        created_at=now,
        created_by=by,
    )
    return new, True


def request_run(
    detector: Detector,
    dataset: DatasetVersion,
    *,
    config: dict[str, Any],
    by: User | None = None,
    now: datetime,
) -> Run:
    """Write down that a run is wanted; a worker takes it up.

    Raises RunRefused where the same detector, dataset and config are already being trained, or where they do not
    belong together.
    """
    if dataset.schema_id != detector.schema_id:
        raise RunRefused("wrong_schema", "The dataset was labeled under another schema than the detector's.")
    try:
        with transaction.atomic():
            return Run.objects.create(
                detector=detector,
                dataset=dataset,
                config=config,
                config_hash=config_hash(config),
                status=RunStatus.REQUESTED,
                requested_at=now,
                requested_by=by,
            )
    except IntegrityError:
        raise RunRefused("run_in_flight", "The same run is waiting or under way already.") from None
