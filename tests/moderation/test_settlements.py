"""Tests of acting on settled truths: an agreed find is decided, a contradiction is reviewed by somebody else."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connections

from annotation import questions, queue
from annotation.models import Lane, Purpose, Question
from moderation import decisions, settlements
from moderation.models import Post, Settlement
from tests.moderation.builders import (
    DARK,
    NOW,
    ROLES,
    WHITE,
    World,
    answer,
    deploy,
    later,
    person,
    photo,
    question_of,
    screened,
    world,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(white_is_bright: Path) -> World:
    place = world(webhook_url="https://example.com/hook")
    deploy(place, white_is_bright)
    return place


def sweep(place: World) -> int:
    return settlements.sweep(now=later(hours=1), project=place.project)


def state(made: Post) -> tuple[str, str]:
    made.refresh_from_db()
    return made.status, made.publication


def label(made: Post, *classes: str) -> list[int]:
    """Settle a label question with these classes; returns who answered."""
    schema = Question.objects.filter(image=made.image).latest("id").schema
    ask = questions.Ask(image=made.image, schema=schema, purpose=Purpose.LABEL, lane=Lane.NORMAL, due_at=later(hours=1))
    question, people = questions.open_questions([ask], now=NOW)[0], []
    while question.status == "open":
        people.append(person(made.project))
        answer(people[-1], question, *classes)
        question.refresh_from_db()
    return [one.pk for one in people]


def test_an_audit_find_of_three_people_removes_the_post(place: World) -> None:
    made = screened(place, photo(DARK))
    question = question_of(made, Purpose.AUDIT)
    for number in range(3):
        assert sweep(place) == 0, f"after {number} answers nothing is settled"
        assert state(made) == ("passed", "published")
        answer(person(place.project), question, "bright")
    assert sweep(place) == 1
    assert state(made) == ("decided", "unpublished")
    assert made.decisions.get().reason == "audit answered"
    assert made.deliveries.get().payload["type"] == "post.unpublished"
    assert Settlement.objects.get().result == "decided"


def test_an_audit_that_says_fine_changes_nothing(place: World) -> None:
    made = screened(place, photo(DARK))
    answer(person(place.project), question_of(made, Purpose.AUDIT))
    assert sweep(place) == 1
    assert state(made) == ("passed", "published")
    assert Settlement.objects.get().result == "nothing_to_do"


def test_a_label_that_contradicts_opens_a_review_for_other_people(place: World) -> None:
    made = screened(place, photo(DARK))
    answer(person(place.project), question_of(made, Purpose.AUDIT))
    judges = label(made, "bright")
    sweep(place)
    assert state(made) == ("in_review", "published")
    review = question_of(made)
    assert (review.lane, review.due_at) == (Lane.URGENT, later(hours=5))
    assert set(review.exclusions.values_list("person_id", flat=True)) == set(judges)
    answer(person(place.project), review, "bright")
    assert state(made) == ("decided", "unpublished")


def test_whoever_decided_before_does_not_judge_the_contradiction(place: World) -> None:
    made = screened(world(), photo(DARK))
    decider = person(made.project)
    answer(decider, question_of(made))
    label(made, "bright")
    settlements.sweep(now=NOW, project=made.project)
    assert state(made) == ("in_review", "published")
    assert queue.claim(decider, project=made.project, roles=ROLES, lanes=[Lane.URGENT], now=NOW) == []


def test_a_second_look_that_says_fine_has_the_removal_reviewed(place: World) -> None:
    made = screened(place, photo(WHITE))
    looker = person(place.project)
    answer(looker, question_of(made, Purpose.SECOND_LOOK))
    sweep(place)
    assert state(made) == ("in_review", "unpublished"), "it stays down until somebody binding has looked"
    answer(person(place.project), question_of(made))
    assert state(made) == ("decided", "published")


def test_a_second_look_that_agrees_changes_nothing(place: World) -> None:
    made = screened(place, photo(WHITE))
    answer(person(place.project), question_of(made, Purpose.SECOND_LOOK), "bright")
    sweep(place)
    assert state(made) == ("decided", "unpublished")
    assert made.decisions.count() == 1


def test_a_truth_is_acted_on_once(place: World) -> None:
    made = screened(place, photo(DARK))
    for _ in range(3):
        answer(person(place.project), question_of(made, Purpose.AUDIT), "bright")
    assert (sweep(place), sweep(place)) == (1, 0)
    assert made.decisions.count() == 1


def test_one_find_decides_every_published_post_of_the_same_bytes(place: World) -> None:
    data = photo(DARK)
    one, two = screened(place, data), screened(place, data)
    for _ in range(3):
        answer(person(place.project), question_of(one, Purpose.AUDIT), "bright")
    sweep(place)
    assert state(one) == state(two) == ("decided", "unpublished")


@pytest.mark.parametrize("which", [0, 1, 2])
def test_any_of_the_three_taking_back_reverses_the_find(place: World, which: int) -> None:
    made = screened(place, photo(DARK))
    question = question_of(made, Purpose.AUDIT)
    people = [person(place.project) for _ in range(3)]
    given = [answer(one, question, "bright").accepted.label for one in people]
    sweep(place)
    decisions.retract(given[which].pk, person=people[which], now=later(minutes=5))
    assert state(made) == ("in_review", "published")
    assert made.decisions.count() == 2


def test_a_truth_taken_back_before_the_sweep_is_never_acted_on(place: World) -> None:
    made = screened(place, photo(WHITE))
    looker = person(place.project)
    given = answer(looker, question_of(made, Purpose.SECOND_LOOK)).accepted.label
    decisions.retract(given.pk, person=looker, now=later(minutes=1))
    assert sweep(place) == 0
    assert state(made) == ("decided", "unpublished")


@pytest.mark.django_db(transaction=True)
def test_sweeps_at_once_settle_each_truth_once(white_is_bright: Path) -> None:
    place = world()
    deploy(place, white_is_bright)
    for _ in range(4):
        answer(person(place.project), question_of(screened(place, photo(WHITE)), Purpose.SECOND_LOOK))

    def run(_: int) -> None:
        try:
            sweep(place)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(run, range(3)))
    assert Settlement.objects.count() == 4
    assert Question.objects.filter(purpose=Purpose.REVIEW).count() == 4
