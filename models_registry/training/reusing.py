"""This will take over what a step of an earlier run has left, where its inputs were the same.

Only what is still on this machine, still what it was, and of the same project. Files are linked, not copied: no step
ever writes into a file that is there, it makes way for a new one.
"""

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from django.conf import settings

from models_registry import artifacts
from models_registry.models import Run, RunEpoch, RunStep, StepStatus
from models_registry.training import plan

# Of the earlier runs with the same inputs, so many are looked at.
_TRIED = 5


def all_runs() -> Path:
    return Path(settings.VAR_DIR) / "runs"


def home_of(run_id: int) -> Path:
    """Return where the folder of a run's last attempt on this machine lies, by the attempt's token."""
    return all_runs() / str(run_id)


def take_over(run: Run, step: plan.Step, *, input_hash: str, folder: Path) -> RunStep | None:
    """Link the files of an earlier step with the same inputs into a folder; returns that step, or None."""
    if not step.is_reusable:
        return None
    return next((row for row in _earlier(run, step, input_hash) if _link(row, step, to=folder)), None)


def _earlier(run: Run, step: plan.Step, input_hash: str) -> Iterator[RunStep]:
    same = RunStep.objects.filter(name=step.name, input_hash=input_hash, status=StepStatus.DONE)
    mine = same.filter(run__detector__project=run.detector.project_id).exclude(run=run)
    yield from mine.select_related("run").order_by("-id")[:_TRIED]


def _link(row: RunStep, step: plan.Step, *, to: Path) -> bool:
    """Link every file of a step; False, with nothing left behind, where one is not what it was."""
    files: Mapping[str, str] = row.outputs.get("files", {})
    source = next((one for one in home_of(row.run_id).glob("*") if one.is_dir()), None)
    if source is None or set(files) != set(step.writes):
        return False
    if all(_linked(source / name, to / name, sha256=sha256) for name, sha256 in files.items()):
        return True
    for name in files:
        (to / name).unlink(missing_ok=True)
    return False


def _linked(source: Path, to: Path, *, sha256: str) -> bool:
    to.unlink(missing_ok=True)
    try:
        os.link(source, to)
    except FileNotFoundError:
        # The other run is being resumed or cleared away just now.
        return False
    except OSError:
        shutil.copyfile(source, to)
    return artifacts.sha256_of(to) == sha256


def copy_epochs(earlier: Run, run: Run) -> None:
    """Have a run whose fit was taken over show that fit's curve."""
    RunEpoch.objects.filter(run=run).delete()
    RunEpoch.objects.bulk_create(
        RunEpoch(run=run, epoch=one.epoch, metrics=one.metrics) for one in earlier.epochs.all()
    )
