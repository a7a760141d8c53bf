"""The one queue of human work: never twice, never lost."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection, transaction

from annotation import lanes, questions, queue, seats
from annotation.labels import Answer
from annotation.models import Desk, Job, JobStatus, Label, Lane, Purpose
from annotation.queue import LeaseLost, TooManySeats
from config.accounts.models import Role
from tests.annotation.builders import (
    NOW,
    accept,
    ask_about,
    chance,
    image_of,
    people_of,
    person_of,
    project_of,
    question_of,
)

pytestmark = pytest.mark.django_db
MODERATOR, MANAGER, ANNOTATOR = (frozenset({role}) for role in (Role.MODERATOR, Role.MANAGER, Role.ANNOTATOR))
SOON, LATER = NOW + timedelta(seconds=10), NOW + timedelta(seconds=queue.LEASE_SECONDS)


@pytest.fixture
def project():
    return project_of()


@pytest.fixture
def moderator(project):
    return person_of(project, "moderator")


def claim(person, project, *, roles=MODERATOR, now=NOW, **how):
    return queue.claim(person, project=project, roles=roles, now=now, chance=chance(), **how)


def claim_one(person, project, **how):
    return claim(person, project, **how)[0]


def skip(job, *, now=NOW):
    queue.skip(job.pk, person=job.person, token=job.lease_token, reason="hard", now=now)


def proof(job):
    return {"person": job.person, "token": job.lease_token}


def test_a_claim_gives_a_lease_with_a_token_and_a_time(project, moderator):
    question = question_of(project)
    job = claim_one(moderator, project)
    assert (job.question, job.person, job.status) == (question, moderator, JobStatus.LEASED)
    assert (job.leased_at, job.lease_until) == (NOW, LATER)
    assert job.lease_token


def test_nothing_to_do_is_an_empty_list(project, moderator):
    assert claim(moderator, project) == []


def test_what_is_due_first_comes_first_and_many_come_in_that_order(project, moderator):
    for seed, minutes in enumerate([50, 10, 40, 20, 30]):
        question_of(project, seed, due_at=NOW + timedelta(minutes=minutes))
    due = [job.due_at - NOW for job in claim(moderator, project, count=5)]
    assert due == [timedelta(minutes=minutes) for minutes in (10, 20, 30, 40, 50)]


def test_a_lease_that_ran_out_can_be_claimed_again_and_the_late_answer_is_lost(project, moderator):
    question_of(project)
    late = claim_one(moderator, project)
    other = person_of(project, "other")
    assert claim(other, project, now=LATER - timedelta(seconds=1)) == []
    again = claim_one(other, project, now=LATER)
    assert again.pk == late.pk
    with pytest.raises(LeaseLost):
        accept(late.pk, **proof(late), answer=Answer(()), now=LATER)
    assert not Label.objects.exists()
    assert accept(again.pk, **proof(again), answer=Answer(()), now=LATER).truth


def test_an_answer_after_the_lease_is_lost_even_when_nobody_else_has_claimed(project, moderator):
    question_of(project)
    job = claim_one(moderator, project)
    with pytest.raises(LeaseLost):
        accept(job.pk, **proof(job), answer=Answer(()), now=LATER)


def test_a_wrong_token_or_a_wrong_person_holds_nothing(project, moderator):
    for seed in range(2):
        question_of(project, seed)
    one, other = claim(moderator, project, count=2)
    thief = person_of(project, "thief")
    for pk, person, token in [
        (one.pk, moderator, other.lease_token),
        (one.pk, thief, one.lease_token),
        (0, moderator, one.lease_token),
    ]:
        with pytest.raises(LeaseLost):
            queue.extend(pk, person=person, token=token, now=NOW)


def test_extending_gives_the_full_time_again(project, moderator):
    question_of(project)
    job = claim_one(moderator, project)
    assert queue.extend(job.pk, **proof(job), now=SOON).lease_until == LATER + timedelta(seconds=10)
    with pytest.raises(LeaseLost):
        queue.extend(job.pk, **proof(job), now=LATER + timedelta(seconds=10))


def test_a_released_job_waits_again_also_for_the_same_person(project, moderator):
    question_of(project)
    job = claim_one(moderator, project)
    queue.release(job.pk, **proof(job), now=NOW)
    with pytest.raises(LeaseLost):
        queue.release(job.pk, **proof(job), now=NOW)
    assert claim_one(moderator, project).pk == job.pk


def test_a_skipped_question_is_never_offered_to_the_same_person_again(project, moderator):
    question = question_of(project)
    skip(claim_one(moderator, project))
    assert claim(moderator, project) == []
    assert claim(moderator, project, now=NOW + timedelta(days=9)) == []
    questions.add_seats(question, 2)
    assert claim(moderator, project, count=5) == []
    assert claim_one(person_of(project, "other"), project).question == question


def test_the_third_skip_escalates_to_managers_only(project):
    question_of(project)
    for person in people_of(project, 3):
        skip(claim_one(person, project))
    fresh = person_of(project, "fresh")
    assert claim(fresh, project) == []
    manager = person_of(project, "manager", Role.MANAGER)
    job = claim_one(manager, project, roles=MANAGER)
    assert (job.is_escalated, job.lane) == (True, Lane.URGENT)


def test_what_a_manager_answers_on_an_escalated_question_is_the_truth(project):
    question_of(project, purpose=Purpose.AUDIT)
    for person in people_of(project, 3):
        skip(claim_one(person, project))
    manager = person_of(project, "manager", Role.MANAGER)
    job = claim_one(manager, project, roles=MANAGER)
    accepted = accept(job.pk, **proof(job), answer=Answer(("gruesome",)), now=SOON)
    assert accepted.truth.classes == ["gruesome"]


def test_nobody_holds_more_than_a_hundred_seats(project, moderator):
    with transaction.atomic():
        questions.open_questions([ask_about(image_of(project, seed)) for seed in range(110)], now=NOW)
    jobs = claim(moderator, project, count=60) + claim(moderator, project, count=60)
    assert len(jobs) == queue.MOST_SEATS
    with pytest.raises(TooManySeats):
        claim(moderator, project)
    assert len(claim(person_of(project, "other"), project, count=60)) == 10


def test_seats_whose_lease_ran_out_do_not_count_against_anybody(project, moderator):
    with transaction.atomic():
        questions.open_questions([ask_about(image_of(project, seed)) for seed in range(100)], now=NOW)
    claim(moderator, project, count=100)
    assert len(claim(moderator, project, count=1, now=LATER)) == 1


def test_every_lane_gets_its_share_of_claims_while_all_hold_work(project, moderator):
    with transaction.atomic():
        asks = [ask_about(image_of(project, seed), lane=list(Lane)[seed % 3]) for seed in range(60)]
        questions.open_questions(asks, now=NOW)
    dice, seen = chance(3), Counter()
    for _ in range(150):
        job = queue.claim(moderator, project=project, roles=MODERATOR, now=NOW, chance=dice)[0]
        queue.release(job.pk, **proof(job), now=NOW)
        seen[job.lane] += 1
    for lane, share in queue.LANE_SHARES.items():
        assert seen[lane] / 150 == pytest.approx(share, abs=0.1)


def test_urgent_work_never_starves_what_was_drawn(project, moderator):
    for seed in range(30):
        question_of(project, seed, lane=Lane.URGENT, due_at=NOW - timedelta(days=1))
    drawn = question_of(project, 99, Purpose.AUDIT, lane=Lane.DRAWN)
    dice = chance(1)
    claimed = [queue.claim(moderator, project=project, roles=MODERATOR, now=NOW, chance=dice)[0] for _ in range(30)]
    assert drawn.pk in {job.question_id for job in claimed}


def test_an_empty_lane_falls_through_and_a_lane_not_asked_for_does_not(project, moderator):
    question_of(project, lane=Lane.DRAWN)
    assert claim(moderator, project, lanes=[Lane.URGENT, Lane.NORMAL]) == []
    assert claim(moderator, project, lanes=[]) == []
    assert len(claim(moderator, project, count=5)) == 1


def test_several_seats_of_a_question_never_go_to_one_person(project, moderator):
    question = question_of(project)
    questions.add_seats(question, 2)
    job = claim_one(moderator, project, count=3)
    assert claim(moderator, project, count=3) == []
    accept(job.pk, **proof(job), answer=Answer((), is_unsure=True), now=SOON)
    assert claim(moderator, project, count=3) == []
    assert len(claim(person_of(project, "other"), project, count=3)) == 1


def test_moderators_and_annotators_sit_at_desks_of_their_own(project):
    review, label = question_of(project, 0), question_of(project, 1, Purpose.LABEL)
    annotator = person_of(project, "annotator", Role.ANNOTATOR)
    assert [one.question for one in claim(annotator, project, roles=ANNOTATOR, count=5)] == [label]
    assert claim(annotator, project, roles=ANNOTATOR, desk=Desk.REVIEW) == []
    assert claim(annotator, project, roles=frozenset({Role.ENGINEER}), count=5) == []
    manager = person_of(project, "manager", Role.MANAGER)
    assert [one.question for one in claim(manager, project, roles=MANAGER, count=5)] == [review]


def test_another_project_is_invisible(project, moderator):
    question_of(project_of("other"))
    assert claim(moderator, project, count=5) == []


def test_leases_that_ran_out_are_released_by_the_sweep_too(project, moderator):
    for seed in range(3):
        question_of(project, seed)
    claim(moderator, project, count=2)
    assert queue.release_expired(now=LATER - timedelta(seconds=1)) == 0
    assert queue.release_expired(now=LATER) == 2
    assert queue.release_expired(now=LATER) == 0
    assert set(Job.objects.values_list("status", "person", "lease_token")) == {("waiting", None, None)}


def test_depth_counts_what_waits_is_late_and_is_out(project, moderator):
    for seed in range(3):
        question_of(project, seed, due_at=NOW - timedelta(minutes=seed))
    claim(moderator, project)
    row = lanes.depth(project, now=NOW)[0]
    assert (row["desk"], row["lane"]) == ("review", "normal")
    assert (row["waiting"], row["leased"], row["overdue"], row["escalated"]) == (2, 1, 2, 0)


def test_a_claim_reads_an_index_and_not_the_queue(project, moderator):
    with transaction.atomic():
        questions.open_questions([ask_about(image_of(project, seed)) for seed in range(30)], now=NOW)
    facts = {"project": project.pk, "person": moderator.pk, "lane": "normal", "now": NOW, "until": LATER, "most": 1}
    claim = f"WITH {seats._CLAIM.format(count=1)} SELECT * FROM annotation_job"
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + claim, facts | {"desks": ["review"], "escalated": [False]})
        plan = "\n".join(row[0] for row in cursor.fetchall())
    inner = plan[plan.index("LockRows") : plan.index("Index Scan using job_claim")]
    assert "Sort" not in inner
    assert "Join" not in inner
