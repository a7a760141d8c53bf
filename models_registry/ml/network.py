"""This will build the torch module of a model version, and read its weights back.

Every network takes float [N, 3, H, W] in 0 to 1, normalizes inside, and returns one logit per class beside
the embedding the logits were read from. A network needs no canvas size at run time; the size only shapes its
depth.
"""

import math
import os
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from . import torchvision_ops
from .recipe import BACKBONES, COMPACT, TORCHVISION

torchvision_ops.install()

# Channel means and deviations of ImageNet, which published weights expect; any fixed values serve fresh
# weights.
_MEAN = (0.485, 0.456, 0.406)
_DEVIATION = (0.229, 0.224, 0.225)


class UnknownBackbone(ValueError):
    """No network goes by this name."""


class Network(nn.Module):
    """A backbone, and one linear logit per class on top of its embedding.

    `weights_source` says where the backbone's first weights came from: "random", "random (… was not found)",
    "path …" or "torchvision …".
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, backbone: nn.Module, *, embedding_size: int, n_classes: int, weights_source: str) -> None:
        super().__init__()
        self.backbone = backbone
        self.dropout = nn.Dropout(0.1)
        self.head = nn.Linear(embedding_size, n_classes)
        self.weights_source = weights_source
        self.register_buffer("mean", torch.tensor(_MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("deviation", torch.tensor(_DEVIATION).view(1, 3, 1, 1), persistent=False)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Score a batch: float [N, 3, H, W] in 0 to 1 becomes (logits [N, C], embedding [N, D])."""
        embedding = self.backbone((images - self.mean) / self.deviation)  # [N, D]
        return self.head(self.dropout(embedding)), embedding


def build(backbone: str, *, n_classes: int, canvas_px: int, pretrained: str | None = None) -> Network:
    """Build a network with fresh or published weights.

    `backbone` is "compact" or a torchvision name. `pretrained` is None, the path of a state dict, or "torchvision"
    for what torch's hub cache holds; nothing is ever downloaded, and where the weights are absent the network starts
    from random ones and says so in `weights_source`. Fresh weights come from torch's global generator: seed
    it first. Raises UnknownBackbone.
    """
    if backbone == COMPACT:
        body, size = _compact(canvas_px)
    elif backbone in TORCHVISION:
        body, size = _from_torchvision(backbone)
    else:
        raise UnknownBackbone(f"The backbone is one of {', '.join(BACKBONES)}, not {backbone!r}.")
    source = _load_published(body, backbone=backbone, pretrained=pretrained)
    return Network(body, embedding_size=size, n_classes=n_classes, weights_source=source)


def save(network: Network, *, backbone: str, canvas_px: int, to: Path) -> None:
    """Write all that `load` needs to a file, which appears whole or not at all."""
    content = {
        "backbone": backbone,
        "canvas_px": canvas_px,
        "n_classes": network.head.out_features,
        "weights_source": network.weights_source,
        "state": network.state_dict(),
    }
    write_whole(content, to=to)


def write_whole(content: dict[str, Any], *, to: Path) -> None:
    """Write a file under another name, bring it to the disk and only then rename it: readers see all or nothing."""
    partial = to.with_name(to.name + ".partial")
    with partial.open("wb") as stream:
        torch.save(content, stream)
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(to)


def load(path: Path) -> Network:
    """Read a fitted network back, on the CPU and in evaluation mode."""
    content = torch.load(path, map_location="cpu", weights_only=True)
    network = build(content["backbone"], n_classes=content["n_classes"], canvas_px=content["canvas_px"])
    network.load_state_dict(content["state"])
    network.weights_source = content["weights_source"]
    return network.eval()


class _Residual(nn.Module):
    """Adds what one convolution finds to what came in."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.convolution = _convolution(channels, channels)

    def forward(self, features: Tensor) -> Tensor:
        found: Tensor = self.convolution(features)
        return features + found


class _Pool(nn.Module):
    """Joins the mean and the maximum over the map: "how much of it" and "is it anywhere"."""

    def forward(self, features: Tensor) -> Tensor:
        return torch.cat([features.mean(dim=(2, 3)), features.amax(dim=(2, 3))], dim=1)  # [N, 2 · channels]


def _compact(canvas_px: int) -> tuple[nn.Module, int]:
    """Build the small residual network for a CPU.

    Larger canvases are halved by cheap strided convolutions until about 32 px are left, so that the cost of
    one image stays within twice that of a 32 px one; from there three halvings lead to a map of about 4 x 4.
    """
    halvings = max(0, math.ceil(math.log2(canvas_px / 48)))
    layers: list[nn.Module] = []
    channels = 3
    for _ in range(halvings):
        layers.append(_convolution(channels, 16, stride=2))
        channels = 16
    layers.append(_convolution(channels, 32))
    channels = 32
    for _ in range(3):
        layers += [_convolution(channels, channels * 2, stride=2), _Residual(channels * 2)]
        channels *= 2
    return nn.Sequential(*layers, _Pool()), channels * 2


def _convolution(inputs: int, outputs: int, *, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


def _from_torchvision(name: str) -> tuple[nn.Module, int]:
    """Take a torchvision classifier, with its last linear layer removed."""
    from torchvision import models

    body = models.get_model(name, weights=None)
    if name.startswith("resnet"):
        size = body.fc.in_features
        body.fc = nn.Identity()
    else:
        size = body.classifier[-1].in_features
        body.classifier[-1] = nn.Identity()
    return body, size


def _load_published(body: nn.Module, *, backbone: str, pretrained: str | None) -> str:
    """Load weights into the backbone if they are there; return the words for `weights_source`."""
    if pretrained is None:
        return "random"
    path = _cached(backbone) if pretrained == "torchvision" else Path(pretrained)
    if path is None or not path.is_file():
        return f"random ({pretrained} weights were not found)"
    state = torch.load(path, map_location="cpu", weights_only=True)
    known = body.state_dict()
    fitting = {key: value for key, value in state.items() if key in known and value.shape == known[key].shape}
    missing = [key for key in known if key not in fitting]
    if missing:
        raise ValueError(f"{path.name} holds no weights for {missing[0]} and {len(missing) - 1} more of {backbone}.")
    body.load_state_dict(fitting)
    return f"torchvision {path.name}" if pretrained == "torchvision" else f"path {path}"


def _cached(backbone: str) -> Path | None:
    if backbone not in TORCHVISION:
        return None
    from torchvision import models

    weights: Any = models.get_model_weights(backbone).DEFAULT
    return Path(torch.hub.get_dir()) / "checkpoints" / Path(weights.url).name
