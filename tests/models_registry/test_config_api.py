"""Config files over HTTP and on their page: checked line by line, started, and never by those who may not."""

from typing import Any

import pytest
from django.test import Client

from config.accounts.models import Role
from models_registry.models import Run, RunStatus, Study, StudyStatus
from tests.models_registry.builders import CANVAS_PX, NOW, Place, body, dataset, key, person
from tests.models_registry.builders import place as new_place
from tests.models_registry.test_studies import TEXT, pretend, requested

pytestmark = pytest.mark.django_db
ONE = f"canvas: {{size_px: {CANVAS_PX}}}\nepochs: 2\n"


@pytest.fixture
def place(db: None) -> Place:
    return new_place()


def call(place: Place, path: str, said: dict[str, Any] | None = None, *, role: Role = Role.ENGINEER) -> Any:
    headers = {"Authorization": key(person(place.project, role))}
    client = Client(headers=headers)
    if said is None:
        return client.get(f"/api/v1/{path}")
    return client.post(f"/api/v1/{path}", said, content_type="application/json")


def wants(place: Place, text: str) -> dict[str, Any]:
    return {"detector": place.detector.pk, "dataset": dataset(place, []).pk, "config_yaml": text}


def browser(place: Place, role: Role = Role.ENGINEER) -> Client:
    client = Client()
    client.force_login(person(place.project, role))
    return client


def test_a_run_is_requested_with_a_config_file_that_stays_with_it(place: Place) -> None:
    response = call(place, "runs/", wants(place, ONE))
    assert response.status_code == 201, response.content
    run = Run.objects.get()
    assert body(response)["runs"] == [run.pk]
    assert (run.config_text, run.config["fit"]["epochs"]) == (ONE, 2)
    shown = body(call(place, f"runs/{run.pk}/"))
    assert (shown["config_yaml"], shown["config_hash"], shown["weights_source"]) == (ONE, run.config_hash, "")


def test_several_seeds_are_several_runs(place: Place) -> None:
    response = call(place, "runs/", wants(place, ONE + "seeds: [1, 2, 3]\n"))
    assert body(response)["runs"] == list(Run.objects.order_by("id").values_list("pk", flat=True))
    assert Run.objects.count() == 3


def test_what_is_wrong_comes_as_a_problem_with_its_lines(place: Place) -> None:
    response = call(place, "runs/", wants(place, ONE + "optimizer:\n  learning_rat: 3\nloss: 5\n"))
    assert response.status_code == 422
    assert response["Content-Type"] == "application/problem+json"
    said = body(response)
    assert said["code"] == "bad_config_file"
    assert said["detail"].startswith("Line 4, column 3: ")
    assert [(one["line"], one["column"], one["path"]) for one in said["errors"]] == [
        (4, 3, "optimizer.learning_rat"),
        (5, 7, "loss"),
    ]
    assert not Run.objects.exists()


def test_config_and_config_yaml_exclude_each_other(place: Place) -> None:
    response = call(place, "runs/", wants(place, ONE) | {"config": {"canvas": {"size_px": 16}}})
    assert response.status_code == 400


def test_ranges_belong_to_a_study(place: Place) -> None:
    refused = call(place, "runs/", wants(place, TEXT))
    assert (refused.status_code, body(refused)["code"]) == (409, "is_a_study")
    started = call(place, "studies/", wants(place, TEXT))
    assert started.status_code == 201, started.content
    assert body(call(place, "studies/"))["results"][0]["id"] == Study.objects.get().pk
    refused = call(place, "studies/", wants(place, ONE))
    assert (refused.status_code, body(refused)["code"]) == (409, "no_ranges")


def test_a_file_can_be_checked_without_starting_anything(place: Place) -> None:
    found = body(call(place, "configs/check/", {"config_yaml": TEXT}))
    assert found == {
        "is_study": True,
        "runs": 0,
        "trials": 3,
        "ranges": ["optimizer.learning_rate", "batch_size"],
    }
    assert body(call(place, "configs/check/", {"config_yaml": ONE}))["runs"] == 1
    assert call(place, "configs/check/", {"config_yaml": "a: 1"}).status_code == 422
    assert not Run.objects.exists()


def test_a_study_is_watched_its_best_trained_and_it_is_canceled(place: Place) -> None:
    study = requested(place)
    refused = call(place, f"studies/{study.pk}/train/", {})
    assert (refused.status_code, body(refused)["code"]) == (409, "nothing_finished")
    pretend(study, 0.3, 0.5)
    pretend(study, 0.3, 0.7)
    shown = body(call(place, f"studies/{study.pk}/", role=Role.MANAGER))
    assert shown["best"] == 2
    assert [one["validation_average_precision"] for one in shown["trials"]] == [0.5, 0.7]
    assert call(place, f"studies/{study.pk}/train/", {}).status_code == 201
    assert Run.objects.filter(trial__isnull=True).get().config == study.trials.get(number=2).run.config
    assert call(place, f"studies/{study.pk}/cancel/", {}, role=Role.MANAGER).status_code == 403
    assert body(call(place, f"studies/{study.pk}/cancel/", {}))["status"] == StudyStatus.CANCELED
    again = call(place, f"studies/{study.pk}/cancel/", {})
    assert (again.status_code, body(again)["code"]) == (409, "not_running")


def test_the_page_begins_with_the_detectors_own_config(place: Place) -> None:
    frozen = dataset(place, [])
    text = browser(place).get("/models/runs/new/").content.decode()
    assert f"size_px: {CANVAS_PX}" in text
    assert f'value="{place.detector.pk}-{frozen.pk}"' in text
    assert browser(place, Role.MANAGER).get("/models/runs/new/").status_code == 403


def test_the_page_starts_runs_and_studies(place: Place) -> None:
    said = {"config_yaml": ONE.replace("\n", "\r\n"), "train_on": f"{place.detector.pk}-{dataset(place, []).pk}"}
    started = browser(place).post("/models/runs/new/", said)
    run = Run.objects.get()
    assert started["Location"] == f"/models/runs/{run.pk}/"
    assert run.config_text == ONE
    started = browser(place).post("/models/runs/new/", said | {"config_yaml": TEXT})
    assert started["Location"] == f"/models/studies/{Study.objects.get().pk}/"
    again = browser(place).post("/models/runs/new/", said)
    assert again.status_code == 409
    like = browser(place).get(f"/models/runs/new/?like={run.pk}").content.decode()
    assert "epochs: 2" in like


def test_the_page_says_what_is_wrong_while_it_is_written(place: Place) -> None:
    said = {"config_yaml": "canvas: {size_px: 16}\nepoch: 3\n", "train_on": "1-1"}
    response = browser(place).post("/models/runs/new/", said, headers={"HX-Request": "true"})
    assert response.status_code == 200
    assert 'data-line="2"' in response.content.decode()
    assert "<html" not in response.content.decode()
    assert not Run.objects.exists()


def test_the_page_of_a_study_shows_its_trials(place: Place) -> None:
    study = requested(place)
    pretend(study, 0.3, 0.5)
    page = browser(place).get(f"/models/studies/{study.pk}/").content.decode()
    assert "50.0 %" in page
    found = body(browser(place).get(f"/models/studies/{study.pk}/trials/"))
    assert [one["value"] for one in found["trials"]] == [0.5]
    assert found["is_live"]
    done = browser(place).post(f"/models/studies/{study.pk}/train/")
    run = Run.objects.filter(trial__isnull=True).get()
    assert done["Location"] == f"/models/runs/{run.pk}/"
    assert "optimizer" in browser(place).get(f"/models/runs/{run.pk}/").content.decode()


def test_a_trial_stands_with_its_study_and_not_among_the_runs(place: Place) -> None:
    study = requested(place)
    trial = pretend(study, 0.5)
    Run.objects.create(
        detector=place.detector,
        dataset=study.dataset,
        config=trial.run.config,
        status=RunStatus.FAILED,
        requested_at=NOW,
    )
    page = browser(place).get("/models/").content.decode()
    assert f"/models/studies/{study.pk}/" in page
    assert f"/models/runs/{trial.run_id}/" not in page
