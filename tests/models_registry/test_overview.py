import pytest
from django.utils import timezone, translation

from models_registry import deployment, overview
from models_registry.models import Deployment, GateOutcome, ModelVersion, Run, Scorecard
from tests.browser import house as building
from tests.browser.house import House


@pytest.fixture
def house(db: None) -> House:
    return building.build()


def test_a_version_that_passed_is_ready_and_once_deployed_the_champion(house: House) -> None:
    version = building.train(house)
    assert overview.version(house.project, version.pk).standing == "ready"
    deployment.deploy(version, by=None, now=timezone.now())
    assert overview.version(house.project, version.pk).standing == "champion"


def test_a_version_measured_against_an_older_champion_is_outdated(house: House) -> None:
    first, second = building.train(house, seed=1), building.train(house, seed=2)
    deployment.deploy(first, by=None, now=timezone.now())
    assert overview.version(house.project, second.pk).standing == "outdated"


def test_too_few_violations_can_be_waived_and_a_failure_cannot_be_deployed(house: House) -> None:
    version = building.train(house)
    Scorecard.objects.create(
        model_version=version, checks=[], outcome=GateOutcome.NOT_ENOUGH_DATA, created_at=timezone.now()
    )
    assert overview.version(house.project, version.pk).standing == "not_enough_data"
    Scorecard.objects.create(model_version=version, checks=[], outcome=GateOutcome.FAIL, created_at=timezone.now())
    assert overview.version(house.project, version.pk).standing == "failed"


def test_operating_points_are_in_percent_and_reach_what_is_required(house: House) -> None:
    shown = overview.version(house.project, building.train(house).pk)
    assert [one.key for one in shown.measured] == ["", "no_animal", "gruesome"]
    for wanted in shown.measured[0].required:
        if wanted.point and wanted.is_recall:
            assert wanted.point.recall >= wanted.share
            assert wanted.point.threshold <= 1


def test_class_balance_fills_no_more_than_the_violations(house: House) -> None:
    building.train(house)
    row = overview.datasets(house.project)[0]
    assert sum(part.share for part in row.parts) == pytest.approx(100 * row.violations / row.images)


def test_nothing_of_another_project_is_shown(house: House) -> None:
    version = building.train(house)
    other = building.build("gardens", "Gardens")
    assert overview.runs(other.project) == []
    assert overview.datasets(other.project) == []
    with pytest.raises(ModelVersion.DoesNotExist):
        overview.version(other.project, version.pk)
    with pytest.raises(Run.DoesNotExist):
        overview.run(other.project, version.run_id)


def test_a_detector_names_its_champion_and_lists_the_newest_version_first(house: House) -> None:
    first, second = building.train(house, seed=1), building.train(house, seed=2)
    Deployment.objects.create(detector=house.founded.detector, model_version=first, started_at=timezone.now())
    row = overview.detectors(house.project)[0]
    assert [(one.version, one.is_champion) for one in row.versions] == [(second, False), (first, True)]


def test_stored_checks_are_worded_in_the_language_of_whoever_reads(house: House) -> None:
    version = building.train(house)
    english = overview.version(house.project, version.pk).checks
    with translation.override("ja"):
        japanese = overview.version(house.project, version.pk).checks
    stored = Scorecard.objects.get(model_version=version).checks
    assert [sentence for _, _, sentence in english] == [one["sentence"] for one in stored]
    assert [name for name, _, _ in japanese] == [name for name, _, _ in english]
    assert all("。" in sentence for _, _, sentence in japanese)


def test_a_check_of_before_sentences_had_parts_stays_as_it_was_written(house: House) -> None:
    version = building.train(house)
    old = {"name": "parity", "outcome": "PASS", "value": 0.1, "limit": None, "sentence": "Close enough."}
    Scorecard.objects.create(model_version=version, checks=[old], outcome=GateOutcome.PASS, created_at=timezone.now())
    with translation.override("ja"):
        assert overview.version(house.project, version.pk).checks == [("parity", "PASS", "Close enough.")]


def test_a_detector_of_many_versions_lists_the_newest_and_its_champion(house: House) -> None:
    made = [building.train(house, seed=seed, images=60) for seed in range(1, 13)]
    Deployment.objects.create(detector=house.founded.detector, model_version=made[0], started_at=timezone.now())
    row = overview.detectors(house.project)[0]
    assert row.count == 12
    assert [one.version for one in row.versions] == [*reversed(made[2:]), made[0]]
