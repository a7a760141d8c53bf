"""Truths freeze into versions that never change."""

import io
from datetime import timedelta

import pyarrow.parquet as pq
import pytest
from django.core.files.storage import default_storage

from annotation import datasets
from annotation.datasets import NothingToFreeze
from annotation.models import DatasetMember
from annotation.splits import Side, side
from models_registry.models import DatasetVersion, Run
from models_registry.registry import RunRefused
from tests.annotation.builders import (
    NOW,
    failures,
    image_of,
    model_version_of,
    people_of,
    project_of,
    schema_of,
    together,
    truth_of,
)

pytestmark = pytest.mark.django_db
with_threads = pytest.mark.django_db(transaction=True)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def project():
    return project_of()


def freeze(project, now=NOW):
    return datasets.freeze(schema_of(project), now=now)


def manifest(version):
    with default_storage.open(version.manifest) as file:
        return pq.read_table(io.BytesIO(file.read())).to_pylist()


def test_a_version_holds_one_line_per_image(project):
    image = image_of(project, 1)
    truth_of(image, "gruesome", inclusion_probability=0.5)
    truth_of(image_of(project, 2))
    version = freeze(project)
    assert manifest(version) == [
        {
            "sha256": image.sha256,
            "original": image.original,
            "classes": ["gruesome"],
            "split": side(image.split_key),
            "source": "import",
            "purpose": "",
            "stratum": "",
            "inclusion_probability": 0.5,
            "saw_suggestion": False,
            "split_key": image.split_key,
            "pdq": "",
            "width_px": 1,
            "height_px": 1,
            "brightness": None,
            "answered_by": [],
            "attributes": "{}",
        },
        {**manifest(version)[1], "classes": [], "inclusion_probability": None},
    ]
    assert DatasetMember.objects.filter(dataset=version).count() == 2


def test_a_line_carries_what_the_data_is_checked_by(project):
    twin = "5" * 64
    image = image_of(project, 1, pdq=bytes(range(32)), brightness=0.25, width_px=640, height_px=480, split_key=twin)
    question = truth_of_people(project, image, people=2)
    line = manifest(freeze(project))[0]
    assert (line["pdq"], line["split_key"]) == (bytes(range(32)).hex(), twin)
    assert (line["width_px"], line["height_px"], line["brightness"]) == (640, 480, 0.25)
    standing = question.labels.filter(retraction__isnull=True, is_unsure=False)
    assert line["answered_by"] == sorted(str(one.person_id) for one in standing)
    assert len(line["answered_by"]) == 2


def truth_of_people(project, image, *, people):
    """Settle a label question by the answers of several, of whom one more took hers back; returns it."""
    from annotation.models import Job, Label, Question, Retraction

    truth_of(image)
    truth = truth_of(image, settled_at=LATER)
    question = Question.objects.get(pk=truth.question_id)
    for seat, person in enumerate(people_of(project, people + 1)):
        job = Job.objects.create(
            question=question, seat=seat, project=project, lane=question.lane, due_at=NOW, desk=question.desk
        )
        label = Label.objects.create(job=job, question=question, person=person, classes=[], seconds=1, created_at=NOW)
        if seat == people:
            Retraction.objects.create(label=label, created_at=NOW)
    return question


def test_the_same_content_is_the_same_version(project):
    truth_of(image_of(project, 1), "gruesome")
    first, second = freeze(project), freeze(project, now=LATER)
    assert first == second
    assert DatasetVersion.objects.count() == 1
    assert DatasetMember.objects.count() == 1


def test_changed_content_is_a_new_version_and_the_old_one_stays(project):
    image = image_of(project, 1)
    truth_of(image, "gruesome")
    old = freeze(project)
    before = manifest(old)
    truth_of(image, "no_animal", settled_at=LATER)
    new = freeze(project, now=LATER)
    assert (old.number, new.number) == (1, 2)
    assert old.checksum != new.checksum
    assert manifest(old) == before
    assert manifest(new)[0]["classes"] == ["no_animal"]


def test_the_newest_truth_counts_with_the_probability_that_was_recorded_first(project):
    image = image_of(project, 1)
    truth_of(image, settled_at=NOW, inclusion_probability=0.1)
    truth_of(image, "gruesome", settled_at=LATER, inclusion_probability=1.0)
    line = manifest(freeze(project, now=LATER))[0]
    assert (line["classes"], line["inclusion_probability"]) == (["gruesome"], 0.1)


def test_an_image_stays_on_its_side_in_every_version(project):
    for seed in range(30):
        truth_of(image_of(project, seed))
    before = {line["sha256"]: line["split"] for line in manifest(freeze(project))}
    for seed in range(30, 60):
        truth_of(image_of(project, seed), "gruesome")
    after = {line["sha256"]: line["split"] for line in manifest(freeze(project, now=LATER))}
    assert {one: after[one] for one in before} == before


def test_the_sides_are_about_as_large_as_they_should_be():
    counts = {one: sum(side(f"{n}") == one for n in range(4000)) for one in Side}
    shares = {Side.FIT: 0.65, Side.CALIBRATION: 0.10, Side.HOLD_OUT: 0.25}
    assert {one: counts[one] / 4000 for one in Side} == pytest.approx(shares, abs=0.03)


def test_images_near_both_sides_undecoded_ones_and_withdrawn_truths_are_left_out(project):
    kept = image_of(project, 1)
    truth_of(kept)
    truth_of(image_of(project, 2, straddles_split=True))
    truth_of(image_of(project, 3, decoded_at=None))
    truth_of(image_of(project, 4), withdrawn_at=NOW)
    truth_of(image_of(project_of("other"), 5))
    assert [line["sha256"] for line in manifest(freeze(project))] == [kept.sha256]


def test_counts_say_per_side_what_there_is(project):
    seeds = [seed for seed in range(200) if side(f"{seed:064x}") is Side.FIT][:4]
    truth_of(image_of(project, seeds[0]), "gruesome", "no_animal", inclusion_probability=1.0)
    truth_of(image_of(project, seeds[1]), "gruesome")
    for seed in seeds[2:]:
        truth_of(image_of(project, seed), inclusion_probability=0.1)
    assert freeze(project).counts == {
        "fit": {"images": 4, "weighted": 3, "violations": 2, "class:gruesome": 2, "class:no_animal": 1}
    }


def test_without_a_truth_there_is_nothing_to_freeze(project):
    with pytest.raises(NothingToFreeze):
        freeze(project)
    truth_of(image_of(project, 1, straddles_split=True))
    with pytest.raises(NothingToFreeze):
        freeze(project)


@with_threads
def test_two_freezes_at_once_are_one_version(project):
    for seed in range(20):
        truth_of(image_of(project, seed))
    schema = schema_of(project)
    versions = together(lambda _: datasets.freeze(schema, now=NOW), 4)
    assert failures(versions) == []
    assert len({one.pk for one in versions}) == DatasetVersion.objects.count() == 1
    assert DatasetMember.objects.count() == 20


def fill(project, n=datasets.ENOUGH_NEW, start=0, now=NOW):
    for seed in range(start, start + n):
        truth_of(image_of(project, seed), settled_at=now)


def test_a_run_is_requested_when_enough_new_truths_exist(project):
    detector = model_version_of(project).detector
    DatasetVersion.objects.get()
    fill(project, datasets.ENOUGH_NEW - 1, now=LATER)
    assert datasets.train_when_enough(detector, now=LATER) is None
    fill(project, 1, start=1000, now=LATER)
    assert datasets.train_when_enough(detector, now=LATER) == Run.objects.latest("id").pk
    assert datasets.train_when_enough(detector, now=LATER) is None


def test_a_run_that_cannot_be_requested_leaves_its_truths_new(project, monkeypatch):
    detector = model_version_of(project).detector
    fill(project, now=LATER)

    def refuse(*_, **__):
        raise RunRefused("run_in_flight", "The same run is waiting already.")

    monkeypatch.setattr("models_registry.registry.request_run", refuse)
    with pytest.raises(RunRefused):
        datasets.train_when_enough(detector, now=LATER)
    assert datasets.fresh_truths(detector) == datasets.ENOUGH_NEW
