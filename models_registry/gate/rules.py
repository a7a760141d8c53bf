"""This will say what the gate asks for by default; the limits are ours, and are data."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class GateRules:
    """The limits of the checks; shares, recalls, tolerances and errors in [0, 1]."""

    minimum_positives: int = 50
    minimum_class_positives: int = 20
    minimum_score_spread: float = 0.05
    maximum_calibration_error: float = 0.05
    average_precision_floor: float = 0.2
    class_average_precision_floor: float = 0.1
    average_precision_lift: float = 5.0
    floor_share: float = 0.2
    floor_recall: float = 0.7
    average_precision_tolerance: float = 0.02
    class_average_precision_tolerance: float = 0.05
    comparison_share: float = 0.1
    recall_tolerance: float = 0.02

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


DEFAULT_RULES = GateRules()
