"""Decide by named checks whether a candidate may be deployed.

Pure: evaluation reports in, checks out. Both reports come from the same hold-out, weighted to the traffic;
"any" is the violation at all, whose score is the largest over the classes. The checks, in order:

- enough_positives: at least 50 hold-out violations. Fewer is NOT_ENOUGH_DATA, which a person may waive with a
  reason; the measured checks below then never say FAIL, because a number from so few proves nothing either
  way.
- parity: the exported file answers as the network did.
- not_constant: scores spread over at least 0.05. A network that gives one answer for everything fails.
- calibration: the weighted calibration error of "any" is at most 0.05.
- without a champion, average_precision_floor: at least max(0.2, 5 x prevalence), but never asked to pass the
  middle between prevalence (a random order) and 1; and recall_floor: flagging 20 % of the traffic reaches a
  machine recall of 0.7 (the share becomes 2 x prevalence where that is more, since 20 % could not hold the
  violations).
- against a champion, average_precision: not more than 0.02 below it; and recall: flagging 10 % of the
  traffic, the machine recall is not more than 2 points below it.
- class:<key>, for every class with at least 20 violations: average precision not more than 0.05 below the
  champion's; with no champion, or none that knows the class, the floor above with 0.1 in place of 0.2.

The limits are ours and are data (GateRules). Five times prevalence is a lift of five over a random order.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from models_registry.gate import against, floors
from models_registry.gate.checks import Check, Outcome, Report, Sentence, positives_of, unproven
from models_registry.gate.rules import DEFAULT_RULES, GateRules

__all__ = ["DEFAULT_RULES", "Check", "GateRules", "Outcome", "Report", "Sentence", "examine", "outcome"]


def examine(
    candidate: Report, champion: Report | None, *, parity: Mapping[str, Any], rules: GateRules = DEFAULT_RULES
) -> list[Check]:
    """All checks of a candidate, against the champion's report on the same hold-out or, without one, the
    floors.

    Never raises on an incomplete report: what is missing is NOT_ENOUGH_DATA, a missing parity result FAIL.
    """
    whole: Report = candidate.get("any") or {}
    positives = positives_of(whole)
    checks = [
        floors.enough_positives(positives, rules=rules),
        floors.parity(parity),
        floors.not_constant(whole, rules=rules),
    ]
    measured = [floors.calibration(whole, rules=rules)]
    if champion is None:
        measured += [floors.precision_floor(whole, rules=rules), floors.recall_floor(whole, rules=rules)]
    else:
        best: Report = champion.get("any") or {}
        measured += [
            against.precision_against(whole, best, rules=rules),
            against.recall_against(whole, best, rules=rules),
        ]
    measured += against.classes(candidate, champion, rules=rules)
    return checks + [unproven(check) if positives < rules.minimum_positives else check for check in measured]


def outcome(checks: Sequence[Check]) -> Outcome:
    """FAIL if any check fails, else NOT_ENOUGH_DATA if any lacks data or there is none, else PASS."""
    found = {check.outcome for check in checks}
    if Outcome.FAIL in found:
        return Outcome.FAIL
    return Outcome.NOT_ENOUGH_DATA if Outcome.NOT_ENOUGH_DATA in found or not found else Outcome.PASS
