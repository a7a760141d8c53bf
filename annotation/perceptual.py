"""This will hash what an image looks like, so that near-duplicates can be found.

The hash is PDQ (Davis & Rosen, *The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm*,
Facebook 2019): 256 bits of a 16×16 discrete cosine transform of 64×64 luminance, cut at their median. Where the
original smooths with two box passes, one triangle filter is used, which has the same shape; on photos the two differ
by a few bits. Two images are near when at most 31 bits differ, the threshold its authors give.
"""

import numpy as np
from PIL import Image

NEAR_BITS = 31
_GRID = 64
_KEPT = 16
_BAND_BITS = 16


def _cosines() -> np.ndarray:
    rows = np.arange(1, _KEPT + 1)[:, None]
    columns = np.arange(_GRID)[None, :]
    return np.sqrt(2 / _GRID) * np.cos(np.pi / (2 * _GRID) * rows * (2 * columns + 1))  # [16, 64]


_DCT = _cosines()


def pdq(image: Image.Image) -> bytes:
    """Hash an RGB image of any size; returns 32 bytes. Flat images hash to noise and are near to nothing real."""
    luminance = image.convert("L").resize((_GRID, _GRID), Image.Resampling.BILINEAR)
    grid = np.asarray(luminance, dtype=np.float64)  # [64, 64]
    frequencies = _DCT @ grid @ _DCT.T  # [16, 16]
    return np.packbits((frequencies > np.median(frequencies)).ravel()).tobytes()


def bands(digest: bytes) -> list[int]:
    """Cut a hash into 16 parts of 16 bits, each tagged with its position: position · 65536 + value.

    Two hashes that differ in at most 15 bits share at least one band; up to 31 bits nearly all pairs do.
    """
    values = np.frombuffer(digest, dtype=">u2").astype(np.int64)
    return [int(position * 2**_BAND_BITS + value) for position, value in enumerate(values)]


def distance(first: bytes, second: bytes) -> int:
    """Return the number of differing bits, 0 to 256."""
    return (int.from_bytes(first) ^ int.from_bytes(second)).bit_count()
