"""The change between two periods, and whether it is more than noise."""

import pytest

from moderation.estimation import Allowance, Cell, Interval, Scope, machine_recall
from moderation.statistics.comparison import difference
from moderation.statistics.intervals import wilson

CELLS = [Cell(posts=10**6, probability=0.01, mean_score=0.01)]


def share(estimate, low, high, *, enough=True):
    return Interval(estimate, low, high, finds=20, looks=100, enough=enough, effective_finds=20.0)


def recall(flagged, finds, *, scope=Scope.PERIOD):
    allowing = Allowance(scope=scope)
    return machine_recall(flagged_violations=flagged, finds=[0.01] * finds, cells=CELLS, allowing=allowing)


def test_a_change_has_the_bounds_of_newcombes_example():
    # 56/70 - 48/80 with Wilson's bounds (Newcombe 1998, Stat Med 17:873, table II, method 10).
    change = difference(share(0.8, *wilson(0.8, 70)), share(0.6, *wilson(0.6, 80)))
    assert change.estimate == pytest.approx(0.2)
    assert (change.low, change.high) == pytest.approx((0.0524, 0.3339), abs=1e-4)
    assert change.is_more_than_noise


def test_a_change_whose_interval_holds_nought_is_noise():
    assert not difference(share(0.82, 0.7, 0.9), share(0.8, 0.7, 0.88)).is_more_than_noise
    assert difference(share(0.5, 0.45, 0.55), share(0.8, 0.75, 0.85)).is_more_than_noise


def test_a_period_that_is_not_enough_makes_its_change_not_enough():
    assert not difference(share(0.5, 0.1, 0.9, enough=False), share(0.8, 0.7, 0.88)).enough
    assert difference(share(0.5, 0.4, 0.6), share(0.8, 0.7, 0.88)).enough


def test_a_period_of_which_nothing_is_known_cannot_be_compared():
    nothing = Interval(None, None, None, finds=0, looks=0, enough=False, effective_finds=None)
    change = difference(nothing, share(0.8, 0.7, 0.88))
    assert (change.estimate, change.low, change.high, change.enough) == (None, None, None, False)
    assert not change.is_more_than_noise


def test_a_period_without_an_estimate_is_compared_bound_to_bound():
    change = difference(share(None, 0.6, 1.0, enough=False), share(0.4, 0.3, 0.5))
    assert change.estimate is None
    assert (change.low, change.high) == pytest.approx((0.1, 0.7))
    assert change.is_more_than_noise


def test_the_process_trembles_more_than_the_period():
    periods = [difference(recall(900, 30, scope=scope), recall(990, 12, scope=scope)) for scope in Scope]
    widths = {scope: change.high - change.low for scope, change in zip(Scope, periods, strict=True)}
    assert widths[Scope.PROCESS] > widths[Scope.PERIOD]


def test_two_periods_in_which_everything_was_seen_differ_exactly_though_the_process_may_not():
    census = [Cell(posts=1000, probability=1.0, mean_score=0.01)]

    def seen(finds, scope):
        allowing = Allowance(scope=scope)
        return machine_recall(flagged_violations=80, finds=[1.0] * finds, cells=census, allowing=allowing)

    exact = difference(seen(20, Scope.PERIOD), seen(22, Scope.PERIOD))
    assert exact.low == exact.high == pytest.approx(0.8 - 80 / 102)
    assert exact.is_more_than_noise
    assert not difference(seen(20, Scope.PROCESS), seen(22, Scope.PROCESS)).is_more_than_noise
