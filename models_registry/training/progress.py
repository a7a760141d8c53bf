"""This will work through the steps of a run that is held, and write down how each one went. Loads torch.

Every row is written while holding the run, so a worker that lost it cannot write over what the next one does.
"""

import hashlib
import time
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from models_registry import artifacts
from models_registry.ml import fitting
from models_registry.models import RunStep, StepStatus, Trial
from models_registry.training import extraction, plan, reusing
from models_registry.training.heartbeat import RunLost
from models_registry.training.steps import STEPS
from models_registry.training.workbench import Workbench


@dataclass(frozen=True)
class _Clocks:
    """When a step began: by the clock, and by what the processors had done for this process."""

    clock: float
    cpu: float


def work_through(bench: Workbench) -> None:
    """Do the steps that are not done, in order: those whose inputs are not what they were, or whose files are lost.

    Raises what a step raises, and RunLost.
    """
    for step in _wanted(bench):
        bench.heartbeat.check()
        if plan.MANIFEST in step.reads:
            bench.hashes[plan.MANIFEST] = _hash_of_manifest(bench)
        if not bench.is_done(step):
            _do(bench, step)


def _wanted(bench: Workbench) -> tuple[plan.Step, ...]:
    if bench.is_registered:
        return plan.AFTER_REGISTERING
    return plan.OF_A_TRIAL if Trial.objects.filter(run=bench.run).exists() else plan.STEPS


def _hash_of_manifest(bench: Workbench) -> str:
    """Return the hash of what the first step reads; none where it is gone, which that step will say."""
    try:
        return hashlib.sha256(extraction.manifest(bench.run.dataset)).hexdigest()
    except FileNotFoundError:
        return ""


def _do(bench: Workbench, step: plan.Step) -> None:
    row, started = _begin(bench, step), _Clocks(time.monotonic(), time.process_time())
    with bench.logging_to(row):
        try:
            outputs = _taken_over(bench, step, row) or _outputs(bench, step)
        except RunLost:
            raise
        except Exception as error:
            _say_why(bench, error)
            row.outputs = error.outputs if isinstance(error, plan.StepFailed) else {}
            _end(bench, row, status=StepStatus.FAILED, started=started)
            raise
        row.outputs = outputs
        bench.hashes |= outputs.get("files", {})
        _end(bench, row, status=StepStatus.DONE, started=started)


def _say_why(bench: Workbench, error: Exception) -> None:
    """Log what ended a step, unless the step has said so itself."""
    sentence = str(error) if isinstance(error, plan.StepFailed) else f"{type(error).__name__}: {error}"
    if sentence not in bench.log:
        bench.say(sentence)


def _taken_over(bench: Workbench, step: plan.Step, row: RunStep) -> dict[str, Any] | None:
    earlier = reusing.take_over(bench.run, step, input_hash=row.input_hash, folder=bench.folder)
    if earlier is None:
        return None
    bench.say(f"Taken over from run {earlier.run_id}, whose inputs were the same.")
    if step.name == "fit":
        with bench.heartbeat.holding():
            reusing.copy_epochs(earlier.run, bench.run)
    row.reused_from = earlier
    return dict(earlier.outputs)


def _outputs(bench: Workbench, step: plan.Step) -> dict[str, Any]:
    for name in step.writes:
        (bench.folder / name).unlink(missing_ok=True)
    outputs = STEPS[step.name](bench)
    files = {name: artifacts.sha256_of(bench.folder / name) for name in step.writes}
    return outputs | ({"files": files} if files else {})


def _begin(bench: Workbench, step: plan.Step) -> RunStep:
    inputs = bench.inputs(step)
    fresh = {
        "position": plan.STEPS.index(step),
        "status": StepStatus.RUNNING,
        "started_at": timezone.now(),
        "inputs": inputs,
        "input_hash": plan.hash_of(inputs),
        "outputs": {},
        "reused_from": None,
        "log": "",
        "seconds": None,
        "cpu_seconds": None,
        "gpu_seconds": None,
    }
    with bench.heartbeat.holding():
        return RunStep.objects.update_or_create(run=bench.run, name=step.name, defaults=fresh)[0]


_ENDED = ["outputs", "reused_from", "status", "log", "seconds", "cpu_seconds", "gpu_seconds"]


def _end(bench: Workbench, row: RunStep, *, status: StepStatus, started: _Clocks) -> None:
    row.status = status
    row.log, row.seconds = bench.log, time.monotonic() - started.clock
    row.cpu_seconds = time.process_time() - started.cpu
    # A worker keeps its graphics processor for itself, also while it computes elsewhere.
    row.gpu_seconds = row.seconds if fitting.has_gpu() else 0.0
    with bench.heartbeat.holding():
        row.save(update_fields=_ENDED)
