"""This will export tiny networks whose scores are known: white photos violate, dark ones do not."""

from pathlib import Path

from tests.moderation.builders import CANVAS_PX, DARK, WHITE

SURE = 4.6  # The logit of a probability of .99.


def white_is_bright(folder: Path) -> Path:
    """Export a network that gives ``bright`` about .99 on a white photo and .01 on a dark one; ``grave`` .01."""
    return _export(folder / "white.onnx", at_dark=-SURE, at_white=SURE)


def all_is_fine(folder: Path) -> Path:
    """Export a network that gives about .01 on anything."""
    return _export(folder / "fine.onnx", at_dark=-SURE - 0.1, at_white=-SURE)


def _export(path: Path, *, at_dark: float, at_white: float) -> Path:
    import torch

    from models_registry.ml import network, onnx_export
    from models_registry.ml.calibration import Calibration
    from models_registry.ml.preprocessing import CanvasSpec
    from models_registry.ml.recipe import FitConfig

    torch.manual_seed(1)
    torch.set_num_threads(1)
    made = network.build("compact", n_classes=2, canvas_px=CANVAS_PX).eval()
    with torch.no_grad():
        levels = torch.tensor([DARK, WHITE], dtype=torch.float32).view(2, 1, 1, 1) / 255
        dark, white = made(levels.expand(2, 3, CANVAS_PX, CANVAS_PX))[0][:, 0]  # [2]
        # The head is scaled so that the two levels lie where they are wanted; it stays a real network.
        scale = (at_white - at_dark) / (white - dark)
        made.head.weight[0] *= scale
        made.head.bias[0] = at_dark - scale * (dark - made.head.bias[0])
        made.head.weight[1], made.head.bias[1] = 0.0, -SURE
    state = path.with_suffix(".state")
    network.save(made, backbone="compact", canvas_px=CANVAS_PX, to=state)
    calibration = Calibration((1.0, 1.0), (0.0, 0.0))
    spec = CanvasSpec(CANVAS_PX, "box")
    config = FitConfig(epochs=1, threads=1)
    onnx_export.export(
        state, config=config, class_keys=["bright", "grave"], spec=spec, calibration=calibration, to=path
    )
    return path
