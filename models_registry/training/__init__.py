"""This will execute a run's steps, each once, and give back what a dead worker held (door 1 into ml/).

The row is the truth: a worker takes a run by compare-and-set and holds it with a token and a heartbeat. When the
heartbeat stops, ``recover`` lets another worker take it up; steps that are done, and whose files are still what they
were, are not done again, and fitting goes on from its last epoch. After three attempts a run fails, visibly. A run that
is canceled is taken away from its worker likewise.

What a run has left stays for a while: a failed or canceled one may be resumed, and a later one whose steps have the
same inputs takes over what is there.
"""

import logging
import shutil
import time
import uuid
from datetime import datetime, timedelta
from pathlib import Path

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, Q
from django.utils import timezone

from models_registry.models import Run, RunEvent, RunEventKind, RunStatus, RunStep, StepStatus
from models_registry.training import plan, reusing
from models_registry.training.heartbeat import SILENCE_SECONDS, Heartbeat, RunLost
from models_registry.training.provenance import code_commit, environment

__all__ = ["clear_away", "execute", "recover", "waiting"]

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 3
# What may be resumed is kept longer than what may only be taken over.
FILES_KEPT = {
    RunStatus.FAILED: timedelta(days=7),
    RunStatus.CANCELED: timedelta(days=7),
    RunStatus.SUCCEEDED: timedelta(days=2),
}


def waiting() -> int | None:
    """Return the id of the oldest run nobody has taken, or None."""
    return Run.objects.filter(status=RunStatus.REQUESTED).order_by("id").values_list("pk", flat=True).first()


def execute(run_id: int, *, now: datetime) -> Run:
    """Take a requested run and execute its steps; returns it, succeeded, failed or canceled.

    A run that somebody else has taken, before or meanwhile, or that is over, is returned as it is. ``now`` dates what
    the run registers; heartbeats and seconds are by the real clock. Raises OperationalError or InterfaceError when
    the database goes away, which is not the run's fault: ``recover`` gives it back.
    """
    token, began = uuid.uuid4(), time.monotonic()
    place = _take(run_id, token=token, now=now)
    run = Run.objects.select_related("detector__project", "dataset__schema").get(pk=run_id)
    if place is None:
        return run
    try:
        with Heartbeat(run_id, token) as heartbeat:
            _steps(run, place=place, heartbeat=heartbeat, now=now)
    except RunLost as error:
        log.warning("%s", error)
        run.refresh_from_db()
        return run
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        log.exception("Run %s failed.", run_id)
        return _finish(run, token=token, status=RunStatus.FAILED, error=_in_words(error), at=_after(now, began))
    _tidy(place)
    return _finish(run, token=token, status=RunStatus.SUCCEEDED, error="", at=_after(now, began))


def _after(now: datetime, began: float) -> datetime:
    """Return the time that it is, where it was ``now`` when the clock said ``began``."""
    return now + timedelta(seconds=time.monotonic() - began)


def _in_words(error: Exception) -> str:
    return str(error) if isinstance(error, plan.StepFailed) else f"{type(error).__name__}: {error}"


def _tidy(place: Path) -> None:
    """Leave only what a later run may take over."""
    kept = {name for step in plan.STEPS for name in step.writes}
    for one in place.iterdir():
        if one.is_dir():
            shutil.rmtree(one, ignore_errors=True)
        elif one.name not in kept:
            one.unlink()


@transaction.atomic
def _take(run_id: int, *, token: uuid.UUID, now: datetime) -> Path | None:
    """Compare-and-set: of several workers, exactly one takes a requested run, and gets the folder to work in."""
    taken = Run.objects.filter(pk=run_id, status=RunStatus.REQUESTED).update(
        status=RunStatus.RUNNING,
        token=token,
        attempts=F("attempts") + 1,
        heartbeat_at=timezone.now(),
        started_at=now,
        code_commit=code_commit(),
        error="",
    )
    if not taken:
        return None
    RunEvent.objects.create(run_id=run_id, kind=RunEventKind.STARTED, at=now)
    return _inherit(run_id, token=token)


def _inherit(run_id: int, *, token: uuid.UUID) -> Path:
    """Make what the last attempt left behind, if it was on this machine, this attempt's own folder.

    A worker that lost the run and does not know it yet writes to the old path, which is gone, and so spoils nothing.
    The caller holds the run's row, so two cannot inherit at once.
    """
    home = reusing.home_of(run_id)
    home.mkdir(parents=True, exist_ok=True)
    place, left = home / token.hex, next((one for one in home.iterdir() if one.is_dir()), None)
    return left.rename(place) if left else _made(place)


def _made(place: Path) -> Path:
    place.mkdir()
    return place


@transaction.atomic
def _finish(run: Run, *, token: uuid.UUID, status: RunStatus, error: str, at: datetime) -> Run:
    mine = Run.objects.filter(pk=run.pk, token=token, status=RunStatus.RUNNING)
    if mine.update(status=status, error=error, finished_at=at, token=None):
        run.note(RunEventKind(status.value), detail=error, at=at)
    else:
        log.warning("Run %s was canceled, or taken over by another worker.", run.pk)
    run.refresh_from_db()
    return run


def _steps(run: Run, *, place: Path, heartbeat: Heartbeat, now: datetime) -> None:
    # Imported here, because the steps load torch.
    from models_registry.training.progress import work_through
    from models_registry.training.workbench import Workbench

    Run.objects.filter(pk=run.pk, token=heartbeat.token).update(environment=environment())
    work_through(Workbench(run=run, folder=place, now=now, heartbeat=heartbeat))


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
            run.note(RunEventKind.GIVEN_BACK, at=now)
        else:
            _give_up(run, now=now)
        run.save(update_fields=["status", "token", "finished_at", "error"])
    return again


def _give_up(run: Run, *, now: datetime) -> None:
    run.status, run.token, run.finished_at = RunStatus.FAILED, None, now
    run.error = f"The worker fell silent in {run.attempts} attempts."
    run.note(RunEventKind.FAILED, detail=run.error, at=now)
    RunStep.objects.filter(run=run, status=StepStatus.RUNNING).update(status=StepStatus.FAILED, log=run.error)


def clear_away(*, now: datetime) -> None:
    """Delete what runs that are long over have left on this machine; resumed later, they begin anew."""
    for home in reusing.all_runs().glob("*"):
        gone = home if home.suffix else _set_aside(home, now=now)
        if gone:
            shutil.rmtree(gone, ignore_errors=True)


@transaction.atomic
def _set_aside(home: Path, *, now: datetime) -> Path | None:
    """Rename a run's folder while its row is held, so that nobody who resumes the run inherits half of it."""
    is_over = Q()
    for status, kept in FILES_KEPT.items():
        is_over |= Q(status=status, finished_at__lt=now - kept)
    held = Run.objects.filter(is_over, pk=home.name).select_for_update(skip_locked=True).first()
    return home.rename(home.with_suffix(".over")) if held else None
