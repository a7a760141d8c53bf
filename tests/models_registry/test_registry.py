"""The book of what was trained: numbers given once, the same content once, the same run once at a time."""

from typing import Any

import pytest

from models_registry import registry
from models_registry.class_trees import BadSchema
from models_registry.models import DatasetVersion, RunStatus
from models_registry.registry import RunRefused
from models_registry.training.configs import FIT, ConfigWrong, check_config
from tests.models_registry.builders import CLASSES, CONFIG, NOW, Place, dataset, each_in_a_thread, person, requested
from tests.models_registry.builders import FIT as TINY
from tests.models_registry.builders import place as new_place
from tests.models_registry.builders import version as new_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(db: None) -> Place:
    return new_place()


def with_fit(**values: Any) -> dict[str, Any]:
    return {"canvas": {"size_px": 16}, "fit": values}


def test_schemas_are_numbered_and_the_newest_is_current(place: Place) -> None:
    newer = registry.add_schema(place.project, classes=CLASSES, now=NOW)
    assert (place.schema.version, newer.version) == (1, 2)
    assert registry.current_schema(place.project) == newer


def test_the_same_content_is_the_same_dataset(place: Place) -> None:
    first, is_new = registry.add_dataset(place.schema, checksum="a", manifest="one", counts={}, now=NOW)
    again, is_new_again = registry.add_dataset(place.schema, checksum="a", manifest="two", counts={}, now=NOW)
    assert (is_new, is_new_again, again) == (True, False, first)


@pytest.mark.django_db(transaction=True)
def test_datasets_added_at_once_get_a_number_each() -> None:
    place = new_place()

    def add(checksum: str) -> int:
        return registry.add_dataset(place.schema, checksum=checksum, manifest="", counts={}, now=NOW)[0].number

    numbers = each_in_a_thread(*(lambda one=one: add(one) for one in "abcaa"))
    assert sorted(set(numbers)) == [1, 2, 3]
    assert DatasetVersion.objects.count() == 3


def test_a_run_is_written_down_as_requested(place: Place) -> None:
    run = requested(place)
    assert (run.status, run.attempts, run.requested_at) == (RunStatus.REQUESTED, 0, NOW)


def test_the_same_run_cannot_be_requested_while_it_waits(place: Place) -> None:
    run = requested(place)
    with pytest.raises(RunRefused) as refused:
        registry.request_run(place.detector, run.dataset, config=run.config, now=NOW)
    assert refused.value.code == "run_in_flight"


def test_a_dataset_of_another_schema_is_refused(place: Place) -> None:
    newer = registry.add_schema(place.project, classes=CLASSES, now=NOW)
    with pytest.raises(RunRefused) as refused:
        registry.request_run(place.detector, dataset(place, [], schema=newer), config=CONFIG, now=NOW)
    assert refused.value.code == "wrong_schema"


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({}, "canvas"),
        ({"canvas": {"size_px": 16}, "epochs": 3}, "epochs"),
        ({"canvas": {"size_px": 4}}, "8 to 2048"),
        ({"canvas": {"size_px": None}}, "canvas"),
        ({"canvas": 16}, "canvas"),
        ({"canvas": {"size_px": 16}, "fit": [1]}, "fit"),
        (with_fit(epoch=3), "epoch"),
        (with_fit(epochs=0), "fit.epochs is a whole number from 1"),
        (with_fit(epochs=2.5), "fit.epochs is a whole number"),
        (with_fit(epochs=True), "fit.epochs is a whole number"),
        (with_fit(batch_size=None), "fit.batch_size"),
        (with_fit(learning_rate="fast"), "fit.learning_rate"),
        (with_fit(learning_rate=float("nan")), "fit.learning_rate"),
        (with_fit(backbone="resnet9000"), "fit.backbone is one of compact"),
        (with_fit(precision="int4"), "fit.precision"),
        (with_fit(pretrained=7), "fit.pretrained"),
    ],
)
def test_a_config_that_no_worker_could_use_is_refused_when_requested(
    place: Place, config: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(RunRefused, match=sentence) as refused:
        registry.request_run(place.detector, dataset(place, []), config=config, now=NOW)
    assert refused.value.code == "bad_config"
    assert not place.detector.runs.exists()


def test_the_checks_know_exactly_what_a_fit_knows() -> None:
    from models_registry.ml import recipe

    recipe_of_defaults = recipe.FitConfig()
    assert set(FIT) == set(recipe_of_defaults.to_dict())
    check_config({"canvas": {"size_px": 16}, "fit": recipe_of_defaults.to_dict()})
    for precision in recipe.PRECISIONS:
        recipe.FitConfig(precision=precision)


def test_what_the_checks_let_through_a_fit_accepts() -> None:
    from models_registry.ml.recipe import FitConfig

    for values in (TINY, {"epochs": 1, "batch_size": 2}, {"pretrained": "torchvision", "backbone": "resnet18"}):
        check_config(with_fit(**values))
        FitConfig(**values)
    with pytest.raises(ConfigWrong):
        check_config(with_fit(batch_size=1))
    with pytest.raises(ValueError, match="two images"):
        FitConfig(batch_size=1)


def failed(place: Place) -> Any:
    run = requested(place)
    run.status, run.attempts, run.error = RunStatus.FAILED, 3, "It broke."
    run.save()
    return run


def test_a_failed_run_can_be_resumed(place: Place) -> None:
    run = registry.resume_run(failed(place), now=NOW)
    assert (run.status, run.attempts, run.error) == (RunStatus.REQUESTED, 0, "")


def test_a_run_that_has_not_failed_cannot_be_resumed(place: Place) -> None:
    with pytest.raises(RunRefused) as refused:
        registry.resume_run(requested(place), now=NOW)
    assert refused.value.code == "not_failed"


def test_a_failed_run_is_not_resumed_beside_its_own_repeat(place: Place) -> None:
    run = failed(place)
    registry.request_run(place.detector, run.dataset, config=run.config, now=NOW)
    with pytest.raises(RunRefused) as refused:
        registry.resume_run(run, now=NOW)
    assert refused.value.code == "run_in_flight"


def test_a_registered_version_can_be_measured_again(place: Place) -> None:
    run = registry.request_measurement(new_version(place), now=NOW)
    assert run.status == RunStatus.REQUESTED


def test_a_version_is_not_asked_to_be_measured_twice_at_once(place: Place) -> None:
    made = new_version(place)
    registry.request_measurement(made, now=NOW)
    with pytest.raises(RunRefused) as refused:
        registry.request_measurement(made, now=NOW)
    assert refused.value.code == "run_in_flight"


def test_the_champion_is_not_measured_against_itself(place: Place) -> None:
    from models_registry import deployment
    from tests.models_registry.builders import measured

    made = new_version(place)
    measured(made)
    deployment.deploy(made, by=person(place.project), now=NOW)
    with pytest.raises(RunRefused) as refused:
        registry.request_measurement(made, now=NOW)
    assert refused.value.code == "already_champion"


@pytest.mark.parametrize(
    "classes",
    [
        [],
        [{"key": "a"}, {"key": "a"}],
        [{"name": "keyless"}],
        [{"key": ""}],
        [{"key": "a", "severity": 0}],
        [{"key": "a", "severity": "grave"}],
    ],
)
@pytest.mark.django_db
def test_a_schema_of_odd_classes_is_refused(classes: list[dict[str, object]]) -> None:
    house = new_place()
    with pytest.raises(BadSchema):
        registry.add_schema(house.project, classes=classes, now=NOW)
