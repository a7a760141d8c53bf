"""Bounds of totals, shares, sums and ratios against published values and their own laws."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from moderation.statistics.intervals import Amount, Scope, counted, minus, plus, ratio, scoped, total, wilson
from moderation.statistics.weighing import Tally, finds_of, tally


def tallied(probabilities):
    return tally(finds_of(probabilities))


def one_more(unseen, variance):
    return Tally(count=1.0, seen=1.0, unseen=unseen, variance=variance, squares=variance + unseen + 1)


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
    found = total(tallied(finds), following=one_more(*following))
    assert (found.estimate, found.low, found.high) == pytest.approx((estimate, low, high), abs=0.01)


def test_many_periods_at_once_are_the_same_as_one_after_the_other():
    periods = [tallied(finds) for finds in ([], [0.01] * 3, [0.5, 0.5, 0.1, 0.01], [1.0] * 5)]
    fields = ("count", "seen", "unseen", "variance", "squares")
    stacked = Tally(*(np.array([float(getattr(one, field)) for one in periods]) for field in fields))
    many = total(stacked, following=one_more(30, 2000))
    alone = [total(one, following=one_more(30, 2000)) for one in periods]
    assert many.low == pytest.approx([float(one.low) for one in alone])
    assert many.high == pytest.approx([float(one.high) for one in alone])


def test_with_one_small_weight_the_interval_is_the_mid_p_interval_of_a_poisson_count():
    found = total(tallied([1e-6] * 4), following=one_more(1e6 - 1, (1e6 - 1) * 1e6))

    def mid_p(mean):
        return (chi2.cdf(2 * mean, 8) + chi2.cdf(2 * mean, 10)) / 2

    assert mid_p(found.low / 1e6) == pytest.approx(0.025, abs=1e-5)
    assert mid_p(found.high / 1e6) == pytest.approx(0.975, abs=1e-5)


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
    exact = ratio(one, Amount(known, known, known))
    slack = 1e-3 * one.estimate / known
    assert [float(end) for end in nearly] == pytest.approx([float(end) for end in exact], rel=1e-3, abs=slack)


def test_a_ratio_over_what_may_be_nothing_has_no_upper_bound():
    assert ratio(Amount(3, 1, 8), Amount(2, 0, 9))[1] == math.inf
    assert ratio(Amount(math.nan, 0, 8), Amount(2, 1, 4)) == (0, 8)


def test_the_bounds_of_a_total_are_monotone_in_what_the_next_find_would_add():
    highs = [float(total(tallied([0.01] * 4), following=one_more(y, y * (y + 1))).high) for y in (9, 50, 99, 400)]
    assert highs == sorted(highs)


def test_a_known_number_is_exact_for_the_period_and_a_poisson_count_for_the_process():
    assert counted(7.0, scope=Scope.PERIOD) == Amount(7.0, 7.0, 7.0)
    process = counted(7.0, scope=Scope.PROCESS)
    # Half of P(X = 7) counts on either side: 2.5 % lie beyond each of these means.
    assert (process.low, process.high) == pytest.approx((3.06, 13.85), abs=0.01)


def test_the_process_is_less_certain_than_the_period():
    found, following = tallied([0.05] * 9), one_more(19, 380)
    period = total(found, following=following)
    process = total(scoped(found, scope=Scope.PROCESS), following=scoped(following, scope=Scope.PROCESS))
    assert process.low < period.low < period.high < process.high
    assert process.estimate == period.estimate == pytest.approx(180)


def test_a_weight_that_is_only_estimated_widens_the_total():
    found, following = tallied([0.05] * 9), one_more(19, 380)
    sure, unsure = (total(found, following=following, blur=blur) for blur in (0.0, 0.04))
    assert unsure.low < sure.low < sure.high < unsure.high


def test_a_difference_of_two_shares_equals_the_published_example():
    # Newcombe 1998 (Stat Med 17:873), table II, method 10: 56/70 - 48/80 and 10/10 - 0/10.
    for (a, m), (b, n), expected in (
        ((56, 70), (48, 80), (0.0524, 0.3339)),
        ((9, 10), (3, 10), (0.1705, 0.8090)),
        ((10, 10), (0, 10), (0.6075, 1.0)),
        ((5, 56), (0, 29), (-0.0381, 0.1926)),
    ):
        found = minus(Amount(a / m, *wilson(a / m, m)), Amount(b / n, *wilson(b / n, n)))
        assert (found.low, found.high) == pytest.approx(expected, abs=1e-4)


@steady
@given(amounts, amounts)
def test_a_difference_turned_around_is_its_mirror(one, other):
    forth, back = minus(one, other), minus(other, one)
    assert (forth.low, forth.high) == pytest.approx((-back.high, -back.low))
    assert forth.low <= forth.estimate <= forth.high
