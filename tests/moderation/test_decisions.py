"""Tests of binding decisions: label, decision, publication and webhook together or not at all; and taken back."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

from annotation import labels, questions
from annotation.labels import BadAnswer, RetractionRefused
from annotation.models import Label, Lane, Purpose, Question, Truth
from annotation.queue import LeaseLost
from moderation import decisions, intake, settlements, webhooks
from moderation.models import Asked, Decision, Delivery, DeliveryStatus, Post, PostStatus, Publication
from tests.moderation.builders import (
    NOW,
    World,
    answer,
    claim,
    later,
    person,
    photo,
    question_of,
    screened,
    world,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def place() -> World:
    return world(webhook_url="https://example.com/hook")


def test_a_violation_unpublishes_and_tells_the_client(place: World) -> None:
    made = screened(place)
    moderator = person(place.project)
    answered = answer(moderator, question_of(made), "bright")
    made.refresh_from_db()
    assert (made.status, made.publication, made.publication_version) == ("decided", "unpublished", 2)
    decision = made.decisions.get()
    assert (decision.kind, decision.person, decision.label) == ("remove", moderator, answered.accepted.label)
    told = made.deliveries.get().payload
    assert (told["type"], told["data"]["publication_version"]) == ("post.unpublished", 2)
    assert made.events.last().person == moderator


def test_fine_keeps_the_post_published_and_still_tells_the_client(place: World) -> None:
    made = screened(place)
    answer(person(place.project), question_of(made))
    made.refresh_from_db()
    assert (made.status, made.publication, made.publication_version) == ("decided", "published", 1)
    assert made.deliveries.get().payload["type"] == "post.decided"


def test_when_the_outbox_fails_nothing_has_happened(place: World, monkeypatch: pytest.MonkeyPatch) -> None:
    made = screened(place)
    moderator, question = person(place.project), question_of(made)

    def fail(*_: object, **__: object) -> int:
        raise RuntimeError("the outbox is full")

    with monkeypatch.context() as patch:
        patch.setattr(webhooks, "enqueue", fail)
        with pytest.raises(RuntimeError):
            answer(moderator, question, "bright")
    made.refresh_from_db()
    assert (made.status, made.publication) == (PostStatus.IN_REVIEW, Publication.PUBLISHED)
    assert not Label.objects.exists()
    assert not Decision.objects.exists()
    assert not Truth.objects.exists()
    assert question_of(made).status == "open"


def test_a_bad_answer_changes_nothing_and_the_lease_still_holds(place: World) -> None:
    made = screened(place)
    moderator = person(place.project)
    job = claim(moderator, question_of(made))
    for classes in (("unknown",), ("bright", "bright")):
        given = labels.Answer(classes=classes)
        with pytest.raises(BadAnswer):
            decisions.answer(job.pk, person=moderator, token=job.lease_token, answer=given, now=NOW)
    fine = labels.Answer(classes=())
    assert decisions.answer(job.pk, person=moderator, token=job.lease_token, answer=fine, now=NOW).decisions


def test_the_very_same_answer_again_is_told_what_came_of_the_first(place: World) -> None:
    made = screened(place)
    moderator = person(place.project)
    job = claim(moderator, question_of(made))
    said = {"person": moderator, "token": job.lease_token, "answer": labels.Answer(classes=("bright",), note="white")}
    first = decisions.answer(job.pk, **said, now=NOW)
    again = decisions.answer(job.pk, **said, now=later(hours=1))
    assert (first.is_new, again.is_new) == (True, False)
    assert (again.accepted.label, again.accepted.truth) == (first.accepted.label, first.accepted.truth)
    assert again.decisions == first.decisions
    assert (Label.objects.count(), Decision.objects.count(), Delivery.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize(
    "other",
    [
        {"answer": labels.Answer(classes=())},
        {"answer": labels.Answer(classes=("bright", "grave"))},
        {"answer": labels.Answer(classes=("unheard-of",))},
        {"answer": labels.Answer(classes=("bright",), note="on second thoughts")},
        {"answer": labels.Answer(classes=(), is_unsure=True)},
        {"token": uuid.uuid4()},
    ],
    ids=["fine", "more classes", "an unknown class", "another note", "unsure", "another token"],
)
def test_another_answer_for_an_answered_job_is_refused(place: World, other: dict[str, Any]) -> None:
    made = screened(place)
    moderator = person(place.project)
    job = claim(moderator, question_of(made))
    said = {"person": moderator, "token": job.lease_token, "answer": labels.Answer(classes=("bright",)), "now": NOW}
    decisions.answer(job.pk, **said)
    with pytest.raises(LeaseLost):
        decisions.answer(job.pk, **(said | other))
    with pytest.raises(LeaseLost):
        decisions.answer(job.pk, **(said | {"person": person(place.project)}))
    assert Decision.objects.count() == 1


def test_an_answer_that_was_taken_back_is_not_stored_by_sending_it_again(place: World) -> None:
    made = screened(place)
    moderator = person(place.project)
    job = claim(moderator, question_of(made))
    said = {"person": moderator, "token": job.lease_token, "answer": labels.Answer(classes=("bright",)), "now": NOW}
    given = decisions.answer(job.pk, **said)
    decisions.retract(given.accepted.label.pk, person=moderator, now=NOW)
    with pytest.raises(LeaseLost):
        decisions.answer(job.pk, **said)


def test_taking_an_answer_back_puts_the_post_back(place: World) -> None:
    made = screened(place)
    moderator = person(place.project)
    answered = answer(moderator, question_of(made), "bright")
    retracted = decisions.retract(answered.accepted.label.pk, person=moderator, now=later(minutes=5))
    made.refresh_from_db()
    assert (made.status, made.publication, made.publication_version) == ("in_review", "published", 3)
    reversal = made.decisions.latest("id")
    assert (reversal.kind, reversal.reverses) == ("keep", answered.decisions[0])
    first, second = made.deliveries.order_by("id")
    assert (first.status, second.status) == (DeliveryStatus.SUPERSEDED, DeliveryStatus.PENDING)
    assert second.payload["data"]["publication_version"] == 3
    assert retracted.job.lease_token, "the job is leased to the same person again"


def test_the_person_can_answer_anew_after_taking_back(place: World) -> None:
    made = screened(place)
    moderator = person(place.project)
    answered = answer(moderator, question_of(made), "bright")
    again = decisions.retract(answered.accepted.label.pk, person=moderator, now=later(minutes=1)).job
    fine = labels.Answer(classes=())
    decisions.answer(again.pk, person=moderator, token=again.lease_token, answer=fine, now=later(minutes=2))
    made.refresh_from_db()
    assert (made.status, made.publication) == ("decided", "published")
    assert [one.kind for one in made.decisions.order_by("id")] == ["remove", "keep", "keep"]


@pytest.mark.parametrize(("who", "minutes"), [("other", 1), ("self", 11)])
def test_a_foreign_or_late_undo_is_refused_and_changes_nothing(place: World, who: str, minutes: int) -> None:
    made = screened(place)
    moderator = person(place.project)
    label = answer(moderator, question_of(made), "bright").accepted.label
    asking = moderator if who == "self" else person(place.project)
    with pytest.raises(RetractionRefused):
        decisions.retract(label.pk, person=asking, now=later(minutes=minutes))
    made.refresh_from_db()
    assert (made.publication, made.decisions.count()) == ("unpublished", 1)


def test_an_undo_does_not_reverse_what_another_question_decided_since(place: World) -> None:
    made = screened(place)
    first, second = person(place.project), person(place.project)
    early = answer(first, question_of(made))
    answer(second, ask(made, Purpose.COMPLAINT), "bright", now=later(minutes=1))
    decisions.retract(early.accepted.label.pk, person=first, now=later(minutes=2))
    made.refresh_from_db()
    assert (made.status, made.publication) == ("decided", "unpublished"), "the last decision wins"


def ask(made: Post, purpose: Purpose) -> Question:
    """Open a question about a post, as a complaint or sampling would."""
    schema = Question.objects.filter(image=made.image).latest("id").schema
    wanted = questions.Ask(image=made.image, schema=schema, purpose=purpose, lane=Lane.NORMAL, due_at=later(hours=1))
    question = questions.open_questions([wanted], now=NOW)[0]
    if purpose == Purpose.COMPLAINT:
        Asked.objects.create(post=made, question=question, created_at=NOW)
    return question


def test_an_undo_while_the_post_is_under_review_anyway_reverses_the_decision(place: World) -> None:
    made = screened(place)
    moderator = person(place.project)
    answer(moderator, question_of(made))
    complained = answer(moderator, ask(made, Purpose.COMPLAINT), "bright")
    answer(person(place.project), ask(made, Purpose.LABEL))
    settlements.sweep(now=NOW, project=made.project)
    made.refresh_from_db()
    assert (made.status, made.publication) == ("in_review", "unpublished"), "a label said fine, so it is reviewed"
    decisions.retract(complained.accepted.label.pk, person=moderator, now=later(minutes=2))
    made.refresh_from_db()
    assert (made.status, made.publication) == ("in_review", "published")


def test_a_withdrawn_post_is_left_alone_by_an_answer(place: World) -> None:
    data = photo()
    one, two = screened(place, data), screened(place, data)
    intake.withdraw(one.pk, client=place.client, now=NOW)
    answered = answer(person(place.project), question_of(two), "bright")
    assert [decision.post_id for decision in answered.decisions] == [two.pk]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_the_same", [True, False])
def test_four_answers_at_once_with_one_token_decide_once(is_the_same: bool) -> None:
    place = world(webhook_url="https://example.com/hook")
    made = screened(place)
    moderator = person(place.project)
    job = claim(moderator, question_of(made))
    barrier = threading.Barrier(4)

    def give(number: int) -> str:
        try:
            barrier.wait(60)
            given = labels.Answer(classes=("bright",), note="" if is_the_same else str(number))
            answered = decisions.answer(job.pk, person=moderator, token=job.lease_token, answer=given, now=NOW)
        except LeaseLost:
            return "lost"
        finally:
            connections.close_all()
        return "decided" if answered.is_new else "known"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(give, range(4))) == ["decided", *["known" if is_the_same else "lost"] * 3]
    made.refresh_from_db()
    assert made.publication_version == 2
    assert Delivery.objects.count() == 1
