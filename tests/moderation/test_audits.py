"""Draws by recorded chance, and the plan behind them."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.audits import AuditPlan, InvalidPlan, Stratum, allocate, certain, cut, toss, toss_removed, uniform

SECRET = b"only for tests"
PLAN = AuditPlan(
    (Stratum("s1", 0.0, 0.1, 0.02), Stratum("s2", 0.1, 0.5, 0.2), Stratum("s3", 0.5, 1.0, 1.0)),
    unscored_rate=0.3,
    removed_rate=0.1,
)
steady = settings(deadline=None, derandomize=True)


def draw(plan, *, score, post_key="post-1", design="audit"):
    return toss(plan, score=score, secret=SECRET, post_key=post_key, design=design)


@pytest.mark.parametrize(
    ("score", "stratum", "probability"),
    [
        (0.0, "s1", 0.02),
        (0.1, "s2", 0.2),
        (0.4999, "s2", 0.2),
        (1.0, "s3", 1.0),
        (1.0000001, "s3", 1.0),
        (-1e-9, "s1", 0.02),
        (None, "unscored", 0.3),
        (math.nan, "unscored", 0.3),
    ],
)
def test_every_score_has_a_stratum_and_its_probability(score, stratum, probability):
    drawn = draw(PLAN, score=score)
    assert (drawn.stratum, drawn.probability, drawn.design) == (stratum, probability, "audit")


def test_the_same_post_draws_the_same_coin_again_whatever_its_score():
    assert draw(PLAN, score=0.05) == draw(PLAN, score=0.05)
    assert draw(PLAN, score=0.05).coin == draw(PLAN, score=0.9).coin == draw(PLAN, score=None).coin


def test_another_post_another_design_or_another_secret_is_another_coin():
    coins = {
        draw(PLAN, score=0.2).coin,
        draw(PLAN, score=0.2, post_key="post-2").coin,
        draw(PLAN, score=0.2, design="views").coin,
        toss(PLAN, score=0.2, secret=b"other", post_key="post-1", design="audit").coin,
    }
    assert len(coins) == 4


def test_the_coin_is_the_published_one():
    # HMAC-SHA256("only for tests", "audit|post-1"), first 53 bits: stored draws must stay checkable for ever.
    assert draw(PLAN, score=0.2).coin == pytest.approx(0.36931904339980326, abs=1e-15)


def test_a_design_that_could_be_mistaken_for_another_is_refused():
    with pytest.raises(ValueError, match="separator"):
        draw(PLAN, score=0.2, design="audit|x")


def test_the_share_drawn_is_the_probability():
    coins = np.array([draw(PLAN, score=0.2, post_key=str(n)).coin for n in range(20_000)])
    assert abs(np.mean(coins < 0.2) - 0.2) < 0.01
    assert abs(np.mean(coins) - 0.5) < 0.01
    assert coins.min() >= 0
    assert coins.max() < 1


@steady
@given(st.floats(0, 1), st.text(), st.floats(0, 1))
def test_a_look_is_drawn_exactly_when_the_coin_is_below_the_probability(rate, post_key, score):
    drawn = draw(uniform(rate), score=score, post_key=post_key)
    assert drawn.probability == rate
    assert drawn.is_drawn == (drawn.coin < rate)
    assert draw(uniform(1.0), score=score, post_key=post_key).is_drawn
    assert not draw(uniform(0.0), score=score, post_key=post_key).is_drawn


def test_removed_posts_are_a_stratum_of_their_own():
    drawn = toss_removed(PLAN, secret=SECRET, post_key="post-1", design="audit")
    assert (drawn.stratum, drawn.probability) == ("removed", 0.1)
    assert drawn.coin == draw(PLAN, score=0.9).coin


def test_what_a_person_looks_at_anyway_is_certain():
    drawn = certain(design="audit")
    assert (drawn.stratum, drawn.probability, drawn.is_drawn) == ("flagged", 1.0, True)
    assert certain(design="audit", stratum="manual").stratum == "manual"


def test_a_plan_survives_json():
    assert AuditPlan.from_dict(json.loads(json.dumps(PLAN.to_dict()))) == PLAN


@pytest.mark.parametrize(
    "strata",
    [
        [],
        [Stratum("s1", 0.0, 0.9, 0.1)],
        [Stratum("s1", 0.1, 1.0, 0.1)],
        [Stratum("s1", 0.0, 0.4, 0.1), Stratum("s2", 0.5, 1.0, 0.1)],
        [Stratum("s1", 0.0, 0.5, 0.1), Stratum("s1", 0.5, 1.0, 0.1)],
        [Stratum("unscored", 0.0, 1.0, 0.1)],
        [Stratum("s1", 0.0, 1.0, 1.1)],
        [Stratum("s1", 0.0, 1.0, math.nan)],
        [Stratum("s1", 0.0, 1.0, 0.1), Stratum("s2", 1.0, 1.0, 0.1)],
    ],
)
def test_a_plan_that_contradicts_itself_is_refused(strata):
    with pytest.raises(InvalidPlan):
        AuditPlan(tuple(strata), unscored_rate=0.1)


@pytest.mark.parametrize("stored", [{}, {"strata": 3}, {"strata": [{}]}, {"strata": [], "unscored_rate": "x"}, None])
def test_a_stored_plan_that_cannot_be_read_is_refused(stored):
    with pytest.raises(InvalidPlan):
        AuditPlan.from_dict(stored)


def test_strata_share_the_cumulated_root_of_the_scores():
    scores = np.random.default_rng(4).beta(0.3, 20, size=20_000)
    edges = cut(scores)
    shares = np.histogram(scores, bins=edges, weights=np.cbrt(scores))[0] / np.cbrt(scores).sum()
    assert len(edges) == 9
    assert shares == pytest.approx(np.full(8, 1 / 8), abs=0.001)


@pytest.mark.parametrize("scores", [[], [0.0, 0.0], [1.0, 1.0], [math.nan]])
def test_scores_that_say_nothing_make_one_stratum(scores):
    assert cut(scores) == (0.0, 1.0)


@steady
@given(st.lists(st.floats(0, 1)), st.integers(1, 12))
def test_edges_ascend_from_nought_to_one(scores, n_strata):
    edges = cut(scores, n_strata=n_strata)
    assert (edges[0], edges[-1]) == (0, 1)
    assert list(edges) == sorted(set(edges))
    assert 2 <= len(edges) <= n_strata + 1


@st.composite
def seasons(draw):
    n = draw(st.integers(1, 8))
    looks = draw(st.lists(st.integers(0, 5000), min_size=n, max_size=n))
    return {
        "edges": tuple(k / n for k in range(n + 1)),
        "expected_posts": draw(st.lists(st.floats(0, 1e5), min_size=n, max_size=n)),
        "mean_scores": draw(st.lists(st.floats(0, 1), min_size=n, max_size=n)),
        "audited": looks,
        "found": [draw(st.integers(0, n_looks)) for n_looks in looks],
        "unscored_posts": draw(st.floats(0, 1e4)),
        "budget": draw(st.floats(0, 2e5)),
    }


@steady
@given(seasons())
def test_the_plan_spends_the_budget_and_keeps_floor_and_cap(season):
    plan = allocate(**season)
    posts = [*season["expected_posts"], season["unscored_posts"]]
    rates = [*(stratum.rate for stratum in plan.strata), plan.unscored_rate]
    everything, budget = sum(posts), season["budget"]
    assert all(0 <= rate <= 1 for rate in rates)
    assert sum(n * rate for n, rate in zip(posts, rates, strict=True)) == pytest.approx(min(budget, everything))
    if everything > budget > 0:
        assert min(rates) >= budget / everything / 3 * (1 - 1e-9)


def test_higher_scores_are_looked_at_more_often_but_less_than_neyman_would():
    plan = allocate(
        (0.0, 0.01, 1.0),
        expected_posts=[40_000, 10_000],
        mean_scores=[0.0001, 0.02],
        audited=[0, 0],
        found=[0, 0],
        budget=500,
    )
    low, high = (stratum.rate for stratum in plan.strata)
    assert low < high < low * math.sqrt(0.02 / 0.0001)
    assert high / low == pytest.approx(((0.75 * 0.02 + 0.25 * 0.00408) / (0.75 * 0.0001 + 0.25 * 0.00408)) ** 0.4)


def test_where_misses_were_found_more_looks_go():
    season = {
        "expected_posts": [10_000, 10_000],
        "mean_scores": [0.01, 0.01],
        "audited": [1000, 1000],
        "budget": 400,
    }
    plan = allocate((0.0, 0.5, 1.0), found=[20, 2], **season)
    even = allocate((0.0, 0.5, 1.0), found=[11, 11], **season)
    assert plan.strata[0].rate > even.strata[0].rate > plan.strata[1].rate
    assert even.strata[0].rate == pytest.approx(0.02)


def test_a_budget_without_a_forecast_looks_at_everything_and_no_budget_at_nothing():
    season = {"expected_posts": [0], "mean_scores": [0.1], "audited": [0], "found": [0]}
    assert allocate((0.0, 1.0), budget=10, **season).strata[0].rate == 1
    assert allocate((0.0, 1.0), budget=0, **season).strata[0].rate == 0


@pytest.mark.parametrize(
    "wrong", [{"found": [0]}, {"budget": -1}, {"mean_scores": [0.1, math.nan]}, {"expected_posts": [1, math.inf]}]
)
def test_a_season_that_makes_no_sense_is_refused(wrong):
    season = {
        "expected_posts": [10, 10],
        "mean_scores": [0.1, 0.2],
        "audited": [1, 1],
        "found": [0, 0],
        "budget": 5,
    }
    with pytest.raises(InvalidPlan):
        allocate((0.0, 0.5, 1.0), **(season | wrong))
