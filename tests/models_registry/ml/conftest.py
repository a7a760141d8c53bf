"""A tiny set that a tiny fit can learn: violations are bright squares on noise."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest


def bright_squares(*, n: int, side: int = 16, seed: int = 0):
    """Make uint8 canvases [N, H, W, 3] and float32 targets [N, 1]."""
    random = np.random.default_rng(seed)
    canvases = random.integers(0, 120, (n, side, side, 3), dtype=np.uint8)
    targets = np.zeros((n, 1), np.float32)
    for index in range(0, n, 3):
        top, left = random.integers(0, side - 5, 2)
        canvases[index, top : top + 5, left : left + 5] = (255, 200, 180)
        targets[index] = 1
    return canvases, targets


@pytest.fixture(scope="session")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A network fitted, calibrated and exported once for every test that only reads it."""
    from models_registry.ml import calibration, fitting, onnx_export
    from models_registry.ml.preprocessing import CanvasSpec

    folder: Path = tmp_path_factory.mktemp("fitted")
    canvases, targets = bright_squares(n=240)
    config = fitting.FitConfig(epochs=6, batch_size=32, threads=1)
    state = fitting.fit(canvases, targets, config=config, checkpoint=folder / "run.checkpoint")
    held, wanted = bright_squares(n=200, seed=9)
    found = calibration.calibrate(fitting.logits(state, held), wanted, np.where(wanted[:, 0] > 0, 1.0, 10.0))
    path = folder / "model.onnx"
    onnx_export.export(state, config=config, class_keys=["bright"], spec=CanvasSpec(16), calibration=found, to=path)
    return {"state": state, "config": config, "calibration": found, "onnx": path, "folder": folder}
