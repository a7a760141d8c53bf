"""This will check a candidate by itself: enough data, parity, scores that differ, calibration, and the floors. Pure."""

from collections.abc import Mapping
from typing import Any

from models_registry.gate.checks import Check, Outcome, Report, Sentence, at_least, unknown
from models_registry.gate.rules import GateRules
from models_registry.operating_points import number, recall_at_share, score_spread


def enough_positives(positives: int, *, rules: GateRules) -> Check:
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


def parity(measured: Mapping[str, Any]) -> Check:
    difference = number(measured.get("max_abs_difference"))
    if difference is None:
        said = Sentence("The exported file was not compared with the network.")
        return Check("parity", Outcome.FAIL, None, None, (said,))
    places = {"difference": f"{difference:.2g}"}
    if measured.get("passed") is True:
        said = Sentence("The exported file differs from the network by at most %(difference)s: close enough.", places)
        return Check("parity", Outcome.PASS, difference, None, (said,))
    said = Sentence("The exported file differs from the network by up to %(difference)s: too much.", places)
    return Check("parity", Outcome.FAIL, difference, None, (said,))


def not_constant(whole: Report, *, rules: GateRules) -> Check:
    return at_least(
        "not_constant",
        score_spread(whole.get("curve") or []),
        rules.minimum_score_spread,
        Sentence(
            "Scores spread over %(value)s; at least %(limit)s is asked for, as less means one answer for everything."
        ),
    )


def calibration(whole: Report, *, rules: GateRules) -> Check:
    error, limit = number(whole.get("calibration_error")), rules.maximum_calibration_error
    if error is None:
        return unknown("calibration", limit)
    places = {"error": f"{error:.3f}", "limit": f"{limit:.3f}"}
    said = Sentence("The calibration error is %(error)s; at most %(limit)s is allowed.", places)
    return Check("calibration", Outcome.PASS if error <= limit else Outcome.FAIL, error, limit, (said,))


def precision_floor(whole: Report, *, rules: GateRules) -> Check:
    return at_least(
        "average_precision_floor",
        number(whole.get("average_precision")),
        floor(whole, least=rules.average_precision_floor, rules=rules),
        Sentence("Average precision is %(value)s; without a champion at least %(limit)s is asked for."),
    )


def recall_floor(whole: Report, *, rules: GateRules) -> Check:
    share = min(1.0, max(rules.floor_share, 2 * (number(whole.get("prevalence")) or 0.0)))
    return at_least(
        "recall_floor",
        recall_at_share(whole.get("curve") or [], share),
        rules.floor_recall,
        Sentence(
            "Flagging %(share)s of the traffic reaches a machine recall of %(value)s; %(limit)s is asked for.",
            {"share": f"{share:.0%}"},
        ),
    )


def floor(one: Report, *, least: float, rules: GateRules) -> float:
    prevalence = number(one.get("prevalence")) or 0.0
    return max(least, min(rules.average_precision_lift * prevalence, (1 + prevalence) / 2))
