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
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

from models_registry.operating_points import number, recall_at_share, score_spread

Report = Mapping[str, Any]


class Outcome(StrEnum):
    PASS = "PASS"
    FAIL = "FAIL"
    NOT_ENOUGH_DATA = "NOT_ENOUGH_DATA"


@dataclass(frozen=True)
class Sentence:
    """A sentence apart from what fills its places, so that it can be worded in another language when it is shown."""

    text: str
    places: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Check:
    """One named check: what was measured, what was asked, and sentences that say both."""

    name: str
    outcome: Outcome
    value: float | None
    limit: float | None
    said: tuple[Sentence, ...]

    @property
    def sentence(self) -> str:
        return " ".join(one.text % one.places for one in self.said)

    def to_dict(self) -> dict[str, Any]:
        """Return what a scorecard stores: all of it, the sentence in English beside its parts."""
        return asdict(self) | {"outcome": self.outcome.value, "sentence": self.sentence}


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


def examine(
    candidate: Report, champion: Report | None, *, parity: Mapping[str, Any], rules: GateRules = DEFAULT_RULES
) -> list[Check]:
    """All checks of a candidate, against the champion's report on the same hold-out or, without one, the
    floors.

    Never raises on an incomplete report: what is missing is NOT_ENOUGH_DATA, a missing parity result FAIL.
    """
    whole: Report = candidate.get("any") or {}
    positives = _positives(whole)
    checks = [_enough_positives(positives, rules=rules), _parity(parity), _not_constant(whole, rules=rules)]
    measured = [_calibration(whole, rules=rules)]
    if champion is None:
        measured += [_precision_floor(whole, rules=rules), _recall_floor(whole, rules=rules)]
    else:
        best: Report = champion.get("any") or {}
        measured += [_precision_against(whole, best, rules=rules), _recall_against(whole, best, rules=rules)]
    measured += _classes(candidate, champion, rules=rules)
    return checks + [_unproven(check) if positives < rules.minimum_positives else check for check in measured]


def outcome(checks: Sequence[Check]) -> Outcome:
    """FAIL if any check fails, else NOT_ENOUGH_DATA if any lacks data or there is none, else PASS."""
    found = {check.outcome for check in checks}
    if Outcome.FAIL in found:
        return Outcome.FAIL
    return Outcome.NOT_ENOUGH_DATA if Outcome.NOT_ENOUGH_DATA in found or not found else Outcome.PASS


def _enough_positives(positives: int, *, rules: GateRules) -> Check:
    is_enough = positives >= rules.minimum_positives
    return Check(
        "enough_positives",
        Outcome.PASS if is_enough else Outcome.NOT_ENOUGH_DATA,
        float(positives),
        float(rules.minimum_positives),
        (
            Sentence(
                "The hold-out has %(positives)s violations; %(limit)s are asked for.",
                {"positives": str(positives), "limit": str(rules.minimum_positives)},
            ),
        ),
    )


def _parity(parity: Mapping[str, Any]) -> Check:
    difference = number(parity.get("max_abs_difference"))
    if difference is None:
        said = Sentence("The exported file was not compared with the network.")
        return Check("parity", Outcome.FAIL, None, None, (said,))
    places = {"difference": f"{difference:.2g}"}
    if parity.get("passed") is True:
        said = Sentence("The exported file differs from the network by at most %(difference)s: close enough.", places)
        return Check("parity", Outcome.PASS, difference, None, (said,))
    said = Sentence("The exported file differs from the network by up to %(difference)s: too much.", places)
    return Check("parity", Outcome.FAIL, difference, None, (said,))


def _not_constant(whole: Report, *, rules: GateRules) -> Check:
    return _at_least(
        "not_constant",
        score_spread(whole.get("curve") or []),
        rules.minimum_score_spread,
        Sentence(
            "Scores spread over %(value)s; at least %(limit)s is asked for, as less means one answer for everything."
        ),
    )


def _calibration(whole: Report, *, rules: GateRules) -> Check:
    error, limit = number(whole.get("calibration_error")), rules.maximum_calibration_error
    if error is None:
        return _unknown("calibration", limit)
    places = {"error": f"{error:.3f}", "limit": f"{limit:.3f}"}
    said = Sentence("The calibration error is %(error)s; at most %(limit)s is allowed.", places)
    return Check("calibration", Outcome.PASS if error <= limit else Outcome.FAIL, error, limit, (said,))


def _precision_floor(whole: Report, *, rules: GateRules) -> Check:
    return _at_least(
        "average_precision_floor",
        number(whole.get("average_precision")),
        _floor(whole, least=rules.average_precision_floor, rules=rules),
        Sentence("Average precision is %(value)s; without a champion at least %(limit)s is asked for."),
    )


def _recall_floor(whole: Report, *, rules: GateRules) -> Check:
    share = min(1.0, max(rules.floor_share, 2 * (number(whole.get("prevalence")) or 0.0)))
    return _at_least(
        "recall_floor",
        recall_at_share(whole.get("curve") or [], share),
        rules.floor_recall,
        Sentence(
            "Flagging %(share)s of the traffic reaches a machine recall of %(value)s; %(limit)s is asked for.",
            {"share": f"{share:.0%}"},
        ),
    )


def _precision_against(whole: Report, best: Report, *, rules: GateRules) -> Check:
    return _not_below(
        "average_precision",
        number(whole.get("average_precision")),
        number(best.get("average_precision")),
        tolerance=rules.average_precision_tolerance,
        said=Sentence(
            "Average precision is %(value)s against the champion's %(champion)s; it may be %(tolerance)s lower."
        ),
    )


def _recall_against(whole: Report, best: Report, *, rules: GateRules) -> Check:
    share = rules.comparison_share
    return _not_below(
        "recall",
        recall_at_share(whole.get("curve") or [], share),
        recall_at_share(best.get("curve") or [], share),
        tolerance=rules.recall_tolerance,
        said=Sentence(
            "Machine recall when flagging %(share)s of the traffic is %(value)s against the champion's %(champion)s; "
            "it may be %(tolerance)s lower.",
            {"share": f"{share:.0%}"},
        ),
    )


def _classes(candidate: Report, champion: Report | None, *, rules: GateRules) -> list[Check]:
    known: Report = (champion or {}).get("classes") or {}
    classes: Report = candidate.get("classes") or {}
    counted = {key: one for key, one in classes.items() if _positives(one) >= rules.minimum_class_positives}
    return [_class(key, one, known.get(key), rules=rules) for key, one in sorted(counted.items())]


def _class(key: str, one: Report, best: Report | None, *, rules: GateRules) -> Check:
    value, champion = number(one.get("average_precision")), number((best or {}).get("average_precision"))
    if champion is not None:
        said = Sentence(
            "Average precision of %(key)s is %(value)s against the champion's %(champion)s; "
            "it may be %(tolerance)s lower.",
            {"key": key},
        )
        tolerance = rules.class_average_precision_tolerance
        return _not_below(f"class:{key}", value, champion, tolerance=tolerance, said=said)
    limit = _floor(one, least=rules.class_average_precision_floor, rules=rules)
    said = Sentence(
        "Average precision of %(key)s is %(value)s; no champion knows it, so %(limit)s is asked for.", {"key": key}
    )
    return _at_least(f"class:{key}", value, limit, said)


def _floor(one: Report, *, least: float, rules: GateRules) -> float:
    prevalence = number(one.get("prevalence")) or 0.0
    return max(least, min(rules.average_precision_lift * prevalence, (1 + prevalence) / 2))


def _not_below(name: str, value: float | None, champion: float | None, *, tolerance: float, said: Sentence) -> Check:
    if champion is None:
        return _unknown(name, None)
    places = {**said.places, "champion": f"{champion:.3f}", "tolerance": f"{tolerance:.2f}"}
    return _at_least(name, value, champion - tolerance, replace(said, places=places))


def _at_least(name: str, value: float | None, limit: float | None, said: Sentence) -> Check:
    """A check that the value reaches the limit; one part in 10^9 is left to floating point."""
    if value is None or limit is None:
        return _unknown(name, limit)
    has_passed = value >= limit - 1e-9
    places = {**said.places, "value": f"{value:.3f}", "limit": f"{limit:.3f}"}
    return Check(name, Outcome.PASS if has_passed else Outcome.FAIL, value, limit, (replace(said, places=places),))


def _unknown(name: str, limit: float | None) -> Check:
    said = Sentence("The report does not hold the numbers for this check.")
    return Check(name, Outcome.NOT_ENOUGH_DATA, None, limit, (said,))


def _unproven(check: Check) -> Check:
    """The same check where too few violations stand behind it: it cannot fail, only lack data."""
    if check.outcome is not Outcome.FAIL:
        return check
    said = (*check.said, Sentence("There are too few violations to say."))
    return replace(check, outcome=Outcome.NOT_ENOUGH_DATA, said=said)


def _positives(one: Report) -> int:
    return int(number(one.get("n_positive")) or 0)
