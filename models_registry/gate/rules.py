"""This will say what the gate asks for by default; the limits are ours, and are data."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class GateRules:
    """The limits of the checks; shares, recalls, tolerances and errors in [0, 1].

    ``required_precision`` is the flag precision at which recalls are compared; the project's policy may ask for
    another. ``latency_factor`` is how many times the champion's time one image may take, where that is more than
    ``unnoticed_ms``; without a champion one image in twenty may take longer than ``maximum_latency_ms``.
    """

    minimum_positives: int = 50
    minimum_class_positives: int = 20
    minimum_score_spread: float = 0.05
    maximum_calibration_error: float = 0.05
    average_precision_floor: float = 0.2
    class_average_precision_floor: float = 0.1
    average_precision_lift: float = 5.0
    floor_share: float = 0.2
    floor_recall: float = 0.7
    required_precision: float = 0.5
    recall_tolerance: float = 0.02
    class_average_precision_tolerance: float = 0.05
    slice_recall_tolerance: float = 0.05
    seen_before_tolerance: float = 0.02
    old_champion_days: float = 90.0
    maximum_latency_ms: float = 500.0
    latency_factor: float = 1.5
    unnoticed_ms: float = 20.0

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


DEFAULT_RULES = GateRules()
