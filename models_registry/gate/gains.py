"""This will check that a candidate is better in something that has a name, or that the champion is old. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from models_registry.gate.checks import Check, Outcome, Report, Sentence, positives_of, unknown
from models_registry.gate.evidence import Evidence
from models_registry.gate.rules import GateRules
from models_registry.operating_points import number

# A fifth faster, and in nearly every turn: less is within what a busy machine does to a clock.
_FASTER = 0.8
_IN_TURNS = 0.9


def gain(candidate: Report, champion: Report, evidence: Evidence, *, rules: GateRules) -> Check:
    """PASS with a gain beyond noise or an old champion, FAIL where average precision is surely lower, else unknown."""
    age = evidence.champion_age_days
    if evidence.comparison is None and age is None:
        return unknown("gain", None)
    found = [*_proven(evidence.comparison or {}), *_new_classes(candidate, champion, rules=rules)]
    found += _faster(evidence.latency)
    is_old = age is not None and age > rules.old_champion_days
    said = tuple(found) + ((_old(age or 0.0, rules=rules),) if is_old else ())
    if said:
        return Check("gain", Outcome.PASS, float(len(found)), None, said)
    return _nothing(evidence.comparison or {}, age, rules=rules)


def _proven(comparison: Mapping[str, Any]) -> list[Sentence]:
    """Name what is better by more than noise: the interval's lower bound is above zero."""
    known = {
        "average_precision": Sentence("Average precision is better by %(difference)s points (%(low)s to %(high)s)."),
        "recall": Sentence(
            "Machine recall at the required flag precision is better by %(difference)s points (%(low)s to %(high)s)."
        ),
        "calibration": Sentence("The calibration error is smaller by %(difference)s points (%(low)s to %(high)s)."),
    }
    of_class = Sentence("Average precision of %(key)s is better by %(difference)s points (%(low)s to %(high)s).")
    said = []
    for name, one in sorted((comparison.get("gains") or {}).items()):
        if (number(one.get("low")) or 0.0) > 0:
            places = {part: f"{100 * float(one[part]):.1f}" for part in ("difference", "low", "high")}
            said.append(replace(known.get(name, of_class), places=places | {"key": name.removeprefix("class:")}))
    return said


def _new_classes(candidate: Report, champion: Report, *, rules: GateRules) -> list[Sentence]:
    known = champion.get("classes") or {}
    own = candidate.get("classes") or {}
    new = [key for key in sorted(own) if key not in known and positives_of(own[key]) >= rules.minimum_class_positives]
    return [Sentence("It knows %(key)s, which the champion does not.", {"key": key}) for key in new]


def _faster(latency: Mapping[str, float] | None) -> list[Sentence]:
    mine, best = (number((latency or {}).get(name)) for name in ("candidate_ms", "champion_ms"))
    share = number((latency or {}).get("faster_share")) or 0.0
    if mine is None or best is None or mine > _FASTER * best or share < _IN_TURNS:
        return []
    places = {"mine": f"{mine:.1f}", "best": f"{best:.1f}"}
    return [Sentence("One image takes %(mine)s ms against the champion's %(best)s ms.", places)]


def _old(age: float, *, rules: GateRules) -> Sentence:
    places = {"age": f"{age:.0f}", "limit": f"{rules.old_champion_days:.0f}"}
    return Sentence("The champion is %(age)s days old; from %(limit)s on it is replaced without a gain.", places)


def _nothing(comparison: Mapping[str, Any], age: float | None, *, rules: GateRules) -> Check:
    overall = (comparison.get("gains") or {}).get("average_precision") or {}
    high = number(overall.get("high"))
    places = {"age": f"{age or 0.0:.0f}", "limit": f"{rules.old_champion_days:.0f}"}
    said = Sentence("Nothing is better by more than noise, and the champion is %(age)s days old (%(limit)s).", places)
    outcome = Outcome.FAIL if high is not None and high < 0 else Outcome.NOT_ENOUGH_DATA
    return Check("gain", outcome, 0.0, None, (said,))
