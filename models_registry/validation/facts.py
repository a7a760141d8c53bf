"""This will lay the rows of a manifest out for checking. Pure; what a row does not say stays unknown.

Facts about images travel down with the manifest: its bytes' hash, its perceptual hash, its size and brightness, and
who answered. Manifests of before they did hold less, and checks that need more are skipped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

SIDES = ("fit", "calibration", "hold_out")
PDQ_BYTES = 32

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Facts:
    """The sound rows of a manifest, N of them, by column."""

    rows: Sequence[Row]

    @cached_property
    def split(self) -> NDArray[np.str_]:
        return np.array([row["split"] for row in self.rows], dtype=str)

    @cached_property
    def weights(self) -> NDArray[np.float64]:
        """1 / π [N], NaN where π is not known."""
        return 1 / self.numbers("inclusion_probability")

    @cached_property
    def is_readable(self) -> NDArray[np.bool_]:
        return np.array([row.get("is_readable", True) for row in self.rows], dtype=bool)

    @cached_property
    def is_usable(self) -> NDArray[np.bool_]:
        """What is readable and, where it calibrates or measures, of known weight."""
        return self.is_readable & ((self.split == "fit") | np.isfinite(self.weights))

    @cached_property
    def hashes(self) -> NDArray[np.uint64]:
        """The perceptual hashes, [N, 4]; see ``has_hash``."""
        empty = bytes(PDQ_BYTES)
        packed = b"".join(one if len(one) == PDQ_BYTES else empty for one in self._digests)
        return np.frombuffer(packed, dtype=np.uint64).reshape(len(self.rows), PDQ_BYTES // 8)

    @cached_property
    def has_hash(self) -> NDArray[np.bool_]:
        """An image too flat to be told from other flat ones has none."""
        return np.array([len(one) == PDQ_BYTES for one in self._digests], dtype=bool)

    @cached_property
    def _digests(self) -> list[bytes]:
        return [bytes.fromhex(row.get("pdq") or "") for row in self.rows]

    def numbers(self, name: str) -> NDArray[np.float64]:
        """A column of numbers, [N], NaN where it is empty or missing."""
        found = (row.get(name) for row in self.rows)
        return np.array([np.nan if one is None else one for one in found], dtype=np.float64)

    def texts(self, name: str) -> list[str]:
        return [str(row.get(name) or "") for row in self.rows]

    def has_class(self, key: str) -> NDArray[np.bool_]:
        return np.array([key in row["classes"] for row in self.rows], dtype=bool)

    @cached_property
    def is_fine(self) -> NDArray[np.bool_]:
        return np.array([not row["classes"] for row in self.rows], dtype=bool)

    def where(self, chosen: NDArray[np.bool_]) -> "Facts":
        return Facts([row for row, is_chosen in zip(self.rows, chosen, strict=True) if is_chosen])
