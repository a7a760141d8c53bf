"""Three ways to be wrong, planted in real runs, and what finds each: a constant, a leak, two canvases."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from models_registry import training
from models_registry.ml.preprocessing import CanvasSpec
from models_registry.models import GateOutcome, Run, RunStatus, StepStatus
from tests.models_registry.builders import CANVAS_PX, CONFIG, FIT, NOW, Line, Place, lines, requested
from tests.models_registry.builders import place as new_place

pytestmark = pytest.mark.django_db(transaction=True)
# As much of a small set by heart as a small network can.
BY_HEART = {"flip": 0.0, "shift": 0.0, "cutout": 0.0, "jitter": 0.0, "mixup": 0.0, "label_smoothing": 0.0}
MEMORIZING = {**FIT, **BY_HEART, "epochs": 25, "learning_rate": 0.004, "weight_decay": 0.0}


@pytest.fixture
def place(transactional_db: None) -> Place:
    return new_place()


def execute(run: Run) -> Run:
    return training.execute(run.pk, now=NOW)


def checks(run: Run) -> dict[str, dict[str, Any]]:
    """The scorecard of a run that registered a version, by the names of its checks."""
    assert run.status == RunStatus.SUCCEEDED, run.error
    return {one["name"]: one for one in run.model_version.scorecards.get().checks}


def picture(pixels: np.ndarray, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, kind, **({"lossless": True} if kind == "WEBP" else {}))
    return out.getvalue()


def test_a_network_that_answers_one_class_for_everything_fails_the_gate(place: Place) -> None:
    run = execute(requested(place, config={**CONFIG, "fit": {**FIT, "epochs": 1, "learning_rate": 1e-8}}))
    assert checks(run)["not_constant"]["outcome"] == GateOutcome.FAIL
    assert run.model_version.scorecards.get().outcome == GateOutcome.FAIL


def guessed(split: str, *, n: int, seed: int) -> list[Line]:
    """Noise whose labels nobody can learn: what is known about these was learned by heart."""
    random = np.random.default_rng(seed)
    made = []
    for _ in range(n):
        pixels = random.integers(0, 256, (CANVAS_PX, CANVAS_PX, 3), dtype=np.uint8)
        classes = ["bright"] if random.random() < 0.5 else []
        made.append(Line(split, classes, 1.0, picture(pixels)))
    return made


def saved_anew(one: Line, *, split: str) -> Line:
    """The same pixels in another format: other bytes, so another image for whoever compares hashes of files."""
    pixels = np.asarray(Image.open(io.BytesIO(one.data)))
    return Line(split, one.classes, one.inclusion_probability, picture(pixels, "WEBP"))


def test_the_very_bytes_of_the_hold_out_among_those_to_fit_on_stop_the_run(place: Place) -> None:
    content = lines(n=120)
    leaked = [Line("fit", one.classes, 1.0, one.data) for one in content if one.split == "hold_out"]
    run = execute(requested(place, content + leaked))
    assert (run.status, run.steps.get(name="validate").status) == (RunStatus.FAILED, StepStatus.FAILED)
    found = {one["name"]: one["outcome"] for one in run.steps.get(name="validate").outputs["checks"]}
    assert found["duplicates"] == "failed"


def test_a_network_that_learned_its_hold_out_by_heart_fails_the_gate_where_no_data_check_could_see_it(
    place: Place,
) -> None:
    hold_out, calibration = guessed("hold_out", n=130, seed=1), guessed("calibration", n=90, seed=2)
    leaked = [saved_anew(one, split="fit") for one in hold_out]
    run = execute(requested(place, [*hold_out, *calibration, *leaked], config={**CONFIG, "fit": MEMORIZING}))
    found = checks(run)
    assert found["seen_before"]["outcome"] == GateOutcome.FAIL
    assert "it must have learned from the hold-out" in found["seen_before"]["sentence"]
    report = run.model_version.report
    assert report["seen_before"]["hold_out"] > 0.9 > report["seen_before"]["calibration"] + 0.2


def test_a_network_that_learned_other_images_by_heart_is_not_taken_for_one_that_saw_its_hold_out(place: Place) -> None:
    sides = [
        guessed(split, n=n, seed=seed)
        for seed, (split, n) in enumerate({"fit": 130, "calibration": 90, "hold_out": 130}.items(), start=5)
    ]
    run = execute(requested(place, sum(sides, []), config={**CONFIG, "fit": MEMORIZING | {"epochs": 5}}))
    assert checks(run)["seen_before"]["outcome"] == GateOutcome.PASS


def wide(content: list[Line]) -> list[Line]:
    """Give every picture a strip at its side, so that it needs padding on a square canvas."""
    for one in content:
        pixels = np.asarray(Image.open(io.BytesIO(one.data)))
        one.data = picture(np.concatenate([pixels, pixels[:, :8]], axis=1))
    return content


def test_a_serving_canvas_that_differs_from_the_training_canvas_stops_the_run_before_it_registers(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stretched(image: Image.Image, spec: CanvasSpec) -> np.ndarray:
        return np.asarray(image.resize((spec.size_px, spec.size_px)))

    monkeypatch.setattr("models_registry.training.extraction.to_canvas", stretched)
    run = execute(requested(place, wide(lines())))
    assert run.status == RunStatus.FAILED
    assert "Serving draws other canvases than training did" in run.error
    assert run.steps.get(name="parity").outputs["max_canvas_difference"] > 50
    assert not run.steps.filter(name="register").exists()


def test_the_same_canvas_in_training_and_in_service_passes_from_the_originals_on(place: Place) -> None:
    run = execute(requested(place, wide(lines())))
    parity = run.model_version.parity
    assert (parity["passed"], parity["max_canvas_difference"]) == (True, 0)
    assert checks(run)["parity"]["outcome"] == GateOutcome.PASS
