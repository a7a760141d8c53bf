"""The page of a dataset version: what it holds, whence it came, what was made from it, and to whom it is shown."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from annotation import dataset_page, datasets
from annotation.dataset_page import DatasetPage
from annotation.models import Image
from annotation.splits import side
from config.accounts import preferences
from config.accounts.models import Role
from models_registry.models import DatasetVersion
from tests.annotation.builders import (
    NOW,
    encoded,
    image_of,
    kept_image,
    person_of,
    picture,
    project_of,
    schema_of,
    truth_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return project_of()


def freeze(project, *, hours: int = 0) -> DatasetVersion:
    return datasets.freeze(schema_of(project), now=NOW + timedelta(hours=hours))


def shown(project, dataset: DatasetVersion, **more: Any) -> DatasetPage:
    return dataset_page.shown(dataset, person=person_of(project, "engineer", Role.ENGINEER), **more)


def fill(project, n: int, *, start: int, share: float) -> None:
    """Make truths of known weight, of which a share is gruesome."""
    for seed in range(start, start + n):
        facts = {"brightness": 0.05 + 0.9 * (seed % 10) / 10, "width_px": 300, "height_px": 600}
        image = image_of(project, seed, **facts)
        classes = ["gruesome"] if (seed - start) < share * n else []
        truth_of(image, *classes, inclusion_probability=0.5)


def test_classes_and_sides_are_counted_and_weighed(project) -> None:
    fill(project, 40, start=1, share=0.25)
    page = shown(project, freeze(project))
    assert page.held is not None
    gruesome, empty, fine = page.held.classes
    assert (gruesome.key, gruesome.images, gruesome.share, gruesome.weighted) == ("gruesome", 10, 25.0, 25.0)
    assert (empty.images, fine.images, fine.is_fine) == (0, 30, True)
    sides = [side(one.split_key) for one in Image.objects.all()]
    assert page.held.sides == [sides.count(one) for one in ("fit", "calibration", "hold_out")]
    assert sum(gruesome.sides) == gruesome.images


def test_truths_are_told_apart_by_how_they_came_about(project) -> None:
    image = image_of(project, 1)
    truth_of(image)
    truth_of(image, "gruesome", purpose="audit", settled_at=NOW + timedelta(minutes=1), inclusion_probability=0.1)
    truth_of(image_of(project, 2))
    page = shown(project, freeze(project))
    assert page.held is not None
    ways = {one.name: (one.images, one.violations, one.of_known_weight) for one in page.held.sources}
    assert ways == {"Audit": (1, 1, 1), "Imported": (1, 0, 0)}


def test_histograms_hold_every_image_once(project) -> None:
    fill(project, 40, start=1, share=0)
    page = shown(project, freeze(project))
    assert page.held is not None
    assert sum(one.images for one in page.held.brightness) == 40
    assert [(one.name, one.images) for one in page.held.longer_side if one.images] == [("512–1024 px", 40)]


def test_label_drift_is_what_is_new_against_the_version_before(project) -> None:
    fill(project, 120, start=1, share=0.1)
    first = freeze(project)
    assert shown(project, first).drift == []
    fill(project, 120, start=1000, share=0.6)
    page = shown(project, freeze(project, hours=1))
    assert page.before == first
    drifted = {one.name: (round(one.before), round(one.now), one.is_changed) for one in page.drift}
    assert drifted == {"Gruesome": (10, 60, True), "No animal": (0, 0, False)}


def test_samples_are_shown_by_class_and_spare_who_asked_for_it(project) -> None:
    image = kept_image(project, encoded(picture(3)))
    truth_of(image, "gruesome")
    dataset, engineer = freeze(project), person_of(project, "engineer", Role.ENGINEER)
    preferences.change(engineer, {"wellness": {"blur": ["gruesome"]}}, now=timezone.now())
    [row] = shown(project, dataset).samples
    assert [(one.image, one.relief) for one in row.samples] == [(image, "relief-blur")]
    assert shown(project, dataset, chosen="no_animal").samples == []


def test_a_manifest_that_is_gone_is_said(project, client: Any) -> None:
    fill(project, 2, start=1, share=0)
    dataset = freeze(project)
    gone = DatasetVersion.objects.create(
        project=project, schema=dataset.schema, number=9, manifest="none", checksum="x", counts={}, created_at=NOW
    )
    assert shown(project, gone).held is None
    client.force_login(person_of(project, "engineer", Role.ENGINEER))
    assert "no longer in storage" in client.get(f"/models/datasets/{gone.pk}/").content.decode()
    assert client.get(f"/models/datasets/{gone.pk}/manifest/").status_code == 404


def test_engineers_fetch_the_manifest_and_managers_only_look(project, client: Any) -> None:
    fill(project, 4, start=1, share=0)
    dataset = freeze(project)
    client.force_login(person_of(project, "manager", Role.MANAGER))
    assert client.get(f"/models/datasets/{dataset.pk}/").status_code == 200
    assert client.get(f"/models/datasets/{dataset.pk}/manifest/").status_code == 403
    client.force_login(person_of(project, "engineer", Role.ENGINEER))
    told = client.get(f"/models/datasets/{dataset.pk}/manifest/")
    assert b"".join(told.streaming_content)[:4] == b"PAR1"
    assert client.get(f"/models/datasets/{dataset.pk}/?class=nothing").status_code == 404
