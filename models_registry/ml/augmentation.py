"""This will vary the training canvases so that a small set teaches more.

Everything random comes from the generator that is passed in, a CPU one, so that an epoch can be repeated
exactly; the pixels may live on any device.
"""

import torch
from torch import Tensor


def vary(
    canvases: Tensor, *, flip: float, shift: float, cutout: float, jitter: float, generator: torch.Generator
) -> Tensor:
    """Flip, shift, recolor and cover parts of each canvas.

    Takes uint8 [N, H, W, 3]; returns float [N, 3, H, W] in 0 to 1. `flip` is the probability of mirroring,
    `shift` the largest move and `cutout` the side of the covered square, both as shares of the side; `jitter`
    is the largest relative change of brightness and of contrast.
    """
    moved = _flip_and_shift(canvases, flip=flip, shift=shift, generator=generator)  # [N, H, W, 3]
    images = moved.permute(0, 3, 1, 2).float().div_(255)  # [N, 3, H, W]
    if jitter:
        images = _recolored(images, jitter=jitter, generator=generator)
    return _cut(images, share=cutout, generator=generator) if cutout else images


def mix(images: Tensor, targets: Tensor, *, most: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Blend every image, and its targets, with another of the batch, by up to the share `most`.

    Takes float [N, 3, H, W] and [N, C]; returns the same shapes. Source: mixup (Zhang 2018), with one uniform
    share per batch in place of a beta draw.
    """
    share = float(torch.rand(1, generator=generator)) * most
    other = torch.randperm(len(images), generator=generator).to(images.device)  # [N]
    return images.lerp(images[other], share), targets.lerp(targets[other], share)


def _uniform(like: Tensor, *, generator: torch.Generator) -> Tensor:
    """Draw one value from -1 to 1 for each item of a batch: [N], on the device of the batch."""
    return (torch.rand(len(like), generator=generator) * 2 - 1).to(like.device)


def _flip_and_shift(canvases: Tensor, *, flip: float, shift: float, generator: torch.Generator) -> Tensor:
    """Gather each canvas at moved rows and columns; what slides in repeats the edge."""
    count, height, width, _ = canvases.shape
    device = canvases.device
    down = (_uniform(canvases, generator=generator) * shift * height).round().long()  # [N]
    right = (_uniform(canvases, generator=generator) * shift * width).round().long()  # [N]
    rows = (torch.arange(height, device=device)[None] + down[:, None]).clamp(0, height - 1)  # [N, H]
    columns = (torch.arange(width, device=device)[None] + right[:, None]).clamp(0, width - 1)  # [N, W]
    is_flipped = (_uniform(canvases, generator=generator) + 1) / 2 < flip  # [N]
    columns = torch.where(is_flipped[:, None], columns.flip(1), columns)  # [N, W]
    items = torch.arange(count, device=device)  # [N]
    return canvases[items[:, None, None], rows[:, :, None], columns[:, None, :]]  # [N, H, W, 3]


def _recolored(images: Tensor, *, jitter: float, generator: torch.Generator) -> Tensor:
    contrast = (1 + jitter * _uniform(images, generator=generator)).view(-1, 1, 1, 1)  # [N, 1, 1, 1]
    brightness = (jitter * _uniform(images, generator=generator)).view(-1, 1, 1, 1)  # [N, 1, 1, 1]
    middle = images.mean(dim=(1, 2, 3), keepdim=True)  # [N, 1, 1, 1]
    return ((images - middle) * contrast + middle * (1 + brightness)).clamp_(0, 1)


def _cut(images: Tensor, *, share: float, generator: torch.Generator) -> Tensor:
    """Cover a square of each image with middle grey. Source: Cutout (DeVries 2017)."""
    _, _, height, width = images.shape
    device = images.device
    half = share * height / 2
    rows = (_uniform(images, generator=generator)[:, None] + 1) / 2 * height  # [N, 1]
    columns = (_uniform(images, generator=generator)[:, None] + 1) / 2 * width  # [N, 1]
    is_row = (torch.arange(height, device=device)[None] - rows).abs() < half  # [N, H]
    is_column = (torch.arange(width, device=device)[None] - columns).abs() < half  # [N, W]
    return images.masked_fill((is_row[:, :, None] & is_column[:, None, :])[:, None], 0.5)
