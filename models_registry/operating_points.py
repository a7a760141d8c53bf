"""Choose thresholds from a measured curve: where recall is high enough, or precision certain enough.

Pure. A curve is the `curve` list of an evaluation report: one mapping a threshold, with precision, recall,
their bounds and the flagged share, all in [0, 1]; a post is flagged when its score is at least the threshold.
The curve's order does not matter, and rows without the number that is asked for are passed over.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

Curve = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class OperatingPoint:
    """One row of a curve: the threshold and what it was measured to give; None for a bound that is not
    known."""

    threshold: float
    precision: float | None
    precision_low: float | None
    precision_high: float | None
    recall: float | None
    recall_low: float | None
    recall_high: float | None
    flagged_share: float | None

    def to_dict(self) -> dict[str, float | None]:
        return asdict(self)


def at_recall(curve: Curve, required: float) -> OperatingPoint | None:
    """The highest threshold whose estimated recall is at least `required`; None when none is."""
    rows = [row for row in _points(curve) if row.recall is not None and row.recall >= required]
    return max(rows, key=lambda row: row.threshold, default=None)


def at_precision(curve: Curve, required: float) -> OperatingPoint | None:
    """The lowest threshold such that all that is flagged from it on has a precision_low of at least
    `required`.

    The bound, not the estimate, has to reach it: what the machine then does by itself is wrong more often
    than was promised only where the interval is. None when it cannot be reached; then the machine does not
    remove.
    """
    rows = [row for row in _points(curve) if row.precision_low is not None and row.precision_low >= required]
    return min(rows, key=lambda row: row.threshold, default=None)


def recall_at_share(curve: Curve, share: float) -> float | None:
    """The recall reached when `share` of the traffic is flagged; None for a curve without recall.

    Linear between the curve's points and the corners (0, 0) and (1, 1), which is what tossing a coin between
    two thresholds gives; so two models are compared at exactly the same share though their thresholds differ.
    """
    rows = {(row.flagged_share, row.recall) for row in _points(curve)}
    known = sorted((flagged, recall) for flagged, recall in rows if flagged is not None and recall is not None)
    if not known:
        return None
    corners = [(0.0, 0.0), *known, (1.0, 1.0)]
    left = max(point for point in corners if point[0] <= share)
    right = min((point for point in corners if point[0] > share), default=left)
    if right[0] <= left[0]:
        return left[1]
    return left[1] + (right[1] - left[1]) * (share - left[0]) / (right[0] - left[0])


def score_spread(curve: Curve) -> float | None:
    """About the largest score less the smallest: what separates "still flags something" from "flags
    everything".

    None for a curve without flagged shares. Near 0 for a network that gives every image the same answer.
    """
    rows = [(row.threshold, row.flagged_share) for row in _points(curve) if row.flagged_share is not None]
    if not rows:
        return None
    lowest = max((threshold for threshold, share in rows if share > 1 - 1e-9), default=min(rows)[0])
    highest = max((threshold for threshold, share in rows if share > 0), default=lowest)
    return max(0.0, highest - lowest)


def number(value: object) -> float | None:
    """A finite float, or None for anything else: a report read back from JSON may hold null or NaN."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def _points(curve: Curve) -> list[OperatingPoint]:
    names = OperatingPoint.__dataclass_fields__
    rows = [{name: number(row.get(name)) for name in names} for row in curve]
    return [OperatingPoint(**row) for row in rows if row["threshold"] is not None]  # type: ignore[arg-type]
