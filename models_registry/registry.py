"""This will keep the book of what was trained: schemas, dataset versions, runs, model versions.

Versions are numbered per project or detector while its row is locked, so two at once get two numbers.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import Max, Model, QuerySet

from config.accounts.models import Project, User
from config.compiled import Compiled, Given
from models_registry import class_trees, config_files
from models_registry.models import (
    DatasetVersion,
    Deployment,
    Detector,
    LabelSchema,
    ModelVersion,
    Run,
    RunEventKind,
    RunStatus,
    SchemaKind,
    config_hash,
)
from models_registry.training.configs import ConfigWrong, check_config

M = TypeVar("M", bound=Model)

_NEWEST_SCHEMA = Compiled(lambda: LabelSchema.objects.filter(project=Given("project")).order_by("-version")[:1])


class RunRefused(Exception):
    """The run cannot be requested; ``code`` says why: wrong_schema, bad_config, run_in_flight, not_failed,
    not_in_flight, already_champion, is_a_study."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def next_number(rows: "QuerySet[Any]", *, field: str = "number") -> int:
    """Return the number after the last; the caller holds a lock that keeps others out."""
    return int(rows.aggregate(last=Max(field))["last"] or 0) + 1


def lock(row: M) -> M:
    """Lock a row until the transaction ends, against others who lock it; rows may still be added that point to it."""
    # NO KEY: the plain lock would hold up every insert with a foreign key to this row (a project's new posts), and
    # end in a deadlock with whoever inserts while holding still the deployment that the lock's owner waits for.
    return type(row)._default_manager.select_for_update(no_key=True).get(pk=row.pk)


@transaction.atomic
def add_schema(
    project: Project,
    *,
    classes: Sequence[dict[str, Any]],
    kind: SchemaKind = SchemaKind.SEVERAL,
    guideline: str = "",
    by: User | None = None,
    now: datetime,
) -> LabelSchema:
    """Freeze a new schema version; ``classes`` as in LabelSchema, a class without a name is called by its key.

    Raises class_trees.BadSchema.
    """
    class_trees.check(classes, kind=kind)
    lock(project)
    return LabelSchema.objects.create(
        project=project,
        version=next_number(LabelSchema.objects.filter(project=project), field="version"),
        kind=kind,
        classes=[{"name": one["key"]} | one for one in classes],
        guideline=guideline,
        created_at=now,
        created_by=by,
    )


def versions_asking_the_same(schema: LabelSchema) -> list[LabelSchema]:
    """Return the versions of the project's schema, this one among them, under which an answer means the same."""
    return [one for one in LabelSchema.objects.filter(project=schema.project_id) if one.asks_the_same(schema)]


def current_schema(project: Project) -> LabelSchema:
    """Return the newest schema of a project. Raises LabelSchema.DoesNotExist where there is none."""
    newest = _NEWEST_SCHEMA.first(project=project.pk)
    if newest is None:
        raise LabelSchema.DoesNotExist(f"{project} has no schema.")
    return newest


def require_precision(project: Project, precision: float | None) -> None:
    """Have the gate compare a project's versions at this flag precision; None leaves the choice to the gate."""
    Detector.objects.filter(project=project).update(required_precision=precision)


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
    config_text: str = "",
    by: User | None = None,
    now: datetime,
) -> Run:
    """Write down that a run is wanted; a worker takes it up. ``config_text`` is the config file behind the config.

    Raises RunRefused where the same detector, dataset and config are already being trained, where they do not
    belong together, or where no worker could use the config.
    """
    if dataset.schema_id != detector.schema_id:
        raise RunRefused("wrong_schema", "The dataset was labeled under another schema than the detector's.")
    try:
        check_config(config)
    except ConfigWrong as error:
        raise RunRefused("bad_config", str(error)) from None
    with _one_in_flight():
        run = Run.objects.create(
            detector=detector,
            dataset=dataset,
            config=config,
            config_hash=config_hash(config),
            config_text=config_text,
            status=RunStatus.REQUESTED,
            requested_at=now,
            requested_by=by,
        )
        run.note(RunEventKind.REQUESTED, by=by, at=now)
        return run


@transaction.atomic
def request_runs(
    detector: Detector, dataset: DatasetVersion, *, config_text: str, by: User | None = None, now: datetime
) -> list[Run]:
    """Request what a config file asks for: one run, or one for each of its seeds; all of them or none.

    Raises ConfigFileWrong, and RunRefused, also where the file has ranges, for which there are studies.
    """
    file = config_files.read(config_text)
    if file.is_study:
        raise RunRefused("is_a_study", "The config has ranges, which a study searches; a run takes one value of each.")
    return [
        request_run(detector, dataset, config=one, config_text=config_text, by=by, now=now) for one in file.configs()
    ]


def resume_run(run: Run, *, by: User | None = None, now: datetime) -> Run:
    """Let a failed or canceled run go on from the step that it stopped in; a worker takes it up. Raises RunRefused."""
    if not _request_again(run, RunEventKind.RESUMED, over=[RunStatus.FAILED, RunStatus.CANCELED], by=by, now=now):
        raise RunRefused("not_failed", f"Run {run.pk} has not failed, so there is nothing to resume.")
    return run


def request_measurement(version: ModelVersion, *, by: User | None = None, now: datetime) -> Run:
    """Ask that the gate measures a version again, against the champion of now; a worker takes it up.

    It is the version's own run that does its last step again. Raises RunRefused for the champion itself, and while
    the run is under way.
    """
    if Deployment.objects.filter(model_version=version, ended_at__isnull=True).exists():
        raise RunRefused("already_champion", f"{version} is the champion; there is nobody to measure it against.")
    over = [RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.CANCELED]
    if not _request_again(version.run, RunEventKind.MEASURED_AGAIN, over=over, by=by, now=now):
        raise RunRefused("run_in_flight", f"{version} is waiting to be measured, or being measured, already.")
    return version.run


def _request_again(run: Run, kind: RunEventKind, *, over: Sequence[RunStatus], by: User | None, now: datetime) -> bool:
    """Compare-and-set a run that is over back to requested; False where it is not."""
    ended = Run.objects.filter(pk=run.pk, status__in=over)
    with _one_in_flight():
        changed = ended.update(status=RunStatus.REQUESTED, attempts=0, error="", finished_at=None)
        if changed:
            run.note(kind, by=by, at=now)
    run.refresh_from_db()
    return changed == 1


@contextmanager
def _one_in_flight() -> Iterator[None]:
    """Turn the law that one such run is in flight, the only one that can be broken here, into RunRefused."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise RunRefused("run_in_flight", "The same run is waiting or under way already.") from None
