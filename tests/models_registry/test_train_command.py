"""``manage.py train``: freeze, train, evaluate, gate, and say plainly what stands in the way."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from models_registry.models import Run, RunStatus
from tests.models_registry.builders import Place, requested
from tests.models_registry.builders import place as new_place

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def place(transactional_db: None) -> Place:
    return new_place()


def train(*arguments: str, **options: object) -> str:
    out = StringIO()
    call_command("train", *arguments, stdout=out, **options)
    return out.getvalue()


def refusal(*arguments: str, **options: object) -> str:
    with pytest.raises(CommandError) as refused:
        train(*arguments, **options)
    return str(refused.value)


def test_an_unknown_detector_is_named(place: Place) -> None:
    assert "No detector 'rules' in a project 'nowhere'" in refusal("nowhere")


def test_without_truths_there_is_nothing_to_train_on(place: Place) -> None:
    assert "no truth" in refusal(place.project.slug, detector=place.detector.slug)


def test_a_config_that_is_no_json_is_refused(place: Place, tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text("{epochs: 3}")
    assert "no readable JSON" in refusal(place.project.slug, detector=place.detector.slug, config=path)


def test_a_run_that_has_not_failed_is_not_resumed(place: Place) -> None:
    run = requested(place, [])
    assert "has not failed" in refusal(place.project.slug, resume=run.pk)
    assert "There is no run" in refusal(place.project.slug, resume=run.pk + 1)


def test_a_failed_run_is_resumed_and_says_how_each_step_went(place: Place) -> None:
    run = requested(place)
    Run.objects.filter(pk=run.pk).update(status=RunStatus.FAILED)
    said = train(place.project.slug, resume=run.pk)
    assert [line.split()[0] for line in said.splitlines()][:1] == ["extract"]
    assert "v1: gate NOT_ENOUGH_DATA" in said


def test_a_run_that_fails_ends_the_command_with_its_sentence(place: Place) -> None:
    run = requested(place, [])
    Run.objects.filter(pk=run.pk).update(status=RunStatus.FAILED)
    assert "Only 0 violations of class bright to fit on" in refusal(place.project.slug, resume=run.pk)


def test_a_config_file_with_mistakes_is_refused_with_their_lines(place: Place, tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("canvas: {size_px: 16}\nepoch: 3\n")
    said = refusal(place.project.slug, detector=place.detector.slug, config=path)
    assert f"{path}:2:1: “epoch” is unknown. Did you mean “epochs”?" in said
