"""Tests of acting on many posts at once: each gets its own decision, nothing is done twice, and who may."""

import json
import uuid
from typing import Any

import pytest
from django.test import Client as Browser

from annotation.models import Exclusion, JobStatus, Purpose, Question, QuestionStatus
from config.accounts.models import Role, User
from moderation import bulk, search
from moderation.bulk import BadOrder, BatchConflict, Order
from moderation.conditions import Searcher
from moderation.models import (
    BulkAction,
    BulkItem,
    BulkKind,
    Decision,
    DecisionKind,
    Delivery,
    PolicyMode,
    Post,
    PostEvent,
    PostStatus,
    Publication,
)
from moderation.wanted import Wanted
from tests.moderation.builders import (
    NOW,
    World,
    answer,
    deploy,
    later,
    person,
    photo,
    post,
    question_of,
    screened,
    world,
)

pytestmark = pytest.mark.django_db


def order(kind: BulkKind, number: int = 1, *, classes: tuple[str, ...] | None = None) -> Order:
    named = ("grave",) if kind == BulkKind.REMOVE else ()
    return Order(uuid.UUID(int=number), kind, "because", named if classes is None else classes)


@pytest.fixture
def place() -> World:
    return world(webhook_url="http://127.0.0.1:9/hook", mode=PolicyMode.MANUAL)


@pytest.fixture
def manager(place: World) -> User:
    return person(place.project, Role.MANAGER)


def act(place: World, given: Order, posts: list[Post], *, by: User) -> dict[int, str]:
    results = bulk.act(given, post_ids=[one.pk for one in posts], project=place.project, person=by, now=later(hours=1))
    return {one.post_id: one.code for one in results}


def test_taking_down_decides_every_post_for_itself(place: World, manager: User) -> None:
    posts = [screened(place) for _ in range(3)]
    assert set(act(place, order(BulkKind.REMOVE), posts, by=manager).values()) == {bulk.DONE}
    assert Post.objects.filter(status=PostStatus.DECIDED, publication=Publication.UNPUBLISHED).count() == 3
    made = Decision.objects.filter(kind=DecisionKind.REMOVE, classes=["grave"], person=manager, reason="because")
    assert made.count() == 3
    assert PostEvent.objects.filter(kind="decide", person=manager).count() == 3
    assert Delivery.objects.filter(payload__type="post.unpublished").count() == 3
    assert BulkItem.objects.filter(decision__in=made, action=BulkAction.objects.get()).count() == 3


def sent_to_review(place: World, manager: User, n: int = 1) -> list[Post]:
    """Posts of the same bytes that were taken down, and are asked about anew."""
    data = photo()
    posts = [screened(place, data) for _ in range(n)]
    answer(person(place.project), question_of(posts[0]), "grave")
    act(place, order(BulkKind.REVIEW, 100), posts, by=manager)
    return posts


def test_open_reviews_of_what_was_decided_are_closed_and_audits_are_not(place: World, manager: User) -> None:
    (made,) = sent_to_review(place, manager)
    review = question_of(made)
    audit = Question.objects.get(pk=review.pk)
    audit.pk, audit.purpose = None, Purpose.AUDIT
    audit.save(force_insert=True)
    act(place, order(BulkKind.KEEP), [made], by=manager)
    assert Question.objects.get(pk=review.pk).status == QuestionStatus.CLOSED
    assert review.jobs.get().status == JobStatus.CLOSED
    assert Question.objects.get(pk=audit.pk).status == QuestionStatus.OPEN


def test_a_review_that_another_post_waits_for_stays_open(place: World, manager: User) -> None:
    made, other = sent_to_review(place, manager, 2)
    act(place, order(BulkKind.KEEP), [made], by=manager)
    assert question_of(other).status == QuestionStatus.OPEN
    act(place, order(BulkKind.KEEP, 2), [other], by=manager)
    assert not Question.objects.filter(status=QuestionStatus.OPEN).exists()


def test_what_was_taken_down_can_be_put_back(place: World, manager: User) -> None:
    made = screened(place)
    act(place, order(BulkKind.REMOVE), [made], by=manager)
    assert act(place, order(BulkKind.KEEP, 2), [made], by=manager) == {made.pk: bulk.DONE}
    made.refresh_from_db()
    assert (made.publication, made.publication_version) == (Publication.PUBLISHED, 3)
    assert act(place, order(BulkKind.KEEP, 3), [made], by=manager) == {made.pk: bulk.ALREADY}


def test_sending_to_review_asks_people_who_have_not_judged_it(place: World, manager: User) -> None:
    made, judge, other = screened(place), person(place.project), person(place.project, Role.MANAGER)
    answer(judge, question_of(made), "grave")
    assert act(place, order(BulkKind.KEEP), [made], by=other) == {made.pk: bulk.DONE}
    assert act(place, order(BulkKind.REVIEW, 2), [made], by=manager) == {made.pk: bulk.DONE}
    asked = question_of(made)
    assert set(Exclusion.objects.filter(question=asked).values_list("person", flat=True)) == {judge.pk, other.pk}
    made.refresh_from_db()
    assert (made.status, made.publication) == (PostStatus.IN_REVIEW, Publication.PUBLISHED)
    answer(person(place.project), asked, now=later(hours=2))
    made.refresh_from_db()
    assert made.publication == Publication.PUBLISHED


def test_what_cannot_be_is_said_post_by_post(place: World, manager: User) -> None:
    fine, waiting = screened(place), post(place)
    foreign = screened(world())
    told = act(place, order(BulkKind.REMOVE), [fine, waiting, foreign], by=manager)
    assert told == {fine.pk: bulk.DONE, waiting.pk: bulk.CANNOT, foreign.pk: bulk.NOT_FOUND}
    foreign.refresh_from_db()
    assert foreign.publication == Publication.PUBLISHED
    assert act(place, order(BulkKind.REVIEW, 2), [waiting], by=manager) == {waiting.pk: bulk.CANNOT}


def test_a_batch_sent_again_in_whole_or_in_part_does_nothing_twice(place: World, manager: User) -> None:
    posts = [screened(place) for _ in range(3)]
    given = order(BulkKind.REMOVE)
    first = act(place, given, posts[:2], by=manager)
    assert act(place, given, posts[:2], by=manager) == first
    assert set(act(place, given, posts, by=manager).values()) == {bulk.DONE}
    assert Decision.objects.filter(person=manager).count() == 3


def test_a_known_batch_cannot_become_something_else(place: World, manager: User) -> None:
    made = screened(place)
    act(place, order(BulkKind.KEEP), [made], by=manager)
    with pytest.raises(BatchConflict):
        act(place, order(BulkKind.REMOVE), [made], by=manager)
    with pytest.raises(BatchConflict):
        act(place, order(BulkKind.KEEP), [made], by=person(place.project, Role.ADMIN))


@pytest.mark.parametrize(
    "given",
    [
        order(BulkKind.REMOVE, classes=()),
        order(BulkKind.REMOVE, classes=("unheard-of",)),
        order(BulkKind.KEEP, classes=("grave",)),
        order(BulkKind.REVIEW, classes=("grave",)),
    ],
)
def test_an_odd_order_is_refused_and_nothing_is_kept(place: World, manager: User, given: Order) -> None:
    with pytest.raises(BadOrder):
        act(place, given, [screened(place)], by=manager)
    assert not BulkAction.objects.exists()


def test_a_batch_is_bounded(place: World, manager: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "MOST_POSTS", 2)
    posts = [screened(place) for _ in range(3)]
    with pytest.raises(BadOrder):
        act(place, order(BulkKind.KEEP), posts, by=manager)
    act(place, order(BulkKind.KEEP), posts[:2], by=manager)
    with pytest.raises(BadOrder):
        act(place, order(BulkKind.KEEP), posts, by=manager)


def test_search_follows_a_bulk_action(place: World, manager: User) -> None:
    made = screened(place)
    act(place, order(BulkKind.REMOVE), [made], by=manager)
    page = search.page(Searcher(place.project), Wanted(decided="grave", publication="unpublished"))
    assert [one.post.pk for one in page.found] == [made.pk]


def send(user: User, **said: Any) -> Any:
    browser = Browser()
    browser.force_login(user)
    return browser.post("/api/v1/posts/bulk/", json.dumps(said), content_type="application/json")


def test_the_api_acts_and_says_what_became_of_each(place: World, manager: User) -> None:
    made = screened(place)
    said = {
        "batch_id": str(uuid.uuid4()),
        "action": "remove",
        "classes": ["grave"],
        "reason": "spam",
        "posts": [made.pk, 0 + 9**9],
    }
    told = send(manager, **said)
    assert told.status_code == 200, told.content
    assert told.json()["results"] == [{"post": made.pk, "code": "done"}, {"post": 9**9, "code": "not_found"}]
    assert send(manager, **said).json() == told.json()
    conflict = send(manager, **said | {"reason": "other"})
    assert (conflict.status_code, conflict.json()["code"]) == (409, "batch_conflict")
    odd = send(manager, **said | {"batch_id": str(uuid.uuid4()), "classes": []})
    assert (odd.status_code, odd.json()["code"]) == (422, "bad_order")


@pytest.mark.parametrize("missing", ["batch_id", "action", "reason", "posts"])
def test_an_order_says_what_why_and_whom(place: World, manager: User, missing: str) -> None:
    said = {"batch_id": str(uuid.uuid4()), "action": "keep", "reason": "spam", "posts": [1]}
    del said[missing]
    assert send(manager, **said).status_code == 400


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.ENGINEER, Role.ANNOTATOR])
def test_only_managers_and_admins_may(place: World, role: Role) -> None:
    said = {"batch_id": str(uuid.uuid4()), "action": "keep", "reason": "spam", "posts": [1]}
    assert send(person(place.project, role), **said).status_code == 403


def test_a_machine_s_removal_can_be_put_back(white_is_bright: Any) -> None:
    place = world()
    deploy(place, white_is_bright)
    made = screened(place, photo(245), now=NOW)
    assert made.publication == Publication.UNPUBLISHED
    act(place, order(BulkKind.KEEP), [made], by=person(place.project, Role.ADMIN))
    made.refresh_from_db()
    assert made.publication == Publication.PUBLISHED
