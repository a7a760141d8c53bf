"""Bounds of totals, shares, sums and ratios against published values and their own laws."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from moderation.intervals import (
    Amount,
    Cell,
    NextFind,
    effective,
    heaviest_find,
    next_find,
    plus,
    ratio,
    total_bounds,
    wilson,
)

steady = settings(deadline=None, derandomize=True)
amounts = st.tuples(st.floats(0.1, 1e4), st.floats(0, 1), st.floats(0, 3)).map(
    lambda a: Amount(a[0], a[0] * (1 - a[1]), a[0] * (1 + a[2]))
)


@pytest.mark.parametrize(
    ("finds", "following", "estimate", "low", "high"),
    [
        ([], (99, 9900), 0, 0, 297.63),
        ([0.01] * 3, (99, 9900), 300, 77.81, 813.83),
        ([0.5, 0.5, 0.1, 0.01], (30, 2000), 114, 11.04, 404.65),
        ([1.0] * 5, (0, 0), 5, 5, 5),
    ],
)
def test_the_interval_equals_the_published_test_vectors(finds, following, estimate, low, high):
    found = total_bounds(finds, following=NextFind(*following))
    assert sum(1 / probability for probability in finds) == pytest.approx(estimate)
    assert found == pytest.approx((low, high), abs=0.01)


def test_the_effective_number_equals_the_published_test_vector():
    assert effective([0.5, 0.5, 0.1, 0.01]) == pytest.approx(1.286, abs=0.001)


def test_with_one_small_weight_the_interval_is_the_mid_p_interval_of_a_poisson_count():
    low, high = total_bounds([1e-6] * 4, following=NextFind(1e6 - 1, (1e6 - 1) * 1e6))

    def mid_p(mean):
        return (chi2.cdf(2 * mean, 8) + chi2.cdf(2 * mean, 10)) / 2

    assert mid_p(low / 1e6) == pytest.approx(0.025, abs=1e-5)
    assert mid_p(high / 1e6) == pytest.approx(0.975, abs=1e-5)


def test_the_next_find_comes_a_quarter_by_score_and_three_quarters_from_anywhere():
    cells = [Cell(posts=100, probability=0.5, mean_score=0.2), Cell(posts=300, probability=0.1, mean_score=0.0)]
    parts = [100 * 0.5 * (0.25 * 0.2 + 0.75 * 0.05), 300 * 0.1 * 0.75 * 0.05]
    unseen = (parts[0] * 1 + parts[1] * 9) / sum(parts)
    variance = (parts[0] * 2 + parts[1] * 90) / sum(parts)
    found = next_find(cells)
    assert (found.unseen, found.variance) == pytest.approx((unseen, variance))


def test_without_cells_the_next_find_is_as_heavy_as_the_heaviest():
    heaviest = heaviest_find([0.5, 0.01])
    assert (heaviest.unseen, heaviest.variance) == pytest.approx((99, 9900))
    assert heaviest_find([]) == NextFind(0, 0)


def test_wilson_equals_the_published_example():
    # Newcombe 1998 (Stat Med 17:857), table I: 81 of 263 and 0 of 20.
    assert wilson(81 / 263, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson(0, 20) == pytest.approx((0, 0.1611), abs=1e-4)


@steady
@given(st.floats(0, 1), st.floats(0.5, 1e6))
def test_wilson_contains_the_share_and_stays_within_nought_and_one(share, size):
    low, high = wilson(share, size)
    assert 0 <= low <= share <= high <= 1


@steady
@given(amounts, amounts)
def test_a_sum_is_narrower_than_bound_to_bound_and_contains_its_estimate(one, other):
    both = plus(one, other)
    assert one.low + other.low <= both.low * (1 + 1e-9) + 1e-9
    assert both.low <= both.estimate <= both.high
    assert both.high <= (one.high + other.high) * (1 + 1e-9)


@steady
@given(amounts, amounts)
def test_a_ratio_contains_its_estimate(one, other):
    low, high = ratio(one, other)
    assert 0 <= low <= one.estimate / other.estimate * (1 + 1e-6)
    assert high >= one.estimate / other.estimate * (1 - 1e-6)


@steady
@given(amounts, st.floats(0.1, 1e4))
def test_a_ratio_over_a_nearly_known_number_is_nearly_the_bounds_over_it(one, known):
    nearly = ratio(one, Amount(known, known * (1 - 1e-9), known * (1 + 1e-9)))
    assert nearly == pytest.approx(ratio(one, Amount(known, known, known)), rel=1e-3, abs=1e-3 * one.estimate / known)


def test_a_ratio_over_what_may_be_nothing_has_no_upper_bound():
    assert ratio(Amount(3, 1, 8), Amount(2, 0, 9))[1] == math.inf
    assert ratio(Amount(None, 0, 8), Amount(2, 1, 4)) == (0, 8)
