"""Tests of the guard's bets: fair while a limit is kept, ruinous for a machine that breaks it."""

import numpy as np
import pytest

from moderation.go_no_go import betting
from moderation.go_no_go.betting import PRECISION, RECALL, SHARE, TAKEDOWN, DaySums, log_capital, watch

SEASONS, DAYS = 400, 60
LIMITS = {RECALL: 0.5, PRECISION: 0.1, TAKEDOWN: 0.5, SHARE: 0.5}


def day(
    chance: np.random.Generator,
    *,
    recall: float = 0.5,
    precision: float = 0.1,
    takedown: float = 0.5,
    removed: int = 0,
    violations: float = 40,
    probability: float = 0.02,
    removed_rate: float = 0.2,
) -> DaySums:
    """A day of a machine with exactly these numbers; audits find misses with their recorded probability."""
    flagged, missed = chance.poisson(violations * recall), chance.poisson(violations * (1 - recall))
    fine = chance.poisson(violations * recall * (1 - precision) / precision)
    wrong = chance.binomial(chance.binomial(removed, 1 - takedown), removed_rate)
    found = int(chance.binomial(missed, probability))
    return DaySums(
        violations=int(flagged),
        fine=int(fine),
        removed=removed,
        passed=4000,
        removed_fine=((removed_rate, int(wrong)),) if wrong else (),
        finds=((probability, found),) if found else (),
    )


def gain(one: DaySums, guarded: str, limit: float) -> betting.Array:
    """The logarithm of what a day multiplies the capital by, for each stake: [stakes]."""
    return betting._gains(betting._bets([one], guarded), limit=limit)[0]


@pytest.mark.parametrize(("guarded", "removed"), [(RECALL, 0), (PRECISION, 0), (TAKEDOWN, 20), (PRECISION, 20)])
def test_at_its_limit_a_machine_is_stopped_no_more_often_than_promised(guarded: str, removed: int) -> None:
    """Ville: the capital ever reaches 20 in at most one season of twenty; looked at after every single day."""
    chance = np.random.default_rng(11)
    kept = {RECALL: 0.5, PRECISION: 0.1, TAKEDOWN: 0.5}[guarded]
    ever = 0
    for _ in range(SEASONS):
        days = [day(chance, removed=removed) for _ in range(DAYS)]
        ever += bool(log_capital(days, guarded, limit=kept).max() >= np.log(20))
    # Three standard errors above 5 %.
    assert ever / SEASONS <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / SEASONS)


@pytest.mark.parametrize("guarded", [RECALL, PRECISION, TAKEDOWN])
def test_the_capital_is_a_supermartingale_while_the_limit_is_kept(guarded: str) -> None:
    """Its mean stays at or below 1 after every day; a small stake is checked, whose mean a simulation can see."""
    chance, limit = np.random.default_rng(5), {RECALL: 0.5, PRECISION: 0.1, TAKEDOWN: 0.5}[guarded]
    stake = 4
    gains = np.array([[gain(day(chance, removed=20), guarded, limit)[stake] for _ in range(10)] for _ in range(2000)])
    capital = np.exp(gains.cumsum(axis=1))  # [seasons, days]
    error = capital.std(axis=0) / np.sqrt(len(capital))
    assert (capital.mean(axis=0) <= 1 + 4 * error).all()


def test_removals_that_a_second_look_found_fine_have_the_right_mean_in_the_recall_bet() -> None:
    """1 - 1/pi for each that was looked at and is fine: on average a removal counts as its chance to violate."""
    chance, pi, share = np.random.default_rng(3), 0.2, 0.3
    fine = chance.random(200_000) > share
    looked = chance.random(200_000) < pi
    counted = np.where(fine & looked, 1 - 1 / pi, 1.0)
    assert counted.mean() == pytest.approx(share, abs=0.02)


def test_a_machine_that_flags_nothing_is_stopped_within_a_week() -> None:
    chance = np.random.default_rng(1)
    days = [day(chance, recall=0.0) for _ in range(30)]
    (found,) = [one for one in watch(days, limits=LIMITS) if one.guarded == RECALL]
    assert found.fired_on is not None
    assert found.fired_on < 15


def test_a_machine_that_flags_everything_is_stopped_after_one_day_even_if_nobody_has_answered() -> None:
    days = [DaySums(unanswered=5000, passed=0)]
    fired = {one.guarded for one in watch(days, limits=LIMITS) if one.has_fired}
    assert fired == {SHARE}


def test_flags_that_are_mostly_wrong_are_noticed() -> None:
    chance = np.random.default_rng(2)
    days = [day(chance, precision=0.03) for _ in range(10)]
    assert PRECISION in {one.guarded for one in watch(days, limits=LIMITS) if one.has_fired}


def test_wrong_takedowns_are_noticed() -> None:
    chance = np.random.default_rng(2)
    days = [day(chance, takedown=0.1, removed=50) for _ in range(20)]
    assert TAKEDOWN in {one.guarded for one in watch(days, limits=LIMITS) if one.has_fired}


def test_a_change_after_eighty_good_days_is_noticed_soon() -> None:
    chance = np.random.default_rng(4)
    good = [day(chance, recall=0.9, probability=0.05) for _ in range(80)]
    bad = [day(chance, recall=0.0, probability=0.05) for _ in range(10)]
    (found,) = watch(good + bad, limits={RECALL: 0.5})
    assert found.fired_on is not None
    assert 80 <= found.fired_on < 87


@pytest.mark.parametrize("guarded", [RECALL, PRECISION, TAKEDOWN])
def test_what_is_not_answered_yet_can_only_help_the_machine(guarded: str) -> None:
    """Every capital with answers missing lies below the one with all answers in, whatever they turn out to be."""
    answered = DaySums(violations=10, fine=30, removed=20, passed=500, removed_fine=((0.2, 3),), finds=((0.02, 2),))
    early = [
        DaySums(violations=4, fine=10, unanswered=26, removed=20, passed=500, removed_fine=((0.2, 1),)),
        DaySums(violations=10, fine=30, removed=20, passed=500, finds=((0.02, 1),)),
    ]
    whole = gain(answered, guarded, 0.3)
    for one in early:
        assert (gain(one, guarded, 0.3) <= whole + 1e-12).all()


def test_the_confidence_sequence_closes_in_on_the_truth_from_above() -> None:
    chance = np.random.default_rng(6)
    days = [day(chance, recall=0.7, probability=0.2, violations=100) for _ in range(60)]
    (early,), (late,) = (watch(days[:n], limits={RECALL: 0.5}) for n in (5, 60))
    assert 0.7 < late.bound < early.bound <= 1
    assert not late.has_fired


def test_a_bound_below_the_floor_is_the_same_as_having_fired() -> None:
    chance = np.random.default_rng(7)
    for recall in (0.0, 0.2, 0.5, 0.8):
        (found,) = watch([day(chance, recall=recall) for _ in range(30)], limits={RECALL: 0.5})
        assert found.has_fired == (found.bound < 0.5)


def test_the_order_of_posts_in_a_day_and_of_repeated_readings_does_not_matter() -> None:
    one = DaySums(violations=5, finds=((0.1, 1), (0.02, 1)))
    other = DaySums(violations=5, finds=((0.02, 1), (0.1, 1)))
    assert log_capital([one], RECALL, limit=0.5) == pytest.approx(log_capital([other], RECALL, limit=0.5))
    stored = DaySums.from_dict(one.to_dict())
    assert stored == one


def test_the_false_alarms_are_shared_by_what_is_guarded() -> None:
    (alone,) = watch([], limits={RECALL: 0.5})
    shared = watch([], limits=LIMITS)
    assert 10**alone.fires_at == pytest.approx(100)
    assert {round(10**one.fires_at) for one in shared} == {400}


def test_without_a_post_nothing_is_known() -> None:
    (found,) = watch([DaySums()], limits={RECALL: 0.5})
    assert not found.has_fired
    assert found.bound == 1.0
