"""This will say which limits a rollout's guardrails have, and which ones they have where nobody says. Pure.

The first five say how many times as often something may happen in the challenger's arm as in the champion's:
posts flagged, posts removed by the machine, such removals put back, violations missed (by audits), complaints (per
view). ``slower`` is how many times as long scoring an image may take on average, ``failures`` how many batches the
challenger may fail to score.
"""

import math
from collections.abc import Mapping

RATIOS = ("flagged", "removed", "overturned", "missed", "complaints")
SLOWER, FAILURES = "slower", "failures"
USUAL = {"flagged": 2.0, "removed": 2.0, "overturned": 2.0, "missed": 2.0, "complaints": 2.0, SLOWER: 5.0, FAILURES: 3}
LEAST = {**dict.fromkeys(RATIOS, 1.0), SLOWER: 1.0, FAILURES: 1.0}
MOST = {**dict.fromkeys(RATIOS, 50.0), SLOWER: 100.0, FAILURES: 1000.0}


def complete(wanted: Mapping[str, float]) -> dict[str, float]:
    """Return a limit for every guardrail."""
    return {key: float(wanted.get(key, usual)) for key, usual in USUAL.items()}


def problem_with(wanted: Mapping[str, float]) -> str | None:
    """Say what is wrong with limits, in a sentence; None where nothing is."""
    if not isinstance(wanted, Mapping) or set(wanted) - set(USUAL):
        return f"Limits are of {', '.join(USUAL)}."
    for key, value in wanted.items():
        is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if not is_number or not LEAST[key] <= value <= MOST[key]:
            return f"The limit {key} is a number from {LEAST[key]:g} to {MOST[key]:g}."
    return None
