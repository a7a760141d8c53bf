"""This will measure how fast an exported file answers on the machine at hand.

Canvases are noise: the time does not depend on what an image shows. A few answers are given before the clock starts,
for the first ones wait for memory and kernels. Figures from different machines do not compare.
"""

import os
import platform
import time
from pathlib import Path
from typing import Any

import numpy as np

from .inference import Predictor

BATCHES = (1, 8, 32)
_WARM_UP = 3
_MOST_RUNS = 60
_SECONDS = 0.6


def measure(predictor: Predictor, *, threads: int | None) -> dict[str, Any]:
    """Time single images and batches.

    Returns {"latency_ms": {"p50", "p95", "n"}, "throughput": [{"batch", "images_per_second"}], "provider",
    "processor", "cores", "threads", "bytes"}; "bytes" is the size of the file, "threads" None where onnxruntime chose.
    """
    times = {batch: _times(predictor, batch) for batch in BATCHES}
    single = np.array(times[1]) * 1000
    return {
        "latency_ms": {
            "p50": float(np.percentile(single, 50)),
            "p95": float(np.percentile(single, 95)),
            "n": len(single),
        },
        "throughput": [
            {"batch": batch, "images_per_second": batch / float(np.median(taken))} for batch, taken in times.items()
        ],
        "provider": predictor.provider,
        "processor": processor(),
        "cores": os.cpu_count() or 1,
        "threads": threads,
        "bytes": predictor.path.stat().st_size,
    }


def side_by_side(candidate: Predictor, champion: Predictor) -> dict[str, float]:
    """Time one image with both, in turns, so that a busy moment hits both alike.

    Returns {"candidate_ms", "champion_ms", "faster_share"}: the medians, and in which share of turns the candidate was
    faster.
    """
    pair = {"candidate_ms": candidate, "champion_ms": champion}
    inputs = {name: _noise(one, 1) for name, one in pair.items()}
    taken: dict[str, list[float]] = {name: [] for name in pair}
    began = time.perf_counter()
    for turn in range(_MOST_RUNS):
        for name, one in pair.items():
            seconds = _seconds(one, inputs[name])
            if turn >= _WARM_UP:
                taken[name].append(seconds)
        if turn > 2 * _WARM_UP and time.perf_counter() - began > 2 * _SECONDS:
            break
    faster = np.mean(np.array(taken["candidate_ms"]) < np.array(taken["champion_ms"]))
    return {name: 1000 * float(np.median(one)) for name, one in taken.items()} | {"faster_share": float(faster)}


def processor() -> str:
    """Return what the processor calls itself, as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    named = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine()


def _times(predictor: Predictor, batch: int) -> list[float]:
    canvases = _noise(predictor, batch)
    for _ in range(_WARM_UP):
        predictor.predict(canvases)
    taken: list[float] = []
    began = time.perf_counter()
    while len(taken) < _MOST_RUNS and (len(taken) < 3 or time.perf_counter() - began < _SECONDS):
        taken.append(_seconds(predictor, canvases))
    return taken


def _seconds(predictor: Predictor, canvases: np.ndarray) -> float:
    started = time.perf_counter()
    predictor.predict(canvases)
    return time.perf_counter() - started


def _noise(predictor: Predictor, batch: int) -> np.ndarray:
    side = predictor.spec.size_px
    return np.random.default_rng(0).integers(0, 256, (batch, side, side, 3), dtype=np.uint8)
