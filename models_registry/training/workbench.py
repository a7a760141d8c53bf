"""This will hold what the steps of one run share: its folder, its settings, its log. Loads torch."""

import json
import os
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from models_registry import artifacts
from models_registry.ml.calibration import Calibration
from models_registry.ml.preprocessing import CanvasSpec
from models_registry.ml.recipe import FitConfig
from models_registry.models import Run, StepStatus
from models_registry.training.extraction import Extract
from models_registry.training.heartbeat import Heartbeat


@dataclass
class Workbench:
    """One run on the bench of the worker that holds it. ``now`` dates what the run registers."""

    run: Run
    folder: Path
    now: datetime
    heartbeat: Heartbeat
    lines: list[str] = field(default_factory=list)

    def say(self, line: str) -> None:
        self.lines.append(line)

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

    def is_done(self, step: str) -> bool:
        """Say whether a step is done and every file it left is still what it was."""
        row = self.run.steps.filter(name=step, status=StepStatus.DONE).first()
        return row is not None and all(self._is_intact(*one) for one in row.outputs.get("files", {}).items())

    def _is_intact(self, name: str, sha256: str) -> bool:
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
        return Calibration.from_dict(self.read("calibration.json"))

    @property
    def checkpoint(self) -> Path:
        return self.folder / "fit.checkpoint"

    @property
    def weights(self) -> Path:
        return self.folder / "fit.weights"

    @property
    def onnx(self) -> Path:
        return self.folder / "model.onnx"
