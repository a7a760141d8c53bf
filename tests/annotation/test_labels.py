"""From answers to a truth, and back within ten minutes."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from annotation import questions, queue
from annotation.labels import Answer, BadAnswer
from annotation.models import Job, JobStatus, Label, Purpose, Question, QuestionStatus, Truth
from annotation.queue import LeaseLost
from annotation.splits import Side, side
from config.accounts.models import Role
from tests.annotation.builders import (
    NOW,
    accept,
    ask_about,
    failures,
    image_of,
    people_of,
    person_of,
    project_of,
    question_of,
    together,
)

pytestmark = pytest.mark.django_db
with_threads = pytest.mark.django_db(transaction=True)
FINE, BAD, UNSURE = Answer(()), Answer(("gruesome",)), Answer((), is_unsure=True)
SOON = NOW + timedelta(seconds=12)
EVERYBODY = frozenset({Role.MODERATOR, Role.ANNOTATOR})
KEYS = {side(f"{n:064x}"): n for n in range(200)}


@pytest.fixture
def project():
    return project_of()


def claim(person, project, *, roles=EVERYBODY, now=NOW):
    return queue.claim(person, project=project, roles=roles, now=now)[0]


def say(person, project, answer, *, now=SOON, **how):
    job = claim(person, project, **how)
    return accept(job.pk, person=person, token=job.lease_token, answer=answer, now=now)


def state(question):
    question.refresh_from_db()
    return question.status


def test_one_answer_settles_a_review(project):
    question = question_of(project, stratum="flagged", inclusion_probability=0.25)
    accepted = say(person_of(project, "m"), project, Answer(("no_animal", "gruesome")))
    assert accepted.label.seconds == 12
    assert accepted.label.classes == ["gruesome", "no_animal"]
    truth = Truth.objects.get()
    assert accepted.truth == truth
    assert (truth.question, truth.classes, truth.purpose) == (question, ["gruesome", "no_animal"], "review")
    assert (truth.stratum, truth.inclusion_probability, truth.settled_at) == ("flagged", 0.25, SOON)
    assert state(question) == QuestionStatus.SETTLED


def test_a_violation_in_an_audit_asks_two_more_and_settles_when_all_agree(project):
    question = question_of(project, purpose=Purpose.AUDIT)
    first, second, third = people_of(project, 3)
    assert say(first, project, BAD).truth is None
    assert Job.objects.filter(status=JobStatus.WAITING).count() == 2
    assert say(second, project, BAD).truth is None
    assert state(question) == QuestionStatus.OPEN
    assert say(third, project, BAD).truth.classes == ["gruesome"]
    assert state(question) == QuestionStatus.SETTLED


def test_a_fine_audit_settles_at_once(project):
    question_of(project, purpose=Purpose.AUDIT)
    assert say(person_of(project, "m"), project, FINE).truth.classes == []


def test_an_answer_on_a_held_out_image_needs_a_second_person(project):
    question_of(project, KEYS[Side.HOLD_OUT], Purpose.LABEL)
    first, second = people_of(project, 2, Role.ANNOTATOR)
    assert say(first, project, FINE).truth is None
    assert say(second, project, FINE).truth.classes == []


def test_a_fine_answer_on_an_image_to_fit_on_settles_at_once(project):
    question_of(project, KEYS[Side.FIT], Purpose.LABEL)
    assert say(person_of(project, "a", Role.ANNOTATOR), project, FINE).truth.classes == []


def test_a_settled_question_takes_back_the_seats_that_are_left(project):
    question = question_of(project)
    questions.add_seats(question, 2)
    one, other = people_of(project, 2)
    waits = claim(other, project)
    say(one, project, FINE)
    assert set(Job.objects.exclude(status=JobStatus.ANSWERED).values_list("status", "person")) == {("closed", None)}
    with pytest.raises(LeaseLost):
        accept(waits.pk, person=other, token=waits.lease_token, answer=BAD, now=SOON)


def test_three_unsure_answers_escalate_and_a_manager_decides(project):
    question = question_of(project)
    for person in people_of(project, 3):
        assert say(person, project, UNSURE).truth is None
    question.refresh_from_db()
    assert question.is_escalated
    assert queue.claim(person_of(project, "fresh"), project=project, roles=EVERYBODY, now=NOW) == []
    manager = person_of(project, "boss", Role.MANAGER)
    accepted = say(manager, project, BAD, roles=frozenset({Role.MANAGER}))
    assert accepted.truth.classes == ["gruesome"]


def test_an_unsure_manager_leaves_it_to_another(project):
    question = question_of(project, purpose=Purpose.AUDIT)
    for person in people_of(project, 3):
        say(person, project, UNSURE)
    roles = frozenset({Role.MANAGER})
    assert say(person_of(project, "boss", Role.MANAGER), project, UNSURE, roles=roles).truth is None
    assert state(question) == QuestionStatus.OPEN
    assert say(person_of(project, "other boss", Role.MANAGER), project, BAD, roles=roles).truth


@with_threads
def test_two_seats_answered_at_the_same_moment_settle_exactly_once(project):
    people = people_of(project, 2)
    for seed in range(15):
        question = question_of(project, seed)
        questions.add_seats(question, 1)
        jobs = [claim(person, project) for person in people]
        done = together(
            lambda n, jobs=jobs: accept(jobs[n].pk, person=people[n], token=jobs[n].lease_token, answer=FINE, now=SOON),
            2,
        )
        assert [type(one) for one in failures(done)] == [LeaseLost]
        assert Truth.objects.filter(question=question).count() == 1
        assert Label.objects.filter(question=question).count() == 1


@with_threads
def test_one_answer_sent_twice_at_the_same_moment_counts_once(project):
    person, question = person_of(project, "m"), question_of(project)
    job = claim(person, project)
    done = together(lambda _: accept(job.pk, person=person, token=job.lease_token, answer=FINE, now=SOON), 8)
    assert [type(one) for one in failures(done)] == [LeaseLost] * 7
    assert question.labels.count() == 1


@pytest.mark.parametrize(
    "answer",
    [
        Answer(("cute",)),
        Answer(("gruesome", "gruesome")),
        Answer(("gruesome",), is_unsure=True),
        Answer((), regions=({"text": "a\0b"},)),
        Answer((), regions=("\ud800",)),
        Answer((), regions=(float("nan"),)),
        Answer((), note="a\0b"),
    ],
)
def test_a_bad_answer_changes_nothing(project, answer):
    question_of(project)
    person = person_of(project, "m")
    job = claim(person, project)
    with pytest.raises(BadAnswer):
        accept(job.pk, person=person, token=job.lease_token, answer=answer, now=SOON)
    assert not Label.objects.exists()
    assert Job.objects.get().status == JobStatus.LEASED
    assert accept(job.pk, person=person, token=job.lease_token, answer=FINE, now=SOON).truth


def test_odd_but_honest_text_is_kept(project):
    question_of(project)
    answer = Answer((), regions=({"x": "\\u0000", "name": "犬 🐕"},), note="\\\\u0000")
    label = say(person_of(project, "m"), project, answer).label
    label.refresh_from_db()
    assert label.regions == [{"x": "\\u0000", "name": "犬 🐕"}]


def test_labels_can_be_neither_changed_nor_removed(project):
    question_of(project)
    label = say(person_of(project, "m"), project, FINE).label
    for change in (lambda: Label.objects.filter(pk=label.pk).update(note="x"), label.delete):
        with pytest.raises(Exception, match="append_only|Cannot|cannot"), transaction.atomic():
            change()


def test_the_database_refuses_a_second_truth_of_a_question(project):
    question_of(project)
    truth = say(person_of(project, "m"), project, FINE).truth
    truth.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        truth.save(force_insert=True)
    assert Question.objects.get().status == QuestionStatus.SETTLED


def test_an_image_of_no_side_yet_is_not_held_out(project):
    questions.open_questions([ask_about(image_of(project, split_key=""), Purpose.LABEL)], now=NOW)
    assert say(person_of(project, "a", Role.ANNOTATOR), project, FINE).truth
