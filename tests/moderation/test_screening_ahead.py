"""Tests of screening batch after batch: the next one is decoded meanwhile, and nobody loses or doubles a post."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.storage import default_storage
from django.db import connections

from annotation.models import Prediction
from moderation import intake, screening
from moderation.models import Post, PostEvent, PostStatus, Publication, Verdict
from tests.moderation.builders import DARK, NOW, WHITE, World, deploy, half_jpeg, later, photo, post, screen_all, world

OVER = later(minutes=6)


@pytest.fixture(autouse=True)
def _two_a_batch(settings: LazySettings) -> None:
    settings.SCREENING_BATCH = 2


@pytest.fixture
def after_seeing(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], None]:
    """Let something happen once, when the first batch is seen and not yet written, and the next one is claimed."""

    def add(act: Callable[[], Any]) -> None:
        see, acts = screening._see, [act]

        def see_then_act(*given: Any, **named: Any) -> Any:
            result = see(*given, **named)
            if acts:
                acts.pop()()
            return result

        monkeypatch.setattr(screening, "_see", see_then_act)

    return add


def through(place: World, *, most: int = 10) -> list[int]:
    return list(screening.screen_batches(now=lambda: NOW, project=place.project, most=most))


@pytest.mark.django_db
def test_batch_after_batch_every_post_is_concluded_once(white_is_bright: Path) -> None:
    place = world()
    deploy(place, white_is_bright)
    posts = [post(place, photo(shade)) for shade in (DARK, WHITE, DARK, WHITE, DARK)]
    assert through(place) == [2, 2, 1]
    for number, made in enumerate(posts):
        made.refresh_from_db()
        assert made.verdicts.get().outcome == ("remove" if number % 2 else "pass")
        assert (made.attempts, made.claim_token, made.draws.count()) == (1, None, 1)
        assert [one.kind for one in made.events.all()] == ["receive", "claim", "decide" if number % 2 else "pass"]


@pytest.mark.django_db
def test_no_more_is_claimed_than_will_be_screened() -> None:
    place = world()
    posts = [post(place) for _ in range(5)]
    assert through(place, most=2) == [2, 2]
    assert PostEvent.objects.filter(kind="claim").count() == 4
    posts[4].refresh_from_db()
    assert (posts[4].status, posts[4].attempts) == (PostStatus.WAITING, 0)


@pytest.mark.django_db
def test_who_leaves_early_gives_back_what_was_claimed_ahead_as_if_it_had_not_been_tried() -> None:
    place = world()
    posts = [post(place) for _ in range(4)]
    batches = screening.screen_batches(now=lambda: NOW, project=place.project, most=10)
    assert next(batches) == 2
    assert Post.objects.filter(status=PostStatus.SCREENING).count() == 2
    batches.close()
    waiting = Post.objects.filter(status=PostStatus.WAITING)
    assert list(waiting.order_by("id").values_list("pk", "attempts")) == [(one.pk, 0) for one in posts[2:]]
    assert through(place) == [2]


@pytest.fixture
def attempts_under_way(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """Of each batch that is seen: which attempts the posts have that are claimed at that moment."""
    see, found = screening._see, []

    def look_and_see(*given: Any, **named: Any) -> Any:
        claimed = Post.objects.filter(status=PostStatus.SCREENING)
        found.append(sorted(claimed.values_list("attempts", flat=True)))
        return see(*given, **named)

    monkeypatch.setattr(screening, "_see", look_and_see)
    return found


@pytest.mark.django_db
def test_what_was_tried_before_is_alone_and_nothing_is_claimed_beside_it(attempts_under_way: list[list[int]]) -> None:
    place = world()
    for _ in range(6):
        post(place)
    for number in range(2):
        screening.claim(now=later(minutes=number))
    assert list(screening.screen_batches(now=lambda: OVER, project=place.project, most=10)) == [1, 1, 1, 1, 2]
    assert attempts_under_way == [[2], [2], [2], [2], [1, 1]]


@pytest.mark.django_db
def test_what_comes_back_while_others_stream_in_waits_until_nothing_is_beside_it(
    attempts_under_way: list[list[int]], after_seeing: Callable[[Callable[[], Any]], None]
) -> None:
    place = world()
    post(place)
    assert screening.claim(now=later(minutes=-4)), "its worker dies"
    for _ in range(3):
        post(place)
    after_seeing(lambda: screening.give_back_lost(now=later(minutes=2)))
    assert through(place) == [2, 1, 1]
    assert attempts_under_way == [[1, 1, 1, 1], [1], [2]]


@pytest.mark.django_db
@pytest.mark.parametrize("number", range(4))
def test_a_post_withdrawn_meanwhile_stays_withdrawn_whichever_batch_it_is_in(
    number: int, after_seeing: Callable[[Callable[[], Any]], None]
) -> None:
    place = world()
    posts = [post(place) for _ in range(4)]
    after_seeing(lambda: intake.withdraw(posts[number].pk, client=place.client, now=NOW))
    assert through(place) == [2, 2]
    for made in posts:
        made.refresh_from_db()
        is_gone = made == posts[number]
        assert made.status == (PostStatus.WITHDRAWN if is_gone else PostStatus.IN_REVIEW)
        assert made.verdicts.count() == (0 if is_gone else 1)


@pytest.mark.django_db
def test_a_deployment_meanwhile_decides_about_what_was_claimed_ahead_too(
    white_is_bright: Path, all_is_fine: Path, after_seeing: Callable[[Callable[[], Any]], None]
) -> None:
    place = world()
    deploy(place, all_is_fine)
    for _ in range(4):
        post(place, photo(WHITE))
    after_seeing(lambda: deploy(place, white_is_bright))
    assert through(place) == [2, 2]
    assert set(Verdict.objects.values_list("model_version", flat=True)) == {place.version.pk}
    assert set(Post.objects.values_list("publication", flat=True)) == {Publication.UNPUBLISHED}


@pytest.mark.django_db
def test_what_another_worker_took_over_meanwhile_is_written_once(
    after_seeing: Callable[[Callable[[], Any]], None],
) -> None:
    place = world()
    posts = [post(place) for _ in range(4)]
    after_seeing(lambda: screen_all(place, now=OVER))
    assert through(place) == [2, 2]
    assert Verdict.objects.count() == len(posts)
    assert set(Post.objects.values_list("status", "attempts")) == {(PostStatus.IN_REVIEW, 2)}


@pytest.mark.django_db
def test_a_half_image_claimed_ahead_fails_alone(white_is_bright: Path) -> None:
    place = world()
    deploy(place, white_is_bright)
    posts = [post(place), post(place), post(place, half_jpeg()), post(place)]
    assert through(place) == [2, 2]
    found = dict(Post.objects.values_list("pk", "status"))
    passed, failed = PostStatus.PASSED, PostStatus.FAILED
    assert [found[one.pk] for one in posts] == [passed, passed, failed, passed]


@pytest.mark.django_db
def test_the_same_bytes_in_two_batches_are_one_prediction_and_both_routed(white_is_bright: Path) -> None:
    place, data = world(), photo(WHITE)
    deploy(place, white_is_bright)
    for _ in range(4):
        post(place, data)
    assert through(place) == [2, 2]
    assert Prediction.objects.count() == 1
    assert set(Post.objects.values_list("publication", flat=True)) == {Publication.UNPUBLISHED}


@pytest.mark.django_db
def test_a_lost_original_in_the_next_batch_does_not_touch_the_one_under_way() -> None:
    place = world()
    posts = [post(place) for _ in range(4)]
    default_storage.delete(posts[2].image.original)
    batches = screening.screen_batches(now=lambda: NOW, project=place.project, most=10)
    assert next(batches) == 2
    with pytest.raises(FileNotFoundError):
        next(batches)
    assert set(Verdict.objects.values_list("post", flat=True)) == {one.pk for one in posts[:2]}
    assert Post.objects.filter(status=PostStatus.SCREENING).count() == 2, "they are tried again alone, each"


@pytest.mark.django_db(transaction=True)
def test_workers_that_all_claim_ahead_screen_every_post_exactly_once() -> None:
    place = world()
    posts = [post(place) for _ in range(18)]

    def work(_: int) -> int:
        try:
            return sum(through(place))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, range(4))) == len(posts)
    assert Verdict.objects.count() == len(posts)
    assert PostEvent.objects.filter(kind="claim").count() == len(posts)
    assert set(Post.objects.values_list("status", "attempts")) == {(PostStatus.IN_REVIEW, 1)}
