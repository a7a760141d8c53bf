"""Tests of what is still asked about posts that were decided in another way than by an answer to it."""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, connections, transaction

from annotation import labels, queue
from annotation.models import Purpose, Question, QuestionStatus
from config.accounts.models import Role
from moderation import appeals, bulk, complaints, decisions, settlements
from moderation.measurement import daily
from moderation.measurement.figures import figures
from moderation.measurement.periods import Period
from moderation.models import BulkKind, PolicyMode, Post
from tests.moderation.builders import (
    DARK,
    NOW,
    WHITE,
    World,
    answer,
    change_policy,
    claim,
    deploy,
    later,
    person,
    photo,
    question_of,
    screened,
    world,
)

pytestmark = pytest.mark.django_db
TODAY = Period(NOW.replace(hour=0), NOW.replace(hour=0) + timedelta(days=1))
CLOSED, OPEN = QuestionStatus.CLOSED, QuestionStatus.OPEN


@pytest.fixture
def place() -> World:
    return world(mode=PolicyMode.MANUAL)


def act(place: World, kind: BulkKind, *posts: Post) -> None:
    """Have a manager do one thing to posts, an hour after they came."""
    order = bulk.Order(uuid.uuid4(), kind, "because", ("grave",) if kind == BulkKind.REMOVE else ())
    manager = person(place.project, Role.MANAGER)
    ids = [one.pk for one in posts]
    told = bulk.act(order, post_ids=ids, project=place.project, person=manager, now=later(hours=1))
    assert {one.code for one in told} == {bulk.DONE}


def state(made: Post) -> tuple[str, str]:
    made.refresh_from_db()
    return made.status, made.publication


def status_of(question: Question) -> str:
    question.refresh_from_db()
    return question.status


def complain(place: World, about: Post) -> Question:
    complaints.submit(place.client, complaints.Said(about.external_id, "bright", "Too bright."), now=NOW)
    return question_of(about, Purpose.COMPLAINT)


def appeal(place: World, about: Post) -> Question:
    appeals.submit(place.client, appeals.Said(about.external_id, "It is only snow."), now=NOW)
    return question_of(about, Purpose.APPEAL)


def judged(place: World, *classes: str, data: bytes | None = None) -> Post:
    """A post that a person has decided."""
    made = screened(place, data)
    answer(person(place.project), question_of(made), *classes)
    return made


def test_what_is_taken_down_at_once_is_still_measured(white_is_bright: Path) -> None:
    place = world(remove=None)
    deploy(place, white_is_bright)
    one, two = screened(place, photo(WHITE)), screened(place, photo(WHITE))
    act(place, BulkKind.REMOVE, one, two)
    assert state(one) == state(two) == ("decided", "unpublished")
    answer(person(place.project), question_of(one), "bright", now=later(hours=2))
    answer(person(place.project), question_of(two), now=later(hours=2))
    daily.refresh(place.project, NOW.date(), now=NOW)
    found = figures(place.project, TODAY)
    assert found.pending == 0
    flag_precision = found.intervals["flag_precision"]
    assert (flag_precision.finds, flag_precision.looks) == (1, 2)
    assert state(one) == ("decided", "unpublished")
    assert state(two) == ("decided", "published"), "the last decision by time wins"


def test_taking_down_ends_complaints_and_putting_back_ends_appeals(place: World) -> None:
    made, other = judged(place), judged(place, "bright")
    complaint, contested = complain(place, made), appeal(place, other)
    act(place, BulkKind.REMOVE, made)
    act(place, BulkKind.KEEP, other)
    assert status_of(complaint) == status_of(contested) == CLOSED
    assert state(made) == ("decided", "unpublished")
    assert state(other) == ("decided", "published")


@pytest.mark.parametrize("kind", [BulkKind.KEEP, BulkKind.REMOVE])
def test_who_judges_what_a_decision_went_against_is_told_of_it(place: World, kind: BulkKind) -> None:
    is_kept = kind == BulkKind.KEEP
    made = judged(place, *([] if is_kept else ["bright"]))
    question = complain(place, made) if is_kept else appeal(place, made)
    act(place, kind, made)
    assert status_of(question) == OPEN
    case = question.origin["case"]
    assert [one["text"] for one in case["entries"]] == ["Too bright." if is_kept else "It is only snow."]
    newest = case["history"][-1]
    assert (newest["kind"], newest["actor"], newest["at"]) == (kind, "person", later(hours=1).isoformat())
    answer(person(place.project), question, *(["bright"] if is_kept else []), now=later(hours=2))
    assert state(made) == ("decided", "unpublished" if is_kept else "published")


def test_a_complaint_about_another_post_of_the_same_bytes_goes_on(place: World) -> None:
    data = photo()
    made, other = judged(place, data=data), judged(place, data=data)
    question = complain(place, made)
    assert complain(place, other) == question
    act(place, BulkKind.REMOVE, made)
    assert (status_of(question), state(other)) == (OPEN, ("in_review", "published"))
    act(place, BulkKind.REMOVE, other)
    assert status_of(question) == CLOSED


def find(place: World, made: Post) -> None:
    """Have three people agree in an audit that a post breaks a rule."""
    for _ in range(3):
        answer(person(place.project), question_of(made, Purpose.AUDIT), "bright")


def test_a_find_leaves_open_what_another_post_waits_for(white_is_bright: Path) -> None:
    place, data = world(), photo(WHITE)
    deploy(place, white_is_bright)
    removed = screened(place, data)
    answer(person(place.project), question_of(removed, Purpose.SECOND_LOOK))
    change_policy(place, mode=PolicyMode.AUTOMATIC, remove=None, review=None)
    passed = screened(place, data)
    find(place, passed)
    act(place, BulkKind.REVIEW, passed)
    review = question_of(passed)
    settlements.sweep(now=later(hours=2), project=place.project)
    assert state(passed) == ("decided", "unpublished")
    assert (status_of(review), state(removed)) == (OPEN, ("in_review", "unpublished"))
    answer(person(place.project), review, now=later(hours=3))
    assert state(removed) == ("decided", "published")


def test_a_find_leaves_open_what_a_draw_chose(white_is_bright: Path) -> None:
    place, data = world(review=None, remove=None), photo(WHITE)
    deploy(place, white_is_bright)
    find(place, screened(place, data))
    change_policy(place, mode=PolicyMode.AUTOMATIC, remove=None)
    flagged = screened(place, data)
    settlements.sweep(now=NOW, project=place.project)
    assert state(flagged) == ("decided", "unpublished")
    answer(person(place.project), question_of(flagged), "bright")
    daily.refresh(place.project, NOW.date(), now=NOW)
    assert figures(place.project, TODAY).pending == 0


def is_somebody_waiting() -> bool:
    """Say whether another connection waits for a row that this one holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid)))"
        )
        return bool(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_an_answer_and_the_settling_of_an_audit_do_not_wait_for_each_other(white_is_bright: Path) -> None:
    place = world()
    deploy(place, white_is_bright)
    made = screened(place, photo(DARK))
    find(place, made)
    question, judge = complain(place, made), person(place.project)
    job = claim(judge, question)

    def settle() -> int:
        try:
            return settlements.sweep(now=later(minutes=1), project=place.project)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            queue.held(job.pk, person=judge, token=job.lease_token, now=NOW)
            settling = pool.submit(settle)
            while not (settling.done() or is_somebody_waiting()):
                time.sleep(0.01)
            fine = labels.Answer(classes=())
            decisions.answer(job.pk, person=judge, token=job.lease_token, answer=fine, now=NOW)
        assert settling.result() == 1
    assert state(made) == ("decided", "unpublished")
    assert [one.kind for one in made.decisions.order_by("id")] == ["keep", "remove"]
