"""This will work through the steps of a run that is held, and write down how each one went. Loads torch.

Every row is written while holding the run, so a worker that lost it cannot write over what the next one does.
"""

import time
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from models_registry import artifacts
from models_registry.ml import fitting
from models_registry.models import ModelVersion, RunStep, StepStatus
from models_registry.training.heartbeat import RunLost
from models_registry.training.steps import AFTER_REGISTERING, STEPS
from models_registry.training.workbench import Workbench


@dataclass(frozen=True)
class _Clocks:
    """When a step began: by the clock, and by what the processors had done for this process."""

    clock: float
    cpu: float


def work_through(bench: Workbench) -> None:
    """Do the steps that are not done, in order. Whatever follows a step that had to be done again is done again.

    Raises what a step raises, and RunLost.
    """
    is_stale = False
    for name in _wanted(bench):
        bench.heartbeat.check()
        # The last step only counts for the champion of its moment, so it is never left out.
        if is_stale or name == AFTER_REGISTERING[-1] or not bench.is_done(name):
            _do(bench, name)
            is_stale = True


def _wanted(bench: Workbench) -> tuple[str, ...]:
    return AFTER_REGISTERING if ModelVersion.objects.filter(run=bench.run).exists() else tuple(STEPS)


def _do(bench: Workbench, name: str) -> None:
    row, started = _begin(bench, name), _Clocks(time.monotonic(), time.process_time())
    try:
        outputs = STEPS[name](bench)
    except RunLost:
        raise
    except Exception as error:
        bench.say(f"{type(error).__name__}: {error}")
        _end(bench, row, status=StepStatus.FAILED, outputs={}, started=started)
        raise
    files = {one: artifacts.sha256_of(bench.folder / one) for one in outputs.pop("files", [])}
    outputs = outputs | ({"files": files} if files else {})
    _end(bench, row, status=StepStatus.DONE, outputs=outputs, started=started)


def _begin(bench: Workbench, name: str) -> RunStep:
    bench.lines.clear()
    fresh = {
        "position": list(STEPS).index(name),
        "status": StepStatus.RUNNING,
        "started_at": timezone.now(),
        "inputs": {"dataset": bench.run.dataset.checksum, "config": bench.run.config_hash},
        "outputs": {},
        "log": "",
        "seconds": None,
        "cpu_seconds": None,
        "gpu_seconds": None,
    }
    with bench.heartbeat.holding():
        return RunStep.objects.update_or_create(run=bench.run, name=name, defaults=fresh)[0]


def _end(bench: Workbench, row: RunStep, *, status: StepStatus, outputs: dict[str, Any], started: _Clocks) -> None:
    row.status, row.outputs = status, outputs
    row.log, row.seconds = "\n".join(bench.lines), time.monotonic() - started.clock
    row.cpu_seconds = time.process_time() - started.cpu
    # A worker keeps its graphics processor for itself, also while it computes elsewhere.
    row.gpu_seconds = row.seconds if fitting.has_gpu() else 0.0
    with bench.heartbeat.holding():
        row.save(update_fields=["outputs", "status", "log", "seconds", "cpu_seconds", "gpu_seconds"])
