"""This will say what each step of a run reads, writes and depends on, without loading what the steps need.

What a step did can be taken over by a later run where its inputs are the same: the files it reads, the parts of the
config it depends on, the classes, and the code.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MANIFEST = "manifest.parquet"
ROWS, ORIGINALS = "rows.parquet", "originals.bin"
CHECKS = "checks.json"
CANVASES, TABLE = "canvases.npy", "table.npz"
WEIGHTS, CALIBRATION = "fit.weights", "calibration.json"
ONNX, PARITY = "model.onnx", "parity.json"
REPORT, SCORES = "report.json", "scores.parquet"
# What a config says of everything but canvases and data checks: how the network is fitted.
FITTING = "everything else"


class StepFailed(Exception):
    """A step ended with a sentence for people; ``outputs`` is what it has found all the same."""

    def __init__(self, sentence: str, *, outputs: Mapping[str, Any] | None = None) -> None:
        super().__init__(sentence)
        self.outputs = dict(outputs or {})


@dataclass(frozen=True)
class Step:
    """One step: files of the run's folder that it reads and writes, and the parts of the config it depends on."""

    name: str
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    config: tuple[str, ...] = ()
    is_reusable: bool = True

    def config_of(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parts of a run's config on which this step depends."""
        chosen = {name: config.get(name, {}) for name in self.config if name != FITTING}
        if FITTING in self.config:
            chosen |= {name: part for name, part in config.items() if name not in ("canvas", "validation")}
        return chosen


STEPS = (
    Step("extract", reads=(MANIFEST,), writes=(ROWS, ORIGINALS)),
    Step("validate", reads=(ROWS,), writes=(CHECKS,), config=("validation",)),
    Step("preprocess", reads=(ROWS, ORIGINALS), writes=(CANVASES, TABLE), config=("canvas",)),
    Step("fit", reads=(CANVASES, TABLE), writes=(WEIGHTS,), config=(FITTING,)),
    Step("calibrate", reads=(WEIGHTS, CANVASES, TABLE), writes=(CALIBRATION,), config=(FITTING,)),
    Step("export", reads=(WEIGHTS, CALIBRATION), writes=(ONNX,), config=("canvas", FITTING)),
    Step(
        "parity",
        reads=(WEIGHTS, CALIBRATION, ONNX, ROWS, ORIGINALS, CANVASES, TABLE),
        writes=(PARITY,),
        config=(FITTING,),
    ),
    Step("evaluate", reads=(ONNX, ROWS, CANVASES, TABLE), writes=(REPORT, SCORES), config=(FITTING,)),
    # These two write rows, which belong to one run alone.
    Step("register", reads=(ONNX, CALIBRATION, PARITY, REPORT, SCORES), is_reusable=False),
    Step("gate", is_reusable=False),
)
NAMES = tuple(step.name for step in STEPS)
# Once the version is registered, what led to it is history: only these are ever done again.
AFTER_REGISTERING = STEPS[-2:]
# A study compares fitted networks and needs no more of them; the best config is then trained as a run of its own.
OF_A_TRIAL = STEPS[: NAMES.index("fit") + 1]


def hash_of(inputs: Mapping[str, Any]) -> str:
    """Return one hash of all that went into a step."""
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()
