"""Rows written together come back as the instances that were given, and each keeps its own."""

import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from annotation.models import Image, Prediction
from config.each_row import InsertEach, UpdateEach
from moderation.models import Post, PostEvent, PostStatus
from tests.moderation import networks
from tests.moderation.builders import DARK, NOW, WHITE, deploy, photo, post, world

pytestmark = pytest.mark.django_db


def test_each_row_gets_its_own_values_of_every_kind() -> None:
    place = world()
    posts = [post(place), post(place), post(place)]
    images = [one.image for one in posts[:2]]
    for number, one in enumerate(images):
        one.pdq, one.pdq_bands, one.brightness = bytes([number, 0, 255]), [number, 65536], 0.1 + number
        one.decoded_at, one.straddles_split = NOW + timedelta(microseconds=number), bool(number)
    images[1].pdq = None
    fields = ["pdq", "pdq_bands", "brightness", "decoded_at", "straddles_split"]
    assert UpdateEach(Image, fields)(images) == 2
    for made in images:
        found = Image.objects.get(pk=made.pk)
        assert found.pdq is None if made.pdq is None else bytes(found.pdq) == made.pdq
        assert all(getattr(found, name) == getattr(made, name) for name in fields[1:])
    assert Image.objects.get(pk=posts[2].image_id).decoded_at is None, "nobody named it"


def test_choices_tokens_and_texts_that_look_like_something_else_are_written_as_they_are() -> None:
    made = post(world())
    made.status, made.claim_token, made.claimed_until = PostStatus.SCREENING, uuid.uuid4(), NOW
    made.failure_detail = "%s \\x00 {\"a\": null} 'quoted' — 猫"
    UpdateEach(Post, ["status", "claim_token", "claimed_until", "failure_detail"])([made])
    found = Post.objects.get(pk=made.pk)
    assert (found.status, found.claim_token, found.claimed_until) == ("screening", made.claim_token, NOW)
    assert found.failure_detail == made.failure_detail


def test_new_rows_learn_their_ids_in_their_order() -> None:
    posts = [post(world()) for _ in range(3)]
    events = [
        PostEvent(post=one, kind="claim", status="waiting", detail={"number": [n, None]}, created_at=NOW)
        for n, one in enumerate(posts)
    ]
    written = InsertEach(PostEvent)(events)
    assert [one.pk for one in written] == sorted(one.pk for one in written)
    found = PostEvent.objects.in_bulk([one.pk for one in written])
    assert [(found[one.pk].post_id, found[one.pk].detail) for one in written] == [
        (made.pk, {"number": [n, None]}) for n, made in enumerate(posts)
    ]


def test_what_is_there_stays_as_it_was(tmp_path: Path) -> None:
    place = world()
    version = deploy(place, networks.white_is_bright(tmp_path))
    one, two = post(place, photo(DARK)).image, post(place, photo(WHITE)).image
    keep = InsertEach(Prediction, ignore_conflicts=True)
    keep([Prediction(image=one, model_version=version, scores={"bright": 0.25}, created_at=NOW)])
    keep([Prediction(image=made, model_version=version, scores={"bright": 1.0}, created_at=NOW) for made in (one, two)])
    assert sorted(Prediction.objects.values_list("image", "scores__bright")) == [(one.pk, 0.25), (two.pk, 1.0)]


def test_one_row_that_breaks_a_rule_writes_none() -> None:
    one, two = post(world()), post(world())
    one.attempts, two.status = 7, PostStatus.SCREENING
    with pytest.raises(IntegrityError, match="a_claimed_post_has_a_token"), transaction.atomic():
        UpdateEach(Post, ["attempts", "status"])([one, two])
    assert set(Post.objects.values_list("attempts", "status")) == {(0, PostStatus.WAITING)}


def test_nothing_is_written_by_no_statement(django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        assert UpdateEach(Post, ["attempts"])([]) == 0
        assert list(InsertEach(PostEvent)([])) == []


def test_a_number_that_is_none_is_refused() -> None:
    made = post(world()).image
    made.brightness = float("nan")
    with pytest.raises(ValueError, match="not JSON compliant"):
        UpdateEach(Image, ["brightness"])([made])
