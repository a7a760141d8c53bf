"""Tests of the comparison: seeded rollouts in which it may not, or has to, see a difference; what always holds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.rollouts import comparing
from moderation.rollouts.comparing import Pair, Side, sequence, watch

DAYS, UNITS, SHARE, RATE = 20, 2000, 0.1, 0.03


def played(seed: int, *, ratio: float, share: float = SHARE) -> list[Pair]:
    """Days on which the challenger has something happen ``ratio`` times as often; of one in four a look tells."""
    chance = np.random.default_rng(seed)
    days = []
    for _ in range(DAYS):
        n1 = int(chance.binomial(UNITS, share))
        sides = [
            Side(n, ((1.0, int(chance.binomial(n, rate))), (0.25, int(chance.binomial(n, rate)))))
            for n, rate in ((UNITS - n1, RATE), (n1, ratio * RATE))
        ]
        days.append(Pair(*sides))
    return days


def test_an_equal_challenger_is_left_alone_and_one_at_its_limit_is_too() -> None:
    fired = [watch(played(seed, ratio=ratio), limit=ratio).fired_on for seed in range(60) for ratio in (1.0, 2.0)]
    assert sum(one is not None for one in fired) <= 3


def test_a_challenger_far_beyond_its_limit_is_stopped_within_days() -> None:
    fired = [watch(played(seed, ratio=4.0), limit=2.0).fired_on for seed in range(30)]
    assert all(one is not None and one < 10 for one in fired)


@pytest.mark.parametrize("ratio", [0.5, 1.0, 3.0])
def test_the_confidence_sequence_holds_the_ratio_on_every_day(ratio: float) -> None:
    outside = 0
    for seed in range(40):
        bounds = sequence(played(seed, ratio=ratio))
        outside += any((one.low or 0) > ratio or (one.high or 1e9) < ratio for one in bounds)
    assert outside <= 5


def test_what_is_possible_only_narrows() -> None:
    bounds = sequence(played(3, ratio=1.0))
    lows, highs = [one.low or 0 for one in bounds], [one.high or 1e9 for one in bounds]
    assert lows == sorted(lows)
    assert highs == sorted(highs, reverse=True)
    assert lows[-1] < 1 < highs[-1]
    assert not bounds[-1].is_more_than_noise
    assert sequence(played(3, ratio=3.0))[-1].is_more_than_noise


def test_without_posts_in_an_arm_nothing_is_known() -> None:
    empty = [Pair(Side(1000, ((1.0, 30),)), Side(0)), Pair(Side(0), Side(100, ((1.0, 3),)))]
    assert [(one.low, one.high) for one in sequence(empty)] == [(None, None)] * 2
    assert watch([], limit=2.0).fired_on is None
    assert sequence([]) == []


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 500), st.integers(1, 500), st.integers(0, 30), st.integers(0, 30))
def test_an_event_of_the_champion_never_speaks_against_the_challenger(n0: int, n1: int, e0: int, e1: int) -> None:
    def capital(more: int) -> float:
        day = Pair(Side(n0, ((1.0, e0 + more),)), Side(n1, ((1.0, e1),)))
        return float(comparing.log_capital([day], ratios=np.array([2.0]))[0, -1])

    assert capital(1) <= capital(0)


def test_the_order_of_what_happens_within_a_day_does_not_matter_and_weights_add_up() -> None:
    one = Pair(Side(100, ((1.0, 2), (0.5, 3))), Side(100, ((0.5, 1), (1.0, 4))))
    other = Pair(Side(100, ((0.5, 3), (1.0, 1), (1.0, 1))), Side(100, ((1.0, 4), (0.5, 1))))
    ratios = np.array([0.5, 1.0, 2.0])
    assert comparing.log_capital([one], ratios=ratios) == pytest.approx(comparing.log_capital([other], ratios=ratios))
