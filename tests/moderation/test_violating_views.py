"""How often violations were seen, from finds weighed by their views."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.estimation import missed_violations
from moderation.statistics.violating_views import Cell, finds_of, violating_view_rate, violating_views
from moderation.statistics.weighing import ImpossibleProbability

CELLS = [Cell(posts=10**5, probability=0.02, mean_score=0.01, mean_views=40, mean_square_views=4000)]


def test_each_find_stands_for_its_views_over_its_probability():
    views = violating_views(finds_of([0.02, 0.5], [30, 100]), CELLS, known_views=700)
    assert views.estimate == pytest.approx(30 / 0.02 + 100 / 0.5 + 700)
    assert 830 <= views.low < views.estimate < views.high
    assert not views.enough


def test_with_one_view_each_it_is_the_number_of_missed_violations():
    cells = [Cell(posts=10**5, probability=0.02, mean_score=0.01)]
    views = violating_views(finds_of([0.02] * 9), cells)
    assert views == missed_violations([0.02] * 9, cells)


def test_the_rate_is_the_total_over_all_views():
    finds = finds_of([0.02] * 12, 40)
    total = violating_views(finds, CELLS, known_views=500)
    rate = violating_view_rate(finds, CELLS, views=4_000_000, known_views=500)
    assert (rate.estimate, rate.low, rate.high) == pytest.approx(
        (total.estimate / 4e6, total.low / 4e6, total.high / 4e6)
    )
    assert rate.enough


def test_one_find_that_nearly_all_views_belong_to_is_not_enough():
    finds = finds_of([0.02] * 21, [1] * 20 + [5000])
    assert not violating_view_rate(finds, CELLS, views=4_000_000).enough


def test_without_finds_only_the_bounds_are_known():
    rate = violating_view_rate(finds_of([]), CELLS, views=4_000_000, known_views=1000)
    assert rate.estimate is None
    assert rate.low == pytest.approx(1000 / 4e6)
    assert rate.high > rate.low


def test_without_views_there_is_no_rate():
    assert violating_view_rate(finds_of([0.02], 40), CELLS, views=0).estimate is None
    assert violating_view_rate(finds_of([]), [], views=100).low is None


def test_widely_spread_views_widen_the_interval():
    even, uneven = (
        [Cell(posts=10**5, probability=0.02, mean_score=0.01, mean_views=40, mean_square_views=square)]
        for square in (1600, 16_000)
    )
    finds = finds_of([0.02] * 10, 40)
    assert violating_views(finds, uneven).width > violating_views(finds, even).width


def test_posts_without_a_chance_of_a_look_may_hold_all_their_views():
    blind = Cell(posts=100, probability=0.0, mean_score=0.01, mean_views=7)
    views = violating_views(finds_of([0.02] * 10, 40), [*CELLS, blind])
    assert views.estimate is None
    assert views.high == pytest.approx(violating_views(finds_of([0.02] * 10, 40), CELLS).high + 700)


def test_a_find_that_could_not_have_been_drawn_is_refused():
    with pytest.raises(ImpossibleProbability):
        violating_views(finds_of([0.0], 3), CELLS)


@settings(deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.floats(0.01, 1), st.floats(1, 1e5)), max_size=20))
def test_the_bounds_hold_the_estimate_and_never_fall_below_what_was_seen(finds):
    views = violating_views(finds_of([p for p, _ in finds], [x for _, x in finds]), CELLS)
    if finds:
        assert sum(x for _, x in finds) <= views.low * (1 + 1e-9)
        assert views.low <= views.estimate * (1 + 1e-9)
        assert views.estimate <= views.high * (1 + 1e-9)


def test_the_interval_contains_the_true_views_about_nineteen_times_in_twenty():
    random = np.random.default_rng(3)
    cells = [
        Cell(30_000, 0.01, 0.001, mean_views=np.exp(0.5), mean_square_views=np.exp(2)),
        Cell(5_000, 0.06, 0.02, mean_views=np.exp(0.5), mean_square_views=np.exp(2)),
    ]
    hits = 0
    for _ in range(300):
        drawn, true = [], 0.0
        for cell, misses in zip(cells, random.poisson([900, 400]), strict=True):
            views = random.lognormal(0, 1, misses)
            true += views.sum()
            drawn += [(cell.probability, one) for one in views[random.random(misses) < cell.probability]]
        found = violating_views(finds_of(*np.array(drawn).T), cells)
        hits += found.low <= true <= found.high
    assert 0.92 <= hits / 300 <= 1
