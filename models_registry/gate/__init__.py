"""Decide by named checks whether a candidate may be deployed.

Pure: reports and evidence in, checks out. Everything was measured on one hold-out, weighted to the traffic; "any" is
the violation at all, whose score is the largest over the classes. A check that has to tell a loss from noise knows an
interval of the difference to the champion (``ml.comparing``), each bound holding at 95 %. It is PASS where the
interval rules the loss out, FAIL where it rules out that all is well, and between them NOT_ENOUGH_DATA, which a person
may waive with a reason. The checks, in order:

- enough_positives: at least 50 hold-out violations. With fewer the measured checks below never say FAIL, because a
  number from so few proves nothing either way.
- parity: the exported file, from stored originals on, answers as the network did on training's canvases.
- not_constant: scores spread over at least 0.05. A network that gives one answer for everything fails.
- data: what the checks of the dataset warned of, or a person waived, is on the scorecard; what nobody waived fails.
- seen_before: the hold-out is not ordered better than the calibration side, by more than 0.02 at 99.5 %. A network
  that was fitted on its hold-out fails, however it got to see it.
- calibration: the weighted calibration error of "any" is at most 0.05.
- latency: one image takes at most 1.5 times the champion's median, or 20 ms; without a champion at most 500 ms (p95).
- without a champion, average_precision_floor: at least max(0.2, 5 x prevalence), but never asked to pass the
  middle between prevalence (a random order) and 1; and recall_floor: flagging 20 % of the traffic reaches a
  machine recall of 0.7 (the share becomes 2 x prevalence where that is more, since 20 % could not hold the
  violations).
- against a champion, recall: machine recall at the required flag precision is not more than 2 points below the
  champion's; and gain: something is better by more than noise (average precision, that recall, calibration, a class, a
  class that the champion does not know, latency by a fifth), or the champion is more than 90 days old.
- class:<key>, for every class with at least 20 violations, and slice:<dimension>:<value> for the worst slice: average
  precision not more than 0.05, recall not more than 5 points below the champion's. There are many of these, so each
  fails only where the loss is larger than that and surely a loss. A class that no champion knows has the floor above,
  with 0.1 in place of 0.2.

The limits are ours and are data (GateRules). Five times prevalence is a lift of five over a random order.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from models_registry.gate import against, conduct, floors, gains
from models_registry.gate.checks import Check, Outcome, Report, Sentence, positives_of, unproven
from models_registry.gate.evidence import Evidence
from models_registry.gate.rules import DEFAULT_RULES, GateRules

__all__ = ["DEFAULT_RULES", "Check", "Evidence", "GateRules", "Outcome", "Report", "Sentence", "examine", "outcome"]

NOTHING_MORE = Evidence()


def examine(
    candidate: Report,
    champion: Report | None,
    *,
    parity: Mapping[str, Any],
    evidence: Evidence = NOTHING_MORE,
    rules: GateRules = DEFAULT_RULES,
) -> list[Check]:
    """All checks of a candidate, against the champion's report on the same hold-out or, without one, the floors.

    Never raises on incomplete reports and evidence: what is missing is NOT_ENOUGH_DATA, a missing parity result FAIL.
    What older reports cannot know (speed, and whether the hold-out was seen before) is left out.
    """
    whole: Report = candidate.get("any") or {}
    positives = positives_of(whole)
    checks = [
        floors.enough_positives(positives, rules=rules),
        floors.parity(parity),
        floors.not_constant(whole, rules=rules),
        *conduct.data(evidence.data_checks),
    ]
    measured = [*conduct.seen_before(candidate, rules=rules), floors.calibration(whole, rules=rules)]
    measured += conduct.latency(candidate, evidence.latency, rules=rules)
    if champion is None:
        measured += [floors.precision_floor(whole, rules=rules), floors.recall_floor(whole, rules=rules)]
    else:
        measured += [against.recall(evidence.comparison, rules=rules)]
        measured += [gains.gain(candidate, champion, evidence, rules=rules)]
    measured += against.classes(candidate, champion, evidence.comparison, rules=rules)
    measured += against.slices(evidence.comparison, rules=rules)
    return checks + [unproven(check) if positives < rules.minimum_positives else check for check in measured]


def outcome(checks: Sequence[Check]) -> Outcome:
    """FAIL if any check fails, else NOT_ENOUGH_DATA if any lacks data or there is none, else PASS."""
    found = {check.outcome for check in checks}
    if Outcome.FAIL in found:
        return Outcome.FAIL
    return Outcome.NOT_ENOUGH_DATA if Outcome.NOT_ENOUGH_DATA in found or not found else Outcome.PASS
