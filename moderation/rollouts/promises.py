"""This will say what a model version's evaluation promised of the traffic. Pure.

A report holds, for any violation, the curve that the hold-out gave, weighted to the traffic. Where the policy flags by
one threshold the promise is the curve's at that threshold. Where classes have thresholds of their own no point of that
curve is theirs, and the promise is the one at the share of posts that the version does flag.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

METRICS = {"machine_recall": "recall", "flag_precision": "precision"}


@dataclass(frozen=True)
class Promise:
    """What was promised of each metric: estimate, low and high, None where the hold-out could not tell; ``by`` is
    "threshold" or "share"."""

    by: str
    at: float
    metrics: dict[str, dict[str, float | None]]


def promised(
    report: Mapping[str, Any], *, review: Mapping[str, float | None], flagged_share: float | None
) -> Promise | None:
    """Return what was promised; ``review`` are the thresholds from which on a post is flagged, by class.

    None where the report has no curve, or nothing is flagged.
    """
    curve = report.get("any", {}).get("curve", [])
    limits = {one for one in review.values() if one is not None}
    if not curve or not limits:
        return None
    if len(limits) == 1 and (len(review) == 1 or all(one is not None for one in review.values())):
        limit = next(iter(limits))
        return Promise("threshold", limit, _metrics(_at_threshold(curve, limit)))
    if flagged_share is None:
        return None
    return Promise("share", flagged_share, _metrics(_at_share(curve, flagged_share)))


def is_below(measured: Mapping[str, Any], promise: Mapping[str, Any]) -> bool:
    """Whether a measured interval lies wholly below a promised one; unknown ends are no evidence."""
    high, low = measured.get("high"), promise.get("low")
    return high is not None and low is not None and high < low


def _at_threshold(curve: Sequence[Mapping[str, Any]], limit: float) -> Mapping[str, Any]:
    """The row of the lowest threshold that flags no more than this one; the highest there is where none does."""
    above = [row for row in curve if row["threshold"] >= limit]
    return min(above, key=lambda row: row["threshold"]) if above else max(curve, key=lambda row: row["threshold"])


def _at_share(curve: Sequence[Mapping[str, Any]], share: float) -> Mapping[str, Any]:
    known = [row for row in curve if row.get("flagged_share") is not None]
    return min(known, key=lambda row: abs(row["flagged_share"] - share), default={})


def _metrics(row: Mapping[str, Any]) -> dict[str, dict[str, float | None]]:
    return {
        key: {"estimate": row.get(name), "low": row.get(f"{name}_low"), "high": row.get(f"{name}_high")}
        for key, name in METRICS.items()
    }
