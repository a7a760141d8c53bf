"""A failed check of the data stops a run with its sentence; a person may waive it with a reason, and it goes on."""

import pytest
from rest_framework.test import APIClient

from config.accounts.models import Role
from models_registry import data_waivers, registry, training
from models_registry.data_waivers import WaiverRefused
from models_registry.models import DataWaiver, Run, RunStatus, RunStep, StepStatus
from tests.models_registry.builders import CONFIG, NOW, Place, dataset, key, lines, person, requested
from tests.models_registry.builders import place as new_place

pytestmark = pytest.mark.django_db(transaction=True)
# Of two classes, violations and fine, none can have nine tenths.
STRICT = {**CONFIG, "validation": {"class_balance": {"fail": 0.9}}}
SENTENCE = "of the images to fit on."


@pytest.fixture
def place(transactional_db: None) -> Place:
    return new_place()


@pytest.fixture
def stopped(place: Place) -> Run:
    run = training.execute(requested(place, config=STRICT).pk, now=NOW)
    assert run.status == RunStatus.FAILED
    return run


def test_a_failed_check_stops_the_run_with_its_sentence_and_the_table_is_kept(stopped: Run) -> None:
    assert stopped.error.endswith(SENTENCE)
    step = stopped.steps.get(name="validate")
    assert step.status == StepStatus.FAILED
    assert "class_balance: failed." in step.log
    assert [one["name"] for one in step.outputs["checks"] if one["outcome"] == "failed"] == ["class_balance"]
    assert data_waivers.standing_failures(stopped) == ["class_balance"]


def test_a_waived_check_lets_the_run_go_on_and_says_who_and_why(stopped: Run, place: Place) -> None:
    engineer = person(place.project)
    made = data_waivers.waive(stopped, check="class_balance", by=engineer, reason=" A pilot. ", now=NOW)
    assert (made.person, made.reason, made.created_at) == (engineer, "A pilot.", NOW)
    assert data_waivers.standing_failures(stopped) == []
    registry.resume_run(stopped, by=engineer, now=NOW)
    run = training.execute(stopped.pk, now=NOW)
    assert (run.status, run.error) == (RunStatus.SUCCEEDED, "")
    assert "class_balance: failed and waived." in run.steps.get(name="validate").log
    assert run.events.filter(kind="waived", actor=engineer, detail="class_balance: A pilot.").exists()


def test_a_waiver_holds_for_the_check_on_that_dataset_version_alone(stopped: Run, place: Place) -> None:
    data_waivers.waive(stopped, check="class_balance", by=person(place.project), reason="A pilot.", now=NOW)
    same = registry.request_run(place.detector, stopped.dataset, config={**STRICT, "canvas": {"size_px": 24}}, now=NOW)
    assert training.execute(same.pk, now=NOW).status == RunStatus.SUCCEEDED
    other = requested(place, lines(seed=3), config=STRICT)
    assert training.execute(other.pk, now=NOW).error.endswith(SENTENCE)


def test_a_version_whose_labels_drifted_from_the_one_before_stops_its_run(place: Place) -> None:
    requested(place, lines(n=200, violating=0.05))
    run = training.execute(requested(place, lines(n=200, violating=0.8, seed=1)).pk, now=NOW)
    assert run.error.startswith("Class bright changed most: from ")
    assert data_waivers.standing_failures(run) == ["label_drift"]


def refusal(run: Run, **given: str) -> str:
    with pytest.raises(WaiverRefused) as refused:
        data_waivers.waive(
            run, **{"check": "class_balance", "reason": "A pilot."} | given, by=person(run.dataset.project), now=NOW
        )
    return refused.value.code


def test_what_cannot_be_waived(stopped: Run, place: Place) -> None:
    assert refusal(stopped, reason="  ") == "reason_missing"
    assert refusal(stopped, check="leakage") == "check_not_failed"
    assert refusal(stopped, check="unheard_of") == "check_not_failed"
    assert refusal(requested(place, [])) == "check_not_failed"
    data_waivers.waive(stopped, check="class_balance", by=person(place.project), reason="A pilot.", now=NOW)
    assert refusal(stopped) == "already_waived"
    assert DataWaiver.objects.count() == 1


def api(place: Place, *roles: Role) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=key(person(place.project, *roles)))
    return client


def failed_by_hand(place: Place) -> Run:
    """Write what a run leaves whose data failed a check, without running it."""
    run = registry.request_run(place.detector, dataset(place, []), config=CONFIG, now=NOW)
    Run.objects.filter(pk=run.pk).update(status=RunStatus.FAILED)
    check = {"name": "leakage", "outcome": "failed", "value": 3, "limit": 0, "sentence": "3 images.", "said": []}
    RunStep.objects.create(
        run=run, name="validate", position=1, status="failed", started_at=NOW, outputs={"checks": [check]}
    )
    return run


def test_over_the_api_a_run_shows_its_checks_and_an_engineer_waives_and_resumes(place: Place) -> None:
    run, client = failed_by_hand(place), api(place)
    shown = client.get(f"/api/v1/runs/{run.pk}/").json()
    expected = {"name": "leakage", "outcome": "failed", "value": 3, "limit": 0, "sentence": "3 images."}
    assert shown["checks"] == [{**expected, "is_waived": False}]
    assert [one["name"] for one in shown["steps"]] == ["validate"]
    assert [one["kind"] for one in shown["events"]] == ["requested"]
    response = client.post(f"/api/v1/runs/{run.pk}/waive/", {"check": "leakage", "reason": "A pilot."})
    assert (response.status_code, response.json()["check"]) == (201, "leakage")
    assert client.get(f"/api/v1/runs/{run.pk}/").json()["checks"][0]["is_waived"] is True
    again = client.post(f"/api/v1/runs/{run.pk}/waive/", {"check": "leakage", "reason": "A pilot."})
    assert (again.status_code, again.json()["code"]) == (409, "already_waived")
    assert client.post(f"/api/v1/runs/{run.pk}/resume/").status_code == 202


def test_over_the_api_a_run_is_canceled_once(place: Place) -> None:
    run, client = requested(place, []), api(place)
    response = client.post(f"/api/v1/runs/{run.pk}/cancel/", {"reason": "a wrong config"})
    assert (response.status_code, response.json()["status"]) == (200, "canceled")
    refused = client.post(f"/api/v1/runs/{run.pk}/cancel/")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_in_flight")


@pytest.mark.parametrize("role", [Role.MANAGER, Role.MODERATOR, Role.ANNOTATOR])
def test_only_engineers_and_admins_cancel_and_waive(place: Place, role: Role) -> None:
    run, client = failed_by_hand(place), api(place, role)
    for call in ("cancel", "waive", "resume"):
        assert client.post(f"/api/v1/runs/{run.pk}/{call}/", {"check": "leakage", "reason": "no"}).status_code == 403
