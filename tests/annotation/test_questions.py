"""Questions are opened once, joined by whoever asks the same, and closed with their seats."""

from datetime import timedelta

import pytest
from django.db import transaction

from annotation import questions, queue
from annotation.labels import Answer
from annotation.models import Job, JobStatus, Lane, Question
from annotation.queue import LeaseLost
from config.accounts.models import Role
from tests.annotation.builders import (
    NOW,
    accept,
    ask_about,
    chance,
    failures,
    image_of,
    person_of,
    project_of,
    question_of,
    together,
)

pytestmark = pytest.mark.django_db
with_threads = pytest.mark.django_db(transaction=True)
MODERATOR = frozenset({Role.MODERATOR})
SOON, LATER = NOW + timedelta(seconds=10), NOW + timedelta(seconds=queue.LEASE_SECONDS)


@pytest.fixture
def project():
    return project_of()


@pytest.fixture
def moderator(project):
    return person_of(project, "moderator")


def claim(person, project, *, now=NOW):
    return queue.claim(person, project=project, roles=MODERATOR, now=now, chance=chance())


def claim_one(person, project, *, now=NOW):
    return claim(person, project, now=now)[0]


def proof(job):
    return {"person": job.person, "token": job.lease_token}


def test_opening_twice_joins_and_moves_the_due_time_only_earlier(project, moderator):
    image, later, earlier = image_of(project), NOW + timedelta(hours=5), NOW + timedelta(minutes=5)
    first = questions.open_questions([ask_about(image)], now=NOW)[0]
    assert questions.open_questions([ask_about(image, due_at=later)], now=NOW)[0].due_at == NOW + timedelta(hours=1)
    joined = questions.open_questions([ask_about(image, due_at=earlier, lane=Lane.URGENT)], now=NOW)[0]
    assert joined.pk == first.pk
    assert (joined.due_at, joined.lane) == (earlier, Lane.URGENT)
    assert list(Job.objects.values_list("due_at", "lane")) == [(earlier, "urgent")]
    questions.open_questions([ask_about(image, lane=Lane.NORMAL)], now=NOW)
    assert Question.objects.get().lane == Lane.URGENT


def test_one_call_may_name_an_image_twice_and_gets_one_question(project):
    image = image_of(project)
    asks = [ask_about(image), ask_about(image_of(project, 1)), ask_about(image, due_at=NOW)]
    opened = questions.open_questions(asks, now=NOW)
    assert [one.image_id for one in opened] == [ask.image.pk for ask in asks]
    assert (Question.objects.count(), Job.objects.count()) == (2, 2)
    assert Question.objects.get(image=image).due_at == NOW
    assert questions.open_questions([], now=NOW) == []


@with_threads
def test_opening_the_same_images_in_any_order_at_once_makes_one_question_each(project):
    asks = [ask_about(image_of(project, seed)) for seed in range(40)]

    def open_in_own_order(number):
        with transaction.atomic():
            return questions.open_questions(chance(number).sample(asks, len(asks)), now=NOW)

    opened = together(open_in_own_order, 8)
    assert failures(opened) == []
    assert (Question.objects.count(), Job.objects.count()) == (40, 40)


def test_a_question_asked_again_after_it_was_settled_is_a_new_one(project, moderator):
    image = image_of(project)
    questions.open_questions([ask_about(image)], now=NOW)
    job = claim_one(moderator, project)
    accept(job.pk, **proof(job), answer=Answer(()), now=SOON)
    questions.open_questions([ask_about(image)], now=NOW)
    assert Question.objects.count() == 2


def test_who_judged_before_is_not_asked_and_loses_a_lease_already_held(project, moderator):
    image = image_of(project)
    questions.open_questions([ask_about(image)], now=NOW)
    job = claim_one(moderator, project)
    questions.open_questions([ask_about(image, not_for=frozenset({moderator.pk}))], now=NOW)
    with pytest.raises(LeaseLost):
        accept(job.pk, **proof(job), answer=Answer(()), now=SOON)
    assert claim(moderator, project, now=LATER) == []
    assert claim_one(person_of(project, "other"), project, now=LATER).pk == job.pk


def test_a_closed_question_takes_its_seats_with_it(project, moderator):
    question = question_of(project)
    job = claim_one(moderator, project)
    for _ in range(2):
        questions.close([question.pk], now=NOW)
    with pytest.raises(LeaseLost):
        accept(job.pk, **proof(job), answer=Answer(()), now=SOON)
    assert claim(person_of(project, "other"), project) == []
    assert Job.objects.get().status == JobStatus.CLOSED
