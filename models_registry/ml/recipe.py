"""This will say how a network is fitted: every choice that the run stores and that a repeat needs."""

import math
from dataclasses import asdict, dataclass
from typing import Any

import torch

from .network import COMPACT

# The share of a run in which the learning rate rises.
_WARM = 0.2


@dataclass(frozen=True)
class FitConfig:
    """The recipe of a fit; stored with the run.

    `epochs` None means enough for about 1,000 steps, between 12 and 60. `flip` is a probability; `shift`,
    `cutout`, `jitter` and `mixup` are explained in `augmentation`. `averaged_share` is the share of the run over
    which weights are averaged. `threads` are the CPU threads torch may use (None: as they are). `precision` is
    "float32", "bfloat16", or "auto": bfloat16 where the hardware computes in it.
    """

    backbone: str = COMPACT
    pretrained: str | None = None
    epochs: int | None = None
    batch_size: int = 64
    learning_rate: float = 0.002
    weight_decay: float = 0.05
    label_smoothing: float = 0.02
    flip: float = 0.5
    shift: float = 0.125
    cutout: float = 0.25
    jitter: float = 0.2
    mixup: float = 0.2
    averaged_share: float = 0.1
    precision: str = "auto"
    seed: int = 0
    threads: int | None = None

    def __post_init__(self) -> None:
        if self.precision not in ("auto", "float32", "bfloat16"):
            raise ValueError(f"The precision is auto, float32 or bfloat16, not {self.precision!r}.")
        if self.batch_size < 2 or (self.epochs is not None and self.epochs < 1):
            raise ValueError("A fit takes one epoch or more, of batches of two images or more.")

    def to_dict(self) -> dict[str, Any]:
        """Describe the recipe in JSON types."""
        return asdict(self)

    def epochs_for(self, n_images: int) -> int:
        """Say how many epochs a training set of this size gets."""
        if self.epochs is not None:
            return self.epochs
        return min(60, max(12, round(1000 * self.batch_size / n_images)))

    def rate_at(self, progress: float) -> float:
        """Read the one-cycle learning rate at `progress`, 0 to 1: up in a line, then down along a cosine."""
        if progress < _WARM:
            return self.learning_rate * (0.1 + 0.9 * progress / _WARM)
        falling = (1 + math.cos(math.pi * (progress - _WARM) / (1 - _WARM))) / 2
        return self.learning_rate * (0.001 + 0.999 * falling)

    def decay_at(self, step: int, *, total: int) -> float:
        """Say how much of the averaged weights a step keeps; at first little, because they are still random."""
        return min(1 - 1 / max(2.0, self.averaged_share * total), step / (step + 10))

    def is_bfloat16_on(self, device: torch.device) -> bool:
        """Say whether to compute in bfloat16: it halves a step where the hardware has it, and slows it elsewhere."""
        if self.precision == "auto":
            return device.type == "cuda" or bool(torch.cpu._is_avx512_bf16_supported())
        return self.precision == "bfloat16"
