"""This will say how a network is fitted: every choice that the run stores and that a repeat needs.

Imports neither torch nor NumPy, so the web process may ask what the defaults are.
"""

import math
from dataclasses import asdict, dataclass
from typing import Any

COMPACT = "compact"
# By family, small to large; the names are torchvision's.
TORCHVISION = (
    *("mobilenet_v3_small", "mobilenet_v3_large"),
    *("resnet18", "resnet34", "resnet50"),
    *("efficientnet_b0", "efficientnet_b1", "efficientnet_b2", "efficientnet_b3"),
)
BACKBONES = (COMPACT, *TORCHVISION)
PRECISIONS = ("auto", "float32", "bfloat16")
SAMPLINGS = ("natural", "balanced")
LOSSES = ("bce", "focal")
OPTIMIZERS = ("adamw", "sgd")
SCHEDULES = ("one_cycle", "cosine", "constant")
POSITIVE_WEIGHTS = ("root", "balanced", "none")
# The share of a run in which the learning rate rises.
_WARM = 0.2


@dataclass(frozen=True)
class FitConfig:
    """The recipe of a fit; stored with the run.

    `epochs` None means enough for about 1,000 steps, between 12 and 60. `flip` is a probability; `shift`,
    `cutout`, `jitter` and `mixup` are explained in `augmentation`. `averaged_share` is the share of the run over
    which weights are averaged. `threads` are the CPU threads torch may use (None: as they are). `precision` is
    "float32", "bfloat16", or "auto": bfloat16 where the hardware computes in it.

    `sampling` "natural" shows every image once an epoch; "balanced" draws as many with replacement, so that every
    class, and what is fine, comes up equally often. `loss` is "bce", or "focal" with `focal_gamma`. A positive counts
    `positive_weight` times: "root" is the root of negatives per positive, "balanced" all of it, both from 1 to 10 (by
    what the sampling shows), "none" is 1, a number is itself. `optimizer` is "adamw", or "sgd" with `momentum`;
    `schedule` is "one_cycle", "cosine" (only falls) or "constant".
    """

    backbone: str = COMPACT
    pretrained: str | None = None
    epochs: int | None = None
    batch_size: int = 64
    sampling: str = "natural"
    loss: str = "bce"
    focal_gamma: float = 2.0
    positive_weight: str | float = "root"
    label_smoothing: float = 0.02
    optimizer: str = "adamw"
    learning_rate: float = 0.002
    weight_decay: float = 0.05
    momentum: float = 0.9
    schedule: str = "one_cycle"
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
        if self.precision not in PRECISIONS:
            raise ValueError(f"The precision is auto, float32 or bfloat16, not {self.precision!r}.")
        if self.batch_size < 2 or (self.epochs is not None and self.epochs < 1):
            raise ValueError("A fit takes one epoch or more, of batches of two images or more.")
        for name, words in _WORDS.items():
            if getattr(self, name) not in words:
                raise ValueError(f"{name} is one of {', '.join(words)}, not {getattr(self, name)!r}.")
        if isinstance(self.positive_weight, str) and self.positive_weight not in POSITIVE_WEIGHTS:
            raise ValueError(f"positive_weight is a number or one of {', '.join(POSITIVE_WEIGHTS)}.")

    def to_dict(self) -> dict[str, Any]:
        """Describe the recipe in JSON types."""
        return asdict(self)

    def epochs_for(self, n_images: int) -> int:
        """Say how many epochs a training set of this size gets."""
        if self.epochs is not None:
            return self.epochs
        return min(60, max(12, round(1000 * self.batch_size / n_images)))

    def rate_at(self, progress: float) -> float:
        """Read the learning rate at `progress`, 0 to 1; one cycle goes up in a line, then down along a cosine."""
        if self.schedule == "constant":
            return self.learning_rate
        warm = _WARM if self.schedule == "one_cycle" else 0.0
        if progress < warm:
            return self.learning_rate * (0.1 + 0.9 * progress / warm)
        falling = (1 + math.cos(math.pi * (progress - warm) / (1 - warm))) / 2
        return self.learning_rate * (0.001 + 0.999 * falling)

    def decay_at(self, step: int, *, total: int) -> float:
        """Say how much of the averaged weights a step keeps; at first little, because they are still random."""
        return min(1 - 1 / max(2.0, self.averaged_share * total), step / (step + 10))


_WORDS = {
    "backbone": BACKBONES,
    "sampling": SAMPLINGS,
    "loss": LOSSES,
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
}
