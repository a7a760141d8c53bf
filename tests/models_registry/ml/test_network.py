"""Every backbone takes the same input and says where its weights came from."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from models_registry.ml import network


@pytest.mark.parametrize("side", [16, 32, 64, 96, 128, 224])
def test_the_compact_network_fits_its_depth_to_the_canvas(side: int) -> None:
    module = network.build("compact", n_classes=3, canvas_px=side).eval()
    logits, embedding = module(torch.rand(2, 3, side, side))
    assert logits.shape == (2, 3)
    assert embedding.shape == (2, 512)
    last_map = module.backbone[:-1](torch.rand(1, 3, side, side))
    assert 2 <= last_map.shape[-1] <= 6


@pytest.mark.parametrize("backbone", network.TORCHVISION)
def test_torchvision_backbones_score_and_learn(backbone: str) -> None:
    module = network.build(backbone, n_classes=2, canvas_px=32)
    logits, embedding = module(torch.rand(2, 3, 32, 32))
    logits.sum().backward()
    assert logits.shape == (2, 2)
    assert embedding.shape == (2, module.head.in_features)
    assert module.head.weight.grad is not None


def test_an_unknown_backbone_is_refused() -> None:
    with pytest.raises(network.UnknownBackbone, match="resnet18"):
        network.build("vgg", n_classes=1, canvas_px=32)


def test_published_weights_are_taken_from_a_path_and_never_fetched(tmp_path: Path) -> None:
    from torchvision import models

    whole = models.resnet18(weights=None)
    torch.save(whole.state_dict(), tmp_path / "published.pth")
    module = network.build("resnet18", n_classes=1, canvas_px=32, pretrained=str(tmp_path / "published.pth"))
    assert module.weights_source == f"path {tmp_path / 'published.pth'}"
    assert torch.equal(module.backbone.conv1.weight, whole.conv1.weight)


def test_published_weights_are_found_in_the_cache_of_torch(tmp_path: Path) -> None:
    from torchvision import models

    name = models.ResNet18_Weights.DEFAULT.url.rsplit("/", 1)[1]
    before = torch.hub.get_dir()
    torch.hub.set_dir(tmp_path)
    try:
        absent = network.build("resnet18", n_classes=1, canvas_px=32, pretrained="torchvision")
        (tmp_path / "checkpoints").mkdir()
        torch.save(models.resnet18(weights=None).state_dict(), tmp_path / "checkpoints" / name)
        present = network.build("resnet18", n_classes=1, canvas_px=32, pretrained="torchvision")
    finally:
        torch.hub.set_dir(before)
    assert absent.weights_source == "random (torchvision weights were not found)"
    assert present.weights_source == f"torchvision {name}"


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    torch.save({"conv1.weight": torch.zeros(3)}, tmp_path / "odd.pth")
    with pytest.raises(ValueError, match="holds no weights"):
        network.build("resnet18", n_classes=1, canvas_px=32, pretrained=str(tmp_path / "odd.pth"))


def test_saved_weights_come_back_the_same(tmp_path: Path) -> None:
    module = network.build("compact", n_classes=2, canvas_px=16).eval()
    network.save(module, backbone="compact", canvas_px=16, to=tmp_path / "weights")
    images = torch.rand(2, 3, 16, 16)
    assert torch.equal(network.load(tmp_path / "weights")(images)[0], module(images)[0])
    assert [path.name for path in tmp_path.iterdir()] == ["weights"]


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)


def test_the_torchvision_hook_does_nothing_before_torchvision_is_imported() -> None:
    done = run(
        "from models_registry.ml import torchvision_ops as ops; ops.install(); ops.install(); import sys;"
        "print('torch' in sys.modules, sum(type(f).__module__ == ops.__name__ for f in sys.meta_path))"
    )
    assert done.stdout.split() == ["False", "1"], done.stderr


def test_torchvision_can_be_imported_with_its_models_and_box_operators() -> None:
    done = run(
        "from models_registry.ml import torchvision_ops; torchvision_ops.install();"
        "import torch, torchvision;"
        "boxes = torch.tensor([[0., 0, 10, 10], [1, 1, 10, 10], [20, 20, 30, 30]]);"
        "print(torchvision.ops.nms(boxes, torch.tensor([.5, .9, .3]), .5).tolist())"
    )
    assert done.stdout.strip() == "[1, 2]", done.stderr
