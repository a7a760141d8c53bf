"""Many leases kept or given back at once, and one handed up to managers."""

import uuid
from datetime import timedelta

import pytest

from annotation import leases, queue
from annotation.models import Exclusion, Job, JobStatus, Lane, Purpose, Question
from annotation.queue import LeaseLost
from annotation.splits import Side, side
from config.accounts.models import Role
from tests.annotation.builders import NOW, failures, people_of, person_of, project_of, question_of, together

pytestmark = pytest.mark.django_db
MODERATOR = frozenset({Role.MODERATOR})
SOON = NOW + timedelta(seconds=100)


@pytest.fixture
def project():
    return project_of()


@pytest.fixture
def moderator(project):
    return person_of(project, "moderator")


def held(person, project, n):
    for seed in range(n):
        question_of(project, seed)
    return queue.claim(person, project=project, roles=MODERATOR, count=n, now=NOW)


def tokens(jobs):
    return {job.pk: job.lease_token for job in jobs}


def test_a_page_of_leases_is_extended(project, moderator):
    jobs = held(moderator, project, 3)
    until = SOON + timedelta(seconds=queue.LEASE_SECONDS)
    assert leases.extend(tokens(jobs), person=moderator, now=SOON) == dict.fromkeys(tokens(jobs), until)
    assert set(Job.objects.values_list("lease_until", flat=True)) == {until}


def test_a_page_of_leases_is_given_back_and_claimed_anew(project, moderator):
    jobs = held(moderator, project, 3)
    assert leases.release(tokens(jobs), person=moderator, now=SOON) == [job.pk for job in jobs]
    assert set(Job.objects.values_list("status", "person", "lease_token")) == {(JobStatus.WAITING, None, None)}
    assert len(queue.claim(moderator, project=project, roles=MODERATOR, count=3, now=SOON)) == 3


@pytest.mark.parametrize("what", [leases.extend, leases.release])
def test_what_is_no_longer_held_is_left_alone_and_holds_up_no_other(project, moderator, what):
    given_back, wrong, over, closed, skipped, fine = jobs = held(moderator, project, 6)
    proof = tokens(jobs) | {wrong.pk: uuid.uuid4(), 10**9: uuid.uuid4()}
    queue.release(given_back.pk, person=moderator, token=given_back.lease_token, now=NOW)
    Job.objects.filter(pk=over.pk).update(lease_until=NOW)
    Question.objects.filter(pk=closed.question_id).update(status="closed")
    Exclusion.objects.create(question=skipped.question, person=moderator, reason="", created_at=NOW)
    assert list(what(proof, person=moderator, now=SOON)) == [fine.pk]
    wrong.refresh_from_db()
    assert (wrong.status, wrong.lease_token) == (JobStatus.LEASED, jobs[1].lease_token)


def test_nobody_keeps_the_leases_of_another(project, moderator):
    jobs = held(moderator, project, 2)
    assert leases.extend(tokens(jobs), person=person_of(project, "other"), now=SOON) == {}


@pytest.mark.django_db(transaction=True)
def test_pages_extended_released_and_claimed_at_once_get_in_nobodys_way():
    project = project_of()
    people = [person_of(project, f"person {n}") for n in range(4)]
    for seed in range(40):
        question_of(project, seed)

    def work(n):
        for _ in range(5):
            jobs = queue.claim(people[n], project=project, roles=MODERATOR, count=10, now=NOW)
            assert set(leases.extend(tokens(jobs), person=people[n], now=SOON)) == set(tokens(jobs))
            assert set(leases.release(tokens(jobs), person=people[n], now=SOON)) == set(tokens(jobs))

    assert failures(together(work, 4)) == []
    assert Job.objects.filter(status=JobStatus.WAITING).count() == 40


def test_a_job_handed_up_goes_to_managers_and_never_back(project, moderator):
    (job,) = held(moderator, project, 1)
    queue.hand_up(job.pk, person=moderator, token=job.lease_token, reason="a public figure", now=NOW)
    question = Question.objects.get()
    assert (question.is_escalated, question.lane) == (True, Lane.URGENT)
    assert Exclusion.objects.get().reason == "a public figure"
    for one in (moderator, person_of(project, "other")):
        assert queue.claim(one, project=project, roles=MODERATOR, now=NOW) == []
    manager = person_of(project, "manager", Role.MANAGER)
    assert queue.claim(manager, project=project, roles=frozenset({Role.MANAGER}), now=NOW)


@pytest.mark.parametrize("purpose", [Purpose.AUDIT, Purpose.LABEL])
def test_where_several_must_agree_it_takes_three_to_hand_up(project, purpose):
    hold_out = next(n for n in range(200) if side(f"{n:064x}") is Side.HOLD_OUT)
    question = question_of(project, hold_out, purpose)
    for one, is_escalated in zip(people_of(project, 3), [False, False, True], strict=True):
        (job,) = queue.claim(one, project=project, roles=MODERATOR | {Role.ANNOTATOR}, now=NOW)
        queue.hand_up(job.pk, person=one, token=job.lease_token, reason="a public figure", now=NOW)
        question.refresh_from_db()
        assert question.is_escalated == is_escalated
        assert queue.claim(one, project=project, roles=MODERATOR | {Role.ANNOTATOR}, now=NOW) == []


def test_a_job_that_is_no_longer_held_is_not_handed_up(project, moderator):
    (job,) = held(moderator, project, 1)
    with pytest.raises(LeaseLost):
        queue.hand_up(job.pk, person=moderator, token=uuid.uuid4(), reason="why", now=NOW)
    assert not Question.objects.get().is_escalated
