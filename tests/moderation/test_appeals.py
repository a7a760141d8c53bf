"""Tests of appeals: somebody else judges, without scores; what is overturned comes back, and the client hears of it."""

from typing import Any

import pytest
from django.test import Client as Browser

from annotation import queue
from annotation.models import Desk, Purpose, Question
from annotation.serializers import JobOut
from config.accounts.models import User
from moderation import appeals, complaints, decisions, intake
from moderation.appeals import AlreadyAppealed, AppealIdConflict, NothingToAppeal, Said
from moderation.models import Appeal, Post
from tests.annotation.builders import failures, together
from tests.moderation.builders import (
    NOW,
    ROLES,
    WHITE,
    World,
    answer,
    claim,
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


@pytest.fixture
def place() -> World:
    return world(webhook_url="https://example.com/hook")


def removed(place: World, by: User) -> Post:
    made = screened(place)
    answer(by, question_of(made), "bright")
    made.refresh_from_db()
    return made


def appeal(place: World, about: Post, text: str = "It is only snow.", **said: Any) -> Appeal:
    return appeals.submit(place.client, Said(about.external_id, text, **said), now=NOW)[0]


def test_an_overturned_removal_puts_the_post_back_and_tells_the_client(place: World) -> None:
    first, second = person(place.project), person(place.project)
    made = removed(place, first)
    question = appeal(place, made).question
    made.refresh_from_db()
    assert (made.status, made.publication) == ("in_review", "unpublished"), "it stays down until somebody has judged"
    answer(second, question, now=later(minutes=5))
    made.refresh_from_db()
    assert (made.status, made.publication, made.publication_version) == ("decided", "published", 3)
    decision = made.decisions.latest("id")
    assert (decision.kind, decision.person, decision.reason) == ("keep", second, "appeal answered")
    told = made.deliveries.latest("id").payload
    assert (told["type"], told["data"]["publication"]) == ("post.published", "published")


def test_an_upheld_removal_stays_and_cannot_be_appealed_again(place: World) -> None:
    made = removed(place, person(place.project))
    answer(person(place.project), appeal(place, made).question, "bright")
    made.refresh_from_db()
    assert (made.status, made.publication) == ("decided", "unpublished")
    with pytest.raises(AlreadyAppealed):
        appeal(place, made)


def test_nobody_who_had_a_part_in_the_removal_judges(place: World) -> None:
    keeper, remover, other = (person(place.project) for _ in range(3))
    made = screened(place)
    answer(keeper, question_of(made))
    complaints.submit(place.client, complaints.Said(made.external_id, "bright"), now=NOW)
    answer(remover, question_of(made, Purpose.COMPLAINT), "bright")
    question = appeal(place, made).question
    for one in (keeper, remover):
        assert queue.claim(one, project=place.project, roles=ROLES, desk=Desk.APPEAL, now=NOW) == []
    assert claim(other, question)


def test_what_the_machine_removed_is_judged_without_its_scores(place: World, white_is_bright: Any) -> None:
    deploy(place, white_is_bright)
    made = screened(place, photo(WHITE))
    assert (made.status, made.publication) == ("decided", "unpublished")
    question = appeal(place, made).question
    shown = JobOut(claim(person(place.project), question)).data
    assert shown["case"] == {
        "kind": "appeal",
        "entries": [{"at": NOW.isoformat(), "reason": "", "text": "It is only snow."}],
        "history": [
            {"at": NOW.isoformat(), "kind": "remove", "actor": "policy", "classes": ["bright"], "note": ""},
        ],
    }
    assert "score" not in str(shown)
    assert "0.9" not in str(shown["case"])


@pytest.mark.parametrize("how", ["waiting", "in review", "kept", "withdrawn"])
def test_only_what_a_decision_took_down_is_appealed(place: World, how: str) -> None:
    made = post(place) if how == "waiting" else screened(place)
    if how == "kept":
        answer(person(place.project), question_of(made))
    if how == "withdrawn":
        intake.withdraw(made.pk, client=place.client, now=NOW)
    with pytest.raises(NothingToAppeal):
        appeal(place, made)
    assert not Question.objects.filter(purpose=Purpose.APPEAL).exists()


def test_a_removal_is_appealed_once(place: World) -> None:
    made = removed(place, person(place.project))
    appeal(place, made)
    with pytest.raises(AlreadyAppealed):
        appeal(place, made, "Please!")


def test_a_new_removal_can_be_appealed_anew(place: World) -> None:
    people = [person(place.project) for _ in range(4)]
    made = removed(place, people[0])
    answer(people[1], appeal(place, made).question)
    complaints.submit(place.client, complaints.Said(made.external_id, "grave"), now=NOW)
    answer(people[2], question_of(made, Purpose.COMPLAINT), "grave")
    question = appeal(place, made).question
    kinds = [one["kind"] for one in question.origin["case"]["history"]]
    assert sorted(kinds) == ["appeal", "complaint", "keep", "remove", "remove"]
    assert claim(people[3], question)


def test_an_answer_to_an_appeal_can_be_taken_back(place: World) -> None:
    judge = person(place.project)
    made = removed(place, person(place.project))
    given = answer(judge, appeal(place, made).question)
    decisions.retract(given.accepted.label.pk, person=judge, now=later(minutes=1))
    made.refresh_from_db()
    assert (made.status, made.publication) == ("in_review", "unpublished")


def test_the_same_appeal_again_is_the_same_and_another_under_its_id_conflicts(place: World) -> None:
    made = removed(place, person(place.project))
    first = appeal(place, made, appeal_id="a-1")
    assert appeal(place, made, appeal_id="a-1") == first
    with pytest.raises(AppealIdConflict):
        appeal(place, made, "Other words.", appeal_id="a-1")


@pytest.mark.django_db(transaction=True)
def test_appeals_at_once_open_one_question_and_the_others_are_told() -> None:
    place = world()
    made = removed(place, person(place.project))
    told = together(lambda n: appeal(place, made, f"text {n}"), 4)
    refused = failures(told)
    assert [type(one) for one in refused] == [AlreadyAppealed] * 3
    assert (Appeal.objects.count(), Question.objects.filter(purpose=Purpose.APPEAL).count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_one_appeal_sent_several_times_at_once_is_one() -> None:
    place = world()
    made = removed(place, person(place.project))
    said = Said(made.external_id, "text", appeal_id="a-1")
    told = together(lambda _: appeals.submit(place.client, said, now=NOW), 4)
    assert failures(told) == []
    assert sorted(is_new for _, is_new in told) == [False, False, False, True]


def test_an_appeal_comes_in_over_http(place: World) -> None:
    made = removed(place, person(place.project))

    def send(said: dict[str, Any]) -> Any:
        headers = {"Authorization": f"Token {place.token}"}
        return Browser().post("/api/v1/appeals/", said, content_type="application/json", headers=headers)

    said = {"external_id": made.external_id, "text": "It is only snow.", "appeal_id": "a-1"}
    assert [send(said).status_code for _ in range(2)] == [201, 200]
    for change, status, code in (
        ({"appeal_id": "a-2"}, 409, "already_appealed"),
        ({"text": "Other words."}, 409, "appeal_id_conflict"),
        ({"external_id": "unheard-of", "appeal_id": ""}, 404, "unknown_post"),
        ({"external_id": screened(place).external_id, "appeal_id": ""}, 409, "nothing_to_appeal"),
    ):
        refused = send(said | change)
        assert (refused.status_code, refused.json()["code"]) == (status, code)
