"""This will score canvases with an exported model version, on the GPU where there is one.

The file alone is enough: class keys, canvas spec and calibration are read from its metadata.
"""

import ctypes
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidGraph, InvalidProtobuf

from .calibration import Calibration
from .preprocessing import CanvasSpec

INPUT = "canvases"
OUTPUTS = ("probabilities", "embeddings")
METADATA_KEY = "second_look"
CUDA = "CUDAExecutionProvider"
# Only fatal messages: falling back to the CPU is reported by `provider`, not by lines on standard error.
_FATAL_ONLY = 4


class NotAModelVersion(ValueError):
    """The file is no ONNX model, or was not written by `onnx_export`."""


class Predictor:
    """One loaded model version. Safe to share between threads; not across a fork.

    `class_keys` name the columns of the probabilities, `spec` is the canvas to prepare, and `provider` is
    what really computes: "CUDAExecutionProvider" or "CPUExecutionProvider". `threads` None leaves the choice
    to onnxruntime. Raises NotAModelVersion, and FileNotFoundError.
    """

    def __init__(self, path: Path | str, *, threads: int | None = None, batch_size: int = 256) -> None:
        self.path = Path(path)
        if not self.path.is_file():
            raise FileNotFoundError(f"There is no model file {self.path}.")
        self.size_bytes = self.path.stat().st_size
        self._session = _session(self.path, threads=threads)
        self._batch_size = batch_size
        metadata = self._read_metadata()
        self.class_keys: tuple[str, ...] = tuple(metadata["class_keys"])
        self.spec = CanvasSpec.from_dict(metadata["spec"])
        self.calibration = Calibration.from_dict(metadata["calibration"])
        self.provider: str = self._session.get_providers()[0]

    def predict(self, canvases: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Score canvases of the version's spec.

        Takes uint8 [N, H, W, 3], N of 0 or more; returns calibrated probabilities [N, C] and embeddings [N,
        D]. Large N is cut into batches, so that memory stays bounded. Raises ValueError on any other type or
        shape.
        """
        side = self.spec.size_px
        if canvases.dtype != np.uint8 or canvases.shape[1:] != (side, side, 3):
            raise ValueError(f"Canvases are uint8 [N, {side}, {side}, 3], not {canvases.dtype} {canvases.shape}.")
        # An empty batch still asks for one blank canvas, because only the graph knows the width of its
        # outputs.
        chosen = canvases if len(canvases) else np.zeros((1, side, side, 3), dtype=np.uint8)
        starts = range(0, len(chosen), self._batch_size)
        parts = [self._one_batch(chosen[start : start + self._batch_size]) for start in starts]
        probabilities = np.concatenate([part[0] for part in parts])[: len(canvases)]  # [N, C]
        embeddings = np.concatenate([part[1] for part in parts])[: len(canvases)]  # [N, D]
        return probabilities, embeddings

    def _one_batch(self, canvases: NDArray[np.uint8]) -> Sequence[NDArray[np.float32]]:
        batch = np.ascontiguousarray(canvases)
        if self.provider == CUDA:
            return self._bound(batch, device="cuda")
        found: Sequence[NDArray[np.float32]] = self._session.run(list(OUTPUTS), {INPUT: batch})
        return found

    def _bound(self, batch: NDArray[np.uint8], *, device: str) -> Sequence[NDArray[np.float32]]:
        """Run with input and outputs bound to the device: one copy there, one copy back, and none in between.

        Every call has a binding of its own, so that threads do not meet in one.
        """
        binding = self._session.io_binding()
        binding.bind_ortvalue_input(INPUT, onnxruntime.OrtValue.ortvalue_from_numpy(batch, device, 0))
        for name in OUTPUTS:
            binding.bind_output(name, device, 0)
        self._session.run_with_iobinding(binding)
        found: Sequence[NDArray[np.float32]] = binding.copy_outputs_to_cpu()
        return found

    def _read_metadata(self) -> dict[str, Any]:
        text = self._session.get_modelmeta().custom_metadata_map.get(METADATA_KEY)
        if text is None:
            raise NotAModelVersion(f"{self.path.name} does not say which classes and canvas it was made for.")
        metadata: dict[str, Any] = json.loads(text)
        return metadata


def _session(path: Path, *, threads: int | None) -> onnxruntime.InferenceSession:
    onnxruntime.set_default_logger_severity(_FATAL_ONLY)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = _FATAL_ONLY
    # A thread that waits for the others sleeps: it would spin, on a core that decoders want, an eighth of all it takes.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if threads is not None:
        options.intra_op_num_threads = threads
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=_providers())
    except (Fail, InvalidGraph, InvalidProtobuf) as error:
        raise NotAModelVersion(f"{path.name} cannot be loaded: {error}") from error


def _providers() -> list[str | tuple[str, dict[str, str]]]:
    """List what to try. The GPU build claims CUDA on every machine, so the driver itself is asked for."""
    if CUDA not in onnxruntime.get_available_providers() or not _has_cuda_driver():
        return ["CPUExecutionProvider"]
    # Finds the CUDA libraries that torch's wheels brought along.
    onnxruntime.preload_dlls()
    # TensorFloat-32 keeps ten bits of each factor; scores would leave what the parity check compared them with.
    return [(CUDA, {"use_tf32": "0"}), "CPUExecutionProvider"]


def _has_cuda_driver() -> bool:
    try:
        ctypes.CDLL("libcuda.so.1")
    except OSError:
        return False
    return True
