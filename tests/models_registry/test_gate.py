"""The gate: what passes, what fails, and what nobody can say yet."""

import json

import pytest

from models_registry.gate import Check, Evidence, GateRules, Outcome, examine, outcome

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


def differs(difference, *, within=0.01, champion=0.8):
    """A difference as ``ml.comparing`` writes it, its interval reaching as far to both sides."""
    return {
        "candidate": champion + difference,
        "champion": champion,
        "difference": difference,
        "low": difference - within,
        "high": difference + within,
        "n_positive": 100,
    }


def compared(*, recall=None, gains=None, classes=None, slices=()):
    return {
        "recall": recall or differs(0.0),
        "gains": {"average_precision": differs(0.05), **(gains or {})},
        "classes": classes or {},
        "slices": list(slices),
    }


def against_champion(comparison, *, candidate=None, champion=None, **more):
    evidence = Evidence(comparison=comparison, champion_age_days=more.pop("age", 10.0), **more)
    checks = examine(candidate or report(), champion or report(), parity=PARITY, evidence=evidence)
    return {check.name: check for check in checks}


@pytest.mark.parametrize(
    ("difference", "within", "expected"),
    [
        (0.0, 0.01, Outcome.PASS),
        (-0.01, 0.01, Outcome.PASS),
        (-0.01, 0.03, Outcome.NOT_ENOUGH_DATA),
        (0.0, 0.05, Outcome.NOT_ENOUGH_DATA),
        (-0.05, 0.01, Outcome.FAIL),
    ],
)
def test_recall_passes_where_a_loss_of_two_points_is_ruled_out_and_fails_where_it_is_certain(
    difference, within, expected
):
    found = against_champion(compared(recall=differs(difference, within=within)))
    assert found["recall"].outcome is expected
    assert "average_precision_floor" not in found


def test_a_comparison_names_both_numbers_and_the_interval():
    sentence = against_champion(compared(recall=differs(-0.05, within=0.01)))["recall"].sentence
    assert "75.0% against the champion's 80.0%" in sentence
    assert "-5.0 (-6.0 to -4.0)" in sentence


def test_a_flag_precision_that_neither_reaches_compares_nothing():
    found = against_champion(compared(recall=differs(0.0, champion=0.0)))
    assert found["recall"].outcome is Outcome.NOT_ENOUGH_DATA
    assert "Neither" in found["recall"].sentence


def test_a_candidate_needs_a_gain_that_has_a_name():
    level = {"average_precision": differs(0.005)}
    assert against_champion(compared(gains=level))["gain"].outcome is Outcome.NOT_ENOUGH_DATA
    assert against_champion(compared(gains={"average_precision": differs(-0.05)}))["gain"].outcome is Outcome.FAIL
    for name in ("recall", "calibration", "class:gore"):
        found = against_champion(compared(gains={**level, name: differs(0.03)}))["gain"]
        assert found.outcome is Outcome.PASS
        assert "3.0 points" in found.sentence


def test_an_old_champion_is_replaced_without_a_gain():
    level = compared(gains={"average_precision": differs(0.0)})
    assert against_champion(level, age=89.0)["gain"].outcome is Outcome.NOT_ENOUGH_DATA
    assert against_champion(level, age=91.0)["gain"].outcome is Outcome.PASS


def test_a_class_that_the_champion_does_not_know_and_a_faster_file_are_gains():
    level = compared(gains={"average_precision": differs(0.0)})
    new = report(classes={"new": measures(n_positive=20)})
    assert "It knows new" in against_champion(level, candidate=new)["gain"].sentence
    for share, expected in ((1.0, Outcome.PASS), (0.6, Outcome.NOT_ENOUGH_DATA)):
        latency = {"candidate_ms": 7.0, "champion_ms": 10.0, "faster_share": share}
        assert against_champion(level, latency=latency)["gain"].outcome is expected


@pytest.mark.parametrize(
    ("candidate_ms", "champion_ms", "expected"), [(19, 1, Outcome.PASS), (60, 50, Outcome.PASS), (80, 50, Outcome.FAIL)]
)
def test_a_candidate_may_be_half_as_slow_again_or_too_fast_to_notice(candidate_ms, champion_ms, expected):
    latency = {"candidate_ms": candidate_ms, "champion_ms": champion_ms}
    assert against_champion(compared(), latency=latency)["latency"].outcome is expected


def test_without_a_champion_one_image_in_twenty_may_take_half_a_second():
    slow = report() | {"speed": {"latency_ms": {"p50": 90.0, "p95": 510.0}}}
    assert checks_by_name(slow)["latency"].outcome is Outcome.FAIL
    assert "latency" not in checks_by_name(report())


def test_each_class_with_twenty_violations_is_checked_apart():
    champion = report(classes={"gore": measures(), "noisy": measures(), "rare": measures(n_positive=30)})
    candidate = report(
        classes={
            "gore": measures(),
            "noisy": measures(),
            "new": measures(average_precision=0.16),
            "rare": measures(n_positive=19, average_precision=0.0),
        }
    )
    found = against_champion(
        compared(classes={"gore": differs(-0.08, within=0.05), "noisy": differs(-0.08, within=0.1)}),
        candidate=candidate,
        champion=champion,
    )
    assert found["class:gore"].outcome is Outcome.FAIL
    assert found["class:noisy"].outcome is Outcome.PASS
    assert found["class:new"].outcome is Outcome.PASS
    assert found["class:new"].limit == pytest.approx(0.15)
    assert "class:rare" not in found


def test_slices_that_are_surely_much_worse_fail_by_name_and_else_the_worst_is_shown():
    def cut(value, difference):
        return {"dimension": "brightness", "value": value} | differs(difference, within=0.03)

    fine = against_champion(compared(slices=[cut("0-0.25", -0.04), cut("0.25-0.5", 0.0)]))
    assert [name for name in fine if name.startswith("slice:")] == ["slice:brightness:0-0.25"]
    assert fine["slice:brightness:0-0.25"].outcome is Outcome.PASS
    worse = against_champion(compared(slices=[cut("0-0.25", -0.2), cut("0.25-0.5", -0.1), cut("0.5-0.75", -0.04)]))
    assert [name for name in worse if worse[name].outcome is Outcome.FAIL] == [
        "slice:brightness:0-0.25",
        "slice:brightness:0.25-0.5",
    ]


@pytest.mark.parametrize(
    ("low", "expected"), [(0.3, Outcome.FAIL), (0.02, Outcome.PASS), (None, Outcome.NOT_ENOUGH_DATA)]
)
def test_a_hold_out_that_is_known_too_well_fails(low, expected):
    seen = {"hold_out": 0.99, "calibration": 0.7, "difference": 0.29, "low": low, "n_positive": 60}
    assert checks_by_name(report() | {"seen_before": seen})["seen_before"].outcome is expected
    assert "seen_before" not in checks_by_name(report())


def test_what_the_data_checks_warned_of_or_a_person_waived_is_on_the_scorecard():
    def finding(name, found, waived=""):
        return {
            "name": name,
            "outcome": found,
            "value": 3.0,
            "limit": 0.0,
            "sentence": "Odd.",
            "said": [],
            "waived": waived,
        }

    def names(*findings):
        evidence = Evidence(data_checks=findings)
        checks = examine(report(), None, parity=PARITY, evidence=evidence)
        return {one.name: one for one in checks if one.name.startswith("data")}

    assert list(names(finding("schema", "passed"), finding("leakage", "skipped"))) == ["data"]
    odd = names(
        finding("image_drift", "warning"), finding("leakage", "failed", "Looked at."), finding("schema", "failed")
    )
    assert {name: one.outcome for name, one in odd.items()} == {
        "data:image_drift": Outcome.PASS,
        "data:leakage": Outcome.PASS,
        "data:schema": Outcome.FAIL,
    }
    assert odd["data:leakage"].sentence == "Odd. Waived: Looked at."


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
