"""One file is enough to serve a model version, and it computes what the weights compute."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from PIL import Image

from models_registry.ml import fitting, network
from models_registry.ml.calibration import Calibration
from models_registry.ml.inference import NotAModelVersion, Predictor
from models_registry.ml.onnx_export import check_parity, export
from models_registry.ml.preprocessing import CanvasSpec

from .conftest import bright_squares


def test_the_file_computes_the_calibrated_probabilities_of_the_weights(fitted: dict[str, Any]) -> None:
    canvases, _ = bright_squares(n=40, seed=3)
    probabilities, embeddings = Predictor(fitted["onnx"], threads=1).predict(canvases)
    expected = fitted["calibration"].apply(fitting.logits(fitted["state"], canvases))
    assert (probabilities.dtype, embeddings.dtype) == (np.float32, np.float32)
    assert embeddings.shape == (40, 512)
    assert np.abs(probabilities - expected).max() < 1e-4


def test_parity_passes_for_the_right_file_and_fails_for_another_calibration(fitted: dict[str, Any]) -> None:
    canvases, _ = bright_squares(n=40, seed=3)
    right = check_parity(
        fitted["state"],
        config=fitted["config"],
        calibration=fitted["calibration"],
        onnx=fitted["onnx"],
        canvases=canvases,
    )
    wrong = check_parity(
        fitted["state"],
        config=fitted["config"],
        calibration=Calibration((1.0,), (5.0,)),
        onnx=fitted["onnx"],
        canvases=canvases,
    )
    assert (right["passed"], right["n"]) == (True, 40)
    assert right["max_abs_difference"] < 1e-4
    assert not wrong["passed"]


def test_bound_to_a_device_the_file_answers_as_without(fitted: dict[str, Any]) -> None:
    canvases, _ = bright_squares(n=9, seed=3)
    predictor = Predictor(fitted["onnx"], threads=1)
    for bound, plain in zip(predictor._bound(canvases, device="cpu"), predictor.predict(canvases), strict=True):
        assert (bound == plain).all()


def test_parity_starts_from_originals_and_finds_another_canvas(fitted: dict[str, Any]) -> None:
    canvases, _ = bright_squares(n=12, seed=3)
    originals = [png(one) for one in canvases]
    given = {"config": fitted["config"], "calibration": fitted["calibration"], "onnx": fitted["onnx"]}
    same = check_parity(fitted["state"], **given, canvases=canvases, originals=originals, max_pixels=10_000)
    assert (same["passed"], same["max_canvas_difference"]) == (True, 0)
    other = check_parity(fitted["state"], **given, canvases=255 - canvases, originals=originals, max_pixels=10_000)
    assert not other["passed"]
    assert other["max_canvas_difference"] > 100


def png(pixels: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def test_parity_on_nothing_does_not_pass(fitted: dict[str, Any]) -> None:
    done = check_parity(
        fitted["state"],
        config=fitted["config"],
        calibration=fitted["calibration"],
        onnx=fitted["onnx"],
        canvases=np.zeros((0, 16, 16, 3), np.uint8),
    )
    assert (done["passed"], done["n"], done["max_abs_difference"]) == (False, 0, None)


def test_the_file_stands_alone_and_says_what_it_is(fitted: dict[str, Any]) -> None:
    predictor = Predictor(fitted["onnx"])
    assert predictor.class_keys == ("bright",)
    assert predictor.spec == CanvasSpec(16)
    assert predictor.calibration == fitted["calibration"]
    expected = "CUDAExecutionProvider" if torch.cuda.is_available() else "CPUExecutionProvider"
    assert predictor.provider == expected
    names = {path.name for path in fitted["folder"].iterdir()}
    assert names == {"run.checkpoint", "run.weights", "model.onnx"}


def test_a_batch_of_any_size_gives_each_canvas_its_own_scores(fitted: dict[str, Any]) -> None:
    canvases, _ = bright_squares(n=23, seed=5)
    whole, _ = Predictor(fitted["onnx"], threads=1).predict(canvases)
    cut, _ = Predictor(fitted["onnx"], threads=1, batch_size=7).predict(canvases)
    single = [Predictor(fitted["onnx"], threads=1).predict(canvases[:1])[0][0]]
    assert np.allclose(whole, cut, atol=1e-5)
    assert np.allclose(whole[:1], single, atol=1e-5)


def test_an_empty_batch_has_empty_scores_of_the_right_width(fitted: dict[str, Any]) -> None:
    probabilities, embeddings = Predictor(fitted["onnx"]).predict(np.zeros((0, 16, 16, 3), np.uint8))
    assert (probabilities.shape, embeddings.shape) == ((0, 1), (0, 512))


@pytest.mark.parametrize("shape", [(2, 32, 32, 3), (2, 3, 16, 16), (16, 16, 3)])
def test_canvases_of_another_spec_are_refused(fitted: dict[str, Any], shape: tuple[int, ...]) -> None:
    predictor = Predictor(fitted["onnx"])
    with pytest.raises(ValueError, match="uint8"):
        predictor.predict(np.zeros(shape, np.uint8))
    with pytest.raises(ValueError, match="uint8"):
        predictor.predict(np.zeros((2, 16, 16, 3), np.float32))


def test_class_keys_must_match_the_weights(fitted: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="2 keys"):
        export(
            fitted["state"],
            config=fitted["config"],
            class_keys=["bright", "dark"],
            spec=CanvasSpec(16),
            calibration=fitted["calibration"],
            to=tmp_path / "model.onnx",
        )
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_model_version_is_refused(fitted: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "text.onnx").write_bytes(b"not a model")
    bare = onnx.load(fitted["onnx"])
    del bare.metadata_props[:]
    onnx.save(bare, tmp_path / "bare.onnx")
    for name in ("text.onnx", "bare.onnx"):
        with pytest.raises(NotAModelVersion):
            Predictor(tmp_path / name)
    with pytest.raises(FileNotFoundError):
        Predictor(tmp_path / "absent.onnx")


@pytest.mark.parametrize("backbone", ["mobilenet_v3_small", "resnet18", "efficientnet_b0"])
def test_each_family_of_backbones_is_exported_faithfully(tmp_path: Path, backbone: str) -> None:
    torch.manual_seed(0)
    module = network.build(backbone, n_classes=2, canvas_px=32).eval()
    network.save(module, backbone=backbone, canvas_px=32, to=tmp_path / "weights")
    config = fitting.FitConfig(backbone=backbone, threads=1)
    calibration = Calibration((1.5, 1.0), (-2.0, 0.0))
    export(
        tmp_path / "weights",
        config=config,
        class_keys=["first", "second"],
        spec=CanvasSpec(32),
        calibration=calibration,
        to=tmp_path / "model.onnx",
    )
    done = check_parity(
        tmp_path / "weights",
        config=config,
        calibration=calibration,
        onnx=tmp_path / "model.onnx",
        canvases=bright_squares(n=5, side=32)[0],
    )
    assert done["passed"], done
