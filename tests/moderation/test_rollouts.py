"""Tests of rollouts: who decides, where the arm is written, how they begin and end, also with others at once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from annotation.models import Prediction, Purpose, Question
from config.accounts.models import Role
from models_registry import deployment, serving
from models_registry.deployment import DeploymentRefused
from models_registry.models import GateOutcome
from moderation import complaints, impressions, screening
from moderation.complaints import Said
from moderation.impressions import Counted
from moderation.models import (
    Complaint,
    Decision,
    Disagreement,
    Impression,
    ModelAlert,
    Post,
    PostStatus,
    Publication,
    Rollout,
    RolloutScoring,
)
from moderation.models import RolloutStatus as Status
from moderation.rollouts import conducting, gathering, guardrails, lineup, shadows
from moderation.rollouts.conducting import BadRollout, RolloutRefused
from tests.moderation.builders import (
    DARK,
    NOW,
    WHITE,
    World,
    answer,
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
from tests.moderation.rollout_worlds import arm_of, begin, count_day, image_in, passed, tried

TODAY = NOW.date()


@pytest.fixture
def canary(db: None, all_is_fine: Path, white_is_bright: Path) -> tuple[World, Rollout]:
    """The champion finds nothing; the challenger, which has half of the images, removes what is white."""
    return tried(all_is_fine, white_is_bright)


def test_each_arm_decides_about_its_own_posts_and_is_written_on_all_that_follows(
    canary: tuple[World, Rollout],
) -> None:
    place, rollout = canary
    arms = {name: arm_of(rollout, name) for name in ("champion", "challenger")}
    posts = {name: screened(place, image_in(rollout, name, WHITE), external_id=name) for name in arms}
    assert posts["champion"].publication == Publication.PUBLISHED
    assert posts["challenger"].publication == Publication.UNPUBLISHED
    for name, arm in arms.items():
        verdict = posts[name].verdicts.get()
        assert (posts[name].arm, verdict.arm, verdict.model_version) == (arm, arm, arm.model_version)
        prediction = Prediction.objects.get(image_id=posts[name].image_id)
        assert (prediction.rollout_arm, prediction.model_version) == (arm.pk, arm.model_version)
    assert Decision.objects.get().arm == arms["challenger"]
    counted = [Counted(name, TODAY, 7) for name in arms]
    impressions.report(place.client, counted, now=NOW)
    assert dict(Impression.objects.values_list("post__external_id", "arm")) == {k: v.pk for k, v in arms.items()}
    made, _ = complaints.submit(place.client, Said("champion", reason="bright"), now=NOW)
    assert Complaint.objects.get(pk=made.pk).arm == arms["champion"]


def test_a_decision_by_a_person_keeps_the_arm_of_its_post(canary: tuple[World, Rollout]) -> None:
    place, rollout = canary
    screened(place, image_in(rollout, "champion", WHITE), external_id="one")
    complaints.submit(place.client, Said("one", reason="bright"), now=NOW)
    asked = Question.objects.get(purpose=Purpose.COMPLAINT)
    answer(person(place.project), asked, "bright")
    assert Decision.objects.get(person__isnull=False).arm == arm_of(rollout, "champion")


def test_a_complaint_from_before_screening_gets_its_arm_afterwards(canary: tuple[World, Rollout]) -> None:
    place, rollout = canary
    post(place, image_in(rollout, "champion", DARK), external_id="early")
    complaints.submit(place.client, Said("early", reason="bright"), now=NOW)
    screen_all(place)
    complaints.sweep(now=NOW)
    assert Complaint.objects.get().arm == arm_of(rollout, "champion")


def test_the_same_poster_is_always_in_the_same_arm(db: None, all_is_fine: Path, white_is_bright: Path) -> None:
    place, rollout = tried(all_is_fine, white_is_bright, unit="poster")
    for poster in ("ann", "ben", "cyd"):
        seen = {screened(place, poster=poster).arm_id for _ in range(3)}
        assert len(seen) == 1
    assert Post.objects.filter(arm__isnull=True).count() == 0


def test_audits_of_both_arms_keep_their_draws(canary: tuple[World, Rollout]) -> None:
    place, rollout = canary
    for name in ("champion", "challenger"):
        made = screened(place, image_in(rollout, name, DARK))
        draw = made.draws.get()
        assert (draw.probability, draw.is_drawn, draw.verdict.arm.name) == (1.0, True, name)


def test_without_a_rollout_nothing_has_an_arm(db: None, white_is_bright: Path) -> None:
    place = world()
    deploy(place, white_is_bright)
    made = screened(place, photo(WHITE))
    assert (made.arm, made.verdicts.get().arm, made.decisions.get().arm) == (None, None, None)
    assert Prediction.objects.get().rollout_arm is None


@pytest.mark.django_db
def test_only_a_fit_version_of_the_same_detector_and_meaning_is_tried(all_is_fine: Path, white_is_bright: Path) -> None:
    place = world()
    with pytest.raises(RolloutRefused) as refused:
        begin(place, passed(place, all_is_fine))
    assert refused.value.code == "no_champion"
    deploy(place, all_is_fine)
    for outcome, code in ((GateOutcome.FAIL, "gate_failed"), (GateOutcome.NOT_ENOUGH_DATA, "not_enough_data")):
        with pytest.raises(DeploymentRefused) as unfit:
            begin(place, passed(place, white_is_bright, outcome=outcome))
        assert unfit.value.code == code
    waived = passed(place, white_is_bright, outcome=GateOutcome.NOT_ENOUGH_DATA)
    engineer = person(place.project, Role.ENGINEER)
    deployment.waive(waived.scorecards.get(), by=engineer, reason="few so far", now=NOW)
    assert begin(place, waived).is_running
    with pytest.raises(RolloutRefused) as second:
        begin(place, passed(place, white_is_bright))
    assert second.value.code == "rollout_running"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"kind": "whole"}, "bad_kind"),
        ({"unit": "moon"}, "bad_kind"),
        ({"share": 0.7}, "bad_share"),
        ({"share": 0.0}, "bad_share"),
        ({"share": float("nan")}, "bad_share"),
        ({"reason": "  "}, "no_reason"),
        ({"limits": {"flagged": 0.1}}, "bad_limits"),
        ({"limits": {"height": 2.0}}, "bad_limits"),
        ({"labels_per_day": -1}, "bad_labels"),
    ],
)
def test_what_cannot_be_is_refused(wanted: dict[str, Any], code: str, all_is_fine: Path) -> None:
    place = world()
    deploy(place, all_is_fine)
    with pytest.raises(BadRollout) as refused:
        begin(place, passed(place, all_is_fine), **wanted)
    assert refused.value.code == code
    assert not Rollout.objects.exists()


def test_promoting_makes_the_challenger_champion_and_ends_it_in_one(canary: tuple[World, Rollout]) -> None:
    place, rollout = canary
    engineer = person(place.project, Role.ENGINEER)
    ended = conducting.promote(rollout, by=engineer, reason="better", now=later(hours=1))
    assert (ended.status, ended.ended_at) == (Status.PROMOTED, later(hours=1))
    assert deployment.champion_of(place.project) == rollout.challenger
    assert lineup.of(place.project).trial is None
    assert [one.kind for one in ended.events.all()] == ["started", "promoted"]
    with pytest.raises(RolloutRefused) as again:
        conducting.discard(rollout, by=engineer, reason="late", now=later(hours=2))
    assert again.value.code == "rollout_ended"


def test_a_promotion_that_the_gate_refuses_changes_nothing(canary: tuple[World, Rollout]) -> None:
    place, rollout = canary
    scorecards = rollout.challenger.scorecards
    scorecards.create(champion=rollout.champion, checks=[], outcome=GateOutcome.FAIL, created_at=later(hours=1))
    with pytest.raises(DeploymentRefused):
        conducting.promote(rollout, by=None, reason="anyway", now=later(hours=2))
    rollout.refresh_from_db()
    assert rollout.is_running
    assert deployment.champion_of(place.project) == rollout.champion


def test_stopped_then_promoted_or_discarded_but_never_after_a_breach(canary: tuple[World, Rollout]) -> None:
    place, rollout = canary
    conducting.stop(rollout, by=None, reason="let us see", now=NOW)
    assert lineup.of(place.project).trial is None
    with pytest.raises(RolloutRefused) as refused:
        conducting.change_share(rollout, 0.2, by=None, reason="more", now=NOW)
    assert refused.value.code == "rollout_not_running"
    conducting.discard(rollout, by=None, reason="enough", now=NOW)
    other = begin(place, rollout.challenger)
    assert conducting.breach(other, detail={"guardrail": "flagged"}, now=NOW)
    with pytest.raises(RolloutRefused) as breached:
        conducting.promote(other, by=None, reason="anyway", now=NOW)
    assert breached.value.code == "stopped_by_guardrail"


def test_another_champion_takes_a_rollout_out_of_effect_at_once(
    canary: tuple[World, Rollout], white_is_bright: Path
) -> None:
    place, rollout = canary
    deploy(place, white_is_bright)
    assert lineup.of(place.project).trial is None
    assert screened(place, photo(WHITE)).arm is None
    with pytest.raises(RolloutRefused) as refused:
        conducting.promote(rollout, by=None, reason="late", now=NOW)
    assert refused.value.code == "overtaken"
    assert conducting.end_overtaken(place.project, now=later(hours=1)) == 1
    rollout.refresh_from_db()
    assert (rollout.status, rollout.events.last().kind) == (Status.STOPPED, "overtaken")


def test_a_rollout_that_ends_between_scoring_and_writing_is_asked_anew(
    canary: tuple[World, Rollout], monkeypatch: pytest.MonkeyPatch
) -> None:
    place, rollout = canary
    made, see, seen = post(place, image_in(rollout, "challenger", WHITE)), screening._see, []

    def see_then_stop(*given: Any, **named: Any) -> Any:
        result = see(*given, **named)
        if not seen:
            conducting.stop(rollout, by=None, reason="now", now=NOW)
        seen.append(result.lineup)
        return result

    monkeypatch.setattr(screening, "_see", see_then_stop)
    assert screening.screen(now=NOW, project=place.project) == 1
    made.refresh_from_db()
    assert len(seen) == 2
    assert (made.arm, made.publication) == (None, Publication.PUBLISHED), "the champion decided"


def test_a_changed_share_is_asked_anew_too(canary: tuple[World, Rollout]) -> None:
    place, rollout = canary
    before = lineup.of(place.project)
    conducting.change_share(rollout, 0.25, by=None, reason="less", now=NOW)
    assert lineup.of(place.project) != before
    assert rollout.events.last().detail == {"from": 0.5, "to": 0.25}


@pytest.mark.django_db
def test_in_a_shadow_both_predict_and_the_champion_decides_alone(all_is_fine: Path, white_is_bright: Path) -> None:
    place, rollout = tried(all_is_fine, white_is_bright, kind="shadow", share=1.0, labels_per_day=24)
    white, dark = screened(place, photo(WHITE)), screened(place, photo(DARK))
    assert {one.publication for one in (white, dark)} == {Publication.PUBLISHED}
    assert Prediction.objects.count() == 4
    found = Disagreement.objects.get()
    assert (found.post, found.champion_outcome, found.challenger_outcome) == (white, "pass", "remove")
    assert white.verdicts.get().model_version == rollout.champion
    scoring = {one.arm.name: one.images for one in RolloutScoring.objects.select_related("arm")}
    assert scoring == {"champion": 2, "challenger": 2}


@pytest.mark.django_db
def test_disagreements_become_label_questions_within_the_budget_by_a_recorded_chance(
    all_is_fine: Path, white_is_bright: Path
) -> None:
    place, rollout = tried(all_is_fine, white_is_bright, kind="shadow", share=1.0, labels_per_day=4)
    for _ in range(8):
        post(place, photo(WHITE))
    screen_all(place)
    opened = shadows.open_for_hour(place.project, now=NOW)
    assert len(opened) == 2, "at noon, half of the day's four"
    assert all(one.purpose == Purpose.LABEL and one.inclusion_probability is None for one in opened)
    tossed = rollout.disagreements.all()
    assert {one.probability for one in tossed} == {0.25}
    assert sum(one.is_drawn for one in tossed) == 2
    assert shadows.open_for_hour(place.project, now=NOW) == []
    assert question_of(rollout.disagreements.filter(is_drawn=True).first().post, Purpose.LABEL) in opened


@pytest.mark.django_db
def test_a_challenger_that_cannot_predict_is_stopped_and_no_post_is_lost(
    all_is_fine: Path, white_is_bright: Path, tmp_path: Path
) -> None:
    place = world()
    deploy(place, all_is_fine)
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no network at all")
    rollout = begin(place, passed(place, broken))
    for name in ("champion", "challenger"):
        post(place, image_in(rollout, name, DARK))
    screen_all(place)
    rollout.refresh_from_db()
    assert rollout.status == Status.STOPPED
    assert rollout.events.last().detail["guardrail"] == "failures"
    assert ModelAlert.objects.get().rollout == rollout
    screen_all(place)
    assert set(Post.objects.values_list("status", "arm")) == {(PostStatus.PASSED, None)}


def test_counting_twice_gives_the_same_rows_and_tells_the_arms_apart(canary: tuple[World, Rollout]) -> None:
    from moderation.measurement import daily

    place, rollout = canary
    for name in ("champion", "challenger", "challenger"):
        screened(place, image_in(rollout, name, WHITE), external_id=f"{name}-{Post.objects.count()}")
    impressions.report(place.client, [Counted("champion-0", TODAY, 9)], now=NOW)
    daily.count_day(place.project, TODAY, now=NOW)
    gathering.count(rollout, now=NOW)
    once = gathering.days(rollout)
    gathering.count(rollout, now=NOW)
    assert gathering.days(rollout) == once
    [(day, mine, theirs)] = gathering.by_day(once)
    assert day == TODAY
    assert (mine["posts"], mine["flagged"], mine["views"], mine["units"]) == (1, 0, 9, 1)
    assert (theirs["posts"], theirs["removed"], theirs["units"]) == (2, 2, 2)
    assert theirs["first"]["removed"] == [[1.0, 2]]


def test_a_guardrail_stops_a_bad_challenger_and_raises_an_alert_once(canary: tuple[World, Rollout]) -> None:
    _, rollout = canary
    count_day(rollout, "champion", TODAY, units=2000, flagged=60)
    count_day(rollout, "challenger", TODAY, units=2000, flagged=400)
    assert guardrails.check(rollout, now=NOW)
    assert not guardrails.check(rollout, now=NOW)
    rollout.refresh_from_db()
    assert rollout.status == Status.STOPPED
    detail = rollout.events.last().detail
    assert (detail["guardrail"], detail["champion"], detail["challenger"]) == ("flagged", 60, 400)
    assert ModelAlert.objects.filter(rollout=rollout).count() == 1


def test_an_equal_challenger_goes_on(canary: tuple[World, Rollout]) -> None:
    _, rollout = canary
    count_day(rollout, "champion", TODAY, units=2000, flagged=60, removed=20, complaints=4)
    count_day(rollout, "challenger", TODAY, units=2000, flagged=64, removed=18, complaints=5)
    assert not guardrails.check(rollout, now=NOW)
    rollout.refresh_from_db()
    assert rollout.is_running


@pytest.mark.django_db(transaction=True)
def test_of_two_that_start_at_once_one_is_refused(all_is_fine: Path, white_is_bright: Path) -> None:
    place = world()
    deploy(place, all_is_fine)
    versions = [passed(place, white_is_bright) for _ in range(2)]
    said = at_once([lambda one=one: begin(place, one) for one in versions])
    assert sorted(said) == ["done", "rollout_running"]
    assert Rollout.objects.filter(status=Status.RUNNING).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_a_promotion_and_a_stop_at_once_what_is_written_fits_together(
    all_is_fine: Path, white_is_bright: Path
) -> None:
    place, rollout = tried(all_is_fine, white_is_bright)
    at_once(
        [
            lambda: conducting.promote(rollout, by=None, reason="better", now=NOW),
            lambda: conducting.stop(rollout, by=None, reason="worse", now=NOW),
        ]
    )
    rollout.refresh_from_db()
    kinds = list(rollout.events.values_list("kind", flat=True))
    assert rollout.status == Status.PROMOTED, "a stopped one may still be promoted"
    assert kinds in (["started", "promoted"], ["started", "stopped", "promoted"])
    assert deployment.champion_of(place.project) == rollout.challenger


@pytest.mark.django_db(transaction=True)
def test_posts_screened_while_a_rollout_ends_are_each_decided_once(all_is_fine: Path, white_is_bright: Path) -> None:
    place, rollout = tried(all_is_fine, white_is_bright)
    posts = [post(place, photo(DARK)) for _ in range(12)]
    at_once(
        [
            lambda: screen_all(place),
            lambda: screen_all(place),
            lambda: conducting.discard(rollout, by=None, reason="enough", now=NOW),
        ]
    )
    screen_all(place)
    for one in posts:
        one.refresh_from_db()
        verdict = one.verdicts.get()
        assert one.status == PostStatus.PASSED
        assert verdict.arm_id == one.arm_id
        assert one.arm is None or one.arm.model_version == verdict.model_version


def at_once(acts: list[Callable[[], Any]]) -> list[str]:
    """Do all at the same time; returns of each "done", or with which code it was refused."""
    together = threading.Barrier(len(acts))

    def one(act: Callable[[], Any]) -> str:
        together.wait()
        try:
            act()
        except (RolloutRefused, DeploymentRefused) as refused:
            return refused.code
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


@pytest.fixture(autouse=True)
def _fresh() -> None:
    serving.loaded.cache_clear()
