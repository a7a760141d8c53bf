"""How fast a file answers, and what is said beside it."""

from typing import Any

from models_registry.ml import timing
from models_registry.ml.inference import Predictor


def test_a_file_is_timed_one_image_at_a_time_and_in_batches(fitted: dict[str, Any]) -> None:
    found = timing.measure(Predictor(fitted["onnx"], threads=1), threads=1)
    assert 0 < found["latency_ms"]["p50"] <= found["latency_ms"]["p95"]
    assert [one["batch"] for one in found["throughput"]] == list(timing.BATCHES)
    assert (found["provider"], found["threads"]) == ("CPUExecutionProvider", 1)
    assert found["bytes"] == fitted["onnx"].stat().st_size
    assert found["processor"]


def test_two_files_are_timed_in_turns(fitted: dict[str, Any]) -> None:
    one = Predictor(fitted["onnx"], threads=1)
    assert set(timing.side_by_side(one, one)) == {"candidate_ms", "champion_ms", "faster_share"}
