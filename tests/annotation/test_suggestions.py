"""Suggestions: off until turned on, on the label desk alone, for images that only teach, and never forgotten."""

import uuid
from typing import Any

import pytest

from annotation import datasets, predictions, queue
from annotation.labels import Answer
from annotation.models import Job, Label, Purpose, Truth
from annotation.splits import Side, side
from config.accounts.models import Project, Role, User
from models_registry import registry
from models_registry.models import Deployment, ModelVersion, SchemaKind
from tests.annotation.builders import (
    CLASSES,
    NOW,
    accept,
    model_version_of,
    person_of,
    project_of,
    question_of,
    schema_of,
)

pytestmark = pytest.mark.django_db
KEYS = {side(f"{n:064x}"): n for n in range(200)}
BOTH = frozenset({Role.MODERATOR, Role.ANNOTATOR})


def project_with(scores: dict[str, float], *, shows: bool = True, on: Side = Side.FIT, **asked: Any) -> Project:
    """A project with a champion, and a question about an image that it scored."""
    project = project_of(shows_suggestions=shows)
    version = champion_of(project)
    question = question_of(project, KEYS[on], **{"purpose": Purpose.LABEL, **asked})
    predictions.keep({question.image_id: scores}, version, now=NOW)
    return project


def champion_of(project: Project) -> ModelVersion:
    version = model_version_of(project)
    Deployment.objects.create(detector=version.detector, model_version=version, started_at=NOW)
    return version


def claim(project: Project, name: str = "annotator") -> tuple[User, Job]:
    person = person_of(project, name, *BOTH)
    return person, queue.claim(person, project=project, roles=BOTH, now=NOW)[0]


def answer(project: Project, *classes: str, is_unsure: bool = False, name: str = "annotator") -> Label:
    person, job = claim(project, name)
    said = Answer(classes, is_unsure=is_unsure)
    return accept(job.pk, person=person, token=job.lease_token, answer=said, now=NOW).label


def suggested(job: Job) -> list[str] | None:
    job.refresh_from_db()
    return job.suggestion and [one["key"] for one in job.suggestion["classes"]]


def test_likely_classes_are_suggested_the_likeliest_first() -> None:
    _, job = claim(project_with({"no_animal": 0.6, "gruesome": 0.9}))
    assert suggested(job) == ["gruesome", "no_animal"]


def test_fine_is_suggested_where_no_class_is_likely() -> None:
    _, job = claim(project_with({"no_animal": 0.3, "gruesome": 0.1}))
    assert suggested(job) == []


def test_nothing_is_suggested_until_the_project_turns_it_on() -> None:
    project = project_with({"gruesome": 0.9}, shows=False)
    _, job = claim(project)
    assert suggested(job) is None


def test_a_label_given_without_a_suggestion_says_so() -> None:
    label = answer(project_with({"gruesome": 0.9}, shows=False), "gruesome")
    assert (label.suggestion, label.is_suggestion_accepted) == (None, None)


@pytest.mark.parametrize("purpose", [Purpose.REVIEW, Purpose.AUDIT])
def test_nothing_is_ever_suggested_on_the_review_desk(purpose: Purpose) -> None:
    _, job = claim(project_with({"gruesome": 0.9}, purpose=purpose))
    assert suggested(job) is None


@pytest.mark.parametrize("on", [Side.CALIBRATION, Side.HOLD_OUT])
def test_nothing_is_suggested_about_an_image_that_calibrates_or_measures(on: Side) -> None:
    _, job = claim(project_with({"gruesome": 0.9}, on=on))
    assert suggested(job) is None


def test_a_version_that_was_trained_on_other_classes_suggests_nothing() -> None:
    project = project_of(shows_suggestions=True)
    version = champion_of(project)
    newer = registry.add_schema(project, classes=CLASSES[:1], now=NOW)
    question = question_of(project, KEYS[Side.FIT], purpose=Purpose.LABEL, schema=newer)
    predictions.keep({question.image_id: {"gruesome": 0.9}}, version, now=NOW)
    assert suggested(claim(project)[1]) is None


def test_only_the_likeliest_class_is_suggested_where_one_is_asked_for() -> None:
    project = project_of(shows_suggestions=True)
    registry.add_schema(project, classes=CLASSES, kind=SchemaKind.SINGLE, now=NOW)
    _, job = claim(project_with({"no_animal": 0.6, "gruesome": 0.9}))
    assert suggested(job) == ["gruesome"]


def test_what_was_shown_is_taken_off_when_the_job_goes_to_somebody_after_it_was_turned_off() -> None:
    project = project_with({"gruesome": 0.9})
    person, job = claim(project)
    queue.release(job.pk, person=person, token=job.lease_token, now=NOW)
    Project.objects.update(shows_suggestions=False)
    project.refresh_from_db()
    assert suggested(claim(project, "other")[1]) is None


@pytest.mark.parametrize(
    ("classes", "is_unsure", "is_accepted"),
    [(("gruesome",), False, True), ((), False, False), (("gruesome", "no_animal"), False, False), ((), True, False)],
)
def test_a_label_says_what_was_suggested_and_whether_it_agrees(
    classes: tuple[str, ...], is_unsure: bool, is_accepted: bool
) -> None:
    label = answer(project_with({"gruesome": 0.9, "no_animal": 0.2}), *classes, is_unsure=is_unsure)
    assert label.suggestion["classes"] == [{"key": "gruesome", "score": 0.9}]
    assert label.is_suggestion_accepted is is_accepted


def test_a_truth_and_its_dataset_say_that_a_suggestion_was_seen() -> None:
    project = project_with({"gruesome": 0.1})
    answer(project)
    assert Truth.objects.get().saw_suggestion
    version = datasets.freeze(schema_of(project), now=NOW)
    assert "saw_suggestion" in datasets.Line.__dataclass_fields__
    assert version.counts["fit"]["images"] == 1


def test_an_unsure_answer_beside_a_suggestion_leaves_no_trace_on_the_truth() -> None:
    project = project_with({"gruesome": 0.1})
    answer(project, is_unsure=True, name="first")
    Project.objects.update(shows_suggestions=False)
    project.refresh_from_db()
    answer(project, name="second")
    assert Label.objects.filter(suggestion__isnull=False).count() == 1
    assert not Truth.objects.get().saw_suggestion


def test_an_image_that_was_never_scored_has_no_suggestion() -> None:
    project = project_of(shows_suggestions=True)
    champion_of(project)
    question_of(project, KEYS[Side.FIT], purpose=Purpose.LABEL)
    assert suggested(claim(project)[1]) is None


def test_an_answer_given_with_a_page_of_others_was_not_beside_a_suggestion() -> None:
    project = project_with({"gruesome": 0.1})
    person, job = claim(project)
    assert suggested(job) == []
    facts = {"person": person, "token": job.lease_token, "answer": Answer(()), "batch_id": uuid.uuid4()}
    accepted = accept(job.pk, **facts, now=NOW)
    assert (accepted.label.suggestion, accepted.label.is_suggestion_accepted) == (None, None)
    assert accepted.truth is not None
    assert not accepted.truth.saw_suggestion
