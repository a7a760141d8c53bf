"""This will keep the embeddings of a day's sample in its row: half precision is more than a mean of hundreds needs."""

import numpy as np
from numpy.typing import NDArray

from moderation.models import ReplayedDay

_KEPT = np.dtype("<f2")


def packed(embeddings: NDArray[np.float32]) -> tuple[bytes, int]:
    """Return embeddings [N, D] as bytes, and D; 0 where there are none."""
    limit = float(np.finfo(_KEPT).max)
    return embeddings.clip(-limit, limit).astype(_KEPT).tobytes(), embeddings.shape[1] if len(embeddings) else 0


def read(row: ReplayedDay) -> NDArray[np.float64]:
    """Return a day's embeddings, [N, D]."""
    return np.frombuffer(bytes(row.embeddings), _KEPT).reshape(-1, row.dimensions).astype(np.float64)
