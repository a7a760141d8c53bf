"""Choosing thresholds from a curve."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models_registry.operating_points import at_precision, at_recall, recall_at_share, score_spread


def row(threshold, *, precision, recall, share):
    return {
        "threshold": threshold,
        "precision": precision,
        "precision_low": precision - 0.1,
        "precision_high": min(1.0, precision + 0.1),
        "recall": recall,
        "recall_low": recall - 0.05,
        "recall_high": min(1.0, recall + 0.05),
        "flagged_share": share,
    }


CURVE = [
    row(0.01, precision=0.03, recall=1.0, share=1.0),
    row(0.10, precision=0.30, recall=0.95, share=0.10),
    row(0.50, precision=0.80, recall=0.70, share=0.03),
    row(0.80, precision=0.97, recall=0.40, share=0.012),
    row(0.95, precision=0.90, recall=0.10, share=0.003),
]
shares = st.floats(0, 1)
curves = st.lists(
    st.builds(lambda t, p, r, s: row(t, precision=p, recall=r, share=s), shares, shares, shares, shares), max_size=20
)
steady = settings(deadline=None, derandomize=True)


def test_the_highest_threshold_that_still_reaches_the_recall_is_chosen():
    assert at_recall(CURVE, 0.9).threshold == 0.10
    assert at_recall(CURVE, 0.70).threshold == 0.50
    assert at_recall(list(reversed(CURVE)), 0.9) == at_recall(CURVE, 0.9)


def test_the_lowest_threshold_whose_lower_bound_reaches_the_precision_is_chosen():
    assert at_precision(CURVE, 0.85).threshold == 0.80
    assert at_precision(CURVE, 0.70).threshold == 0.50


def test_what_cannot_be_reached_has_no_operating_point():
    assert at_precision(CURVE, 0.95) is None
    assert at_recall(CURVE[1:], 0.99) is None
    assert at_recall([], 0.5) is None
    assert at_precision([], 0.5) is None


def test_rows_without_the_number_are_passed_over():
    curve = [{"threshold": 0.9, "precision_low": None, "recall": float("nan")}, {"recall": 1.0}, *CURVE]
    assert at_precision(curve, 0.85).threshold == 0.80
    assert at_recall(curve, 0.9).threshold == 0.10


def test_an_operating_point_can_be_stored_as_json():
    point = at_recall(CURVE, 0.9)
    assert json.loads(json.dumps(point.to_dict())) == CURVE[1]


@pytest.mark.parametrize(("share", "recall"), [(0.0, 0.0), (0.03, 0.70), (0.065, 0.825), (0.55, 0.975), (1.0, 1.0)])
def test_recall_at_a_flagged_share_is_linear_between_points(share, recall):
    assert recall_at_share(CURVE, share) == pytest.approx(recall)
    assert recall_at_share([], share) is None


def test_a_constant_score_has_no_spread():
    assert score_spread([row(0.97, precision=0.03, recall=1.0, share=1.0)]) == 0
    grid = [row(t / 10, precision=0.03, recall=t < 8, share=float(t < 8)) for t in range(11)]
    assert score_spread(grid) == 0
    assert score_spread(CURVE) == pytest.approx(0.94)
    assert score_spread([]) is None


@steady
@given(curves, shares)
def test_a_chosen_point_keeps_what_was_required(curve, required):
    by_recall, by_precision = at_recall(curve, required), at_precision(curve, required)
    assert (by_recall is None) == all(r["recall"] < required for r in curve)
    assert (by_precision is None) == all(r["precision_low"] < required for r in curve)
    assert by_recall is None or by_recall.recall >= required
    assert by_precision is None or by_precision.precision_low >= required


@steady
@given(curves, shares, shares)
def test_a_lower_requirement_never_needs_a_worse_threshold(curve, one, other):
    lower, higher = sorted((one, other))
    if at_recall(curve, higher):
        assert at_recall(curve, lower).threshold >= at_recall(curve, higher).threshold
    if at_precision(curve, higher):
        assert at_precision(curve, lower).threshold <= at_precision(curve, higher).threshold


@steady
@given(curves, shares)
def test_recall_at_a_share_is_a_share(curve, share):
    recall = recall_at_share(curve, share)
    assert recall is None or 0 <= recall <= 1
