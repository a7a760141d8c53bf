"""Many people at one queue at the same moment, on a real database."""

from datetime import timedelta

import pytest
from django.db import transaction

from annotation import questions, queue
from annotation.labels import Answer
from annotation.models import Job, JobStatus, Label, Lane, Question, QuestionStatus
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

pytestmark = pytest.mark.django_db(transaction=True)
MODERATOR = frozenset({Role.MODERATOR})
SOON = NOW + timedelta(seconds=10)


@pytest.fixture
def project():
    return project_of()


@pytest.fixture
def moderator(project):
    return person_of(project, "moderator")


def claim(person, project, *, count):
    return queue.claim(person, project=project, roles=MODERATOR, count=count, now=NOW)


def work_off(person, project):
    """Claim and answer until nothing is left to claim; returns the question of every answer."""
    answered, misses = [], 0
    while misses < 3:
        jobs = queue.claim(person, project=project, roles=MODERATOR, count=3, now=NOW)
        misses = 0 if jobs else misses + 1
        for job in jobs:
            accept(job.pk, person=person, token=job.lease_token, answer=Answer(()), now=SOON)
            answered.append(job.question_id)
    return answered


@pytest.mark.parametrize(("n_people", "n_questions"), [(8, 500), (32, 500)])
def test_many_people_at_once_answer_every_question_exactly_once(project, n_people, n_questions):
    people = people_of(project, n_people)
    with transaction.atomic():
        asks = [
            ask_about(image_of(project, seed), lane=list(Lane)[seed % 3], due_at=NOW + timedelta(seconds=seed % 7))
            for seed in range(n_questions)
        ]
        opened = questions.open_questions(asks, now=NOW)
    answered = together(lambda n: work_off(people[n], project), n_people)
    assert failures(answered) == []
    assert sorted(one for some in answered for one in some) == sorted(question.pk for question in opened)
    assert Label.objects.count() == n_questions
    assert set(Question.objects.values_list("status", flat=True)) == {QuestionStatus.SETTLED}
    assert set(Job.objects.values_list("status", flat=True)) == {JobStatus.ANSWERED}


def test_several_seats_of_one_question_go_to_several_people_at_once(project):
    people = people_of(project, 8)
    with transaction.atomic():
        for seed in range(20):
            questions.add_seats(question_of(project, seed), 2)
    jobs = together(lambda n: [claim(people[n], project, count=5) for _ in range(4)], 8)
    assert failures(jobs) == []
    taken = [(job.question_id, job.person_id) for some in jobs for one in some for job in one]
    assert len(taken) == len(set(taken)) == Job.objects.filter(status=JobStatus.LEASED).count()


def test_the_limit_of_seats_holds_when_one_person_claims_in_many_windows(project, moderator):
    with transaction.atomic():
        questions.open_questions([ask_about(image_of(project, seed)) for seed in range(150)], now=NOW)
    together(lambda _: claim(moderator, project, count=30), 6)
    assert Job.objects.filter(person=moderator, status=JobStatus.LEASED).count() == queue.MOST_SEATS
