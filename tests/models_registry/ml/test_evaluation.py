"""The report must say what would happen on the traffic, and how sure that is."""

import json

import numpy as np
import pytest
from scipy.stats import beta
from sklearn.metrics import average_precision_score

from models_registry.ml.curves import Sums, average_precision, curve, share_interval
from models_registry.ml.evaluation import calibration_error, evaluate


def hold_out(*, seed: int = 0, n: int = 4000, ties: bool = False):
    random = np.random.default_rng(seed)
    truths = random.random(n) < 0.3
    scores = 1 / (1 + np.exp(-(np.where(truths, 1.5, -1.5) + random.normal(0, 1.3, n))))
    return (np.round(scores, 1) if ties else scores), truths, np.where(truths, 1.0, 14.0)


def alike(count, *, weight: float = 1.0) -> Sums:
    """Sum up images of one weight, for each of some counts."""
    counts = np.atleast_1d(np.asarray(count, dtype=float))
    return Sums(weight * counts, weight**2 * counts, weight)


@pytest.mark.parametrize("ties", [False, True])
def test_average_precision_is_that_of_scikit_learn(ties: bool) -> None:
    scores, truths, weights = hold_out(ties=ties)
    assert average_precision(scores, truths, weights) == pytest.approx(
        average_precision_score(truths, scores, sample_weight=weights)
    )


@pytest.mark.parametrize(("n", "ties"), [(4000, False), (4000, True), (60, False), (1, False)])
def test_every_point_of_the_curve_is_what_flagging_there_would_do(n: int, ties: bool) -> None:
    scores, truths, weights = hold_out(n=n, ties=ties)
    truths[0] = True
    points = curve(scores, truths, weights)
    assert 1 <= len(points) <= 200
    for point in points:
        is_flagged = scores >= point["threshold"]
        found = weights @ (is_flagged & truths)
        assert point["recall"] == pytest.approx(found / (weights @ truths))
        assert point["precision"] == pytest.approx(found / (weights @ is_flagged))
        assert point["flagged_share"] == pytest.approx(weights @ is_flagged / weights.sum())
        assert point["precision_low"] <= point["precision"] + 1e-9
        assert point["precision"] <= point["precision_high"] + 1e-9
        assert point["recall_low"] <= point["recall"] + 1e-9
        assert point["recall"] <= point["recall_high"] + 1e-9


def test_the_curve_ascends_reaches_both_ends_and_is_dense_where_recall_is_high() -> None:
    scores, truths, weights = hold_out()
    points = curve(scores, truths, weights)
    thresholds = [point["threshold"] for point in points]
    recalls = np.array([point["recall"] for point in points])
    assert thresholds == sorted(set(thresholds))
    assert (thresholds[0], thresholds[-1]) == (scores.min(), scores.max())
    assert (recalls[0], points[0]["flagged_share"]) == (1.0, 1.0)
    assert np.abs(np.diff(recalls[recalls > 0.8])).max() < 0.005


def test_weights_bring_precision_down_to_the_prevalence_of_the_traffic() -> None:
    scores, truths, weights = hold_out()
    probabilities, targets = scores[:, None], truths[:, None]
    as_sampled = evaluate(probabilities, targets, np.ones(len(scores)), class_keys=["odd"])["classes"]["odd"]
    on_traffic = evaluate(probabilities, targets, weights, class_keys=["odd"])["classes"]["odd"]
    assert as_sampled["prevalence"] == pytest.approx(0.3, abs=0.03)
    assert on_traffic["prevalence"] == pytest.approx(0.03, abs=0.004)
    assert on_traffic["average_precision"] < as_sampled["average_precision"] - 0.1


def test_with_equal_weights_the_interval_is_clopper_pearson() -> None:
    for found, rest in ((3, 7), (50, 50), (120, 3)):
        _, low, high = share_interval(alike(found), alike(rest))
        assert low[0] == pytest.approx(beta.ppf(0.025, found, rest + 1))
        assert high[0] == pytest.approx(beta.ppf(0.975, found + 1, rest))


def test_the_interval_of_precision_expects_heavy_negatives_that_were_not_seen() -> None:
    _, low, high = share_interval(alike(100), alike(0, weight=14))
    assert 0.6 < low[0] < 0.75
    assert high[0] == 1


def test_nothing_seen_means_nothing_known() -> None:
    estimate, low, high = share_interval(alike(0), alike(0))
    assert (estimate[0], low[0], high[0]) == (0, 0, 1)


@pytest.mark.parametrize(("n_flagged", "true_precision"), [(40, 0.9), (200, 0.5), (60, 0.3)])
def test_the_interval_of_precision_covers_the_truth(n_flagged: int, true_precision: float) -> None:
    random = np.random.default_rng(3)
    positives = random.poisson(n_flagged * true_precision, 2000).astype(float)
    negatives = random.poisson(n_flagged * (1 - true_precision) / 14, 2000).astype(float)
    _, low, high = share_interval(alike(positives), alike(negatives, weight=14))
    assert np.mean((low <= true_precision) & (true_precision <= high)) >= 0.94


def test_calibration_error_is_small_when_probabilities_are_right_and_large_when_doubled() -> None:
    random = np.random.default_rng(5)
    scores = random.beta(0.3, 5, 50_000)
    truths = random.random(50_000) < scores
    ones = np.ones(50_000)
    assert calibration_error(scores, truths, ones) < 0.005
    assert calibration_error(np.minimum(1, 2 * scores), truths, ones) > 0.04


def test_any_violation_is_scored_by_the_highest_class() -> None:
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.1, 0.2], [0.05, 0.01]])
    targets = np.array([[1, 0], [0, 1], [0, 0], [0, 0]])
    report = evaluate(probabilities, targets, np.ones(4), class_keys=["first", "second"])
    assert report["any"]["n_positive"] == 2
    assert report["any"]["average_precision"] == 1
    assert [point["threshold"] for point in report["any"]["curve"]] == [0.05, 0.8, 0.9]


def test_a_class_without_positives_has_no_curve_and_no_average_precision() -> None:
    report = evaluate([[0.1], [0.2]], [[0], [0]], [1, 1], class_keys=["odd"])
    assert report["classes"]["odd"]["curve"] == []
    assert report["classes"]["odd"]["average_precision"] is None
    assert json.loads(json.dumps(report, allow_nan=False)) == report


def test_the_report_survives_json_without_losing_a_digit() -> None:
    scores, truths, weights = hold_out()
    report = evaluate(scores[:, None].astype(np.float32), truths[:, None], weights, class_keys=["odd"])
    assert json.loads(json.dumps(report, allow_nan=False)) == report
    assert report["n"] == 4000
    assert report["n_effective"] == pytest.approx(weights.sum() ** 2 / (weights**2).sum())


@pytest.mark.parametrize(
    ("probabilities", "targets", "weights"),
    [
        ([[1.5]], [[1]], [1]),
        ([[float("nan")]], [[1]], [1]),
        ([[0.5]], [[1]], [0]),
        ([[0.5]], [[1]], [float("inf")]),
        ([[0.5]], [[1, 0]], [1]),
        (np.zeros((0, 1)), np.zeros((0, 1)), []),
    ],
)
def test_impossible_values_are_refused(probabilities, targets, weights) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        evaluate(probabilities, targets, weights, class_keys=["odd"])
