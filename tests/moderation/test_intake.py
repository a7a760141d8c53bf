"""Tests of taking posts in: once, also when requests race; nothing is stored of what is refused."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connections

from annotation.images import ImageRefused
from annotation.models import Image, Purpose, Question
from moderation import intake
from moderation.intake import ExternalIdConflict, Submission
from moderation.models import Delivery, Post, PostEvent, PostStatus, Publication
from tests.moderation.builders import NOW, World, answer, person, photo, post, question_of, screened, world


def at_once(*works: Any) -> list[Any]:
    """Run these at the same moment in threads of their own; returns results or exceptions."""
    barrier = threading.Barrier(len(works))

    def run(work: Any) -> Any:
        try:
            barrier.wait(60)
            return work()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def submit(place: World, image: bytes, **said: Any) -> tuple[Post, bool]:
    return intake.submit(place.client, Submission(image=image, **{"external_id": "photo-1", **said}), now=NOW)


@pytest.mark.django_db
def test_a_new_post_waits_published_with_its_original_kept() -> None:
    place, data = world(), photo()
    made, is_new = submit(place, data, title="A cat", attributes={"place": "garden"})
    assert is_new
    assert (made.status, made.publication) == (PostStatus.WAITING, Publication.PUBLISHED)
    with default_storage.open(made.image.original) as kept:
        assert kept.read() == data
    assert [one.kind for one in made.events.all()] == ["receive"]


@pytest.mark.django_db
def test_the_same_content_again_is_the_same_post() -> None:
    place, data = world(), photo()
    first, _ = submit(place, data, title="A cat", attributes={"a": 1, "b": 2})
    again, is_new = submit(place, data, title="A cat", attributes={"b": 2, "a": 1})
    assert (again.pk, is_new) == (first.pk, False)
    assert PostEvent.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("change", [{"title": "Another"}, {"poster": "eve"}, {"attributes": {"a": 2}}, {"image": b""}])
def test_other_content_under_a_known_id_is_refused(change: dict[str, Any]) -> None:
    place, data = world(), photo()
    submit(place, data)
    with pytest.raises(ExternalIdConflict):
        submit(place, **{"image": data, **change})
    assert Post.objects.count() == 1


@pytest.mark.django_db
def test_two_clients_may_use_one_external_id() -> None:
    one, two, data = world(), world(), photo()
    assert submit(one, data)[0] != submit(two, data)[0]
    assert Image.objects.count() == 2, "nothing crosses projects"


@pytest.mark.django_db
def test_two_posts_of_the_same_bytes_share_one_image() -> None:
    place, data = world(), photo()
    assert post(place, data).image_id == post(place, data).image_id
    assert Image.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_identical_requests_that_race_make_one_post() -> None:
    place, data = world(), photo()
    for number in range(5):
        works = [lambda name=f"race-{number}": submit(place, data, external_id=name) for _ in range(4)]
        results = at_once(*works)
        assert sorted(is_new for _, is_new in results) == [False, False, False, True]
        assert len({made.pk for made, _ in results}) == 1


@pytest.mark.django_db(transaction=True)
def test_two_different_requests_that_race_are_one_post_and_a_conflict_that_stores_nothing() -> None:
    place = world()
    for number in range(5):
        images = [photo(), photo()]
        works = [lambda data=data, name=f"race-{number}": submit(place, data, external_id=name) for data in images]
        results = at_once(*works)
        assert sorted(type(one).__name__ for one in results) == ["ExternalIdConflict", "tuple"]
        assert Post.objects.count() == Image.objects.count() == number + 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_image"),
        (b"hello", "not_an_image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_an_image"),
        (photo(1, seed=1) + b"<script>alert(1)</script>", "polyglot"),
    ],
)
def test_nothing_is_stored_of_a_refused_image(data: bytes, code: str) -> None:
    with pytest.raises(ImageRefused) as refused:
        submit(world(), data)
    assert refused.value.code == code
    assert not Post.objects.exists()
    assert not Image.objects.exists()


@pytest.mark.django_db
def test_withdrawing_closes_the_posts_question_and_tells_the_client() -> None:
    place = world(webhook_url="https://example.com/hook")
    made = screened(place)
    gone = intake.withdraw(made.pk, client=place.client, now=NOW)
    assert (gone.status, gone.publication) == (PostStatus.WITHDRAWN, Publication.UNPUBLISHED)
    assert Question.objects.get().status == "closed"
    assert Delivery.objects.get().payload["type"] == "post.unpublished"


@pytest.mark.django_db
def test_withdrawing_twice_changes_nothing_more() -> None:
    place = world()
    made = post(place)
    first = intake.withdraw(made.pk, client=place.client, now=NOW)
    again = intake.withdraw(made.pk, client=place.client, now=NOW)
    assert again.publication_version == first.publication_version
    assert PostEvent.objects.filter(kind="withdraw").count() == 1


@pytest.mark.django_db
def test_a_question_that_another_post_needs_stays_open() -> None:
    place, data = world(), photo()
    one, two = screened(place, data), screened(place, data)
    intake.withdraw(one.pk, client=place.client, now=NOW)
    assert question_of(two).status == "open"
    intake.withdraw(two.pk, client=place.client, now=NOW)
    assert Question.objects.get().status == "closed"


@pytest.mark.django_db
def test_an_answered_question_stays_answered_after_the_post_is_withdrawn() -> None:
    place = world()
    made = screened(place)
    answer(person(place.project), question_of(made), "bright")
    intake.withdraw(made.pk, client=place.client, now=NOW)
    assert Question.objects.get(purpose=Purpose.REVIEW).status == "settled"


@pytest.mark.django_db
def test_another_clients_post_cannot_be_withdrawn() -> None:
    made = post(world())
    with pytest.raises(Post.DoesNotExist):
        intake.withdraw(made.pk, client=world().client, now=NOW)


@pytest.mark.django_db
def test_a_post_withdrawn_before_screening_was_never_screened() -> None:
    place = world()
    gone = intake.withdraw(post(place).pk, client=place.client, now=NOW)
    gone.refresh_from_db()
    assert gone.screened_at is None


@pytest.mark.django_db(transaction=True)
def test_withdrawing_while_the_same_post_is_answered_is_no_deadlock() -> None:
    place = world()
    for _ in range(5):
        made = screened(place)
        moderator = person(place.project)
        question = question_of(made)
        results = at_once(
            lambda made=made: intake.withdraw(made.pk, client=place.client, now=NOW),
            lambda who=moderator, question=question: answer(who, question, "bright"),
        )
        assert not [one for one in results if type(one).__name__ == "OperationalError"], results
        made.refresh_from_db()
        assert made.status == PostStatus.WITHDRAWN
