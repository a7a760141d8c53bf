"""Rollouts over HTTP: started, changed and ended; every refusal with its code."""

from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from config.accounts.models import ApiKey, Role
from models_registry import deployment
from moderation.models import Rollout
from tests.moderation.builders import World, deploy, person, world
from tests.moderation.rollout_worlds import passed

pytestmark = pytest.mark.django_db
WHY = {"reason": "to see how it does"}


@pytest.fixture
def place(all_is_fine: Path) -> World:
    place = world()
    deploy(place, all_is_fine)
    return place


def api(place: World, *roles: Role) -> APIClient:
    """A client for a person of the project; an engineer unless other roles are named."""
    _, token = ApiKey.issue(name="tests", user=person(place.project, *(roles or (Role.ENGINEER,))))
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    return client


def code(response: Any) -> tuple[int, str]:
    assert response["Content-Type"] == "application/problem+json"
    return response.status_code, response.json()["code"]


def test_a_canary_is_started_changed_and_promoted(place: World, white_is_bright: Path) -> None:
    client, version = api(place), passed(place, white_is_bright)
    made = client.post("/api/v1/rollouts/", {"model_version": version.pk, "kind": "canary", **WHY})
    assert made.status_code == 201
    found = made.json()
    assert (found["share"], found["unit"], found["status"]) == (0.05, "poster", "running")
    assert found["limits"]["flagged"] == 2.0
    address = f"/api/v1/rollouts/{found['id']}/"
    assert client.post(f"{address}share/", {"share": 0.2, **WHY}).json()["share"] == 0.2
    ended = client.post(f"{address}promote/", WHY).json()
    assert ended["status"] == "promoted"
    assert [one["kind"] for one in ended["events"]] == ["started", "share_changed", "promoted"]
    assert deployment.champion_of(place.project) == version
    assert [one["id"] for one in client.get("/api/v1/rollouts/").json()["results"]] == [found["id"]]
    assert client.get(address).json()["status"] == "promoted"


def test_what_is_wrong_has_a_code(place: World, white_is_bright: Path) -> None:
    client, version = api(place), passed(place, white_is_bright)
    wish = {"model_version": version.pk, "kind": "canary", **WHY}
    assert code(client.post("/api/v1/rollouts/", wish | {"share": 0.9})) == (422, "bad_share")
    assert code(client.post("/api/v1/rollouts/", wish | {"limits": {"moon": 2}})) == (422, "bad_limits")
    assert code(client.post("/api/v1/rollouts/", wish | {"kind": "half"})) == (400, "invalid")
    assert code(client.post("/api/v1/rollouts/", wish | {"model_version": 0})) == (400, "invalid")
    champion = wish | {"model_version": place.version.pk}
    assert code(client.post("/api/v1/rollouts/", champion)) == (409, "already_champion")
    made = client.post("/api/v1/rollouts/", wish).json()
    assert code(client.post("/api/v1/rollouts/", wish)) == (409, "rollout_running")
    address = f"/api/v1/rollouts/{made['id']}/"
    assert code(client.post(f"{address}stop/", {"reason": " "}))[0] in (400, 422)
    assert client.post(f"{address}stop/", WHY).json()["status"] == "stopped"
    assert code(client.post(f"{address}share/", {"share": 0.1, **WHY})) == (409, "rollout_not_running")
    assert client.post(f"{address}discard/", WHY).json()["status"] == "discarded"
    assert code(client.post(f"{address}promote/", WHY)) == (409, "rollout_ended")


def test_a_manager_reads_and_an_engineer_of_another_project_finds_nothing(place: World, white_is_bright: Path) -> None:
    made = api(place).post(
        "/api/v1/rollouts/", {"model_version": passed(place, white_is_bright).pk, "kind": "shadow", **WHY}
    )
    address = f"/api/v1/rollouts/{made.json()['id']}/"
    manager = api(place, Role.MANAGER)
    assert manager.get(address).status_code == 200
    assert manager.post(f"{address}stop/", WHY).status_code == 403
    assert manager.post("/api/v1/rollouts/", WHY).status_code == 403
    assert api(world()).get(address).status_code == 404
    assert Rollout.objects.get().is_running
