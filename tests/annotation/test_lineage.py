"""From an answer to every model it taught, and from a dataset version back to the answers behind it."""

from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from annotation import datasets, lineage
from annotation.models import DatasetMember, Image, Label, Purpose, Truth
from annotation.splits import Side, side
from config.accounts.models import ApiKey, Role
from models_registry.models import Deployment, ModelVersion, Run
from tests.annotation.builders import (
    NOW,
    image_of,
    model_version_of,
    person_of,
    project_of,
    question_of,
    schema_of,
    truth_of,
)

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def project():
    return project_of()


def on(wanted: Side, project) -> Image:
    """Make an image that lies on this side of the split."""
    seed = next(n for n in range(1, 1000) if side(f"{n:064x}") is wanted and not known(project, n))
    return image_of(project, seed)


def known(project, seed: int) -> bool:
    return Image.objects.filter(project=project, sha256=f"{seed:064x}").exists()


def trained(project, dataset) -> ModelVersion:
    """Register a version that a run made from this dataset."""
    made = model_version_of(project, number=100 + dataset.number)
    run = Run.objects.create(
        detector=made.detector, dataset=dataset, config={"n": dataset.number}, config_hash="x", requested_at=NOW
    )
    facts = {"number": 200 + dataset.number, "schema": made.schema, "preprocessing": {}, "calibration": {}}
    return ModelVersion.objects.create(
        detector=made.detector, dataset=dataset, run=run, parity={}, created_at=NOW, **facts
    )


def labeled(project) -> Label:
    """Make an answer whose truth stands."""
    question = question_of(project, seed=4000, purpose=Purpose.LABEL)
    job = question.jobs.earliest("seat")
    facts = {"person": person_of(project, "annotator"), "classes": ["gruesome"], "seconds": 1.0, "created_at": NOW}
    label = Label.objects.create(job=job, question=question, **facts)
    Truth.objects.create(
        project=project, image=question.image, schema=question.schema, question=question, source="question",
        purpose=Purpose.LABEL, classes=["gruesome"], settled_at=NOW,
    )  # fmt: skip
    return label


def test_an_image_leads_to_every_dataset_run_and_version_and_to_whether_they_are_deployed(project) -> None:
    image = on(Side.FIT, project)
    truth_of(image, "gruesome")
    first = datasets.freeze(schema_of(project), now=NOW)
    truth_of(on(Side.FIT, project))
    second = datasets.freeze(schema_of(project), now=LATER)
    old, new = trained(project, first), trained(project, second)
    Deployment.objects.create(detector=new.detector, model_version=new, started_at=NOW)
    taught = lineage.of_image(image)
    assert [one.dataset for one in taught.held] == [second, first]
    assert [one.version for one in taught.versions] == [new, old]
    assert [one.is_deployed for one in taught.versions] == [True, False]
    assert (taught.side, taught.is_fitted, taught.is_deployed) == ("fit", True, True)


def test_an_image_on_the_hold_out_taught_none(project) -> None:
    image = on(Side.HOLD_OUT, project)
    truth_of(image)
    dataset = datasets.freeze(schema_of(project), now=NOW)
    assert DatasetMember.objects.filter(dataset=dataset).count() == 1
    assert not lineage.of_image(image).is_fitted


def test_an_image_without_truth_taught_nothing(project) -> None:
    taught = lineage.of_image(image_of(project, 1))
    assert (taught.truths, taught.held, taught.n_datasets) == ([], [], 0)


def test_one_answer_leads_to_what_its_truth_went_into(project) -> None:
    label = labeled(project)
    dataset = datasets.freeze(schema_of(project), now=NOW)
    taught = lineage.of_label(label)
    assert [one.dataset for one in taught.held] == [dataset]
    assert [one.labels for one in taught.truths] == [[label]]


def test_a_dataset_rests_on_truths_answers_and_people(project) -> None:
    labeled(project)
    truth_of(on(Side.FIT, project), "gruesome")
    behind = lineage.behind(datasets.freeze(schema_of(project), now=NOW))
    assert (behind.truths, behind.labels, behind.people) == (2, 1, 1)
    assert sorted(behind.ways) == [("import", "", 1), ("question", "label", 1)]


def api(project, role: Role) -> APIClient:
    client = APIClient()
    _, token = ApiKey.issue(name="tests", user=person_of(project, str(role), role))
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    return client


def test_programs_follow_a_label_within_their_own_project(project) -> None:
    label = labeled(project)
    version = trained(project, datasets.freeze(schema_of(project), now=NOW))
    found: dict[str, Any] = api(project, Role.ENGINEER).get(f"/api/v1/labels/{label.pk}/lineage/").json()
    [held] = found["dataset_versions"]
    assert [one["model_version"] for one in held["runs"]] == [version.pk]
    assert found["truths"][0]["labels"] == [label.pk]
    assert found["is_deployed"] is False
    assert api(project, Role.ANNOTATOR).get(f"/api/v1/labels/{label.pk}/lineage/").status_code == 403
    elsewhere = api(project_of("gardens"), Role.ADMIN)
    assert elsewhere.get(f"/api/v1/labels/{label.pk}/lineage/").status_code == 404
