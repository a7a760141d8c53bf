"""Tests of refusals: every one of the API is problem+json with a stable code."""

import uuid
from typing import Any

import pytest
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.db import OperationalError
from django.test import Client as Browser
from django.test import RequestFactory
from rest_framework import exceptions

from config.accounts.models import Role
from config.errors import TABLE, DatabaseAway, broke, not_found, problem_response
from moderation.states import IllegalTransition
from tests.moderation.builders import World, claim, person, post, question_of, screen_all, screened, world

BAD_LABEL = {"lease_token": str(uuid.uuid4()), "answer": {"classes": []}}


@pytest.fixture
def place() -> World:
    return world()


@pytest.fixture
def browser(place: World) -> Browser:
    browser = Browser()
    browser.force_login(person(place.project, *Role))
    return browser


def send(browser: Browser, path: str, body: Any) -> Any:
    return browser.post(f"/api/v1/{path}", body, "application/json")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("jobs/claim/", {"count": 0}, 400, "invalid"),
        ("jobs/claim/", {"lanes": ["fast"]}, 400, "invalid"),
        ("jobs/claim/", "{", 400, "parse_error"),
        ("jobs/claim/", "[" * 20_000, 400, "nested_too_deep"),
        ("jobs/1/label/", {}, 400, "invalid"),
        ("jobs/1/label/", BAD_LABEL, 409, "lease_lost"),
        ("jobs/99999999999999999999/label/", BAD_LABEL, 409, "lease_lost"),
        ("jobs/1/extend/", {"lease_token": "x"}, 400, "invalid"),
        ("jobs/1/release/", {"lease_token": str(uuid.uuid4())}, 409, "lease_lost"),
        ("labels/1/retract/", {}, 409, "retraction_refused"),
        ("labels/99999999999999999999/retract/", {}, 409, "retraction_refused"),
        ("models/1/deploy/", {}, 404, "not_found"),
        ("models/99999999999999999999/deploy/", {}, 404, "not_found"),
        ("measurements/", {}, 405, "method_not_allowed"),
    ],
)
def test_a_refusal_has_its_status_and_code(browser: Browser, path: str, body: Any, status: int, code: str) -> None:
    refused = send(browser, path, body)
    assert (refused.status_code, refused.json()["code"]) == (status, code), refused.content
    assert refused["Content-Type"] == "application/problem+json"
    assert {"type", "title", "status", "code", "detail"} <= set(refused.json())


@pytest.mark.django_db
@pytest.mark.parametrize("regions", [["\0"], [{"a": "\ud800"}], [{"\0": 1}]])
def test_what_the_database_cannot_store_is_refused_not_a_crash(place: World, browser: Browser, regions: Any) -> None:
    refused = send(browser, "jobs/1/label/", BAD_LABEL | {"answer": {"classes": [], "regions": regions}})
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query",
    [
        {},
        {"from": "2026-03-02", "to": "2026-03-01"},
        {"from": "2026-03-01", "to": "9999-12-31"},
        {"from": "0000-01-01", "to": "x"},
    ],
)
def test_odd_periods_are_refused(browser: Browser, query: dict[str, str]) -> None:
    refused = browser.get("/api/v1/measurements/", query)
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid")


@pytest.mark.django_db
def test_the_longest_period_is_answered(browser: Browser) -> None:
    found = browser.get("/api/v1/measurements/", {"from": "0001-01-01", "to": "9999-12-30"})
    assert found.status_code == 200
    assert found.json()["metrics"]["machine_recall"]["estimate"] is None


@pytest.mark.django_db
def test_nobody_and_a_wrong_key_are_told_how_to_sign_in() -> None:
    anonymous = Browser().get("/api/v1/posts/")
    wrong = Browser().get("/api/v1/posts/", headers={"Authorization": "Token nope"})
    odd = Browser().get("/api/v1/posts/", headers={"Authorization": "Token a b"})
    assert [(one.status_code, one.json()["code"]) for one in (anonymous, wrong, odd)] == [
        (401, "not_authenticated"),
        (401, "bad_token"),
        (401, "bad_token"),
    ]
    assert wrong["WWW-Authenticate"] == "Token"


@pytest.mark.django_db
def test_a_session_without_csrf_token_changes_nothing(place: World) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(person(place.project, Role.ADMIN))
    refused = send(browser, "jobs/claim/", {})
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")


@pytest.mark.django_db
def test_a_bad_answer_says_what_is_wrong(place: World) -> None:
    made = screened(place)
    moderator = person(place.project)
    job = claim(moderator, question_of(made))
    browser = Browser()
    browser.force_login(moderator)
    said = {"lease_token": str(job.lease_token), "answer": {"classes": ["unheard"]}}
    from django.utils import timezone

    job.lease_until = timezone.now() + timezone.timedelta(minutes=1)
    job.save(update_fields=["lease_until"])
    refused = send(browser, f"jobs/{job.pk}/label/", said)
    assert (refused.status_code, refused.json()["code"]) == (422, "bad_answer")
    assert "unheard" in refused.json()["detail"]


@pytest.mark.parametrize("error", [RequestDataTooBig("x"), TooManyFieldsSent("x"), IllegalTransition("x")])
def test_what_is_in_the_table_becomes_a_problem(error: Exception) -> None:
    answered = problem_response(error, {})
    assert answered is not None
    assert answered.status_code == next(status for kind, (status, _) in TABLE.items() if isinstance(error, kind))
    assert answered.data["code"]


def test_what_is_in_no_table_is_our_own_mistake() -> None:
    assert problem_response(ZeroDivisionError(), {}) is None


def test_waiting_times_are_told() -> None:
    answered = problem_response(exceptions.Throttled(wait=7), {})
    assert answered is not None
    assert (answered.status_code, answered.headers["Retry-After"]) == (429, "7")


def test_unknown_api_addresses_and_crashes_are_problems_and_pages_are_pages() -> None:
    ask = RequestFactory().get
    missing, crashed = not_found(ask("/api/v1/nothing/"), Exception()), broke(ask("/api/v1/posts/"))
    assert [(one.status_code, one["Content-Type"]) for one in (missing, crashed)] == [
        (404, "application/problem+json"),
        (500, "application/problem+json"),
    ]
    assert not_found(ask("/nothing/"), Exception())["Content-Type"].startswith("text/html")
    assert broke(ask("/review/"))["Content-Type"].startswith("text/html")


def test_a_lost_database_is_a_503_that_says_when_to_come_back() -> None:
    away = DatabaseAway(lambda request: None).process_exception(
        RequestFactory().get("/"), OperationalError("gone\nsecret")
    )
    assert away is not None
    assert (away.status_code, away["Retry-After"]) == (503, "5")
    assert b"secret" not in away.content
    assert DatabaseAway(lambda request: None).process_exception(RequestFactory().get("/"), ValueError()) is None


@pytest.mark.django_db
def test_the_schema_and_its_page_load_for_people_and_clients(place: World, browser: Browser) -> None:
    key = {"Authorization": f"Token {place.token}"}
    for answered in (browser.get("/api/schema/"), Browser().get("/api/schema/", headers=key)):
        assert answered.status_code == 200
        assert b"/api/v1/posts/" in answered.content
    page = browser.get("/api/docs/")
    assert page.status_code == 200
    assert b"swagger" in page.content
    assert b"<script>" not in page.content, "nothing inline under the strict policy"
    assert Browser().get("/api/schema/").status_code == 401


@pytest.mark.django_db
def test_claiming_and_answering_over_http_reveals_only_afterwards(place: World) -> None:
    post(place, poster="ada")
    screen_all(place)
    browser = Browser()
    browser.force_login(person(place.project))
    (job,) = send(browser, "jobs/claim/", {}).json()["jobs"]
    assert not {"scores", "purpose", "lane", "poster", "verdict"} & set(job)
    said = {"lease_token": job["lease_token"], "answer": {"classes": ["bright"]}}
    told = send(browser, f"jobs/{job['id']}/label/", said).json()
    assert told["settled"]
    assert (told["revealed"]["poster"], told["revealed"]["decision"]) == ("ada", "remove")
    assert send(browser, "jobs/claim/", {}).status_code == 204
    undone = send(browser, f"labels/{told['label_id']}/retract/", {}).json()
    assert undone["job"]["id"] == job["id"]
    assert undone["job"]["lease_token"] != job["lease_token"]
