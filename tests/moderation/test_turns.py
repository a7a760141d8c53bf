"""Tests of answering and leasing what comes next in one request: both keep every promise that they make alone."""

from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from annotation import queue
from annotation.models import Desk, Exclusion, Job, JobStatus, Label, Lane, Purpose
from annotation.questions import Ask, open_questions
from config.accounts.models import User
from moderation.models import Post
from tests.moderation.builders import World, person, screened, world

pytestmark = pytest.mark.django_db
NEXT = {"desk": "review", "count": 1}


@pytest.fixture
def place() -> World:
    return world()


@pytest.fixture
def who(place: World) -> User:
    return person(place.project)


@pytest.fixture
def browser(who: User) -> Browser:
    found = Browser()
    found.force_login(who)
    return found


def claimed(browser: Browser) -> dict[str, Any]:
    told = browser.post("/api/v1/jobs/claim/", NEXT, content_type="application/json").json()
    job: dict[str, Any] = told["jobs"][0]
    return job


def send(browser: Browser, job: dict[str, Any], **more: Any) -> Any:
    said = {"lease_token": job["lease_token"], "answer": {"classes": []}} | more
    return browser.post(f"/api/v1/jobs/{job['id']}/label/", said, content_type="application/json")


def leased_to(who: User) -> list[int]:
    return list(Job.objects.filter(person=who, status=JobStatus.LEASED).values_list("pk", flat=True))


def test_an_answer_brings_the_next_job_and_that_one_the_next(browser: Browser, place: World, who: User) -> None:
    posts = {screened(place).pk for _ in range(3)}
    job = claimed(browser)
    for waiting in (1, 1, 0):
        told = send(browser, job, next=NEXT)
        assert told.status_code == 201
        ahead = told.json()["next"]
        assert [one["id"] for one in ahead] == leased_to(who)
        assert len(ahead) == waiting
        job = ahead[0] if ahead else job
    assert Label.objects.count() == 3
    assert {one.pk for one in Post.objects.filter(status="decided")} == posts


def test_a_job_that_came_with_an_answer_says_what_a_claimed_one_says(browser: Browser, place: World) -> None:
    screened(place, title="A fox")
    screened(place, title="A fox")
    first = claimed(browser)
    (second,) = send(browser, first, next=NEXT).json()["next"]
    alike = {"title", "description", "attributes", "schema", "suggestion", "case"}
    assert first.keys() == second.keys()
    assert {key: first[key] for key in alike} == {key: second[key] for key in alike}


@pytest.mark.parametrize("more", [{}, {"next": None}])
def test_who_asks_for_nothing_gets_nothing(browser: Browser, place: World, who: User, more: dict[str, Any]) -> None:
    screened(place)
    screened(place)
    assert send(browser, claimed(browser), **more).json()["next"] is None
    assert leased_to(who) == []


def test_an_answer_that_is_refused_leases_nothing(browser: Browser, place: World, who: User) -> None:
    for _ in range(3):
        screened(place)
    job = claimed(browser)
    assert send(browser, job, answer={"classes": ["unheard of"]}, next=NEXT).json()["code"] == "bad_answer"
    assert leased_to(who) == [job["id"]]
    stranger = job | {"lease_token": "4b9f0c1e-0d34-4b60-8d37-6a1f5a0c2e77"}
    assert send(browser, stranger, next=NEXT).json()["code"] == "lease_lost"
    assert leased_to(who) == [job["id"]]
    assert not Label.objects.exists()


@pytest.mark.parametrize("odd", [{"desk": "garden"}, {"count": 0}, {"count": 61}, {"lanes": ["slow"]}, 7, []])
def test_a_wish_that_makes_no_sense_leaves_the_answer_unstored(browser: Browser, place: World, odd: Any) -> None:
    screened(place)
    assert send(browser, claimed(browser), next=odd).json()["code"] == "invalid"
    assert not Label.objects.exists()


def test_the_very_same_answer_sent_again_is_stored_once_and_leases_again(
    browser: Browser, place: World, who: User
) -> None:
    for _ in range(3):
        screened(place)
    job = claimed(browser)
    first, again = send(browser, job, next=NEXT), send(browser, job, next=NEXT)
    assert (first.status_code, again.status_code) == (201, 200)
    assert Label.objects.count() == 1
    ids = [one["id"] for told in (first, again) for one in told.json()["next"]]
    assert sorted(ids) == sorted(leased_to(who))
    assert len(set(ids)) == 2


def test_who_holds_as_many_seats_as_are_allowed_answers_and_gets_none(
    browser: Browser, place: World, who: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        screened(place)
    job = claimed(browser)
    claimed(browser)
    monkeypatch.setattr(queue, "MOST_SEATS", 1)
    told = send(browser, job, next=NEXT)
    assert (told.status_code, told.json()["next"]) == (201, [])


def test_the_next_job_is_never_a_blind_one_about_the_image_just_judged(
    browser: Browser, place: World, who: User
) -> None:
    post = screened(place)
    job = claimed(browser)
    ask = Ask(
        image=post.image, schema=place.schema, purpose=Purpose.AUDIT, lane=Lane.DRAWN, due_at=timezone.now(), origin={}
    )
    [audit] = open_questions([ask], now=timezone.now())
    assert send(browser, job, next=NEXT).json()["next"] == []
    assert Exclusion.objects.filter(question=audit, person=who).exists()
    (other,) = queue.claim(
        person(place.project),
        project=place.project,
        roles=queue.ESCALATED_TO,
        desk=Desk.REVIEW,
        now=timezone.now(),
    )
    assert other.question_id == audit.pk


def test_no_job_comes_from_a_project_that_is_not_theirs(browser: Browser, place: World) -> None:
    screened(place)
    screened(world())
    assert send(browser, claimed(browser), next=NEXT).json()["next"] == []
