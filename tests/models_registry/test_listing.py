"""The list of runs: every filter, every order, the same for the page, for programs and for ten thousand runs."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from config.accounts.models import Role
from models_registry import deployment, listing
from models_registry.listing import Wanted
from models_registry.models import GateOutcome, ModelVersion, Run, RunStatus, Study, Trial
from tests.models_registry.builders import CONFIG, NOW, Place, key, measured, person, requested
from tests.models_registry.builders import place as new_place
from tests.models_registry.builders import version as new_version

pytestmark = pytest.mark.django_db


def report(average_precision: float, recall: float) -> dict[str, Any]:
    curve = [
        {"threshold": 0.1, "flagged_share": 1.0, "recall": 1.0, "precision": 0.1},
        {"threshold": 0.5, "flagged_share": 0.1, "recall": recall, "precision": 0.5},
    ]
    return {"any": {"average_precision": average_precision, "curve": curve, "n_positive": 50}, "classes": {}}


@pytest.fixture
def place(db: None) -> Place:
    return new_place()


@pytest.fixture
def versions(place: Place) -> list[ModelVersion]:
    """Three versions: the second is the best by average precision, the third by machine recall; one has no report."""
    made = [new_version(place, report=one) for one in (report(0.5, 0.4), report(0.9, 0.6), report(0.7, 0.8), {})]
    for days, one in enumerate(made):
        ended = NOW + timedelta(days=days, minutes=10 - days)
        times = {"requested_at": NOW + timedelta(days=days), "started_at": NOW + timedelta(days=days)}
        Run.objects.filter(pk=one.run_id).update(finished_at=ended, **times)
    return made


def found(place: Place, **wanted: Any) -> list[int]:
    return [one.pk for one in listing.page(place.project, Wanted(**wanted)).runs]


def test_runs_are_listed_newest_first_and_only_those_of_the_project(place: Place, versions: list[ModelVersion]) -> None:
    new_version(new_place())
    assert found(place) == [one.run_id for one in reversed(versions)]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("-average_precision", [1, 2, 0, 3]),
        ("average_precision", [0, 2, 1, 3]),
        ("-machine_recall", [2, 1, 0, 3]),
        ("seconds", [3, 2, 1, 0]),
        ("requested", [0, 1, 2, 3]),
        ("-version", [3, 2, 1, 0]),
    ],
)
def test_a_list_is_sorted_and_what_was_not_measured_comes_last(
    place: Place, versions: list[ModelVersion], sort: str, order: list[int]
) -> None:
    assert found(place, sort=sort) == [versions[index].run_id for index in order]
    names = [one.pk for one in listing.versions(place.project, Wanted(sort=sort))]
    assert names == [versions[index].pk for index in order]


def test_a_list_is_filtered_by_each_of_its_fields(place: Place, versions: list[ModelVersion]) -> None:
    first, second, third, fourth = (one.run for one in versions)
    engineer = person(place.project)
    Run.objects.filter(pk=first.pk).update(status=RunStatus.FAILED, requested_by=engineer)
    Run.objects.filter(pk=second.pk).update(config={"canvas": {"size_px": 16}, "fit": {"backbone": "resnet18"}})
    assert found(place, status="failed") == [first.pk]
    assert found(place, person=engineer.pk) == [first.pk]
    assert found(place, backbone="resnet18") == [second.pk]
    assert found(place, backbone="compact") == [fourth.pk, third.pk, first.pk]
    assert found(place, dataset=third.dataset_id) == [third.pk]
    assert found(place, detector=place.detector.pk + 1000) == []
    assert found(place, since=NOW + timedelta(days=1), until=NOW + timedelta(days=3)) == [third.pk, second.pk]


def test_the_newest_outcome_of_the_gate_counts(place: Place, versions: list[ModelVersion]) -> None:
    measured(versions[0], GateOutcome.FAIL)
    measured(versions[0], GateOutcome.PASS)
    measured(versions[1], GateOutcome.FAIL)
    assert found(place, gate="PASS") == [versions[0].run_id]
    assert found(place, gate="FAIL") == [versions[1].run_id]


def test_what_is_deployed_is_told_from_what_was_and_what_never_was(place: Place, versions: list[ModelVersion]) -> None:
    for one in versions[:2]:
        measured(one, against=deployment.champion(place.detector))
        deployment.deploy(one, by=None, now=NOW)
    ids = [one.run_id for one in versions]
    assert found(place, deployed="now") == [ids[1]]
    assert found(place, deployed="ever") == [ids[1], ids[0]]
    assert found(place, deployed="never") == [ids[3], ids[2]]


def test_trials_stand_with_their_study_unless_they_are_asked_for(place: Place) -> None:
    run = requested(place, [])
    study = Study.objects.create(detector=place.detector, dataset=run.dataset, config_text="", requested_at=NOW)
    Trial.objects.create(study=study, run=run, number=1, values={})
    other = new_version(place)
    assert found(place) == found(place, made="version") == [other.run_id]
    assert found(place, made="trial") == [run.pk]
    assert found(place, made="nothing") == []


def test_a_page_of_many_takes_two_queries_and_no_report(place: Place, versions: list[ModelVersion]) -> None:
    dataset = versions[0].dataset
    Run.objects.bulk_create(
        Run(detector=place.detector, dataset=dataset, config=CONFIG, status=RunStatus.FAILED, requested_at=NOW)
        for _ in range(2 * listing.PAGE)
    )
    with CaptureQueriesContext(connection) as asked:
        page = listing.page(place.project, Wanted(sort="-average_precision"), number=2)
        rows = [listing.row(one) for one in page.runs]
    assert (page.count, page.last, page.before, page.after) == (104, 3, 1, 3)
    assert len(rows) == listing.PAGE
    assert len(asked) == 2
    assert not any('"report"' in one["sql"] for one in asked)
    assert len(listing.page(place.project, Wanted(), number=99).runs) == 4


def test_programs_filter_and_order_runs_and_versions_and_page_on(place: Place, versions: list[ModelVersion]) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=key(person(place.project, Role.MANAGER)))
    asked = {"ordering": "-average_precision", "page_size": 2}
    page = client.get("/api/v1/runs/", asked).json()
    assert [one["id"] for one in page["results"]] == [versions[1].run_id, versions[2].run_id]
    assert page["results"][0]["average_precision"] == 0.9
    rest = client.get(page["next"]).json()
    assert [one["id"] for one in rest["results"]] == [versions[0].run_id, versions[3].run_id]
    assert rest["next"] is None
    best = client.get("/api/v1/models/", {"ordering": "-machine_recall", "since": "2026-03-02"}).json()["results"]
    assert [one["id"] for one in best] == [versions[2].pk, versions[1].pk, versions[3].pk]
    assert best[0]["machine_recall_at_tenth"] == pytest.approx(0.8)
    assert client.get("/api/v1/models/", {"ordering": "name"}).json()["code"] == "invalid"
    newest = client.get("/api/v1/datasets/").json()["results"]
    assert newest[0]["runs"] == [versions[3].run_id]


def test_a_filter_that_cannot_be_is_said_on_the_page(place: Place, client: Any) -> None:
    client.force_login(person(place.project))
    told = client.get("/models/runs/", {"status": "lost", "since": "soon"})
    assert told.status_code == 400
    assert "since" in told.content.decode()
