"""The estimators against the published test vectors, against their laws, and against simulated seasons."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.estimation import (
    Allowance,
    Cell,
    ImpossibleProbability,
    Scope,
    accuracy,
    f1,
    flag_precision,
    looks_still_needed,
    machine_recall,
    missed_per_thousand,
    missed_violations,
    prevalence,
    system_recall,
    takedown_precision,
)

steady = settings(deadline=None, derandomize=True)
probabilities = st.floats(0.001, 1.0)
finds_lists = st.lists(probabilities, max_size=30)
cells_lists = st.lists(
    st.builds(Cell, posts=st.integers(0, 10**6), probability=probabilities, mean_score=st.floats(0, 1)),
    max_size=8,
)
ONE_PERCENT = [Cell(posts=10**6, probability=0.01, mean_score=0.01)]


def test_a_season_in_one_cell_equals_the_published_test_vector():
    missed = missed_violations([0.01] * 3, ONE_PERCENT)
    # 77.81 and 813.83 (test_intervals), out to whole numbers: so many posts were missed, or one more.
    assert (missed.estimate, missed.low, missed.high) == pytest.approx((300, 77, 814))
    assert (missed.finds, missed.looks, missed.enough) == (3, 10_000, False)


def test_no_finds_give_no_estimate_but_the_bounds_that_are_known():
    missed = missed_violations([], ONE_PERCENT)
    recall = machine_recall(flagged_violations=900, finds=[], cells=ONE_PERCENT, looks=10_000)
    assert (missed.estimate, missed.low) == (None, 0)
    assert missed.high == pytest.approx(3.0 * 100, rel=0.01)
    assert recall.estimate is None
    assert recall.low == pytest.approx(900 / (900 + missed.high))
    assert recall.high == 1
    assert not recall.enough
    assert recall.effective_finds is None


@pytest.mark.parametrize("cells", [[], [Cell(posts=0, probability=0.1, mean_score=0.2)]])
def test_empty_inputs_give_nothing_rather_than_nought_or_all(cells):
    empty = [
        missed_violations([], cells),
        missed_per_thousand([], cells, posts=0),
        missed_per_thousand([], cells, posts=100),
        prevalence(flagged_violations=0, finds=[], cells=cells, posts=0),
        prevalence(flagged_violations=3, finds=[], cells=cells, posts=30),
        machine_recall(flagged_violations=0, finds=[], cells=cells),
        machine_recall(flagged_violations=7, finds=[], cells=cells),
        flag_precision(flagged=0, violations=0),
        takedown_precision(violations=[], others=[]),
    ]
    assert all((i.estimate, i.low, i.high, i.enough) == (None, None, None, False) for i in empty)


def test_a_period_without_any_violation_has_no_recall():
    census = [Cell(posts=500, probability=1.0, mean_score=0.01)]
    assert machine_recall(flagged_violations=0, finds=[], cells=census).estimate is None
    assert machine_recall(flagged_violations=0, finds=[], cells=ONE_PERCENT).estimate is None


def test_when_everything_was_looked_at_the_numbers_are_exact():
    cells = [Cell(posts=970, probability=1.0, mean_score=0.01)]
    missed = missed_violations([1.0] * 5, cells)
    recall = machine_recall(flagged_violations=15, finds=[1.0] * 5, cells=cells)
    share = prevalence(flagged_violations=15, finds=[1.0] * 5, cells=cells, posts=1000)
    assert (missed.low, missed.estimate, missed.high, missed.enough) == (5, 5, 5, True)
    assert (recall.low, recall.estimate, recall.high, recall.enough) == (0.75, 0.75, 0.75, True)
    assert (share.low, share.estimate, share.high) == pytest.approx((0.02, 0.02, 0.02))
    assert recall.looks == 970


def test_an_exact_share_of_fewer_than_six_violations_is_not_enough():
    census = [Cell(posts=50, probability=1.0, mean_score=0.01)]
    recall = machine_recall(flagged_violations=4, finds=[1.0], cells=census)
    assert recall.estimate == 0.8
    assert not recall.enough


def test_days_that_were_seen_whole_do_not_hide_what_other_days_may_have_missed():
    manual_days = Cell(posts=10_000, probability=1.0, mean_score=0.01)
    sampled_days = Cell(posts=10_000, probability=0.02, mean_score=0.01)
    missed = missed_violations([1.0] * 100, [manual_days, sampled_days])
    assert missed.high == pytest.approx(100 + missed_violations([], [sampled_days]).high, rel=1e-6)


def test_posts_without_a_chance_of_a_look_leave_no_estimate():
    cells = [*ONE_PERCENT, Cell(posts=400, probability=0.0, mean_score=0.001)]
    missed = missed_violations([0.01] * 20, cells)
    assert missed.estimate is None
    assert missed.high == pytest.approx(missed_violations([0.01] * 20, ONE_PERCENT).high + 400)
    assert not missed.enough


def test_a_total_never_exceeds_the_posts_that_passed():
    missed = missed_violations([0.01, 0.01], [Cell(posts=30, probability=0.01, mean_score=0.5)])
    assert (missed.estimate, missed.high) == (30, 30)


@pytest.mark.parametrize("impossible", [0.0, -0.1, 1.1, math.nan])
def test_a_find_that_could_not_have_been_drawn_is_refused(impossible):
    with pytest.raises(ImpossibleProbability):
        missed_violations([impossible], ONE_PERCENT)


def test_the_estimate_of_recall_is_corrected_for_the_bias_of_a_ratio():
    finds = [0.01] * 10
    recall = machine_recall(flagged_violations=3000, finds=finds, cells=ONE_PERCENT)
    raw = 3000 / 4000
    assert recall.estimate == pytest.approx(raw - raw * (1 - raw) ** 2 / 10, rel=0.001)


def test_per_thousand_and_prevalence_are_the_same_total_on_another_scale():
    finds = [0.01] * 8
    missed = missed_violations(finds, ONE_PERCENT)
    rate = missed_per_thousand(finds, ONE_PERCENT, posts=10**6)
    share = prevalence(flagged_violations=9200, finds=finds, cells=ONE_PERCENT, posts=10**6)
    assert (rate.estimate, rate.low, rate.high) == pytest.approx((0.8, missed.low / 1000, missed.high / 1000))
    assert (share.estimate, share.low) == pytest.approx((0.01, (9200 + missed.low) / 10**6))
    assert rate.enough


@pytest.mark.parametrize(
    ("finds", "flagged", "enough"),
    [
        ([0.01] * 5, 100_000, False),
        ([0.01] * 6, 100_000, True),
        ([0.01] * 6, 600, False),
        ([0.5] * 8 + [0.001], 100_000, False),
    ],
)
def test_a_recall_is_enough_with_six_finds_four_effective_ones_and_a_narrow_interval(finds, flagged, enough):
    assert machine_recall(flagged_violations=flagged, finds=finds, cells=ONE_PERCENT).enough is enough


def test_sampled_takedowns_widen_the_recall_and_keep_the_estimate_inside():
    finds = [0.01] * 30
    takedown = takedown_precision(violations=[0.1] * 90, others=[0.1] * 10)
    exact = machine_recall(flagged_violations=5900, finds=finds, cells=ONE_PERCENT)
    sampled = machine_recall(flagged_violations=5000, finds=finds, cells=ONE_PERCENT, removed=1000, takedown=takedown)
    assert sampled.estimate == pytest.approx(exact.estimate, rel=1e-3)
    assert sampled.low < exact.low < exact.high < sampled.high
    assert sampled.width == pytest.approx(exact.width, rel=0.05)


def test_takedowns_that_nobody_looked_at_leave_bounds_only():
    finds = [0.01] * 30
    recall = machine_recall(flagged_violations=5000, finds=finds, cells=ONE_PERCENT, removed=1000)
    missed = missed_violations(finds, ONE_PERCENT)
    assert recall.estimate is None
    assert recall.low == pytest.approx(5000 / (5000 + missed.high))
    assert recall.high == pytest.approx(6000 / (6000 + missed.low))
    assert not recall.enough


def test_flag_precision_has_the_wilson_interval():
    precision = flag_precision(flagged=50, violations=40)
    assert (precision.estimate, precision.low, precision.high) == pytest.approx((0.8, 0.6696, 0.8876), abs=1e-4)
    assert (precision.finds, precision.looks, precision.enough) == (40, 50, True)
    assert not flag_precision(flagged=5, violations=5).enough


def test_flag_precision_weighs_sampled_takedowns_by_their_number():
    takedown = takedown_precision(violations=[0.1] * 95, others=[0.1] * 5)
    precision = flag_precision(flagged=1000, violations=300, removed=3000, takedown=takedown)
    assert precision.estimate == pytest.approx((300 + 3000 * 0.95) / 4000)
    assert precision.low < precision.estimate < precision.high
    unseen = flag_precision(flagged=1000, violations=300, removed=3000)
    assert unseen.estimate is None
    assert unseen.low < 0.3
    assert unseen.high > 0.75


def test_takedown_precision_weighs_each_look_by_its_probability():
    precision = takedown_precision(violations=[0.5] * 10, others=[0.05])
    assert precision.estimate == pytest.approx(20 / 40)
    assert precision.low < 0.15
    assert not precision.enough


@steady
@given(finds_lists, cells_lists, st.integers(0, 10**5), st.integers(0, 1000))
def test_every_interval_contains_its_estimate_and_nothing_raises(finds, cells, flagged, removed):
    posts = sum(cell.posts for cell in cells) + flagged + removed
    takedown = takedown_precision(violations=finds, others=[0.5])
    found = [
        missed_violations(finds, cells),
        missed_per_thousand(finds, cells, posts=posts),
        prevalence(flagged_violations=flagged, finds=finds, cells=cells, posts=posts),
        machine_recall(flagged_violations=flagged, finds=finds, cells=cells),
        machine_recall(flagged_violations=flagged, finds=finds, cells=cells, removed=removed, takedown=takedown),
        flag_precision(flagged=flagged, violations=flagged // 3, removed=removed, takedown=takedown),
        takedown,
    ]
    for interval in found:
        assert (interval.low is None) == (interval.high is None)
        if interval.low is not None:
            assert 0 <= interval.low <= interval.high
        if interval.estimate is not None:
            assert interval.low - 1e-9 <= interval.estimate <= interval.high * (1 + 1e-9)
    assert all(found[i].high is None or found[i].high <= 1 + 1e-9 for i in (3, 4, 5, 6))


@steady
@given(st.floats(0.001, 0.5), st.integers(0, 40))
def test_one_find_more_at_the_same_probability_raises_both_bounds(probability, n):
    cells = [Cell(posts=10**7, probability=probability, mean_score=0.01)]
    before, after = (missed_violations([probability] * m, cells) for m in (n, n + 1))
    assert after.low > before.low
    assert after.high > before.high


@steady
@given(finds_lists, cells_lists, st.integers(1, 10**5))
def test_more_flagged_violations_raise_the_recall(finds, cells, flagged):
    fewer, more = (machine_recall(flagged_violations=n, finds=finds, cells=cells) for n in (flagged, 2 * flagged))
    if fewer.low is not None:
        assert more.low >= fewer.low
        assert more.high >= fewer.high


@steady
@given(finds_lists, cells_lists, st.floats(0.01, 1.0))
def test_the_scale_of_the_scores_does_not_matter(finds, cells, scale):
    cells = [Cell(c.posts, c.probability, round(c.mean_score, 3)) for c in cells]
    smaller = [Cell(c.posts, c.probability, c.mean_score * scale) for c in cells]
    one, other = missed_violations(finds, cells), missed_violations(finds, smaller)
    assert one.estimate == other.estimate
    if one.low is not None:
        assert (one.low, one.high) == pytest.approx((other.low, other.high))


@steady
@given(finds_lists, cells_lists)
def test_splitting_a_cell_changes_nothing(finds, cells):
    halves = [Cell(c.posts, c.probability, c.mean_score) for c in cells for _ in range(2)]
    doubled = [Cell(2 * c.posts, c.probability, c.mean_score) for c in cells]
    one, other = missed_violations(finds, halves), missed_violations(finds, doubled)
    assert one.high == pytest.approx(other.high) if one.high is not None else other.high is None


def test_looks_still_needed_is_predicted_before_there_are_finds():
    recall = machine_recall(flagged_violations=900, finds=[], cells=ONE_PERCENT, looks=10_000)
    needed = looks_still_needed(recall, cells=ONE_PERCENT, flagged_violations=900)
    assert needed is not None
    assert needed > 0


def test_looks_still_needed_is_extrapolated_from_the_width_once_there_are_finds():
    recall = machine_recall(flagged_violations=1500, finds=[0.01] * 20, cells=ONE_PERCENT, looks=10_000)
    needed = looks_still_needed(recall, cells=ONE_PERCENT, flagged_violations=1500, width=0.1)
    assert needed == math.ceil(10_000 * (recall.width / 0.1) ** 2) - 10_000


def test_no_looks_are_needed_when_there_is_enough_and_none_help_where_none_are_drawn():
    enough = machine_recall(flagged_violations=100_000, finds=[0.01] * 40, cells=ONE_PERCENT)
    assert looks_still_needed(enough, cells=ONE_PERCENT, flagged_violations=100_000) == 0
    nothing = machine_recall(flagged_violations=0, finds=[], cells=[])
    assert looks_still_needed(nothing, cells=[], flagged_violations=0) is None
    blind = [Cell(posts=100, probability=0.0, mean_score=0.1)]
    assert looks_still_needed(nothing, cells=blind, flagged_violations=5) is None


@steady
@given(finds_lists, cells_lists, st.integers(0, 10**5))
def test_looks_still_needed_never_raises_and_is_never_negative(finds, cells, flagged):
    recall = machine_recall(flagged_violations=flagged, finds=finds, cells=cells)
    needed = looks_still_needed(recall, cells=cells, flagged_violations=flagged)
    assert needed is None or needed >= 0


def test_predicted_looks_bring_the_width_that_was_asked_for():
    recall = machine_recall(flagged_violations=9_000, finds=[], cells=[], looks=0)
    thin = [Cell(posts=100_000, probability=0.001, mean_score=0.01)]
    needed = looks_still_needed(recall, cells=thin, flagged_violations=9_000, width=0.1)
    rich = [Cell(posts=100_000, probability=needed / 100_000, mean_score=0.01)]
    finds = [rich[0].probability] * round(1000 * rich[0].probability)
    assert machine_recall(flagged_violations=9_000, finds=finds, cells=rich).width == pytest.approx(0.1, rel=0.25)


def test_the_interval_contains_the_truth_about_nineteen_times_in_twenty():
    random = np.random.default_rng(20)
    posts = np.array([30_000, 12_000, 6_000, 2_000])
    rates = np.array([0.002, 0.006, 0.02, 0.08])
    misses = random.binomial(posts, [0.0006, 0.004, 0.012, 0.05], size=(500, 4))
    finds = random.binomial(misses, rates)
    cells = [Cell(int(n), float(p), q) for n, p, q in zip(posts, rates, (0.0005, 0.004, 0.015, 0.05), strict=True)]
    hits = [
        interval.low <= true <= interval.high
        for found, true in zip(finds, 2_000 / (2_000 + misses.sum(axis=1)), strict=True)
        for drawn in [np.repeat(rates, found).tolist()]
        for interval in [machine_recall(flagged_violations=2_000, finds=drawn, cells=cells)]
    ]
    assert 0.90 <= np.mean(hits) <= 0.995


def test_f1_is_the_harmonic_mean_of_flag_precision_and_machine_recall():
    census = [Cell(posts=900, probability=1.0, mean_score=0.01)]
    share = f1(flagged_violations=60, flagged=100, finds=[1.0] * 20, cells=census)
    assert share.low == share.high == pytest.approx(2 / (1 / 0.6 + 1 / 0.75))


def test_accuracy_counts_wrongful_flags_and_misses_as_errors():
    census = [Cell(posts=900, probability=1.0, mean_score=0.01)]
    share = accuracy(flagged_violations=60, flagged=100, finds=[1.0] * 20, cells=census, posts=1000)
    assert share.low == share.high == pytest.approx(1 - 60 / 1000)


def test_f1_and_accuracy_have_the_bounds_of_missed_violations_transformed():
    finds = [0.01] * 12
    missed = missed_violations(finds, ONE_PERCENT)
    share = f1(flagged_violations=9000, flagged=15_000, finds=finds, cells=ONE_PERCENT)
    right = accuracy(flagged_violations=9000, flagged=15_000, finds=finds, cells=ONE_PERCENT, posts=1_015_000)
    assert share.high == pytest.approx(18_000 / (9000 + 15_000 + missed.low))
    assert share.low == pytest.approx(18_000 / (9000 + 15_000 + missed.high))
    assert right.low == pytest.approx(1 - (6000 + missed.high) / 1_015_000)
    assert share.enough
    assert right.enough
    few = f1(flagged_violations=9000, flagged=15_000, finds=[0.01] * 5, cells=ONE_PERCENT)
    assert not few.enough


def test_sampled_takedowns_widen_f1_and_accuracy():
    finds = [0.01] * 30
    takedown = takedown_precision(violations=[0.1] * 90, others=[0.1] * 10)
    sure = {"finds": finds, "cells": ONE_PERCENT, "flagged": 9000, "flagged_violations": 5900}
    unsure = sure | {"flagged": 8000, "flagged_violations": 5000, "removed": 1000, "takedown": takedown}
    assert f1(**unsure).width > f1(**sure).width
    assert accuracy(**unsure, posts=10**6).width > accuracy(**sure, posts=10**6).width
    assert f1(**unsure).estimate == pytest.approx(f1(**sure).estimate)


def test_system_recall_counts_what_anybody_unpublished_in_time_against_all_violations():
    finds = [0.01] * 20
    missed = missed_violations(finds, ONE_PERCENT)
    recall = system_recall(in_time=1500, late=200, flagged_violations=1400, finds=finds, cells=ONE_PERCENT)
    assert recall.estimate == pytest.approx(1500 / 3400, rel=0.02)
    assert recall.low == pytest.approx(1500 / (1400 + missed.high))
    assert recall.high == pytest.approx(1500 / (1400 + missed.low))
    assert recall.enough


def test_system_recall_never_forgets_what_is_known_to_have_come_late():
    recall = system_recall(in_time=1500, late=200, flagged_violations=1400, finds=[], cells=ONE_PERCENT)
    assert recall.high == pytest.approx(1500 / 1700)


def test_without_late_removals_and_complaints_system_recall_is_machine_recall():
    finds = [0.01] * 20
    takedown = takedown_precision(violations=[0.1] * 90, others=[0.1] * 10)
    machine = {"finds": finds, "cells": ONE_PERCENT, "removed": 500, "takedown": takedown, "flagged_violations": 900}
    system, alone = system_recall(in_time=900, late=0, **machine), machine_recall(**machine)
    assert (system.estimate, system.low, system.high) == pytest.approx((alone.estimate, alone.low, alone.high))


def test_a_complaint_raises_system_recall_and_never_the_number_of_violations():
    found = {"finds": [0.01] * 20, "cells": ONE_PERCENT, "flagged_violations": 1400}
    before = system_recall(in_time=1400, late=0, **found)
    after = system_recall(in_time=1450, late=0, **found)
    assert after.low / before.low == pytest.approx(1450 / 1400)


def test_of_a_period_without_posts_the_new_metrics_say_nothing():
    nothing = {"flagged_violations": 0, "finds": [], "cells": []}
    metrics = [
        f1(**nothing, flagged=0),
        accuracy(**nothing, flagged=0, posts=0),
        system_recall(**nothing, in_time=0, late=0),
    ]
    assert all((one.estimate, one.low, one.high, one.enough) == (None, None, None, False) for one in metrics)


@steady
@given(finds_lists, cells_lists, st.integers(0, 10**5), st.integers(0, 10**4), st.sampled_from(Scope))
def test_the_new_metrics_stay_within_nought_and_one_and_hold_their_estimates(finds, cells, flagged, wrong, scope):
    posts = round(sum(cell.posts for cell in cells)) + flagged + wrong
    given_ = {"finds": finds, "cells": cells, "flagged_violations": flagged, "allowing": Allowance(scope=scope)}
    for one in (
        f1(**given_, flagged=flagged + wrong),
        accuracy(**given_, flagged=flagged + wrong, posts=posts),
        system_recall(**given_, in_time=flagged // 2, late=flagged // 10),
        machine_recall(**given_),
    ):
        if one.low is not None:
            assert 0 <= one.low <= one.high <= 1
        if one.estimate is not None:
            assert one.low - 1e-9 <= one.estimate <= one.high + 1e-9


def test_the_new_metrics_of_the_process_are_less_certain_than_those_of_the_period():
    found = {"finds": [0.01] * 20, "cells": ONE_PERCENT, "flagged_violations": 6000}
    process = Allowance(scope=Scope.PROCESS)
    for metric, more in (
        (machine_recall, {}),
        (system_recall, {"in_time": 5000, "late": 0}),
        (f1, {"flagged": 7000}),
        (accuracy, {"flagged": 7000, "posts": 10**6}),
    ):
        period, whole = metric(**found, **more), metric(**found, **more, allowing=process)
        assert whole.low < period.low < period.high < whole.high
        assert whole.estimate == pytest.approx(period.estimate, rel=0.01)


@pytest.mark.parametrize("probability", [0.3, 0.5, 0.8, 0.95])
@pytest.mark.parametrize(("there", "passed"), [(1, 20), (3, 60), (8, 200), (30, 1000)])
def test_where_much_was_looked_at_the_interval_still_covers(probability: float, there: int, passed: int) -> None:
    finds = np.random.default_rng(there).binomial(there, probability, size=1000)
    cells = [Cell(posts=passed, probability=probability, mean_score=0.05)]
    intervals = {n: missed_violations([probability] * n, cells) for n in set(finds.tolist())}
    covered = [intervals[n].low <= there <= intervals[n].high for n in finds.tolist()]
    assert sum(covered) >= 0.95 * len(covered)
