"""Tests of how many people and workers a number of posts a day needs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.queues.staffing import BadWish, Kind, Plan, Wish, plan, product, ratio
from moderation.statistics.intervals import Amount, exactly

DAYS = [1000, 1200, 900, 1100, 0, 1000, 1000]
REVIEWS = Kind("review", [100, 120, 90, 110, 0, 100, 100], exactly(6.0))
AUDITS = Kind("audit", [150] * 7, exactly(4.0), budget=150)


def planned(posts: int, *, hours: float = 8, share: float = 0.8, **more: object) -> Plan:
    facts = {"kinds": [REVIEWS, AUDITS], "posts": DAYS, "seconds_a_post": Amount(0.05, 0.04, 0.06), **more}
    found = plan(Wish(posts, hours, share), **facts)  # type: ignore[arg-type]
    assert found is not None
    return found


def test_work_that_grows_grows_and_a_budget_stays() -> None:
    found = planned(80_000)
    reviews, audits = found.parts
    assert (reviews.looks.estimate, audits.looks.estimate) == (pytest.approx(8000), 150)
    assert found.hours.estimate == pytest.approx((8000 * 6 + 150 * 4) / 3600)
    # 13.5 hours of looking, of 6.4 that a person looks in a day.
    assert found.reviewers.estimate == 3


def test_where_every_day_was_alike_nothing_is_uncertain() -> None:
    found = planned(80_000)
    assert found.hours.low == pytest.approx(found.hours.high)


def test_days_that_differ_widen_the_interval() -> None:
    uneven = Kind("review", [60, 160, 90, 40, 0, 170, 100], Amount(6.0, 5.0, 7.0))
    found = planned(80_000, kinds=[uneven])
    assert found.hours.low < found.hours.estimate < found.hours.high
    assert found.reviewers.low <= found.reviewers.estimate <= found.reviewers.high


def test_screening_needs_workers_for_the_busiest_hour() -> None:
    assert planned(1_728_000, share=1.0).workers == Amount(1, 1, 2)
    assert planned(1_728_000, share=1.0, peak=3.0).workers == Amount(3, 3, 4)
    assert planned(1000, seconds_a_post=None).workers is None


def test_two_days_with_posts_are_the_least_that_says_anything() -> None:
    reviews = Kind("review", [0, 1, 0], exactly(6.0))
    assert plan(Wish(10, 8, 0.8), kinds=[reviews], posts=[0, 7, 0], seconds_a_post=None) is None
    assert plan(Wish(10, 8, 0.8), kinds=[reviews], posts=[3, 7, 0], seconds_a_post=None) is not None


def test_where_nobody_ever_looked_nobody_knows_how_many_are_needed() -> None:
    assert plan(Wish(10, 8, 0.8), kinds=[], posts=[3, 7, 0], seconds_a_post=None) is None


@pytest.mark.parametrize(
    ("posts", "hours", "share", "code"),
    [
        (-1, 8, 0.8, "bad_posts"),
        (10**9, 8, 0.8, "bad_posts"),
        (1, 0, 0.8, "bad_hours"),
        (1, 25, 0.8, "bad_hours"),
        (1, float("nan"), 0.8, "bad_hours"),
        (1, 8, 0, "bad_share"),
        (1, 8, 1.1, "bad_share"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(posts: int, hours: float, share: float, code: str) -> None:
    with pytest.raises(BadWish) as refused:
        Wish(posts, hours, share)
    assert refused.value.code == code


counts = st.lists(st.integers(0, 5000), min_size=7, max_size=7)
seconds = st.floats(0.1, 60).flatmap(
    lambda middle: st.tuples(st.floats(0, 1), st.floats(1, 3)).map(
        lambda reach: Amount(middle, middle * reach[0], middle * reach[1])
    )
)


@given(looks=counts, posts=counts, each=seconds, wished=st.integers(0, 10**6), more=st.integers(0, 10**6))
def test_more_posts_never_need_fewer_people_and_estimates_lie_within(
    looks: list[int], posts: list[int], each: Amount, wished: int, more: int
) -> None:
    facts = {"kinds": [Kind("review", looks, each), AUDITS], "posts": posts, "seconds_a_post": each}
    few, many = (plan(Wish(n, 8, 0.8), **facts) for n in (wished, wished + more))  # type: ignore[arg-type]
    if few is None or many is None:
        assert sum(n > 0 for n in posts) < 2
        return
    assert few.reviewers.estimate <= many.reviewers.estimate
    assert few.workers.estimate <= many.workers.estimate
    for found in (few.hours, few.reviewers, few.workers):
        assert 0 <= found.low <= found.estimate + 1e-9 <= found.high + 2e-9


@given(hours=st.floats(0.5, 24), share=st.floats(0.05, 1))
def test_more_hours_or_a_larger_share_never_need_more_people(hours: float, share: float) -> None:
    least = planned(50_000, hours=24, share=1.0).reviewers.estimate
    found = planned(50_000, hours=hours, share=share).reviewers
    assert found.estimate >= least
    # They are enough, and one fewer would not be.
    needed = planned(50_000).hours.estimate / (hours * share)
    assert found.estimate - 1 < needed <= found.estimate + 1e-6


def test_the_interval_of_a_ratio_holds_as_often_as_it_says() -> None:
    rng = np.random.default_rng(3)
    held, n = 0, 1000
    for _ in range(n):
        posts = rng.integers(500, 1500, 28)
        looks = rng.poisson(posts * 0.1 * rng.gamma(25, 1 / 25, 28))
        found = ratio(looks, posts)
        assert found is not None
        held += found.low <= 0.1 <= found.high
    assert 0.93 <= held / n <= 0.97


def test_a_product_of_exact_amounts_is_exact() -> None:
    assert product(exactly(3.0), exactly(4.0)) == exactly(12.0)
    assert product(exactly(0.0), Amount(4.0, 1.0, 9.0)) == exactly(0.0)
