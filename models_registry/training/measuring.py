"""This will measure exported files on a hold-out: as a whole, by class, by part, image by image, and by the clock.

Always the exported file, weighted to the traffic. Loads onnxruntime.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from models_registry.ml import evaluation, memory, slices, timing
from models_registry.ml.inference import Predictor
from models_registry.ml.memory import Seen
from models_registry.training import parts
from models_registry.training.hold_out import Side
from models_registry.training.scores import Scores

# Of the worst errors of either kind, so many are kept.
WORST = 12


@dataclass(frozen=True)
class Measured:
    """The report on a hold-out, JSON, and the scores that it was made from."""

    report: dict[str, Any]
    scores: Scores


def measure(
    predictor: Predictor, side: Side, *, class_keys: Sequence[str], required_precision: float, threads: int | None
) -> Measured:
    """Measure a file on a hold-out for the classes asked for, in their order.

    The report is that of ``evaluation.evaluate`` with "operating_point", "slices", "errors" and "speed". A class that
    the file does not know is scored 0 within "any", and is absent from "classes".
    """
    scores = score(predictor, side, class_keys=class_keys)
    report = overall(scores)
    whole, truths = scores.any_violation, scores.is_violation
    point = slices.operating_point(whole, truths, scores.weights, required_precision=required_precision)
    found = slices.measure(whole, truths, scores.weights, parts=parts.parts_of(side.rows), threshold=point["threshold"])
    more = {"operating_point": point, "slices": found, "errors": _errors(scores, threshold=point["threshold"])}
    return Measured(report | more | {"speed": timing.measure(predictor, threads=threads)}, scores)


def score(predictor: Predictor, side: Side, *, class_keys: Sequence[str]) -> Scores:
    """Ask a file about every image of a side."""
    found, _ = predictor.predict(side.canvases)  # [N, C of the file]
    known = [key for key in class_keys if key in predictor.class_keys]
    return Scores(
        sha256=[str(row["sha256"]) for row in side.rows],
        known=known,
        class_keys=list(class_keys),
        probabilities=found[:, [predictor.class_keys.index(key) for key in known]].astype(np.float64),
        targets=side.targets > 0.5,
        weights=side.weights,
    )


def seen_before(hold_out: Scores, calibration: Scores) -> dict[str, Any]:
    """Compare how well the hold-out and the calibration side are ordered; see ``memory``."""
    sides = (Seen(one.any_violation, one.is_violation, one.weights) for one in (hold_out, calibration))
    return memory.compare_sides(*sides)


def overall(scores: Scores) -> dict[str, Any]:
    """Return the report of ``evaluation.evaluate``, without the classes that the version does not know."""
    probabilities = np.zeros(scores.targets.shape)  # [N, D]
    for index, key in enumerate(scores.known):
        probabilities[:, scores.class_keys.index(key)] = scores.probabilities[:, index]
    measured = evaluation.evaluate(probabilities, scores.targets, scores.weights, class_keys=scores.class_keys)
    return measured | {"classes": {key: measured["classes"][key] for key in scores.known}}


def _errors(scores: Scores, *, threshold: float) -> dict[str, Any]:
    """Name, of what is judged wrongly, the violations with the lowest scores and the fine images with the highest."""
    whole, truths = scores.any_violation, scores.is_violation
    order = np.argsort(whole, kind="stable")
    missed = [row for row in order.tolist() if truths[row] and whole[row] < threshold]
    wrong = [row for row in order[::-1].tolist() if not truths[row] and whole[row] >= threshold]
    return {
        "missed": [_error(scores, row) for row in missed[:WORST]],
        "wrong": [_error(scores, row) for row in wrong[:WORST]],
        "n_missed": len(missed),
        "n_wrong": len(wrong),
    }


def _error(scores: Scores, row: int) -> dict[str, Any]:
    top = int(np.argmax(scores.probabilities[row])) if scores.known else None
    return {
        "sha256": scores.sha256[row],
        "score": float(scores.any_violation[row]),
        "top_class": scores.known[top] if top is not None else "",
        "classes": [key for key, is_there in zip(scores.class_keys, scores.targets[row], strict=True) if is_there],
    }
