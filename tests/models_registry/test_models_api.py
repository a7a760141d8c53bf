"""The registry over HTTP: who may what, every refusal with its code, and slow work left to a worker."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from config.accounts.models import Role
from config.embedded.processes import wait_until
from models_registry import deployment, nudge, registry
from models_registry.models import GateOutcome, Run, RunStatus, Scorecard
from tests.models_registry.builders import CONFIG, NOW, Place, dataset, key, measured, person, requested
from tests.models_registry.builders import place as new_place
from tests.models_registry.builders import version as new_version
from tests.runtime.workers import Worker

pytestmark = pytest.mark.django_db
REPORT = {"any": {"curve": [{"threshold": 0.5, "precision": 0.4, "recall_low": 0.7}]}, "classes": {}}


@pytest.fixture
def place(db: None) -> Place:
    return new_place()


def api(place: Place, *roles: Role) -> APIClient:
    """A client for a person of the project; an engineer unless other roles are named."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=key(person(place.project, *roles)))
    return client


def code(response: Any) -> tuple[int, str]:
    assert response["Content-Type"] == "application/problem+json"
    return response.status_code, response.json()["code"]


def test_versions_are_listed_newest_first_and_only_those_of_the_project(place: Place) -> None:
    mine, _ = [new_version(place), new_version(place)], new_version(new_place())
    found = api(place).get("/api/v1/models/").json()["results"]
    assert [one["id"] for one in found] == [mine[1].pk, mine[0].pk]


def test_a_version_shows_its_scorecards_and_names_its_metrics_in_full(place: Place) -> None:
    made = new_version(place, report=REPORT)
    card = measured(made)
    found = api(place).get(f"/api/v1/models/{made.pk}/").json()
    assert [one["id"] for one in found["scorecards"]] == [card.pk]
    [point] = found["report"]["any"]["curve"]
    assert point == {"threshold": 0.5, "flag_precision": 0.4, "machine_recall_low": 0.7}


def test_a_version_of_another_project_is_not_there(place: Place) -> None:
    other = new_version(new_place())
    for call in ("", "deploy/", "waive/", "measure/"):
        method = api(place).post if call else api(place).get
        assert method(f"/api/v1/models/{other.pk}/{call}").status_code == 404


def test_deploying_answers_with_the_deployment(place: Place) -> None:
    made = new_version(place)
    measured(made)
    response = api(place).post(f"/api/v1/models/{made.pk}/deploy/", {"reason": "It is better."})
    assert (response.status_code, response.json()["model_version"]) == (201, made.pk)
    assert deployment.champion_of(place.project) == made


def test_a_version_that_failed_the_gate_cannot_be_deployed(place: Place) -> None:
    made = new_version(place)
    measured(made, GateOutcome.FAIL)
    assert code(api(place).post(f"/api/v1/models/{made.pk}/deploy/")) == (409, "gate_failed")
    assert code(api(place).post(f"/api/v1/models/{made.pk}/waive/", {"reason": "Please."})) == (409, "waiver_refused")
    assert deployment.champion_of(place.project) is None


def test_not_enough_data_can_be_waived_and_then_deployed(place: Place) -> None:
    made, client = new_version(place), api(place)
    measured(made, GateOutcome.NOT_ENOUGH_DATA)
    assert code(client.post(f"/api/v1/models/{made.pk}/deploy/")) == (409, "not_enough_data")
    assert client.post(f"/api/v1/models/{made.pk}/waive/", {"reason": "A pilot."}).status_code == 201
    assert client.post(f"/api/v1/models/{made.pk}/deploy/").status_code == 201


def test_there_is_no_scorecard_to_waive_before_the_gate(place: Place) -> None:
    assert code(api(place).post(f"/api/v1/models/{new_version(place).pk}/waive/", {"reason": "A pilot."}))[0] == 404


def test_rolling_back_needs_somewhere_to_go(place: Place) -> None:
    response = api(place).post(f"/api/v1/detectors/{place.detector.pk}/roll_back/")
    assert code(response) == (409, "nothing_to_roll_back_to")


@pytest.mark.parametrize("role", [Role.MANAGER, Role.MODERATOR, Role.ANNOTATOR])
def test_only_engineers_and_admins_change_what_is_deployed_or_trained(place: Place, role: Role) -> None:
    made, client = new_version(place), api(place, role)
    for call in (f"models/{made.pk}/deploy/", f"models/{made.pk}/waive/", f"models/{made.pk}/measure/"):
        assert client.post(f"/api/v1/{call}").status_code == 403
    for call in (f"detectors/{place.detector.pk}/roll_back/", f"runs/{made.run_id}/resume/", "runs/"):
        assert client.post(f"/api/v1/{call}").status_code == 403


def test_a_run_is_requested_with_the_detectors_own_config(place: Place) -> None:
    wanted = {"detector": place.detector.pk, "dataset": dataset(place, []).pk}
    response = api(place).post("/api/v1/runs/", wanted)
    assert (response.status_code, response.json()["status"]) == (201, "requested")
    assert response.json()["config"] == CONFIG
    assert code(api(place).post("/api/v1/runs/", wanted)) == (409, "run_in_flight")


def test_a_config_with_an_unknown_key_is_refused_with_its_name(place: Place) -> None:
    config = {"canvas": {"size_px": 16}, "fit": {"epoch": 3}}
    wanted = {"detector": place.detector.pk, "dataset": dataset(place, []).pk, "config": config}
    response = api(place).post("/api/v1/runs/", wanted)
    assert code(response)[1] == "bad_config"
    assert "epoch is unknown" in response.json()["detail"]
    assert not Run.objects.exists()


def test_an_empty_config_is_not_taken_for_the_detectors_own(place: Place) -> None:
    wanted = {"detector": place.detector.pk, "dataset": dataset(place, []).pk, "config": {}}
    assert code(api(place).post("/api/v1/runs/", wanted))[1] == "bad_config"


def test_only_a_failed_run_is_resumed(place: Place) -> None:
    run, client = requested(place, []), api(place)
    assert code(client.post(f"/api/v1/runs/{run.pk}/resume/")) == (409, "not_failed")
    Run.objects.filter(pk=run.pk).update(status=RunStatus.FAILED)
    response = client.post(f"/api/v1/runs/{run.pk}/resume/")
    assert (response.status_code, response.json()["status"]) == (202, "requested")


def test_measuring_again_waits_for_a_worker(place: Place) -> None:
    made, client = new_version(place), api(place)
    response = client.post(f"/api/v1/models/{made.pk}/measure/")
    assert (response.status_code, response.json()["id"], response.json()["status"]) == (202, made.run_id, "requested")
    assert code(client.post(f"/api/v1/models/{made.pk}/measure/")) == (409, "run_in_flight")


def test_a_training_worker_trains_what_is_requested_and_measures_again_when_asked(
    worker: Callable[..., Worker],
) -> None:
    nudge._last.clear()
    place = new_place()
    client, process = api(place), worker("training")
    wanted = {"detector": place.detector.pk, "dataset": dataset(place).pk}
    run = Run.objects.get(pk=client.post("/api/v1/runs/", wanted).json()["id"])

    def is_over() -> bool:
        run.refresh_from_db()
        return run.status in (RunStatus.SUCCEEDED, RunStatus.FAILED)

    assert wait_until(is_over, seconds=120), process.log
    assert (run.status, run.error) == (RunStatus.SUCCEEDED, "")
    nudge._last.clear()
    assert client.post(f"/api/v1/models/{run.model_version.pk}/measure/").status_code == 202
    assert wait_until(is_over, seconds=120), process.log
    assert (run.status, run.error) == (RunStatus.SUCCEEDED, "")
    assert Scorecard.objects.filter(model_version=run.model_version).count() == 2


def test_the_sweep_finds_a_run_that_nobody_was_told_of(worker: Callable[..., Worker]) -> None:
    from models_registry import tasks

    nudge._last.clear()
    run, process = requested(new_place(), []), worker("training")
    tasks.recover()
    assert wait_until(lambda: Run.objects.get(pk=run.pk).status == RunStatus.FAILED, seconds=120), process.log
    assert "Only 0 violations" in Run.objects.get(pk=run.pk).error
    assert registry.resume_run(Run.objects.get(pk=run.pk), now=NOW).status == RunStatus.REQUESTED
