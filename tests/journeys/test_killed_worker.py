"""A worker's end: killed in the middle of a batch, it loses nothing, and another finishes."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from moderation import tasks
from moderation.models import Post, PostEvent, PostStatus, Verdict
from tests.journeys.travel import eventually
from tests.moderation.builders import photo, post, world


def wait_for_a_claim() -> None:
    until = time.monotonic() + 60
    while not Post.objects.filter(status=PostStatus.SCREENING).exists():
        assert time.monotonic() < until, "no worker claimed anything"
        time.sleep(0.005)


@pytest.mark.django_db(transaction=True)
def test_another_worker_finishes_what_a_killed_one_had_begun(worker: Callable[..., Any]) -> None:
    place = world()
    first = worker("screening")
    posts = [post(place, photo(size_px=512)) for _ in range(20)]
    tasks.screen.delay()
    wait_for_a_claim()
    first.kill()
    held = Post.objects.filter(status=PostStatus.SCREENING)
    assert held.exists(), "it was killed in the middle of its batch"
    # As if the five minutes of the claim were over.
    held.update(claimed_until=timezone.now() - timedelta(seconds=1))

    worker("screening")
    eventually(
        lambda: not Post.objects.exclude(status=PostStatus.IN_REVIEW).exists(),
        beat=tasks.screen,
        what="every post was screened",
    )
    assert Verdict.objects.count() == len(posts)
    assert PostEvent.objects.filter(kind="give_back").exists()
    assert set(Post.objects.values_list("attempts", flat=True)) <= {1, 2}
