"""Tests of screening: claimed, scored, concluded once; bad images and dead workers cost nobody else anything."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.files.storage import default_storage
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from annotation.models import Image, Prediction, Question
from models_registry import serving
from moderation import intake, policies, screening, tasks
from moderation.models import Delivery, PolicyMode, Post, PostEvent, PostStatus, Publication, Verdict
from moderation.rollouts.lineup import Lineup
from tests.moderation.builders import (
    DARK,
    NOW,
    WHITE,
    change_policy,
    deploy,
    half_jpeg,
    later,
    photo,
    post,
    screen_all,
    screened,
    world,
)

OVER = later(minutes=6)


@pytest.mark.django_db
def test_without_a_deployment_people_look_at_everything() -> None:
    made = screened(world())
    assert (made.status, made.publication) == (PostStatus.IN_REVIEW, Publication.PUBLISHED)
    verdict = made.verdicts.get()
    assert (verdict.outcome, verdict.machine_outcome, verdict.reason) == ("review", "", "no_deployment")
    assert (made.attempts, made.claim_token, made.screened_at) == (1, None, NOW)
    assert Image.objects.get().thumbnail


@pytest.mark.django_db
def test_many_posts_take_as_many_statements_as_few(white_is_bright: Path) -> None:
    place = world()
    deploy(place, white_is_bright)
    counted = []
    for n in (4, 4, 12):
        for shade in (DARK, WHITE) * (n // 2):
            post(place, photo(shade))
        with CaptureQueriesContext(connection) as asked:
            assert screening.screen(now=NOW, project=place.project) == n
        counted.append(len(asked))
    assert counted[1] == counted[2]


@pytest.mark.django_db
def test_a_deployed_version_passes_and_removes(white_is_bright: Path) -> None:
    place = world(webhook_url="https://example.com/hook")
    version = deploy(place, white_is_bright)
    fine, bad = post(place, photo(DARK)), post(place, photo(WHITE))
    screen_all(place)
    fine.refresh_from_db()
    bad.refresh_from_db()
    assert (fine.status, fine.publication) == (PostStatus.PASSED, Publication.PUBLISHED)
    assert (bad.status, bad.publication, bad.publication_version) == (PostStatus.DECIDED, Publication.UNPUBLISHED, 2)
    assert bad.verdicts.get().model_version == version
    assert bad.decisions.get().policy_version == place.policy
    assert Prediction.objects.filter(model_version=version).count() == 2
    assert Delivery.objects.get().payload["data"]["classes"] == ["bright"]


@pytest.mark.django_db
def test_manual_mode_records_what_the_machine_would_have_done(white_is_bright: Path) -> None:
    place = world(mode=PolicyMode.MANUAL)
    deploy(place, white_is_bright)
    bad, fine = screened(place, photo(WHITE)), screened(place, photo(DARK))
    assert [one.status for one in (bad, fine)] == [PostStatus.IN_REVIEW] * 2
    assert (bad.verdicts.get().outcome, bad.verdicts.get().machine_outcome) == ("review", "remove")
    assert (fine.verdicts.get().outcome, fine.verdicts.get().machine_outcome) == ("review", "pass")


@pytest.mark.django_db
def test_a_half_image_fails_alone_and_visibly(white_is_bright: Path) -> None:
    place = world(webhook_url="https://example.com/hook")
    deploy(place, white_is_bright)
    posts = [post(place), post(place, half_jpeg()), post(place)]
    assert screening.screen(now=NOW, project=place.project) == 3
    for one in posts:
        one.refresh_from_db()
    assert [one.status for one in posts] == [PostStatus.PASSED, PostStatus.FAILED, PostStatus.PASSED]
    assert posts[1].failure_code == "truncated_image"
    assert posts[1].events.last().kind == "fail"
    assert Delivery.objects.get().payload["type"] == "post.failed"
    assert Delivery.objects.get().payload["data"]["failure_code"] == "truncated_image"


@pytest.mark.django_db
def test_a_failed_post_can_be_screened_again() -> None:
    place = world()
    failed = screened(place, half_jpeg())
    screening.retry(failed, now=NOW)
    failed.refresh_from_db()
    assert (failed.status, failed.failure_code, failed.attempts) == (PostStatus.WAITING, "", 0)
    screen_all(place)
    failed.refresh_from_db()
    assert failed.status == PostStatus.FAILED


@pytest.mark.django_db
def test_a_post_whose_worker_died_waits_again_and_is_then_tried_alone() -> None:
    place = world()
    posts = [post(place) for _ in range(3)]
    assert len(screening.claim(now=NOW).posts) == 3
    assert screening.screen(now=later(minutes=4)) == 0, "the claim still holds"
    assert screening.give_back_lost(now=OVER) == 3
    alone = screening.claim(now=OVER)
    assert [one.pk for one in alone.posts] == [posts[0].pk]
    assert alone.posts[0].attempts == 2
    screen_all(place, now=OVER)
    screen_all(place, now=later(minutes=12))
    assert set(Post.objects.values_list("status", flat=True)) == {PostStatus.IN_REVIEW}


@pytest.mark.django_db
def test_the_third_dead_worker_fails_the_post_and_tells_the_client() -> None:
    place = world(webhook_url="https://example.com/hook")
    made = post(place)
    for number in range(3):
        screening.give_back_lost(now=later(hours=number))
        assert screening.claim(now=later(hours=number))
    assert screening.screen(now=later(hours=9)) == 0
    made.refresh_from_db()
    assert (made.status, made.failure_code, made.claim_token) == (PostStatus.FAILED, "screening_crashed", None)
    assert Delivery.objects.get().payload["type"] == "post.failed"


@pytest.mark.django_db
def test_a_new_deployment_between_scoring_and_writing_is_asked_anew(
    white_is_bright: Path, all_is_fine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = world()
    deploy(place, all_is_fine)
    made = post(place, photo(WHITE))
    see, seen = screening._see, []

    def see_then_deploy(*given, **named):
        result = see(*given, **named)
        if not seen:
            deploy(place, white_is_bright)
        seen.append(result.lineup.champion)
        return result

    monkeypatch.setattr(screening, "_see", see_then_deploy)
    assert screening.screen(now=NOW) == 1
    made.refresh_from_db()
    assert len(set(seen)) == 2
    assert made.publication == Publication.UNPUBLISHED, "the new version decided"
    assert made.verdicts.get().model_version == place.version


@pytest.mark.django_db
def test_a_new_policy_between_scoring_and_writing_is_asked_anew(
    white_is_bright: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = world()
    deploy(place, white_is_bright)
    made = post(place, photo(WHITE))
    see, calls = screening._see, []

    def see_then_change(*given, **named):
        result = see(*given, **named)
        calls.append(1)
        if len(calls) == 1:
            change_policy(place, mode=PolicyMode.MANUAL)
        return result

    monkeypatch.setattr(screening, "_see", see_then_change)
    screening.screen(now=NOW)
    made.refresh_from_db()
    assert len(calls) == 2
    assert made.status == PostStatus.IN_REVIEW
    assert made.verdicts.get().policy_version == place.policy


@pytest.mark.django_db
def test_where_the_policy_never_rests_posts_wait_again_at_once_and_no_attempt_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place = world()
    made = post(place)
    see = screening._see

    def see_then_change(*given, **named):
        change_policy(place, mode=PolicyMode.MANUAL)
        return see(*given, **named)

    monkeypatch.setattr(screening, "_see", see_then_change)
    assert screening.screen(now=NOW) == 0
    made.refresh_from_db()
    assert (made.status, made.attempts, made.claim_token) == (PostStatus.WAITING, 0, None)
    monkeypatch.setattr(screening, "_see", see)
    assert screening.screen(now=NOW) == 1


@pytest.mark.django_db
def test_a_post_withdrawn_while_it_is_scored_stays_withdrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    place = world()
    made, other = post(place), post(place)
    see = screening._see

    def see_then_withdraw(*given, **named):
        result = see(*given, **named)
        intake.withdraw(made.pk, client=place.client, now=NOW)
        return result

    monkeypatch.setattr(screening, "_see", see_then_withdraw)
    screening.screen(now=NOW)
    made.refresh_from_db()
    other.refresh_from_db()
    assert (made.status, other.status) == (PostStatus.WITHDRAWN, PostStatus.IN_REVIEW)
    assert not made.verdicts.exists()


@pytest.mark.django_db
def test_what_was_given_to_another_worker_is_not_written_twice() -> None:
    place = world()
    post(place)
    slow = screening.claim(now=NOW)
    in_force = policies.in_force(place.project)
    seen = screening._see(slow, Lineup(None), now=NOW)
    screen_all(place, now=OVER)
    assert screening._conclude(slow, seen, in_force, now=OVER)
    assert Verdict.objects.count() == Question.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_screen_every_post_exactly_once(settings: LazySettings) -> None:
    settings.SCREENING_BATCH = 3
    place = world()
    posts = [post(place) for _ in range(18)]

    def work(_: int) -> int:
        try:
            return sum(iter(lambda: screening.screen(now=NOW, project=place.project), 0))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        done = sum(pool.map(work, range(4)))
    assert done == len(posts)
    assert Verdict.objects.count() == len(posts)
    assert PostEvent.objects.filter(kind="claim").count() == len(posts)
    assert set(Post.objects.values_list("status", "attempts")) == {(PostStatus.IN_REVIEW, 1)}


@pytest.mark.django_db(transaction=True)
def test_changing_the_policy_while_a_batch_is_written_is_no_deadlock() -> None:
    place = world()
    for number in range(4):
        made = post(place)
        batch = screening.claim(now=later(days=number))
        seen = screening._see(batch, Lineup(None), now=NOW)
        in_force = policies.in_force(place.project)
        draft = policies.draft(place.project, mode=PolicyMode.MANUAL, rules=in_force.rules, now=NOW)

        def change(draft=draft) -> None:
            try:
                policies.put_in_force(draft, now=NOW)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(1) as pool, transaction.atomic():
            policies.hold_still(place.project)
            changing = pool.submit(change)
            with pytest.raises(TimeoutError):
                changing.result(timeout=0.3)
            assert screening._conclude(batch, seen, in_force, now=NOW)
            transaction.on_commit(lambda changing=changing: changing.result(timeout=30))
        made.refresh_from_db()
        assert made.status == PostStatus.IN_REVIEW


@pytest.mark.django_db
def test_a_batch_holds_posts_of_one_project() -> None:
    one, two = world(), world()
    post(one), post(two), post(one)
    batch = screening.claim(now=NOW)
    assert {made.project_id for made in batch.posts} == {one.project.pk}
    assert len(batch.posts) == 2


@pytest.mark.django_db
def test_the_task_stops_when_nothing_waits(django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(13):
        assert tasks.screen() == 0


@pytest.mark.django_db
def test_two_posts_of_the_same_bytes_are_decoded_once_and_both_routed(white_is_bright: Path) -> None:
    place, data = world(), photo(WHITE)
    deploy(place, white_is_bright)
    one, two = post(place, data), post(place, data)
    screen_all(place)
    assert Prediction.objects.count() == 1
    for made in (one, two):
        made.refresh_from_db()
        assert made.publication == Publication.UNPUBLISHED


@pytest.mark.django_db
def test_a_lost_model_file_leaves_posts_waiting_and_uses_up_no_attempt(
    white_is_bright: Path, settings: LazySettings
) -> None:
    place = world()
    version = deploy(place, white_is_bright)
    default_storage.delete(version.artifact)
    (settings.VAR_DIR / "models" / f"{version.artifact_sha256}.onnx").unlink(missing_ok=True)
    serving.loaded.cache_clear()
    made = post(place, photo())
    assert screening.screen(now=NOW, project=place.project) == 0
    made.refresh_from_db()
    assert (made.status, made.attempts) == (PostStatus.WAITING, 0)
