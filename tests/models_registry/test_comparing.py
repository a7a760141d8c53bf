"""Runs side by side: what differs, what compares, and what too little is known of."""

from typing import Any

import numpy as np
import pytest

from models_registry import comparing
from models_registry.comparing import ComparePage
from models_registry.comparing.lines import Line
from models_registry.ml.evaluation import evaluate
from models_registry.models import Evaluation, ModelVersion, Run, RunEpoch, RunStep
from tests.models_registry.builders import NOW, Place, person
from tests.models_registry.builders import place as new_place
from tests.models_registry.builders import version as new_version

pytestmark = pytest.mark.django_db


def report(*, n: int = 400, seed: int = 0) -> dict[str, Any]:
    chance = np.random.default_rng(seed)
    scores = chance.beta(0.3, 2, (n, 1))
    return evaluate(scores, chance.random((n, 1)) < scores, np.ones(n), class_keys=["bright"])


@pytest.fixture
def place(db: None) -> Place:
    return new_place()


@pytest.fixture
def pair(place: Place) -> list[ModelVersion]:
    made = [new_version(place, report=report(seed=seed)) for seed in (1, 2)]
    fit = {"learning_rate": 0.01, "backbone": "resnet18"}
    Run.objects.filter(pk=made[1].run_id).update(config={"canvas": {"size_px": 16}, "fit": fit}, code_commit="b" * 40)
    return made


def page(place: Place, *versions: ModelVersion, is_whole: bool = False) -> ComparePage:
    return comparing.page(comparing.runs(place.project, [one.run_id for one in versions]), is_whole=is_whole)


def line(lines: list[Line], name: str) -> Line:
    return next(one for one in lines if one.name == name)


def texts(lines: list[Line], name: str) -> list[str]:
    return [one.text for one in line(lines, name).cells]


def test_only_parameters_that_differ_are_listed_by_dotted_names(place: Place, pair: list[ModelVersion]) -> None:
    shown = page(place, *pair)
    assert texts(shown.parameters, "optimizer.learning_rate") == ["0.002", "0.01"]
    assert texts(shown.parameters, "backbone") == ["compact", "resnet18"]
    assert all(one.differs for one in shown.parameters)
    every = page(place, *pair, is_whole=True).parameters
    assert texts(every, "canvas.size_px") == ["16", "16"]
    assert len(every) > len(shown.parameters) == shown.differing


def test_numbers_of_different_hold_outs_are_said_not_to_compare(place: Place, pair: list[ModelVersion]) -> None:
    shown = page(place, *pair)
    assert shown.hold_out is None
    assert shown.hold_outs == sorted(one.dataset.number for one in pair)


def test_numbers_are_read_from_the_one_hold_out_on_which_all_were_measured(
    place: Place, pair: list[ModelVersion]
) -> None:
    champion, candidate = pair
    again = report(seed=7)
    Evaluation.objects.create(model_version=champion, dataset=candidate.dataset, report=again, created_at=NOW)
    shown = page(place, champion, candidate)
    assert shown.hold_out == candidate.dataset.number
    assert shown.columns[0].report["any"]["average_precision"] == again["any"]["average_precision"]


def test_a_measure_stands_with_its_interval_and_too_few_violations_are_no_number(place: Place) -> None:
    good, poor = new_version(place, report=report()), new_version(place, report=report(n=40))
    first, second = line(page(place, good, poor).whole, "Average precision").cells
    assert first.low is not None
    assert first.high is not None
    assert first.low < first.value < first.high
    assert (second.text, second.value) == ("Not enough data", None)
    assert line(page(place, good, poor).classes, "Too bright").cells[1].text == "Not enough data"


def test_parts_of_the_hold_out_are_compared_where_reports_have_them(place: Place) -> None:
    part = {"dimension": "brightness", "value": "0-0.25", "n": 90, "n_positive": 30, "is_enough": True}
    part |= {"recall": 0.8, "recall_low": 0.7, "recall_high": 0.9, "wrong_share": 0.05}
    few = part | {"dimension": "size", "value": "2048+", "is_enough": False, "n_positive": 3}
    new, old = new_version(place, report=report() | {"slices": [part, few]}), new_version(place, report=report())
    shown = page(place, new, old)
    assert texts(shown.parts, "Brightness 0–0.25") == ["80.0 %", "–"]
    assert texts(shown.parts, "Longer side 2048+ px") == ["Not enough data", "–"]


def test_time_code_machines_checks_and_learning_stand_beside_each_other(place: Place, pair: list[ModelVersion]) -> None:
    for one, seconds in zip(pair, (30.0, 90.0), strict=True):
        check = {"name": "leakage", "outcome": "failed", "value": 1, "limit": 0, "sentence": "x", "said": []}
        done = {"status": "done", "started_at": NOW, "cpu_seconds": 2 * seconds}
        RunStep.objects.create(run=one.run, name="fit", position=3, seconds=seconds, **done)
        RunStep.objects.create(run=one.run, name="validate", position=1, seconds=1, outputs={"checks": [check]}, **done)
        metrics = {"loss": 0.5, "validation_loss": 0.4, "validation_average_precision": 0.8}
        RunEpoch.objects.create(run=one.run, epoch=1, metrics=metrics)
    Run.objects.filter(pk=pair[0].run_id).update(environment={"python": "3.12", "torch": "2.9"})
    pair[0].dataset.waivers.create(check_name="leakage", person=person(place.project), reason="Known.", created_at=NOW)
    shown = page(place, *pair)
    assert texts(shown.seconds, "Fit") == ["30 s", "1 min 30 s"]
    assert texts(shown.seconds, "All steps") == ["31 s", "1 min 31 s"]
    assert texts(shown.code, "Code commit") == ["–", "b" * 12]
    assert texts(shown.code, "torch") == ["2.9", "–"]
    assert texts(shown.checks, "Leakage") == ["Failed, waived", "Failed"]
    assert texts(shown.learned, "Lowest validation loss") == ["0.4000 in epoch 1"] * 2
    assert shown.figures()["runs"][0]["epochs"] == [[1, 0.5, 0.4]]


def test_two_to_six_runs_of_the_project_are_compared_in_the_order_given(
    place: Place, pair: list[ModelVersion], client: Any
) -> None:
    client.force_login(person(place.project))
    first, second = (one.run_id for one in pair)
    told = client.get("/models/compare/", {"runs": f"{second},{first}"})
    assert told.status_code == 200
    assert [one.run.pk for one in told.context["page"].columns] == [second, first]
    assert client.get("/models/compare/", {"runs": [first, second]}).status_code == 200
    elsewhere = new_version(new_place()).run_id
    for runs in ("", "x", str(first), f"{first},{first}", f"{first},{elsewhere}"):
        assert client.get("/models/compare/", {"runs": runs}).status_code in (400, 404)
