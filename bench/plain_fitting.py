"""This will fit a small network as a short script would: PyTorch's own parts, put together in the usual way.

It is what fitting is measured against (bench/fitting.py), so nothing here is clever and nothing is slow on purpose: the
images are decoded beforehand and batches are whole arrays.
"""

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

BATCH = 128
RATE = 1e-3


class Photos(Dataset):
    """Canvases uint8 [N, 32, 32, 3] and targets [N, 1], mirrored at random where ``is_varied``."""

    def __init__(self, canvases: np.ndarray, targets: np.ndarray, *, is_varied: bool) -> None:
        self.canvases, self.targets, self.is_varied = canvases, targets, is_varied

    def __len__(self) -> int:
        return len(self.canvases)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        image = torch.from_numpy(self.canvases[index]).permute(2, 0, 1).float() / 255  # [3, H, W]
        if self.is_varied and torch.rand(1) < 0.5:
            image = image.flip(2)
        return image, torch.from_numpy(self.targets[index])


def network() -> nn.Module:
    """Three times two convolutions, 0.29 million parameters."""
    layers: list[nn.Module] = []
    for inputs, outputs in ((3, 32), (32, 64), (64, 128)):
        for channels in (inputs, outputs):
            layers += [nn.Conv2d(channels, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU()]
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, 1))


def fit(canvases: np.ndarray, targets: np.ndarray, *, epochs: int, seed: int = 0) -> nn.Module:
    """Fit on canvases uint8 [N, 32, 32, 3] and targets 0 or 1, [N, 1]."""
    torch.manual_seed(seed)
    model, loss = network(), nn.BCEWithLogitsLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
    loader = DataLoader(Photos(canvases, targets, is_varied=True), batch_size=BATCH, shuffle=True)
    for _ in range(epochs):
        for images, wanted in loader:
            optimizer.zero_grad()
            loss(model(images), wanted).backward()
            optimizer.step()
    return model.eval()


def scores(model: nn.Module, canvases: np.ndarray) -> np.ndarray:
    """Score canvases; returns [N]."""
    nothing = np.zeros((len(canvases), 1), np.float32)
    loader = DataLoader(Photos(canvases, nothing, is_varied=False), batch_size=256)
    with torch.inference_mode():
        return torch.cat([model(images) for images, _ in loader])[:, 0].numpy()
