"""This will turn logits into probabilities that hold on the traffic.

A training set keeps every violation and few of the rest, so a network's scores hold at the set's prevalence.
The temperature says how far the logits can be trusted; the offset carries the shift to the traffic's
prevalence, which no temperature can.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import expit

# The prior: log T is near 0 (deviation 0.7), the offset near the change of prevalence (deviation 3). Worth
# about one observation, it keeps both finite when the classes separate perfectly or a class has no positive
# at all.
_TEMPERATURE_DEVIATION = 0.7
_OFFSET_DEVIATION = 3.0
_LOG_TEMPERATURE_LIMIT = 3.0
_OFFSET_LIMIT = 30.0


@dataclass(frozen=True)
class Calibration:
    """One temperature (> 0) and one offset per class: p = sigmoid(logit / temperature + offset)."""

    temperature: tuple[float, ...]
    offset: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.temperature) != len(self.offset):
            raise ValueError("A calibration has one temperature and one offset per class.")
        if not all(value > 0 for value in self.temperature):
            raise ValueError(f"Temperatures are above 0, not {self.temperature}.")

    def apply(self, logits: ArrayLike) -> NDArray[np.float64]:
        """Turn logits [N, C] into probabilities [N, C]."""
        scores = np.asarray(logits, dtype=np.float64) / np.array(self.temperature) + np.array(self.offset)
        return np.asarray(expit(scores))

    def to_dict(self) -> dict[str, Any]:
        """Describe the calibration in JSON types."""
        return {"temperature": list(self.temperature), "offset": list(self.offset)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Calibration":
        """Read what `to_dict` wrote."""
        return cls(
            temperature=tuple(float(value) for value in values["temperature"]),
            offset=tuple(float(value) for value in values["offset"]),
        )


def calibrate(logits: ArrayLike, targets: ArrayLike, weights: ArrayLike) -> Calibration:
    """Fit temperature and offset per class on images the network was not fitted on.

    Takes logits [N, C], targets 0 or 1 [N, C] and weights [N], 1/π of each image, so that the fit sees the
    traffic and not the set. Raises ValueError on shapes that disagree, or weights that are not positive and
    finite.

    Platt scaling (Platt 1999) by weighted maximum likelihood; the weights are scaled to sum to Kish's
    effective sample size, so that the mild prior counts for more when few observations carry the weight.
    """
    scores, truths = np.asarray(logits, dtype=np.float64), np.asarray(targets, dtype=np.float64)  # [N, C]
    weight = np.asarray(weights, dtype=np.float64)  # [N]
    if scores.ndim != 2 or scores.shape != truths.shape or weight.shape != scores.shape[:1] or not len(weight):
        raise ValueError(f"Shapes disagree: {scores.shape}, {truths.shape}, {weight.shape}.")
    if not (np.isfinite(weight).all() and (weight > 0).all() and np.isfinite(scores).all()):
        raise ValueError("Weights are positive and finite, and logits finite.")
    share = weight * weight.sum() / np.square(weight).sum()  # [N]
    fitted = [_fit_class(scores[:, index], truths[:, index], share) for index in range(scores.shape[1])]
    return Calibration(
        temperature=tuple(temperature for temperature, _ in fitted),
        offset=tuple(offset for _, offset in fitted),
    )


def _fit_class(
    scores: NDArray[np.float64], truths: NDArray[np.float64], weight: NDArray[np.float64]
) -> tuple[float, float]:
    """Find (temperature, offset) of one class."""
    expected = _log_odds(truths, weight) - _log_odds(truths, np.ones_like(weight))

    def cost(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        log_temperature, offset = parameters
        scaled = scores * np.exp(-log_temperature)  # [N]
        margin = scaled + offset  # [N]
        loss = weight @ (np.logaddexp(0, margin) - truths * margin)
        residual = weight * (expit(margin) - truths)  # [N]
        pull = np.array([log_temperature / _TEMPERATURE_DEVIATION**2, (offset - expected) / _OFFSET_DEVIATION**2])
        prior = pull @ np.array([log_temperature, offset - expected]) / 2
        return float(loss + prior), np.array([-residual @ scaled, residual.sum()]) + pull

    found = minimize(
        cost,
        np.array([0.0, np.clip(expected, -_OFFSET_LIMIT, _OFFSET_LIMIT)]),
        jac=True,
        method="L-BFGS-B",
        bounds=[(-_LOG_TEMPERATURE_LIMIT, _LOG_TEMPERATURE_LIMIT), (-_OFFSET_LIMIT, _OFFSET_LIMIT)],
    )
    return float(np.exp(found.x[0])), float(found.x[1])


def _log_odds(truths: NDArray[np.float64], weight: NDArray[np.float64]) -> float:
    """Read the log odds of the prevalence, half an average observation added to each side."""
    half = weight.mean() / 2
    return float(np.log((weight @ truths + half) / (weight @ (1 - truths) + half)))
