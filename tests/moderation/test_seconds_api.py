"""Tests of the seconds that come with an answer over HTTP."""

import uuid
from typing import Any

import pytest
from django.test import Client as Browser

from annotation.models import Label
from config.accounts.models import User
from tests.moderation.builders import World, person, screened, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def place() -> World:
    return world()


@pytest.fixture
def browser(place: World) -> Browser:
    found = Browser()
    who: User = person(place.project)
    found.force_login(who)
    return found


def claimed(browser: Browser, place: World, n: int = 1) -> list[dict[str, Any]]:
    for _ in range(n):
        screened(place)
    told = browser.post("/api/v1/jobs/claim/", {"desk": "review", "count": n}, content_type="application/json")
    return [
        {"lease_token": job["lease_token"], "job": job["id"], "answer": {"classes": []}} for job in told.json()["jobs"]
    ]


def send(browser: Browser, said: dict[str, Any], *, batch: bool = False) -> Any:
    if batch:
        body = {"batch_id": str(uuid.uuid4()), "answers": [said]}
        return browser.post("/api/v1/jobs/label/", body, content_type="application/json")
    return browser.post(f"/api/v1/jobs/{said['job']}/label/", said, content_type="application/json")


@pytest.mark.parametrize("batch", [False, True])
def test_seconds_are_kept_with_the_answer_and_never_more_than_passed(
    browser: Browser, place: World, batch: bool
) -> None:
    (said,) = claimed(browser, place)
    assert send(browser, said | {"seconds": 100_000}, batch=batch).status_code in (200, 201)
    label = Label.objects.get()
    assert label.looked_seconds == label.seconds < 1000


@pytest.mark.parametrize("batch", [False, True])
@pytest.mark.parametrize("said", [{}, {"seconds": None}])
def test_a_client_may_leave_them_out(browser: Browser, place: World, batch: bool, said: dict[str, Any]) -> None:
    (answer,) = claimed(browser, place)
    assert send(browser, answer | said, batch=batch).status_code in (200, 201)
    assert Label.objects.get().looked_seconds is None


@pytest.mark.parametrize("seconds", [-1, "NaN", "Infinity", "soon", [3], 1e400])
def test_what_is_no_time_is_refused(browser: Browser, place: World, seconds: Any) -> None:
    (answer,) = claimed(browser, place)
    refused = send(browser, answer | {"seconds": seconds})
    assert refused.status_code == 400
    assert not Label.objects.exists()
