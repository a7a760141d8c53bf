"""What finds weigh, and what one more would."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.statistics.weighing import (
    Cell,
    ImpossibleProbability,
    cells_of,
    expected_find,
    finds_of,
    heaviest_find,
    next_find,
    tally,
    weigh,
    weighted_share,
)


def test_the_effective_number_equals_the_published_test_vector():
    assert tally(finds_of([0.5, 0.5, 0.1, 0.01])).effective == pytest.approx(1.286, abs=0.001)


def test_the_next_find_comes_a_quarter_by_score_and_three_quarters_from_anywhere():
    cells = [Cell(posts=100, probability=0.5, mean_score=0.2), Cell(posts=300, probability=0.1, mean_score=0.0)]
    parts = [100 * 0.5 * (0.25 * 0.2 + 0.75 * 0.05), 300 * 0.1 * 0.75 * 0.05]
    unseen = (parts[0] * 1 + parts[1] * 9) / sum(parts)
    variance = (parts[0] * 2 + parts[1] * 90) / sum(parts)
    found = next_find(cells_of(cells))
    assert (found.unseen, found.variance) == pytest.approx((unseen, variance))


def test_without_cells_the_next_find_is_as_heavy_as_the_heaviest():
    heaviest = heaviest_find(finds_of([0.5, 0.01]), otherwise=0.001)
    assert (heaviest.unseen, heaviest.variance) == pytest.approx((99, 9900))
    assert heaviest_find(finds_of([]), otherwise=0.25).total == 4


def test_a_cell_that_was_seen_whole_takes_no_share_of_the_next_find():
    sampled = expected_find([300.0], probability=[0.1], mean_score=[0.01])
    both = expected_find([300.0, 9e9], probability=[0.1, 1.0], mean_score=[0.01, 0.9])
    assert both.total == pytest.approx(sampled.total)


def test_views_weigh_the_next_find_by_their_mean_and_their_mean_square():
    found = next_find(cells_of([Cell(50, 0.1, 0.2, mean_views=30, mean_square_views=2500)]))
    assert (found.unseen, found.variance) == pytest.approx((30 * 9, 2500 * 90))


def test_a_find_stands_for_itself_and_for_what_nobody_saw():
    found = tally(finds_of([0.1, 0.5], [3, 1]))
    assert (found.count, found.seen, found.unseen) == pytest.approx((2, 4, 27 + 1))
    assert found.total == pytest.approx(3 / 0.1 + 1 / 0.5)
    assert found.variance == pytest.approx(9 * 0.9 / 0.01 + 0.5 / 0.25)


def test_groups_of_finds_weigh_what_their_finds_do():
    grouped = weigh([0.1, 0.5], count=[3, 2], views=[3, 2], squares=[3, 2])
    single = tally(finds_of([0.1] * 3 + [0.5] * 2))
    for name in ("count", "seen", "unseen", "variance", "squares"):
        assert getattr(grouped, name) == pytest.approx(getattr(single, name))


def test_periods_along_the_first_axis_are_weighed_apart():
    found = weigh(np.array([[0.1, 0.5], [0.2, 1.0]]), count=[[1, 1], [4, 1]], views=[[1, 1], [4, 1]])
    assert found.total == pytest.approx([12, 21])


def test_an_unweighted_share_has_as_many_effective_looks_as_looks():
    assert weighted_share([0.2] * 3, [0.2] * 9) == pytest.approx((0.25, 12))
    assert weighted_share([], []) is None
    with pytest.raises(ImpossibleProbability):
        weighted_share([0.0], [0.5])


@settings(deadline=None, derandomize=True)
@given(st.lists(st.floats(0.001, 1), min_size=1, max_size=30))
def test_finds_are_never_more_effective_than_they_are_many(probabilities):
    assert 1 - 1e-9 <= tally(finds_of(probabilities)).effective <= len(probabilities) * (1 + 1e-9)
