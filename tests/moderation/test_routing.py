"""Tests of routing: every post gets its verdict, its draw with its probability, and the question it needs."""

from datetime import timedelta
from pathlib import Path

import pytest

from annotation.models import Job, Lane, Purpose, Question
from moderation import audits, overrides
from moderation.models import AuditPlanRow, Draw, OverrideKind, PolicyMode, Post, PostStatus, Publication, Verdict
from tests.moderation.builders import (
    DARK,
    NOW,
    WHITE,
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
    screened,
    world,
)

pytestmark = pytest.mark.django_db


def test_every_routing_records_verdict_draw_policy_and_version(white_is_bright: Path) -> None:
    place = world(looks_per_day=150)
    version = deploy(place, white_is_bright)
    for level in (DARK, WHITE, DARK):
        post(place, photo(level))
    screen_all(place)
    for made in Post.objects.all():
        verdict, draw = made.verdicts.get(), made.draws.get()
        assert (verdict.policy_version, verdict.model_version) == (place.policy, version)
        assert (draw.verdict, draw.design, draw.score) == (verdict, "routing", max(verdict.scores.values()))
        assert 0 < draw.probability <= 1
        assert draw.is_drawn == (draw.coin < draw.probability or draw.probability == 1)
        assert (draw.question is not None) == (draw.is_drawn)


def test_what_passed_is_drawn_by_the_plan_with_a_coin_nobody_can_choose(white_is_bright: Path) -> None:
    place = world(looks_per_day=150)
    deploy(place, white_is_bright)
    made = screened(place, photo(DARK))
    draw = made.draws.get()
    plan = audits.AuditPlan.from_dict(AuditPlanRow.objects.get().plan)
    facts = {"secret": bytes(place.project.secret), "post_key": str(made.pk), "design": "routing"}
    toss = audits.toss(plan, score=draw.score, **facts)
    assert (draw.probability, draw.coin, draw.is_drawn) == (toss.probability, toss.coin, toss.is_drawn)
    assert draw.probability == 0.15, "150 looks of the 1000 posts that a project without traffic is taken to have"


def test_a_drawn_post_stays_passed_while_it_is_audited(white_is_bright: Path) -> None:
    place = world()
    deploy(place, white_is_bright)
    made = screened(place, photo(DARK))
    question = question_of(made, Purpose.AUDIT)
    assert made.status == PostStatus.PASSED
    assert (question.lane, question.due_at) == (Lane.DRAWN, later(hours=24))
    assert question.inclusion_probability == made.draws.get().probability


def test_flagged_posts_are_a_census(white_is_bright: Path) -> None:
    place = world(remove=None)
    deploy(place, white_is_bright)
    made = screened(place, photo(WHITE))
    draw = made.draws.get()
    assert (draw.stratum, draw.probability, draw.is_drawn) == ("flagged", 1.0, True)
    assert (question_of(made).lane, question_of(made).due_at) == (Lane.NORMAL, later(hours=24))


def test_what_people_look_at_anyway_has_probability_one_and_a_stratum_of_its_own(white_is_bright: Path) -> None:
    place = world(mode=PolicyMode.MANUAL)
    deploy(place, white_is_bright)
    draw = screened(place, photo(DARK)).draws.get()
    assert (draw.stratum, draw.probability, draw.is_drawn) == ("looked_at_anyway", 1.0, True)


def test_removals_are_drawn_at_the_removed_rate(white_is_bright: Path) -> None:
    place = world(removed_rate=0.5)
    deploy(place, white_is_bright)
    posts = [post(place, photo(WHITE)) for _ in range(24)]
    screen_all(place)
    draws = Draw.objects.filter(post__in=posts)
    assert set(draws.values_list("stratum", "probability")) == {("removed", 0.5)}
    drawn = draws.filter(is_drawn=True).count()
    assert 0 < drawn < 24
    assert Question.objects.filter(purpose=Purpose.SECOND_LOOK, lane=Lane.DRAWN).count() == drawn
    assert set(Post.objects.values_list("publication", flat=True)) == {Publication.UNPUBLISHED}


def test_a_grave_class_goes_to_the_urgent_lane_in_a_third_of_its_time(white_is_bright: Path) -> None:
    place = world()
    change_policy(place, mode=PolicyMode.AUTOMATIC, remove=None)
    place.policy.rules["classes"]["grave"]["review"] = {"threshold": 0.001}
    place.policy.save(update_fields=["rules"])
    deploy(place, white_is_bright)
    question = question_of(screened(place, photo(DARK)))
    assert (question.lane, question.due_at) == (Lane.URGENT, later(hours=2))
    assert Job.objects.get().lane == Lane.URGENT


def test_a_trusted_poster_passes_and_is_still_audited(white_is_bright: Path) -> None:
    place = world()
    deploy(place, white_is_bright)
    trust(place, OverrideKind.TRUSTED_POSTER)
    made = screened(place, photo(WHITE), poster="ada")
    assert (made.status, made.publication) == (PostStatus.PASSED, Publication.PUBLISHED)
    assert made.verdicts.get().machine_outcome == "remove"
    assert question_of(made, Purpose.AUDIT)
    assert screened(place, photo(WHITE), poster="eve").publication == Publication.UNPUBLISHED


def test_an_override_ends_by_itself(white_is_bright: Path) -> None:
    place = world()
    deploy(place, white_is_bright)
    trust(place, OverrideKind.ALWAYS_A_PERSON)
    assert screened(place, photo(DARK), poster="ada").status == PostStatus.IN_REVIEW
    assert screened(place, photo(DARK), poster="ada", now=later(days=2)).status == PostStatus.PASSED


def trust(place: World, kind: OverrideKind) -> None:
    owner = person(place.project)
    until = NOW + timedelta(days=1)
    overrides.add(place.project, kind=kind, poster="ada", owner=owner, reason="known", expires_at=until, now=NOW)


def test_an_override_without_reason_or_future_is_refused() -> None:
    place = world()
    owner = person(place.project)
    facts = {"kind": OverrideKind.TRUSTED_POSTER, "owner": owner, "now": NOW}
    for odd in ({"poster": " "}, {"reason": ""}, {"expires_at": NOW}):
        said = {"poster": "ada", "reason": "known", "expires_at": later(days=1), **odd}
        with pytest.raises(overrides.BadOverride):
            overrides.add(place.project, **facts, **said)


def test_posts_of_the_same_bytes_share_a_question_and_one_answer_decides_both() -> None:
    place, data = world(), photo()
    one, two = screened(place, data), screened(place, data)
    question = Question.objects.get()
    answered = answer(person(place.project), question, "bright")
    assert {decision.post_id for decision in answered.decisions} == {one.pk, two.pk}
    for made in (one, two):
        made.refresh_from_db()
        assert (made.status, made.publication) == (PostStatus.DECIDED, Publication.UNPUBLISHED)
    assert Verdict.objects.count() == Draw.objects.count() == 2


def test_the_facts_of_the_post_travel_with_the_question() -> None:
    made = screened(world(), title="A cat", description="asleep", attributes={"place": "garden"})
    question = question_of(made)
    assert question.origin == {"title": "A cat", "description": "asleep", "external_id": made.external_id}
    assert question.attributes == {"place": "garden"}
