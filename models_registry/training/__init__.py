"""This will execute a run's steps, each once, and resume a failed one (door 1 into ml/).

The row is the truth: a worker takes a run by compare-and-set and holds it with a token and a heartbeat. When the
heartbeat stops, ``recover`` lets another worker take it up; steps that are done, and whose files are still there, are
not done again, and fitting goes on from its last epoch. After three attempts a run fails, visibly.
"""

import logging
import shutil
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from models_registry.models import Run, RunStatus, RunStep, StepStatus
from models_registry.training.heartbeat import SILENCE_SECONDS, Heartbeat, RunLost

__all__ = ["RunLost", "execute", "recover", "resume", "waiting"]

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 3


def waiting() -> int | None:
    """Return the id of the oldest run nobody has taken, or None."""
    return Run.objects.filter(status=RunStatus.REQUESTED).order_by("id").values_list("pk", flat=True).first()


def execute(run_id: int, *, now: datetime) -> Run:
    """Take a requested run and execute its steps; returns it, succeeded or failed.

    A run that somebody else has taken, or that is over, is returned untouched. ``now`` dates what the run registers;
    heartbeats and seconds are by the real clock. Raises RunLost when another worker took it over meanwhile.
    """
    token = uuid.uuid4()
    if not _take(run_id, token=token, now=now):
        return Run.objects.get(pk=run_id)
    run = Run.objects.select_related("detector__project", "detector__schema", "dataset").get(pk=run_id)
    with Heartbeat(run_id, token) as heartbeat:
        try:
            _steps(run, heartbeat=heartbeat, now=now)
        except RunLost:
            raise
        except Exception as error:
            log.exception("Run %s failed.", run_id)
            return _finish(run, token=token, status=RunStatus.FAILED, error=f"{type(error).__name__}: {error}", now=now)
    shutil.rmtree(folder(run), ignore_errors=True)
    return _finish(run, token=token, status=RunStatus.SUCCEEDED, error="", now=now)


def folder(run: Run) -> Path:
    """Return where a run keeps its files while it is under way."""
    return Path(settings.VAR_DIR) / "runs" / str(run.pk)


def _take(run_id: int, *, token: uuid.UUID, now: datetime) -> bool:
    """Compare-and-set: of several workers, exactly one takes a requested run."""
    taken = Run.objects.filter(pk=run_id, status=RunStatus.REQUESTED).update(
        status=RunStatus.RUNNING,
        token=token,
        attempts=F("attempts") + 1,
        heartbeat_at=timezone.now(),
        started_at=now,
        error="",
    )
    return taken == 1


def _finish(run: Run, *, token: uuid.UUID, status: RunStatus, error: str, now: datetime) -> Run:
    Run.objects.filter(pk=run.pk, token=token).update(status=status, error=error, finished_at=now, token=None)
    run.refresh_from_db()
    return run


def _steps(run: Run, *, heartbeat: Heartbeat, now: datetime) -> None:
    # Imported here, because the steps load torch.
    from models_registry.training.steps import STEPS, Workbench

    place = folder(run)
    place.mkdir(parents=True, exist_ok=True)
    bench = Workbench(run=run, folder=place, now=now, check_alive=heartbeat.check)
    for position, (name, step) in enumerate(STEPS.items()):
        heartbeat.check()
        if not _is_done(run, name, place):
            _do(run, name, position=position, step=step, bench=bench)


def _is_done(run: Run, name: str, place: Path) -> bool:
    row = RunStep.objects.filter(run=run, name=name, status=StepStatus.DONE).first()
    return row is not None and all((place / file).exists() for file in row.outputs.get("files", []))


def _do(run: Run, name: str, *, position: int, step: Callable[[Any], dict[str, Any]], bench: Any) -> None:
    started = timezone.now()
    row, _ = RunStep.objects.update_or_create(
        run=run,
        name=name,
        defaults={
            "position": position,
            "status": StepStatus.RUNNING,
            "started_at": started,
            "inputs": {"dataset": run.dataset.checksum, "config": run.config_hash},
            "outputs": {},
            "log": "",
            "seconds": None,
        },
    )
    bench.lines.clear()
    try:
        row.outputs = step(bench)
        row.status = StepStatus.DONE
    except Exception as error:
        row.status = StepStatus.FAILED
        bench.say(f"{type(error).__name__}: {error}")
        raise
    finally:
        row.log, row.seconds = "\n".join(bench.lines), (timezone.now() - started).total_seconds()
        row.save(update_fields=["outputs", "status", "log", "seconds"])


@transaction.atomic
def recover(*, now: datetime) -> list[int]:
    """Give runs whose worker fell silent back to the line, or fail them; returns those that wait again.

    ``now`` is the real time, as heartbeats are.
    """
    silent = Q(heartbeat_at__lt=now - timedelta(seconds=SILENCE_SECONDS)) | Q(heartbeat_at__isnull=True)
    lost = Run.objects.filter(silent, status=RunStatus.RUNNING).select_for_update(skip_locked=True).order_by("id")
    again = []
    for run in lost:
        if run.attempts < MOST_ATTEMPTS:
            again.append(run.pk)
            run.status, run.token = RunStatus.REQUESTED, None
        else:
            run.status, run.finished_at = RunStatus.FAILED, now
            run.error = f"The worker fell silent in {run.attempts} attempts."
        run.save(update_fields=["status", "token", "finished_at", "error"])
    return again


def resume(run_id: int) -> bool:
    """Let a failed run go on from the step that failed; False if it has not failed."""
    again = Run.objects.filter(pk=run_id, status=RunStatus.FAILED)
    return again.update(status=RunStatus.REQUESTED, attempts=0, error="", finished_at=None) == 1
