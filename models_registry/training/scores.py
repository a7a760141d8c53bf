"""This will keep what a model version said of every image of a hold-out, so that two versions can be compared in pairs.

A Parquet file with a line for each image: its hash, its weight 1/π, what it truly is, and the version's probabilities.
Stored by content like every artifact, and never used unless it is what was registered.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from models_registry import artifacts
from models_registry.models import Evaluation


@dataclass(frozen=True)
class Scores:
    """What one version said of N images.

    ``known`` are the classes that it knows; ``probabilities`` float64 [N, C] of those; ``targets`` bool [N, D] are of
    all the classes of the dataset, ``class_keys``; ``weights`` float64 [N].
    """

    sha256: list[str]
    known: list[str]
    class_keys: list[str]
    probabilities: np.ndarray
    targets: np.ndarray
    weights: np.ndarray

    @property
    def any_violation(self) -> np.ndarray:
        """The score of "any", the highest over the classes, [N]; 0 where the version knows none of them."""
        return np.asarray(self.probabilities.max(axis=1, initial=0.0))

    @property
    def is_violation(self) -> np.ndarray:
        return np.asarray(self.targets.any(axis=1))

    def of(self, rows: Sequence[int]) -> "Scores":
        """Return some of the images, in the order asked for."""
        chosen = np.asarray(rows, dtype=np.intp)
        return Scores(
            [self.sha256[row] for row in rows],
            self.known,
            self.class_keys,
            self.probabilities[chosen],
            self.targets[chosen],
            self.weights[chosen],
        )


def write(scores: Scores, *, to: Path) -> None:
    columns: dict[str, object] = {"sha256": scores.sha256, "weight": scores.weights}
    columns |= {f"is:{key}": scores.targets[:, index] for index, key in enumerate(scores.class_keys)}
    columns |= {f"score:{key}": scores.probabilities[:, index] for index, key in enumerate(scores.known)}
    pq.write_table(pa.table(columns), to)


def read(content: bytes) -> Scores:
    """Read what ``write`` wrote."""
    table = pq.read_table(io.BytesIO(content))
    keys, known = (
        [name.removeprefix(start) for name in table.column_names if name.startswith(start)]
        for start in ("is:", "score:")
    )

    def columns(start: str, names: Sequence[str]) -> np.ndarray:
        found = [table[f"{start}{name}"].to_numpy() for name in names]
        return np.stack(found, axis=1) if found else np.zeros((table.num_rows, 0))

    return Scores(
        table["sha256"].to_pylist(),
        known,
        keys,
        columns("score:", known),
        columns("is:", keys).astype(bool),
        table["weight"].to_numpy(),
    )


def of(evaluation: Evaluation) -> Scores | None:
    """Return the scores behind an evaluation; None for one of before they were kept. Raises ArtifactDamaged."""
    if not evaluation.scores:
        return None
    return read(artifacts.read(evaluation.scores, sha256=evaluation.scores_sha256, what=f"The scores of {evaluation}"))


def paired(one: Scores, other: Scores) -> tuple[Scores, Scores]:
    """Return both for the images that both have, in one order."""
    places = {sha256: row for row, sha256 in enumerate(other.sha256)}
    rows = [row for row, sha256 in enumerate(one.sha256) if sha256 in places]
    return one.of(rows), other.of([places[one.sha256[row]] for row in rows])
