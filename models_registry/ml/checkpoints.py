"""This will keep the whole state of a fit on disk after every epoch, and go on from it."""

import copy
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from .network import Network, write_whole
from .recipe import FitConfig


class CheckpointDoesNotFit(ValueError):
    """The checkpoint was written by a run with other data or another config."""


@dataclass
class Loop:
    """Everything that changes while a fit runs. `average` is the moving average of `network`, and the result."""

    network: Network
    average: Network
    optimizer: torch.optim.Optimizer
    device: torch.device
    epoch: int = 0
    step: int = 0


def begin(network: Network, *, config: FitConfig, device: torch.device) -> Loop:
    """Start a loop from a network's first weights."""
    placed = network.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    average = copy.deepcopy(placed).eval().requires_grad_(False)
    return Loop(placed, average, _optimizer(placed, config=config), device)


def mark(canvases: NDArray[np.uint8], targets: NDArray[np.float32], *, config: FitConfig) -> str:
    """Name the run a checkpoint belongs to. Threads may differ: they change the last digits, not the run."""
    recipe = {**config.to_dict(), "threads": None}
    content = zlib.crc32(np.ascontiguousarray(targets).tobytes())
    return f"{canvases.shape} {content:08x} {sorted(recipe.items())}"


def save(loop: Loop, *, mark: str, to: Path) -> None:
    """Write the loop to a file, which is replaced whole or not at all."""
    content = {
        "mark": mark,
        "network": loop.network.state_dict(),
        "average": loop.average.state_dict(),
        "optimizer": loop.optimizer.state_dict(),
        "weights_source": loop.network.weights_source,
        "epoch": loop.epoch,
        "step": loop.step,
    }
    write_whole(content, to=to)


def resume(loop: Loop, *, mark: str, checkpoint: Path) -> None:
    """Bring a fresh loop to where the checkpoint was written. Raises CheckpointDoesNotFit."""
    content = torch.load(checkpoint, map_location=loop.device, weights_only=True)
    if content["mark"] != mark:
        raise CheckpointDoesNotFit(f"{checkpoint.name} belongs to a run with other data or another config.")
    loop.network.load_state_dict(content["network"])
    loop.average.load_state_dict(content["average"])
    loop.optimizer.load_state_dict(content["optimizer"])
    loop.network.weights_source = loop.average.weights_source = content["weights_source"]
    loop.epoch, loop.step = content["epoch"], content["step"]


def _optimizer(network: Network, *, config: FitConfig) -> torch.optim.Optimizer:
    """Decay matrices and filters only: pulling a normalization's scale to zero is no regularization."""
    decayed = [parameter for parameter in network.parameters() if parameter.ndim > 1]
    free = [parameter for parameter in network.parameters() if parameter.ndim <= 1]
    groups = [
        {"params": decayed, "weight_decay": config.weight_decay},
        {"params": free, "weight_decay": 0.0},
    ]
    if config.optimizer == "sgd":
        nesterov = config.momentum > 0
        return torch.optim.SGD(groups, lr=config.learning_rate, momentum=config.momentum, nesterov=nesterov)
    return torch.optim.AdamW(groups, lr=config.learning_rate, fused=True)
