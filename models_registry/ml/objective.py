"""This will say what a fit is after: which images come up how often, what a positive counts, and the loss."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from .recipe import FitConfig

# A positive never counts more than this by itself: a class with three images would drown all others.
_MOST = 10.0


def chances(targets: NDArray[np.float32], *, sampling: str) -> NDArray[np.float64]:
    """Say how often each image comes up: [N], with sum 1.

    Takes targets 0 or 1, [N, C]. "balanced" gives every class, and what is fine, the same share; an image of several
    classes comes up as often as its rarest asks.
    """
    if sampling == "natural":
        return np.full(len(targets), 1 / len(targets))
    kinds = np.column_stack([targets, targets.max(axis=1, initial=0) == 0]).astype(np.float64)  # [N, C + 1]
    weights = (kinds / kinds.sum(axis=0).clip(1)).max(axis=1)  # [N]
    return np.asarray(weights / weights.sum())


def order(targets: NDArray[np.float32], *, sampling: str, generator: torch.Generator) -> Tensor:
    """Draw the rows of one epoch, as many as there are: each once, or with replacement where balanced."""
    if sampling == "natural":
        return torch.randperm(len(targets), generator=generator)
    edges = torch.from_numpy(chances(targets, sampling=sampling)).cumsum(0)  # [N]
    drawn = torch.rand(len(targets), generator=generator, dtype=torch.float64) * edges[-1]
    return torch.searchsorted(edges, drawn).clamp(max=len(targets) - 1)


def positive_weights(targets: NDArray[np.float32], *, config: FitConfig) -> Tensor:
    """Say how much each class's positives count: [C]. Imbalance is that of the images as the sampling shows them."""
    if config.positive_weight == "none":
        return torch.ones(targets.shape[1])
    if not isinstance(config.positive_weight, str):
        return torch.full((targets.shape[1],), float(config.positive_weight))
    # A class without positives counts as if it had one.
    share = (chances(targets, sampling=config.sampling) @ targets).clip(1 / len(targets))  # [C]
    ratio = (1 - share) / share
    wanted = np.sqrt(ratio) if config.positive_weight == "root" else ratio
    return torch.as_tensor(wanted.clip(1, _MOST), dtype=torch.float32)


def loss(scores: Tensor, wanted: Tensor, *, weights: Tensor, config: FitConfig) -> Tensor:
    """Return the mean loss of logits [N, C] against soft targets [N, C]; ``weights`` [C] of the positives.

    The focal loss (Lin 2017) takes the distance from the target in place of 1 - p, which suits soft targets as well
    (Li 2020).
    """
    if config.loss == "bce":
        return functional.binary_cross_entropy_with_logits(scores, wanted, pos_weight=weights)
    each = functional.binary_cross_entropy_with_logits(scores, wanted, pos_weight=weights, reduction="none")
    return (each * (wanted - scores.sigmoid()).abs() ** config.focal_gamma).mean()
