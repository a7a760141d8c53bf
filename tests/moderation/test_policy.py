"""Tests of the policy: evidence in, verdict out, as a table that a lawyer could read."""

from typing import Any

import pytest

from moderation import policy
from moderation.policy import BadRules, Evidence, Thresholds, check_rules, judge, thresholds
from tests.moderation.builders import rules

RULES = {
    "classes": {"bright": {"hours_allowed": 24}, "grave": {"hours_allowed": 6}},
    "audit": {"looks_per_day": 150, "removed_rate": 0.1},
}
LIMITS = Thresholds(remove={"bright": 0.9, "grave": None}, review={"bright": 0.5, "grave": 0.3})
HIGH, MIDDLE, LOW = {"bright": 0.95, "grave": 0.1}, {"bright": 0.6, "grave": 0.4}, {"bright": 0.1, "grave": 0.1}
PERSON, TRUSTED = frozenset({"always_a_person"}), frozenset({"trusted_poster"})
NONE: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    ("mode", "scores", "overrides", "outcome", "machine", "reason"),
    [
        ("automatic", HIGH, NONE, "remove", "remove", "score_remove"),
        ("automatic", MIDDLE, NONE, "review", "review", "score_review"),
        ("automatic", LOW, NONE, "pass", "pass", "score_pass"),
        ("automatic", None, NONE, "review", "", "no_deployment"),
        ("automatic", HIGH, PERSON, "review", "remove", "override_always_a_person"),
        ("automatic", LOW, PERSON, "review", "pass", "override_always_a_person"),
        ("automatic", HIGH, TRUSTED, "pass", "remove", "override_trusted_poster"),
        ("automatic", HIGH, PERSON | TRUSTED, "review", "remove", "override_always_a_person"),
        ("automatic", None, TRUSTED, "review", "", "no_deployment"),
        ("assisted", HIGH, NONE, "review", "remove", "score_remove_assisted"),
        ("assisted", MIDDLE, NONE, "review", "review", "score_review"),
        ("assisted", LOW, NONE, "pass", "pass", "score_pass"),
        ("manual", HIGH, NONE, "review", "remove", "manual_mode"),
        ("manual", LOW, TRUSTED, "review", "pass", "manual_mode"),
        ("manual", None, NONE, "review", "", "manual_mode"),
    ],
)
def test_the_first_condition_that_holds_decides(
    mode: str, scores: Any, overrides: frozenset[str], outcome: str, machine: str, reason: str
) -> None:
    found = judge(mode, RULES, LIMITS if scores else None, Evidence(scores, overrides))
    assert (found.outcome, found.machine_outcome, found.reason) == (outcome, machine, reason)


def test_a_score_at_the_threshold_is_flagged() -> None:
    assert judge("automatic", RULES, LIMITS, Evidence({"bright": 0.9, "grave": 0})).outcome == "remove"
    assert judge("automatic", RULES, LIMITS, Evidence({"bright": 0.5, "grave": 0})).outcome == "review"


def test_a_class_without_threshold_is_never_flagged() -> None:
    never = Thresholds(remove={"bright": None}, review={"bright": None})
    assert judge("automatic", RULES, never, Evidence({"bright": 1.0})).outcome == "pass"


def test_all_flagged_classes_are_named_and_the_most_urgent_one_sets_the_time() -> None:
    found = judge("automatic", RULES, LIMITS, Evidence(MIDDLE))
    assert (found.classes, found.hours_allowed) == (("bright", "grave"), 6)


def test_a_class_the_version_does_not_know_counts_as_zero() -> None:
    assert judge("automatic", RULES, LIMITS, Evidence({"bright": 0.1})).outcome == "pass"


@pytest.mark.parametrize(
    ("broken", "place"),
    [
        ({}, "rules.classes"),
        ([], "rules.classes"),
        ({"classes": {"bright": {}}}, "rules.classes"),
        ({"classes": {"bright": {}, "grave": {}, "kind": {}}}, "rules.classes"),
        ({"classes": {"bright": 3, "grave": {}}}, "rules.classes.bright"),
        ({"classes": {"bright": {"removes": None}, "grave": {}}}, "rules.classes.bright"),
        ({"classes": {"bright": {"remove": 0.9}, "grave": {}}}, "rules.classes.bright.remove"),
        ({"classes": {"bright": {"remove": {}}, "grave": {}}}, "rules.classes.bright.remove"),
        ({"classes": {"bright": {"remove": {"threshold": 1.1}}, "grave": {}}}, "rules.classes.bright.remove"),
        ({"classes": {"bright": {"remove": {"threshold": True}}, "grave": {}}}, "rules.classes.bright.remove"),
        ({"classes": {"bright": {"remove": {"threshold": float("nan")}}, "grave": {}}}, "rules.classes.bright.remove"),
        ({"classes": {"bright": {"review": {"precision": 0.9}}, "grave": {}}}, "rules.classes.bright.review"),
        ({"classes": {"bright": {"hours_allowed": 0}, "grave": {}}}, "hours_allowed"),
        ({"classes": {"bright": {"hours_allowed": "soon"}, "grave": {}}}, "hours_allowed"),
        ({"classes": {"bright": {}, "grave": {}}}, "rules.audit"),
        ({"classes": {"bright": {}, "grave": {}}, "audit": {"looks_per_day": 10}}, "removed_rate"),
        (rules(looks_per_day=0), "looks_per_day"),
        (rules(looks_per_day=float("inf")), "looks_per_day"),
        (rules(removed_rate=0), "removed_rate"),
        (rules(removed_rate=1.01), "removed_rate"),
    ],
)
def test_odd_rules_are_refused_and_the_place_is_named(broken: Any, place: str) -> None:
    with pytest.raises(BadRules, match=place):
        check_rules(broken, class_keys=["bright", "grave"])


def test_ordinary_rules_are_taken() -> None:
    check_rules(rules(), class_keys=["bright", "grave"])
    check_rules(rules(remove=None, review=None), class_keys=["grave", "bright"])


def curve_point(threshold: float, *, precision_low: float, recall: float) -> dict[str, float]:
    point = {"threshold": threshold, "precision_low": precision_low, "recall": recall, "flagged_share": 0.1}
    return point | {"precision": precision_low, "precision_high": 1.0, "recall_low": recall, "recall_high": recall}


REPORT = {
    "classes": {
        "bright": {
            "curve": [
                curve_point(0.1, precision_low=0.2, recall=0.99),
                curve_point(0.4, precision_low=0.5, recall=0.92),
                curve_point(0.8, precision_low=0.96, recall=0.6),
            ]
        }
    }
}


def limits_of(**bands: Any) -> tuple[float | None, float | None]:
    found = thresholds({"classes": {"bright": bands}}, report=REPORT)
    return found.remove["bright"], found.review["bright"]


def test_required_values_are_read_off_the_operating_points() -> None:
    assert limits_of(remove={"required_precision": 0.95}, review={"required_recall": 0.9}) == (0.8, 0.4)


def test_a_precision_out_of_reach_means_the_machine_never_acts() -> None:
    assert limits_of(remove={"required_precision": 0.99}, review=None) == (None, None)


def test_a_recall_out_of_reach_means_everything_is_looked_at() -> None:
    assert limits_of(remove=None, review={"required_recall": 1.0}) == (None, 0.0)
    assert policy.judge("assisted", RULES, Thresholds({}, {"bright": 0.0}), Evidence(LOW)).outcome == "review"


def test_explicit_thresholds_need_no_report() -> None:
    found = thresholds({"classes": {"grave": {"remove": {"threshold": 0.7}}}}, report={"classes": {}})
    assert (found.remove, found.review) == ({"grave": 0.7}, {"grave": None})
