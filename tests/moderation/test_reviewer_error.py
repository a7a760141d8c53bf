"""People's errors carried into the numbers that rest on their answers."""

import numpy as np
import pytest

from moderation.estimation import Allowance, Cell, Scope, machine_recall, missed_violations
from moderation.statistics.reviewer_error import (
    ImpossibleCount,
    SecondLooks,
    Sensitivity,
    confirmed_by_three,
    reviewed_precision,
    sensitivity,
    true_views,
    true_violations,
)
from moderation.statistics.weighing import ImpossibleProbability

CELLS = [Cell(posts=10**6, probability=0.01, mean_score=0.01)]


def looked(posts, violations, others, rate=0.1):
    return SecondLooks(posts, violations=[rate] * violations, others=[rate] * others)


def test_precision_joins_what_second_looks_say_of_both_answers():
    found = reviewed_precision(violations=looked(600, 54, 6), others=looked(400, 2, 38))
    assert found.estimate == pytest.approx(0.6 * 0.9 + 0.4 * 0.05)
    assert found.low < found.estimate < found.high
    assert (found.finds, found.looks, found.enough) == (56, 100, True)


def test_when_every_answer_got_a_second_look_precision_is_exact():
    found = reviewed_precision(violations=looked(60, 55, 5, rate=1.0), others=looked(40, 2, 38, rate=1.0))
    assert found.low == pytest.approx(0.57)
    assert found.high == pytest.approx(0.57)


def test_more_second_looks_of_the_same_outcome_narrow_the_interval():
    few = reviewed_precision(violations=looked(600, 27, 3), others=looked(400, 1, 19))
    many = reviewed_precision(violations=looked(600, 270, 30), others=looked(400, 10, 190))
    assert few.low < many.low < many.high < few.high


def test_a_group_without_second_looks_is_as_it_was_answered_and_may_be_anything():
    found = reviewed_precision(violations=looked(600, 54, 6), others=looked(400, 0, 0))
    assert found.estimate == pytest.approx(0.54)
    assert found.low < 0.54
    assert found.high > 0.4 + 0.54
    assert not found.enough


def test_few_second_looks_say_little_and_nothing_wrong():
    found = reviewed_precision(violations=looked(600, 2, 1), others=looked(400, 0, 2))
    assert found.low < 0.3
    assert found.high > 0.7


def test_no_flagged_posts_give_nothing():
    nothing = reviewed_precision(violations=looked(0, 0, 0), others=looked(0, 0, 0))
    assert (nothing.estimate, nothing.low, nothing.enough) == (None, None, False)


def test_looks_that_cannot_have_been_are_refused():
    with pytest.raises(ImpossibleCount):
        reviewed_precision(violations=looked(5, 5, 5), others=looked(0, 0, 0))
    with pytest.raises(ImpossibleProbability):
        reviewed_precision(violations=looked(50, 5, 5, rate=0.0), others=looked(0, 0, 0))
    with pytest.raises(ImpossibleCount):
        sensitivity(found=11, gold=10)


def test_true_violations_of_flagged_posts_widen_recall():
    flagged = true_violations(violations=looked(6000, 560, 40), others=looked(3000, 6, 294))
    carried = machine_recall(flagged_violations=flagged, finds=[0.01] * 30, cells=CELLS)
    taken = machine_recall(flagged_violations=round(flagged.estimate), finds=[0.01] * 30, cells=CELLS)
    assert carried.low < taken.low < taken.high < carried.high
    assert carried.estimate == pytest.approx(taken.estimate, rel=0.01)


def test_a_flawless_record_over_few_items_is_not_taken_for_perfection():
    assert sensitivity(found=20, gold=20).share == pytest.approx(20.5 / 21)
    assert sensitivity(found=20, gold=20).relative_variance > 0
    assert sensitivity(found=2000, gold=2000).relative_variance < 1e-6


def test_an_audit_finds_what_the_first_look_and_then_the_panel_recognize():
    three = confirmed_by_three(Sensitivity(0.98, 1e-4))
    first, panel = 0.98, 0.98**2 + 2 * 0.98 * 0.02 * 0.98**2
    assert three.share == pytest.approx(first * panel)
    step = 1e-6
    slope = (confirmed_by_three(Sensitivity(0.98 + step)).share - three.share) / step
    assert three.relative_variance == pytest.approx(1e-4 * (slope * 0.98 / three.share) ** 2, rel=1e-4)


def test_what_people_overlook_is_added_in_proportion_and_its_uncertainty_too():
    record = sensitivity(found=90, gold=100)
    plain = missed_violations([0.01] * 30, CELLS)
    carried = missed_violations([0.01] * 30, CELLS, allowing=Allowance(reviewers=record))
    known = missed_violations([0.01] * 30, CELLS, allowing=Allowance(reviewers=Sensitivity(record.share)))
    assert carried.estimate == pytest.approx(plain.estimate / record.share)
    assert carried.low < known.low < known.high < carried.high
    assert carried.finds == plain.finds


def test_everything_looked_at_by_people_who_overlook_is_not_exact():
    census = [Cell(posts=1000, probability=1.0, mean_score=0.01)]
    allowing = Allowance(reviewers=Sensitivity(0.9))
    missed = missed_violations([1.0] * 18, census, allowing=allowing)
    assert missed.estimate == pytest.approx(20)
    assert 18 <= missed.low < 20 < missed.high
    assert missed_violations([], census, allowing=allowing).high > 0


def test_days_seen_whole_do_not_hide_the_rest_from_people_who_overlook():
    cells = [
        Cell(posts=10_000, probability=1.0, mean_score=0.01),
        Cell(posts=10_000, probability=0.02, mean_score=0.01),
    ]
    missed = missed_violations([], cells, allowing=Allowance(reviewers=Sensitivity(0.98)))
    assert missed.high > 140


def test_process_and_people_can_be_allowed_for_together():
    allowing = Allowance(scope=Scope.PROCESS, reviewers=sensitivity(found=95, gold=100))
    both = machine_recall(flagged_violations=900, finds=[0.01] * 20, cells=CELLS, allowing=allowing)
    plain = machine_recall(flagged_violations=900, finds=[0.01] * 20, cells=CELLS)
    assert both.high - both.low > plain.width


def test_two_phase_precision_contains_the_truth_about_nineteen_times_in_twenty():
    random = np.random.default_rng(7)
    hits = 0
    for _ in range(300):
        truth = random.binomial(1, 0.3, 900).astype(bool)
        said = truth ^ (random.random(900) < 0.05)
        seen = random.random(900) < 0.1
        groups = [
            SecondLooks(
                int(group.sum()), [0.1] * int((group & seen & truth).sum()), [0.1] * int((group & seen & ~truth).sum())
            )
            for group in (said, ~said)
        ]
        found = reviewed_precision(violations=groups[0], others=groups[1])
        hits += found.low <= truth.mean() <= found.high
    assert 0.92 <= hits / 300 <= 0.995


def test_views_of_answers_are_those_that_second_looks_let_expect():
    found = true_views(views=10_000, seen=1_000, weight=10_000, violating=9_000, squares=10_000 * 40, is_violation=True)
    assert found.estimate == pytest.approx(9_000)
    assert 8_000 < found.low < 9_000 < found.high < 10_000


def test_views_of_answers_that_were_all_looked_at_again_are_known():
    found = true_views(views=1_000, seen=1_000, weight=1_000, violating=700, squares=50_000, is_violation=True)
    assert (found.estimate, found.low, found.high) == pytest.approx((700, 700, 700))


def test_without_second_looks_any_of_the_views_may_have_fallen_on_violations():
    found = true_views(views=1_000, seen=0, weight=0, violating=0, squares=0, is_violation=True)
    assert (found.estimate, found.low, found.high) == (1_000, 0, 1_000)


def test_one_post_with_many_views_tells_less_than_many_with_few():
    even, uneven = (
        true_views(views=10_000, seen=1_000, weight=10_000, violating=9_000, squares=10_000 * one, is_violation=True)
        for one in (20, 2_000)
    )
    assert uneven.high - uneven.low > 2 * (even.high - even.low)
