"""Tests of a page of the grid: every answer on its own, stored once however often it is sent, taken back together."""

import uuid
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from annotation import labels, queue
from annotation.models import Desk, Job, JobStatus, Label
from annotation.queue import LeaseLost
from config.accounts.models import User
from moderation import batches
from moderation.models import Decision, Delivery, Post
from tests.annotation.builders import together
from tests.moderation.builders import NOW, ROLES, World, later, person, photo, screened, world

pytestmark = pytest.mark.django_db
BATCH = uuid.UUID(int=7)


@pytest.fixture
def place() -> World:
    return world(webhook_url="https://example.com/hook")


@pytest.fixture
def moderator(place: World) -> User:
    return person(place.project)


def page_of(place: World, who: User, n: int) -> list[Job]:
    for _ in range(n):
        screened(place)
    return queue.claim(who, project=place.project, roles=ROLES, desk=Desk.REVIEW, count=n, now=NOW)


def items(jobs: list[Job], *exceptions: int) -> list[batches.Item]:
    """Every job is fine but the exceptions, by their place."""
    return [
        batches.Item(job.pk, job.lease_token, labels.Answer(classes=("bright",) if place in exceptions else ()))
        for place, job in enumerate(jobs)
    ]


def codes(results: list[batches.Result]) -> list[str]:
    return ["stored" if one.answered else one.refusal.code for one in results]


def test_every_item_gets_a_decision_of_its_own_under_one_batch(place: World, moderator: User) -> None:
    jobs = page_of(place, moderator, 3)
    results = batches.answer(BATCH, items(jobs, 1), person=moderator, now=NOW)
    assert codes(results) == ["stored"] * 3
    assert [one.answered.decisions[0].kind for one in results] == ["keep", "remove", "keep"]
    assert set(Label.objects.values_list("batch_id", flat=True)) == {BATCH}
    assert set(Decision.objects.values_list("batch_id", flat=True)) == {BATCH}
    assert Delivery.objects.count() == 3


def test_a_lease_lost_in_the_middle_is_said_of_that_item_alone(place: World, moderator: User) -> None:
    jobs = page_of(place, moderator, 3)
    queue.release(jobs[1].pk, person=moderator, token=jobs[1].lease_token, now=NOW)
    results = batches.answer(BATCH, items(jobs), person=moderator, now=NOW)
    assert codes(results) == ["stored", "lease_lost", "stored"]


def test_an_answer_that_does_not_fit_holds_up_no_other(place: World, moderator: User) -> None:
    first, second = page_of(place, moderator, 2)
    wrong = batches.Item(first.pk, first.lease_token, labels.Answer(classes=("unheard-of",)))
    unexplained = batches.Item(first.pk, first.lease_token, labels.Answer(classes=(), reason="unheard-of"))
    results = batches.answer(BATCH, [wrong, unexplained, *items([second])], person=moderator, now=NOW)
    assert codes(results) == ["bad_answer", "bad_reason", "stored"]
    first.refresh_from_db()
    assert first.status == JobStatus.LEASED


def test_the_same_page_sent_twice_is_stored_once_and_told_the_same(place: World, moderator: User) -> None:
    jobs = page_of(place, moderator, 3)
    queue.release(jobs[0].pk, person=moderator, token=jobs[0].lease_token, now=NOW)
    first = batches.answer(BATCH, items(jobs, 2), person=moderator, now=NOW)
    again = batches.answer(BATCH, items(jobs, 2), person=moderator, now=later(hours=1))
    assert codes(first) == codes(again) == ["lease_lost", "stored", "stored"]
    assert [one.answered.accepted.label for one in again[1:]] == [one.answered.accepted.label for one in first[1:]]
    assert (Label.objects.count(), Decision.objects.count(), Delivery.objects.count()) == (2, 2, 2)


def test_a_whole_page_is_taken_back(place: World, moderator: User) -> None:
    jobs = page_of(place, moderator, 3)
    batches.answer(BATCH, items(jobs, 0, 1), person=moderator, now=NOW)
    assert Post.objects.filter(publication="unpublished").count() == 2
    back = batches.retract(BATCH, person=moderator, now=later(minutes=1))
    assert [one.retracted.job.pk for one in back] == [job.pk for job in jobs]
    assert set(Post.objects.values_list("publication", "status")) == {("published", "in_review")}
    again = batches.retract(BATCH, person=moderator, now=later(minutes=1))
    assert [one.refusal.code for one in again] == ["retraction_refused"] * 3


def test_what_can_no_longer_be_taken_back_is_said_of_that_item_alone(place: World, moderator: User) -> None:
    jobs = page_of(place, moderator, 2)
    batches.answer(BATCH, items(jobs[:1]), person=moderator, now=NOW)
    batches.answer(BATCH, items(jobs[1:]), person=moderator, now=later(minutes=4))
    back = batches.retract(BATCH, person=moderator, now=later(minutes=11))
    assert [one.retracted is None for one in back] == [True, False]


def test_a_batch_belongs_to_whoever_answered_it(place: World, moderator: User) -> None:
    batches.answer(BATCH, items(page_of(place, moderator, 1)), person=moderator, now=NOW)
    with pytest.raises(batches.NoSuchBatch):
        batches.retract(BATCH, person=person(place.project), now=NOW)


@pytest.mark.django_db(transaction=True)
def test_one_page_sent_four_times_at_once_is_stored_once() -> None:
    place = world(webhook_url="https://example.com/hook")
    moderator = person(place.project)
    wanted = items(page_of(place, moderator, 5), 1, 3)
    # Two of them the other way round: answers of one page hold one lock at a time, so nobody waits in a circle.
    pages = [wanted, wanted, wanted[::-1], wanted[::-1]]
    told = together(lambda n: batches.answer(BATCH, pages[n], person=moderator, now=NOW), 4)
    assert [codes(one) for one in told] == [["stored"] * 5] * 4
    assert sum(one.answered.is_new for results in told for one in results) == 5
    assert (Label.objects.count(), Decision.objects.count()) == (5, 5)


def api(who: User) -> Browser:
    browser = Browser()
    browser.force_login(who)
    return browser


def as_json(item: batches.Item) -> dict[str, Any]:
    return {"job": item.job_id, "lease_token": str(item.token), "answer": {"classes": list(item.answer.classes)}}


def send(browser: Browser, address: str, body: Any = None) -> Any:
    return browser.post(address, body, content_type="application/json")


def test_a_page_goes_there_and_back_over_http(place: World, moderator: User) -> None:
    for _ in range(3):
        screened(place, photo())
    browser = api(moderator)
    jobs = send(browser, "/api/v1/jobs/claim/", {"desk": "review", "count": 3}).json()["jobs"]
    answers = [{"job": job["id"], "lease_token": job["lease_token"], "answer": {"classes": []}} for job in jobs]
    answers[1]["lease_token"] = str(uuid.uuid4())
    told = send(browser, "/api/v1/jobs/label/", {"batch_id": str(BATCH), "answers": answers})
    assert told.status_code == 200
    assert told.json()["batch_id"] == str(BATCH)
    first, second, third = told.json()["results"]
    assert (first["job"], first["code"], first["settled"]) == (jobs[0]["id"], "stored", True)
    assert (second["code"], set(second)) == ("lease_lost", {"job", "code", "detail"})
    assert send(browser, "/api/v1/jobs/label/", {"batch_id": str(BATCH), "answers": answers}).json() == told.json()
    back = send(browser, reverse("api_retract_many", args=[BATCH])).json()["results"]
    assert [(one["label_id"], one["code"]) for one in back] == [
        (first["label_id"], "retracted"),
        (third["label_id"], "retracted"),
    ]
    assert back[0]["job"]["lease_token"] != jobs[0]["lease_token"]
    assert send(browser, reverse("api_retract_many", args=[uuid.uuid4()])).json()["code"] == "no_such_batch"


@pytest.mark.parametrize("change", [{"batch_id": "x"}, {"answers": []}, {"answers": [{}] * 61}, {"answers": [{}]}])
def test_a_page_that_makes_no_sense_is_refused_whole(place: World, moderator: User, change: dict[str, Any]) -> None:
    said = {"batch_id": str(BATCH), "answers": [as_json(one) for one in items(page_of(place, moderator, 1))]} | change
    refused = send(api(moderator), "/api/v1/jobs/label/", said)
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid")
    assert not Label.objects.exists()


def test_an_answer_sent_again_over_http_is_200_and_the_same(place: World, moderator: User) -> None:
    screened(place)
    browser = api(moderator)
    job = send(browser, "/api/v1/jobs/claim/", {}).json()["jobs"][0]
    said = {"lease_token": job["lease_token"], "answer": {"classes": ["bright"]}}
    address = f"/api/v1/jobs/{job['id']}/label/"
    first, again = send(browser, address, said), send(browser, address, said)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    other = send(browser, address, said | {"answer": {"classes": []}})
    assert (other.status_code, other.json()["code"]) == (409, "lease_lost")


def test_the_rooms_below_refuse_as_before(place: World, moderator: User) -> None:
    (job,) = page_of(place, moderator, 1)
    with pytest.raises(LeaseLost):
        labels.accept(job.pk, person=moderator, token=uuid.uuid4(), answer=labels.Answer(classes=()), now=NOW)
