"""Candidate and champion on the same hold-out, image by image, from what was kept of both."""

from pathlib import Path

import pytest
from django.core.files.storage import default_storage

from models_registry import registry, training
from models_registry.models import Deployment, Evaluation, ModelVersion, Run, RunStatus
from models_registry.training import scores
from tests.models_registry.builders import CONFIG, FIT, NOW, Place, dataset, lines, person
from tests.models_registry.builders import place as new_place

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def place(transactional_db: None) -> Place:
    return new_place()


def trained(place: Place, *, seed: int = 0) -> Run:
    frozen = dataset(place, lines(n=240, seed=seed))
    config = {**CONFIG, "fit": {**FIT, "seed": seed}}
    run = registry.request_run(place.detector, frozen, config=config, now=NOW)
    done = training.execute(run.pk, now=NOW)
    assert done.status == RunStatus.SUCCEEDED, done.error
    return done


def deployed(version: ModelVersion) -> None:
    Deployment.objects.create(detector=version.detector, model_version=version, started_at=NOW)


def test_every_score_of_the_hold_out_is_kept_by_its_content(place: Place) -> None:
    version = trained(place).model_version
    kept = Evaluation.objects.get(model_version=version)
    assert kept.scores == f"{place.project.slug}/scores/{kept.scores_sha256}.parquet"
    found = scores.of(kept)
    assert found is not None
    assert len(found.sha256) == kept.report["n"] == len(set(found.sha256))
    assert (found.known, found.class_keys) == (["bright"], ["bright"])
    assert found.is_violation.sum() == kept.report["any"]["n_positive"]


def test_a_report_says_where_errors_lie_and_how_fast_the_file_is(place: Place) -> None:
    report = trained(place).model_version.report
    assert report["operating_point"]["required_precision"] == 0.5
    assert {one["dimension"] for one in report["slices"]} <= {"source", "size", "brightness"}
    for one in report["errors"]["missed"]:
        assert (one["classes"], one["score"] < report["operating_point"]["threshold"]) == (["bright"], True)
    assert report["speed"]["latency_ms"]["p50"] > 0
    assert report["speed"]["bytes"] > 10_000
    assert {"hold_out", "calibration"} <= set(report["seen_before"])


def test_a_candidate_is_compared_with_the_champion_image_by_image(place: Place) -> None:
    champion = trained(place).model_version
    deployed(champion)
    candidate = trained(place, seed=1).model_version
    card = candidate.scorecards.get()
    names = [one["name"] for one in card.checks]
    assert card.champion == champion
    assert {"recall", "gain", "latency", "class:bright", "data"} <= set(names)
    assert "recall_floor" not in names
    assert Evaluation.objects.get(model_version=champion, dataset=candidate.dataset).scores


def test_the_gate_compares_at_the_flag_precision_that_the_policy_requires(place: Place) -> None:
    registry.require_precision(place.project, 0.8)
    deployed(trained(place).model_version)
    candidate = trained(place, seed=1).model_version
    assert candidate.report["operating_point"]["required_precision"] == 0.8
    recall = next(one for one in candidate.scorecards.get().checks if one["name"] == "recall")
    assert "80%" in recall["sentence"] or recall["value"] is None


def test_scores_that_storage_has_damaged_are_made_again(place: Place) -> None:
    run = trained(place)
    kept = Evaluation.objects.get(model_version=run.model_version)
    Path(default_storage.path(kept.scores)).write_bytes(b"damaged")
    registry.request_measurement(run.model_version, by=person(place.project), now=NOW)
    again = training.execute(run.pk, now=NOW)
    assert again.status == RunStatus.SUCCEEDED, again.error
    assert "does not match its checksum. The version is measured again." in again.steps.get(name="gate").log
    assert again.model_version.scorecards.count() == 2
