"""This will write a fitted network as one ONNX file that needs nothing beside it, and compare the two.

The file takes uint8 canvases, normalizes inside and returns calibrated probabilities and embeddings; class
keys, canvas spec and calibration travel in its metadata.
"""

import json
import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from . import network
from .calibration import Calibration
from .inference import INPUT, METADATA_KEY, OUTPUTS, Predictor
from .network import Network
from .preprocessing import CanvasSpec, decode, to_canvas
from .recipe import FitConfig

PARITY_LIMIT = 1e-3


class _Scorer(nn.Module):
    """The network with everything around it that must not be forgotten when serving."""

    temperature: Tensor
    offset: Tensor

    def __init__(self, fitted: Network, *, calibration: Calibration) -> None:
        super().__init__()
        self.fitted = fitted
        self.register_buffer("temperature", torch.tensor(calibration.temperature, dtype=torch.float32))
        self.register_buffer("offset", torch.tensor(calibration.offset, dtype=torch.float32))

    def forward(self, canvases: Tensor) -> tuple[Tensor, Tensor]:
        images = canvases.permute(0, 3, 1, 2).to(torch.float32) / 255  # [N, 3, H, W]
        logits, embeddings = self.fitted(images)
        return torch.sigmoid(logits / self.temperature + self.offset), embeddings  # [N, C], [N, D]


def export(
    state: Path,
    *,
    config: FitConfig,
    class_keys: Sequence[str],
    spec: CanvasSpec,
    calibration: Calibration,
    to: Path,
) -> None:
    """Write the ONNX file; it appears whole or not at all.

    Input "canvases" uint8 [N, H, W, 3] with N free; outputs "probabilities" float32 [N, C] and "embeddings"
    float32 [N, D]. `config` is kept in the metadata as the recipe. Raises ValueError when the class keys, the
    calibration and the weights disagree about the number of classes.
    """
    fitted = network.load(state)
    if not fitted.head.out_features == len(class_keys) == len(calibration.temperature):
        raise ValueError(
            f"The weights have {fitted.head.out_features} classes, {len(class_keys)} keys were given, "
            f"and the calibration has {len(calibration.temperature)}."
        )
    metadata = {
        "class_keys": list(class_keys),
        "spec": spec.to_dict(),
        "calibration": calibration.to_dict(),
        "config": config.to_dict(),
        "weights_source": fitted.weights_source,
    }
    partial = to.with_name(to.name + ".partial")
    _write(_Scorer(fitted, calibration=calibration).eval(), size_px=spec.size_px, to=partial)
    _add_metadata(partial, metadata)
    partial.replace(to)


def check_parity(
    state: Path,
    *,
    config: FitConfig,
    calibration: Calibration,
    onnx: Path,
    canvases: NDArray[np.uint8],
    originals: Sequence[bytes] | None = None,
    max_pixels: int = 0,
) -> dict[str, Any]:
    """Compare the probabilities of the weights on training's canvases with those of the exported file in service.

    Serving starts from the original: decoded, drawn on the canvas that the file itself asks for, and scored. So
    `originals`, those of the canvases in their order, show a serving canvas that is not the training canvas; without
    them both sides get the same `canvases`. Returns {"max_abs_difference", "max_canvas_difference" (grey levels, 0 to
    255; None without originals), "n", "limit", "provider", "passed"}; it does not pass on fewer than one canvas. Fused
    and reordered sums differ in the sixth digit; a difference beyond 0.001 means another computation.
    """
    scorer = _Scorer(network.load(state), calibration=calibration).eval()
    predictor = Predictor(onnx, threads=config.threads)
    served = canvases if originals is None else _served(originals, predictor.spec, max_pixels=max_pixels)
    found, _ = predictor.predict(served)  # [N, C]
    with torch.inference_mode():
        batches = torch.from_numpy(np.ascontiguousarray(canvases)).split(256)
        expected = [scorer(batch)[0].numpy() for batch in batches]
    differences = np.abs(found - np.concatenate(expected)) if len(canvases) else np.array([np.inf])
    worst = float(differences.max())
    return {
        "max_abs_difference": worst if len(canvases) else None,
        "max_canvas_difference": None if originals is None else _levels_apart(served, canvases),
        "n": len(canvases),
        "limit": PARITY_LIMIT,
        "provider": predictor.provider,
        "passed": worst <= PARITY_LIMIT,
    }


def _served(originals: Sequence[bytes], spec: CanvasSpec, *, max_pixels: int) -> NDArray[np.uint8]:
    """Do to originals what serving does: `annotation.pixels` calls the same two functions."""
    drawn = [to_canvas(decode(one, max_pixels=max_pixels), spec) for one in originals]
    return np.stack(drawn) if drawn else np.zeros((0, spec.size_px, spec.size_px, 3), dtype=np.uint8)


def _levels_apart(served: NDArray[np.uint8], canvases: NDArray[np.uint8]) -> int:
    if served.shape != canvases.shape:
        return 255
    return int(np.abs(served.astype(np.int16) - canvases).max(initial=0))


def _write(scorer: _Scorer, *, size_px: int, to: Path) -> None:
    example = torch.zeros(2, size_px, size_px, 3, dtype=torch.uint8)  # [N, H, W, 3]
    with _quiet():
        # Without dynamo and external_data=False a second ".data" file would appear beside the model.
        torch.onnx.export(
            scorer,
            (example,),
            str(to),
            dynamo=True,
            external_data=False,
            input_names=[INPUT],
            output_names=list(OUTPUTS),
            dynamic_shapes={"canvases": {0: torch.export.Dim("n", min=1)}},
            verbose=False,
        )


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporter's notes about its own internals out of a run's log."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def _add_metadata(path: Path, metadata: dict[str, Any]) -> None:
    model = onnx.load(path)
    onnx.helper.set_model_props(model, {METADATA_KEY: json.dumps(metadata)})
    onnx.save(model, path)
