"""Tests of planning the looks by chance: within the budget, learned from what earlier looks found."""

from pathlib import Path

import pytest

from annotation.models import Purpose, Question
from moderation import audit_plans, audits, policies, settlements
from moderation.models import AuditPlanRow, Draw, PolicyMode
from tests.moderation.builders import (
    DARK,
    NOW,
    World,
    answer,
    change_policy,
    deploy,
    later,
    person,
    photo,
    post,
    question_of,
    screen_all,
    world,
)

pytestmark = pytest.mark.django_db


def plan_of(row: AuditPlanRow) -> audits.AuditPlan:
    return audits.AuditPlan.from_dict(row.plan)


def passed(place: World, n: int) -> None:
    for _ in range(n):
        post(place, photo(DARK))
    screen_all(place)


@pytest.fixture
def place(white_is_bright: Path) -> World:
    place = world(looks_per_day=500)
    deploy(place, white_is_bright)
    return place


def test_without_traffic_every_post_has_the_rate_of_a_thousand_a_day(place: World) -> None:
    row = audit_plans.current(place.policy, place.version, now=NOW)
    assert (plan_of(row).strata[0].rate, plan_of(row).removed_rate, row.expected_posts) == (0.5, 1.0, 1000)


def test_the_newest_plan_is_the_one_in_force(place: World) -> None:
    first = audit_plans.current(place.policy, place.version, now=NOW)
    assert audit_plans.current(place.policy, place.version, now=later(hours=1)) == first
    second = audit_plans.replan_in_force(place.policy, expected_posts=5000, now=later(hours=2))
    assert audit_plans.current(place.policy, place.version, now=later(hours=3)) == second
    assert plan_of(second).strata[0].rate == 0.1


def test_a_budget_above_the_traffic_looks_at_everything(place: World) -> None:
    row = audit_plans.replan(place.policy, version=place.version, expected_posts=3, now=NOW)
    assert plan_of(row).strata[0].rate == 1.0


def test_the_expected_volume_follows_what_passed_lately(place: World) -> None:
    passed(place, 6)
    assert audit_plans.replan_in_force(place.policy, now=later(days=2)).expected_posts == pytest.approx(3)
    assert audit_plans.replan_in_force(place.policy, now=later(days=20)).expected_posts == 1000


def test_strata_are_cut_from_scores_and_the_looks_learned_from(place: World, monkeypatch: pytest.MonkeyPatch) -> None:
    passed(place, 24)
    found = question_of(Draw.objects.filter(is_drawn=True).order_by("id")[0].post, Purpose.AUDIT)
    for _ in range(3):
        answer(person(place.project), found, "bright")
    settlements.sweep(now=NOW, project=place.project)
    monkeypatch.setattr(audit_plans, "FEWEST_SCORES", 20)
    row = audit_plans.replan_in_force(place.policy, expected_posts=4000, now=later(days=1))
    plan = plan_of(row)
    assert 1 < len(plan.strata) <= 8
    assert all(0 < one.rate < 1 for one in plan.strata)
    counted = [audit_plans._stratum(place.policy, one.low, one.high, now=later(days=1)) for one in plan.strata]
    assert sum(one["posts"] for one in counted) == 24
    assert sum(one["audited"] for one in counted) == sum(one["found"] for one in counted) == 1
    expected = sum(4000 * one["posts"] / 24 * stratum.rate for one, stratum in zip(counted, plan.strata, strict=True))
    assert expected == pytest.approx(500, rel=0.01)


def test_edges_stay_while_policy_and_model_do(place: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_plans, "FEWEST_SCORES", 10)
    passed(place, 12)
    first = plan_of(audit_plans.replan_in_force(place.policy, now=later(days=1)))
    passed(place, 12)
    second = plan_of(audit_plans.replan_in_force(place.policy, now=later(days=1, hours=1)))
    assert [one.high for one in first.strata] == [one.high for one in second.strata]


def test_where_people_cannot_keep_up_the_next_plan_draws_less_and_drops_nothing(place: World) -> None:
    passed(place, 24)
    waiting = Question.objects.filter(project=place.project, purpose=Purpose.AUDIT, status="open")
    n = waiting.count()
    assert n > 0
    assert audit_plans.replan_in_force(place.policy, now=later(hours=20)).budget == 500, "nothing is late yet"
    assert audit_plans.replan_in_force(place.policy, now=later(hours=30)).budget == 500 - n
    assert waiting.count() == n
    change_policy(place, mode=PolicyMode.AUTOMATIC, looks_per_day=5, now=later(hours=30))
    few = policies.in_force(place.project)
    assert audit_plans.replan_in_force(few, now=later(hours=31)).budget == max(1, 5 - n)
