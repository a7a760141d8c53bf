"""The gate: what passes, what fails, and what nobody can say yet."""

import json

import pytest

from models_registry.gate import Check, GateRules, Outcome, examine, outcome

PARITY = {"max_abs_difference": 2e-6, "n": 64, "passed": True}


def measures(*, average_precision=0.8, recall=0.9, n_positive=120, prevalence=0.03, calibration_error=0.01):
    curve = [
        {"threshold": 0.001, "recall": 1.0, "flagged_share": 1.0},
        {"threshold": 0.1, "recall": recall, "flagged_share": 0.1},
        {"threshold": 0.99, "recall": 0.05, "flagged_share": 0.001},
    ]
    return {
        "n_positive": n_positive,
        "prevalence": prevalence,
        "average_precision": average_precision,
        "calibration_error": calibration_error,
        "curve": curve,
    }


def report(*, classes=None, **values):
    return {"n": 2000, "n_effective": 1500.0, "classes": classes or {}, "any": measures(**values)}


def checks_by_name(candidate, champion=None, *, parity=PARITY):
    return {check.name: check for check in examine(candidate, champion, parity=parity)}


def test_a_good_first_model_passes_every_floor():
    checks = examine(report(), None, parity=PARITY)
    assert outcome(checks) is Outcome.PASS
    assert [check.name for check in checks] == [
        "enough_positives",
        "parity",
        "not_constant",
        "calibration",
        "average_precision_floor",
        "recall_floor",
    ]


def test_fewer_than_fifty_hold_out_violations_are_not_enough_data():
    checks = examine(report(n_positive=49), None, parity=PARITY)
    assert checks[0].outcome is Outcome.NOT_ENOUGH_DATA
    assert outcome(checks) is Outcome.NOT_ENOUGH_DATA
    assert outcome(examine(report(n_positive=50), None, parity=PARITY)) is Outcome.PASS


def test_a_bad_number_from_too_few_violations_is_not_a_failure():
    checks = examine(report(n_positive=10, average_precision=0.05), None, parity=PARITY)
    assert outcome(checks) is Outcome.NOT_ENOUGH_DATA
    assert "too few" in {c.name: c for c in checks}["average_precision_floor"].sentence


def test_a_broken_export_fails_even_with_too_few_violations():
    for parity in ({"max_abs_difference": 0.2, "n": 64, "passed": False}, {}):
        assert outcome(examine(report(n_positive=3), None, parity=parity)) is Outcome.FAIL


def test_a_network_that_answers_one_class_for_everything_fails():
    constant = report()
    constant["any"]["curve"] = [{"threshold": 0.97, "recall": 1.0, "flagged_share": 1.0}]
    checks = checks_by_name(constant)
    assert checks["not_constant"].outcome is Outcome.FAIL
    assert checks["not_constant"].value == 0


def test_probabilities_that_do_not_mean_what_they_say_fail():
    assert checks_by_name(report(calibration_error=0.06))["calibration"].outcome is Outcome.FAIL
    assert checks_by_name(report(calibration_error=0.05))["calibration"].outcome is Outcome.PASS


@pytest.mark.parametrize(("prevalence", "limit"), [(0.01, 0.2), (0.1, 0.5), (0.3, 0.65), (0.5, 0.75)])
def test_the_floor_of_average_precision_grows_with_prevalence_and_stays_reachable(prevalence, limit):
    check = checks_by_name(report(prevalence=prevalence, average_precision=limit))["average_precision_floor"]
    assert check.limit == pytest.approx(limit)
    assert check.outcome is Outcome.PASS
    worse = checks_by_name(report(prevalence=prevalence, average_precision=limit - 0.01))
    assert worse["average_precision_floor"].outcome is Outcome.FAIL


def test_a_first_model_must_find_seven_in_ten_by_flagging_a_fifth():
    check = checks_by_name(report(recall=0.6))["recall_floor"]
    assert check.value == pytest.approx(0.6 + 0.4 / 9)
    assert check.outcome is Outcome.FAIL


def test_where_half_of_the_traffic_violates_a_fifth_is_not_asked_to_hold_it_all():
    check = checks_by_name(report(prevalence=0.45, recall=0.2))["recall_floor"]
    assert "90%" in check.sentence
    assert check.outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("average_precision", "recall", "expected"),
    [(0.78, 0.88, Outcome.PASS), (0.77, 0.95, Outcome.FAIL), (0.9, 0.87, Outcome.FAIL), (0.95, 0.99, Outcome.PASS)],
)
def test_a_candidate_may_be_a_little_worse_than_the_champion_but_no_more(average_precision, recall, expected):
    candidate = report(average_precision=average_precision, recall=recall)
    assert outcome(examine(candidate, report(average_precision=0.8, recall=0.9), parity=PARITY)) is expected


def test_a_comparison_names_both_numbers():
    checks = checks_by_name(report(average_precision=0.75, recall=0.85), report(average_precision=0.8, recall=0.9))
    assert "0.750 against the champion's 0.800" in checks["average_precision"].sentence
    assert "0.850 against the champion's 0.900" in checks["recall"].sentence
    assert checks["average_precision"].limit == pytest.approx(0.78)
    assert "average_precision_floor" not in checks


def test_each_class_with_twenty_violations_is_checked_apart():
    champion = report(classes={"gore": measures(average_precision=0.9), "rare": measures(n_positive=30)})
    candidate = report(
        classes={
            "gore": measures(average_precision=0.84),
            "new": measures(average_precision=0.16),
            "rare": measures(n_positive=19, average_precision=0.0),
        }
    )
    checks = checks_by_name(candidate, champion)
    assert checks["class:gore"].outcome is Outcome.FAIL
    assert checks["class:new"].outcome is Outcome.PASS
    assert checks["class:new"].limit == pytest.approx(0.15)
    assert "class:rare" not in checks


@pytest.mark.parametrize("candidate", [{}, {"any": None}, {"any": {"n_positive": 90, "average_precision": None}}])
def test_an_incomplete_report_never_passes_and_never_raises(candidate):
    for champion in (None, {}, report()):
        checks = examine(candidate, champion, parity=PARITY)
        assert outcome(checks) is Outcome.NOT_ENOUGH_DATA


def test_not_a_number_is_not_enough_data():
    checks = checks_by_name(report(average_precision=float("nan")))
    assert checks["average_precision_floor"].outcome is Outcome.NOT_ENOUGH_DATA


def test_one_failure_outweighs_missing_data_and_no_checks_prove_nothing():
    def check(found):
        return Check("x", found, None, None, "")

    assert outcome([check(Outcome.PASS), check(Outcome.NOT_ENOUGH_DATA)]) is Outcome.NOT_ENOUGH_DATA
    assert outcome([check(Outcome.FAIL), check(Outcome.NOT_ENOUGH_DATA)]) is Outcome.FAIL
    assert outcome([]) is Outcome.NOT_ENOUGH_DATA


def test_checks_and_rules_can_be_stored_as_json():
    checks = examine(report(), None, parity=PARITY, rules=GateRules(minimum_positives=500))
    stored = json.loads(json.dumps([check.to_dict() for check in checks]))
    assert stored[0]["outcome"] == "NOT_ENOUGH_DATA"
    assert GateRules(**json.loads(json.dumps(GateRules().to_dict()))) == GateRules()


def test_a_class_name_with_braces_is_only_a_name():
    candidate = report(classes={"odd {key}": measures()})
    assert "odd {key}" in checks_by_name(candidate)["class:odd {key}"].sentence
