"""This will bring a side of a run's split together: canvases as a model version wants them, truths, weights, facts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from models_registry.ml.preprocessing import CanvasSpec
from models_registry.training import extraction, plan
from models_registry.training.extraction import Extract
from models_registry.training.workbench import Workbench

HOLD_OUT, CALIBRATION = "hold_out", "calibration"


@dataclass(frozen=True)
class Side:
    """N images of known weight that nothing was fitted on; ``rows`` are their lines of the manifest.

    ``canvases`` uint8 [N, H, W, 3]; ``targets`` float32 [N, C], 0 or 1; ``weights`` float64 [N], 1/π.
    """

    canvases: np.ndarray
    targets: np.ndarray
    weights: np.ndarray
    rows: Sequence[Mapping[str, Any]]

    @classmethod
    def of(cls, data: Extract, rows: Sequence[Mapping[str, Any]], *, name: str) -> "Side":
        """Take one side of an extract, whose rows are given."""
        chosen = data.sides()[name]
        kept = [rows[index] for index in chosen.tolist()]
        return cls(data.canvases[chosen], data.targets[chosen], data.weights[chosen], kept)


def own(bench: Workbench, *, name: str = HOLD_OUT) -> Side:
    """Return a side on the run's own canvases, which preprocessing has left."""
    return Side.of(bench.extract(), extraction.listed(bench.folder), name=name)


def for_spec(spec: CanvasSpec, bench: Workbench) -> Side:
    """Return the hold-out on canvases of a spec: this run's own if they are there and fit, else drawn anew."""
    if spec == bench.spec and bench.has(plan.CANVASES) and bench.has(plan.TABLE) and bench.has(plan.ROWS):
        return own(bench)
    folder = bench.folder / HOLD_OUT
    folder.mkdir(exist_ok=True)
    source = bench.folder if bench.has(plan.ROWS) and bench.has(plan.ORIGINALS) else folder
    if source == folder:
        extraction.gather(bench.run.dataset, folder=folder, told=bench.told, sides=(HOLD_OUT,))
    drawn = extraction.draw(
        source=source, class_keys=bench.class_keys, spec=spec, folder=folder, told=bench.told, sides=(HOLD_OUT,)
    )
    return Side.of(drawn, extraction.listed(source, sides=(HOLD_OUT,)), name=HOLD_OUT)


def facts(bench: Workbench) -> list[dict[str, Any]]:
    """Return the hold-out's lines of the manifest, from storage: what earlier steps left may be gone."""
    rows = extraction.rows_of(extraction.manifest(bench.run.dataset))
    return [row for row in rows if row["split"] == HOLD_OUT]
