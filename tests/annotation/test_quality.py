"""Tests of what tells how well people answer: whose answers count, and what they are compared with."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from annotation import gold, labels, quality, questions, queue
from annotation.consensus import Rule
from annotation.labels import Answer
from annotation.models import Desk, GoldSource, Label, Purpose, Question
from config.accounts.models import Project, Role, User
from tests.annotation.builders import NOW, accept, ask_about, image_of, people_of, project_of, question_of, schema_of

pytestmark = pytest.mark.django_db
EVERYBODY = frozenset({Role.MODERATOR, Role.ANNOTATOR})
PERIOD: dict[str, Any] = {"since": NOW, "until": NOW + timedelta(days=1)}
BAD, FINE = frozenset({"gruesome"}), frozenset[str]()


@pytest.fixture
def project() -> Project:
    return project_of()


def say(person: User, question: Question, *classes: str, **more: Any) -> labels.Accepted:
    jobs: list[Any] = queue.claim(person, project=question.project, roles=EVERYBODY, count=60, now=NOW)
    mine = next(one for one in jobs if one.question_id == question.pk)
    for other in jobs:
        if other != mine:
            queue.release(other.pk, person=person, token=other.lease_token, now=NOW)
    return accept(mine.pk, person=person, token=mine.lease_token, answer=Answer(classes, **more), now=NOW)


def gold_of(project: Project, seed: int, *classes: str) -> Question:
    facts: dict[str, Any] = {"schema": schema_of(project), "origin": {}, "attributes": {}, "desk": Desk.REVIEW}
    return gold.add(image_of(project, seed), classes=classes, source=GoldSource.CHOSEN, now=NOW, **facts).question


def answered(person: User, question: Question, *classes: str, **more: Any) -> Label:
    """Seat a person at a gold item, and have them answer."""
    job: Any = gold._seat(question, person=person, until=NOW + timedelta(minutes=5), now=NOW)
    return accept(job.pk, person=person, token=job.lease_token, answer=Answer(classes, **more), now=NOW).label


def test_gold_tells_who_was_right_and_who_found_the_violation(project: Project) -> None:
    a, b, c = people_of(project, 3)
    bad, fine = gold_of(project, 1, "gruesome"), gold_of(project, 2)
    for person, said in ((a, ["gruesome"]), (b, ["no_animal"]), (c, [])):
        answered(person, bad, *said)
    answered(a, fine)
    answered(b, fine, "gruesome")
    found = quality.gold_answers(project, **PERIOD)
    assert [(one.person_id, one.is_right, one.is_found) for one in found] == [
        (a.pk, True, True),
        (b.pk, False, True),
        (c.pk, False, False),
        (a.pk, True, False),
        (b.pk, False, False),
    ]
    assert quality.found(project, **PERIOD) == quality.Found(found=2, gold=3)


def test_what_was_unsure_or_taken_back_or_of_another_time_does_not_count(project: Project) -> None:
    a, b = people_of(project, 2)
    question = gold_of(project, 1, "gruesome")
    answered(a, question, is_unsure=True)
    label = answered(b, question)
    labels.retract(label.pk, person=b, now=NOW)
    assert quality.gold_answers(project, **PERIOD) == []
    answered(people_of(project, 3)[2], question)
    assert len(quality.gold_answers(project, **PERIOD)) == 1
    before: dict[str, Any] = {"since": NOW - timedelta(days=1), "until": NOW}
    assert quality.gold_answers(project, **before) == []


def test_gold_of_another_project_is_not_counted(project: Project) -> None:
    elsewhere = project_of("elsewhere")
    answered(people_of(elsewhere, 1)[0], gold_of(elsewhere, 1))
    assert quality.gold_answers(project, **PERIOD) == []


def test_images_that_several_people_judged_blind_are_compared(project: Project) -> None:
    a, b, c = people_of(project, 3)
    audit = question_of(project, 1, Purpose.AUDIT)
    for person in (a, b, c):
        say(person, audit, "gruesome")
    say(a, question_of(project, 2, Purpose.AUDIT))
    found = quality.judged(project, **PERIOD)
    assert found == [quality.Judged(audit.image_id, {a.pk: BAD, b.pk: BAD, c.pk: BAD})]


def test_the_answer_that_is_confirmed_is_the_first(project: Project) -> None:
    a, b = people_of(project, 2)
    truth = say(a, question_of(project, 1), "gruesome").truth
    assert truth
    again = _open(truth)
    say(b, again, "gruesome")
    [found] = quality.judged(project, **PERIOD)
    assert list(found.answers.items()) == [(a.pk, BAD), (b.pk, BAD)]


def _open(truth: Any) -> Question:
    with transaction.atomic():
        ask = ask_about(truth.image, Purpose.SECOND_LOOK, confirms=truth, rule=Rule.TWO_THEN_THIRD)
        return questions.open_questions([ask], now=NOW)[0]


def test_complaints_and_what_a_suggestion_led_are_not_compared(project: Project) -> None:
    a, b, c = people_of(project, 3)
    complaint = question_of(project, 1, Purpose.COMPLAINT)
    say(a, complaint, is_unsure=True)
    say(b, complaint, "gruesome")
    label = question_of(project, 2, Purpose.LABEL)
    for person in (a, b):
        say(person, label, "gruesome")
    assert len(quality.judged(project, **PERIOD)) == 1
    third = question_of(project, 3, Purpose.LABEL)
    _suggested(a, third)
    say(c, third, "gruesome")
    assert len(quality.judged(project, **PERIOD)) == 1


def _suggested(person: User, question: Question) -> None:
    """Answer beside a suggestion."""
    jobs: list[Any] = queue.claim(person, project=question.project, roles=EVERYBODY, count=60, now=NOW)
    job = next(one for one in jobs if one.question_id == question.pk)
    job.suggestion = {"model_version": 1, "classes": [{"key": "gruesome", "score": 0.9}]}
    job.save(update_fields=["suggestion"])
    accept(job.pk, person=person, token=job.lease_token, answer=Answer(("gruesome",)), now=NOW)


def test_of_a_long_period_the_newest_are_compared(project: Project) -> None:
    a, b, c = people_of(project, 3)
    asked = [question_of(project, seed, Purpose.AUDIT) for seed in range(3)]
    for question in asked:
        for person in (a, b, c):
            say(person, question, "gruesome")
    found = quality.judged(project, most=2, **PERIOD)
    assert [one.image_id for one in found] == [asked[2].image_id, asked[1].image_id]
