"""When a number may be shown, and how many looks are missing until then."""

import pytest

from moderation.estimation import Cell, accuracy, f1, machine_recall, takedown_precision
from moderation.statistics.sufficiency import looks_still_needed, second_looks_still_needed

CELLS = [Cell(posts=10**6, probability=0.01, mean_score=0.01)]


def test_a_metric_that_needs_finds_alone_needs_as_many_looks_as_six_finds_take():
    share = f1(flagged_violations=900, flagged=1200, finds=[], cells=CELLS, looks=10_000)
    needed = looks_still_needed(share, cells=CELLS, flagged_violations=900, width=None)
    recall = machine_recall(flagged_violations=900, finds=[], cells=CELLS, looks=10_000)
    assert 0 < needed <= looks_still_needed(recall, cells=CELLS, flagged_violations=900)


def test_five_finds_need_a_fifth_more_looks():
    share = accuracy(flagged_violations=900, flagged=1200, finds=[0.01] * 5, cells=CELLS, posts=10**6, looks=10_000)
    assert not share.enough
    assert looks_still_needed(share, cells=CELLS, flagged_violations=900, width=None) == 2_000


def test_enough_finds_need_no_more_looks():
    share = f1(flagged_violations=900, flagged=1200, finds=[0.01] * 8, cells=CELLS)
    assert looks_still_needed(share, cells=CELLS, flagged_violations=900, width=None) == 0


@pytest.mark.parametrize(("yes", "no"), [(5, 5), (9, 1), (0, 3)])
def test_second_looks_needed_follow_from_the_width(yes, no):
    precision = takedown_precision(violations=[0.05] * yes, others=[0.05] * no)
    needed = second_looks_still_needed(precision)
    grown = 1 + needed / (yes + no)
    later = takedown_precision(violations=[0.05] * round(yes * grown), others=[0.05] * round(no * grown))
    assert needed > 0
    assert later.width <= 0.33


def test_without_any_second_look_the_need_is_that_of_the_widest_interval():
    nothing = takedown_precision(violations=[], others=[])
    needed = second_looks_still_needed(nothing)
    assert takedown_precision(violations=[0.1] * (needed // 2), others=[0.1] * (needed // 2)).width <= 0.30


def test_a_narrow_precision_needs_no_more_second_looks():
    assert second_looks_still_needed(takedown_precision(violations=[0.1] * 90, others=[0.1] * 10)) == 0
