"""This will hold what the steps of one run share: its folder, its settings, its log. Loads torch."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from models_registry import artifacts
from models_registry.ml.calibration import Calibration
from models_registry.ml.preprocessing import CanvasSpec
from models_registry.ml.recipe import FitConfig
from models_registry.models import ModelVersion, Run, RunStep, StepStatus
from models_registry.training import plan, reference
from models_registry.training.extraction import Extract
from models_registry.training.heartbeat import Heartbeat
from models_registry.training.provenance import code_version

# How often, at most, a running step's log is written to its row, and its progress to the log.
LOG_SECONDS = 1.0
PROGRESS_SECONDS = 10.0


@dataclass
class Workbench:
    """One run on the bench of the worker that holds it. ``now`` dates what the run registers.

    ``hashes`` are the SHA-256 of the files that finished steps have left, and of what the first one reads.
    """

    run: Run
    folder: Path
    now: datetime
    heartbeat: Heartbeat
    hashes: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    _step: RunStep | None = None
    _written_at: float = 0.0
    _told_at: float = 0.0

    @contextmanager
    def logging_to(self, row: RunStep) -> Iterator[None]:
        """Have ``say`` write to a step's row while its block runs."""
        self.lines.clear()
        self._step, self._told_at = row, time.monotonic()
        try:
            yield
        finally:
            self._step = None

    def say(self, line: str) -> None:
        """Add a line to the log of the step, which people read while it runs."""
        self.lines.append(line)
        if self._step and time.monotonic() - self._written_at > LOG_SECONDS:
            self._written_at = time.monotonic()
            with self.heartbeat.holding():
                RunStep.objects.filter(pk=self._step.pk).update(log=self.log)

    @property
    def log(self) -> str:
        return "\n".join(self.lines)

    def told(self, done: int, total: int) -> None:
        """Go on with a long loop, or stop it by RunLost; says now and then how far it is."""
        self.heartbeat.check()
        if time.monotonic() - self._told_at > PROGRESS_SECONDS:
            self._told_at = time.monotonic()
            self.say(f"{done:,} of {total:,}.")

    @cached_property
    def class_keys(self) -> list[str]:
        """The classes of the dataset: the detector may have moved on to another schema since."""
        return self.run.dataset.schema.keys

    @cached_property
    def spec(self) -> CanvasSpec:
        return CanvasSpec.from_dict(self.run.config["canvas"])

    @cached_property
    def recipe(self) -> FitConfig:
        """Half of the cores, where the config names no number of threads.

        Threads of a fit wait for each other many times a step: on two cores that another process kept busy, two
        threads took up to 27 s for an epoch that one did in 7 s.
        """
        chosen = FitConfig(**self.run.config.get("fit", {}))
        return chosen if chosen.threads else replace(chosen, threads=max(1, (os.cpu_count() or 1) // 2))

    @property
    def is_registered(self) -> bool:
        return ModelVersion.objects.filter(run=self.run).exists()

    def is_done(self, step: plan.Step) -> bool:
        """Say whether a step is done, from the same inputs, and every file it left is still what it was.

        The code may be newer: a run goes on from the step that failed, also with what was mended since. The last step
        only counts for the champion of its moment, so it is never done.
        """
        row = self.run.steps.filter(name=step.name, status=StepStatus.DONE).first()
        if row is None or step == plan.STEPS[-1]:
            return False
        files = row.outputs.get("files", {})
        if not all(self.is_intact(*one) for one in files.items()):
            return False
        self.hashes |= files
        return self.is_registered or {**row.inputs, "code": None} == {**self.inputs(step), "code": None}

    def inputs(self, step: plan.Step) -> dict[str, Any]:
        """Return all that a step's outputs follow from; JSON."""
        # A waiver holds for one dataset version, so what was let pass there is not taken over for another.
        dataset = {"dataset": self.run.dataset_id, "before": reference.checksum(self.run.dataset)}
        more = dataset if step.name == "validate" else {}
        return more | {
            "files": {name: self.hashes.get(name, "") for name in step.reads},
            "config": step.config_of(self.run.config),
            "classes": self.class_keys,
            "code": code_version(),
        }

    def has(self, name: str) -> bool:
        """Say whether a file that a step has left is still what it was."""
        rows = self.run.steps.filter(status=StepStatus.DONE).values_list("outputs", flat=True)
        left = next((one["files"][name] for one in rows if name in one.get("files", {})), None)
        return left is not None and self.is_intact(name, left)

    def is_intact(self, name: str, sha256: str) -> bool:
        path = self.folder / name
        return path.exists() and artifacts.sha256_of(path) == sha256

    def extract(self) -> Extract:
        return Extract.load(self.folder)

    def read(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text())

    def write(self, name: str, content: Any) -> None:
        (self.folder / name).write_text(json.dumps(content))

    @property
    def calibration(self) -> Calibration:
        return Calibration.from_dict(self.read(plan.CALIBRATION))

    @property
    def checkpoint(self) -> Path:
        return self.folder / "fit.checkpoint"

    @property
    def weights(self) -> Path:
        return self.folder / plan.WEIGHTS

    @property
    def onnx(self) -> Path:
        return self.folder / plan.ONNX
