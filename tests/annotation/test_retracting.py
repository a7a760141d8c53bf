"""An answer can be taken back by whoever gave it: within ten minutes, once, and before a dataset holds it."""

from datetime import timedelta

import pytest
from django.db import transaction

from annotation import datasets, labels, questions, queue
from annotation.labels import Answer, RetractionRefused
from annotation.models import Job, JobStatus, Purpose, QuestionStatus, Truth
from annotation.queue import LeaseLost
from config.accounts.models import Membership, Role
from tests.annotation.builders import (
    NOW,
    accept,
    ask_about,
    failures,
    people_of,
    person_of,
    project_of,
    question_of,
    together,
)

pytestmark = pytest.mark.django_db
with_threads = pytest.mark.django_db(transaction=True)
FINE, BAD = Answer(()), Answer(("gruesome",))
SOON = NOW + timedelta(seconds=12)
MODERATOR = frozenset({Role.MODERATOR})


@pytest.fixture
def project():
    return project_of()


def claim(person, project, *, now=NOW):
    return queue.claim(person, project=project, roles=MODERATOR, now=now)[0]


def say(person, project, answer):
    job = claim(person, project)
    return accept(job.pk, person=person, token=job.lease_token, answer=answer, now=SOON)


def state(question):
    question.refresh_from_db()
    return question.status


def test_an_answer_taken_back_within_ten_minutes_reopens_its_question(project):
    question = question_of(project)
    person = person_of(project, "m")
    label = say(person, project, BAD).label
    late = SOON + timedelta(seconds=labels.UNDO_SECONDS)
    retracted = labels.retract(label.pk, person=person, now=late)
    assert state(question) == QuestionStatus.OPEN
    assert Truth.objects.get().withdrawn_at == late
    job = retracted.job
    assert (job.status, job.person) == (JobStatus.LEASED, person)
    again = accept(job.pk, person=person, token=job.lease_token, answer=FINE, now=late)
    assert again.truth.classes == []
    assert Truth.objects.filter(withdrawn_at=None).get() == again.truth


def test_taking_back_one_of_several_answers_leaves_the_others_standing(project):
    question = question_of(project, purpose=Purpose.AUDIT)
    first, second, third = people_of(project, 3)
    given = [say(person, project, BAD).label for person in (first, second)]
    job = labels.retract(given[0].pk, person=first, now=SOON).job
    assert [one.person_id for one in labels.standing(question)] == [second.pk]
    assert accept(job.pk, person=first, token=job.lease_token, answer=BAD, now=SOON).truth is None
    assert say(third, project, BAD).truth


def test_a_settled_blind_answer_that_is_taken_back_is_asked_of_somebody_else(project):
    question = question_of(project, purpose=Purpose.AUDIT)
    person, other = people_of(project, 2)
    told = say(person, project, FINE)
    assert told.truth
    retracted = labels.retract(told.label.pk, person=person, now=SOON)
    assert retracted.job is None
    assert state(question) == QuestionStatus.OPEN
    assert queue.claim(person, project=project, roles=MODERATOR, now=SOON) == []
    assert claim(other, project, now=SOON).question == question


def test_who_is_no_member_any_more_neither_answers_nor_takes_back(project):
    question_of(project, 1)
    question_of(project, 2)
    person = person_of(project, "m")
    label, job = say(person, project, BAD).label, claim(person, project)
    Membership.objects.filter(user=person).delete()
    with pytest.raises(LeaseLost):
        accept(job.pk, person=person, token=job.lease_token, answer=FINE, now=SOON)
    with pytest.raises(RetractionRefused, match="not yours"):
        labels.retract(label.pk, person=person, now=SOON)


def test_a_seat_taken_back_and_left_goes_to_somebody_else(project):
    question_of(project)
    person = person_of(project, "m")
    labels.retract(say(person, project, BAD).label.pk, person=person, now=SOON)
    over = SOON + timedelta(seconds=queue.LEASE_SECONDS)
    job = claim(person_of(project, "other"), project, now=over)
    other = accept(job.pk, person=job.person, token=job.lease_token, answer=FINE, now=over)
    assert other.truth.classes == []


def test_an_answer_is_not_taken_back_late_or_by_others_or_twice(project):
    question_of(project)
    person = person_of(project, "m")
    label = say(person, project, FINE).label
    with pytest.raises(RetractionRefused, match="ten minutes"):
        labels.retract(label.pk, person=person, now=SOON + timedelta(seconds=labels.UNDO_SECONDS + 1))
    with pytest.raises(RetractionRefused, match="not yours"):
        labels.retract(label.pk, person=person_of(project, "other"), now=SOON)
    labels.retract(label.pk, person=person, now=SOON)
    with pytest.raises(RetractionRefused, match="already"):
        labels.retract(label.pk, person=person, now=SOON)


def test_an_answer_is_not_taken_back_when_its_question_is_closed_or_asked_anew(project):
    closed, settled = question_of(project, 0, Purpose.AUDIT), question_of(project, 1)
    person = person_of(project, "m")
    found = {}
    for answer in (BAD, BAD):
        label = say(person, project, answer).label
        found[label.question_id] = label
    questions.close([closed.pk], now=SOON)
    questions.open_questions([ask_about(settled.image)], now=SOON)
    for question, why in ((closed, "closed"), (settled, "anew")):
        with pytest.raises(RetractionRefused, match=why), transaction.atomic():
            labels.retract(found[question.pk].pk, person=person, now=SOON)


def test_an_answer_in_a_dataset_is_not_taken_back(project):
    question_of(project, 2)  # On the fit side: what is held out needs a second person before it is frozen.
    person = person_of(project, "m")
    accepted = say(person, project, FINE)
    datasets.freeze(accepted.truth.schema, now=SOON)
    with pytest.raises(RetractionRefused, match="dataset"):
        labels.retract(accepted.label.pk, person=person, now=SOON)


@with_threads
def test_an_answer_is_frozen_or_taken_back_and_never_both(project):
    person = person_of(project, "m")
    for seed in range(8):
        question_of(project, seed)
        accepted = say(person, project, FINE)
        schema = accepted.truth.schema
        work = [
            lambda schema=schema: datasets.freeze(schema, now=SOON),
            lambda label=accepted.label: labels.retract(label.pk, person=person, now=SOON),
        ]
        done = together(lambda n, work=work: work[n](), 2)
        assert {type(one) for one in failures(done)} <= {RetractionRefused, datasets.NothingToFreeze}
        frozen = accepted.truth.memberships.exists()
        accepted.truth.refresh_from_db()
        assert frozen == (accepted.truth.withdrawn_at is None)
        Job.objects.filter(status=JobStatus.LEASED).update(status=JobStatus.CLOSED, person=None)


@with_threads
def test_an_answer_taken_back_twice_at_once_is_taken_back_once(project):
    question_of(project)
    person = person_of(project, "m")
    label = say(person, project, FINE).label
    done = together(lambda _: labels.retract(label.pk, person=person, now=SOON), 4)
    assert [type(one) for one in failures(done)] == [RetractionRefused] * 3
