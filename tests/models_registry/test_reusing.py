"""What a step did once is taken over where its inputs are the same, and only there."""

import os
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from models_registry import registry, training
from models_registry.models import Run, RunStatus
from models_registry.training import plan
from tests.models_registry.builders import CONFIG, FIT, NOW, Place, requested
from tests.models_registry.builders import place as new_place

pytestmark = pytest.mark.django_db(transaction=True)
REUSABLE = [step.name for step in plan.STEPS if step.is_reusable]


@pytest.fixture
def place(transactional_db: None) -> Place:
    return new_place()


@pytest.fixture
def first(place: Place) -> Run:
    return training.execute(requested(place).pk, now=NOW)


def again(run: Run, *, config: dict[str, Any] = CONFIG) -> Run:
    """Execute another run on the same dataset."""
    made = registry.request_run(run.detector, run.dataset, config=config, now=NOW)
    done = training.execute(made.pk, now=NOW)
    assert (done.status, done.error) == (RunStatus.SUCCEEDED, "")
    return done


def reused(run: Run) -> list[str]:
    return list(run.steps.exclude(reused_from=None).values_list("name", flat=True))


def file_of(run: Run, name: str) -> Path:
    return next((Path(settings.VAR_DIR) / "runs" / str(run.pk)).rglob(name))


def test_every_step_says_what_went_in_and_what_came_out(first: Run) -> None:
    for step, row in zip(plan.STEPS, first.steps.all(), strict=True):
        assert row.name == step.name
        assert set(row.inputs["files"]) == set(step.reads)
        assert all(len(one) == 64 for one in row.inputs["files"].values())
        assert set(row.outputs.get("files", {})) == set(step.writes)
        assert row.input_hash == plan.hash_of(row.inputs)
        assert row.log
        assert row.seconds is not None
    assert reused(first) == []


def test_a_run_with_the_same_inputs_takes_everything_over_but_its_own_rows(first: Run) -> None:
    second = again(first)
    assert reused(second) == REUSABLE
    assert f"Taken over from run {first.pk}" in second.steps.get(name="fit").log
    assert second.model_version.number == first.model_version.number + 1
    assert second.model_version.artifact_sha256 == first.model_version.artifact_sha256
    assert [one.metrics for one in second.epochs.all()] == [one.metrics for one in first.epochs.all()]
    assert os.stat(file_of(second, "canvases.npy")).st_nlink == 2


def test_another_recipe_needs_another_fit_and_no_other_canvases(first: Run) -> None:
    second = again(first, config={**CONFIG, "fit": {**FIT, "seed": 7}})
    assert reused(second) == ["extract", "validate", "preprocess"]
    third = again(first, config={**CONFIG, "fit": {**FIT, "seed": 7}, "validation": {"leakage": {"fail": 3}}})
    assert reused(third) == [name for name in REUSABLE if name != "validate"]


def test_another_canvas_needs_no_other_originals(first: Run) -> None:
    second = again(first, config={**CONFIG, "canvas": {"size_px": 24}})
    assert reused(second) == ["extract", "validate"]


def test_a_file_that_is_gone_or_damaged_is_made_anew(first: Run) -> None:
    file_of(first, "canvases.npy").unlink()
    file_of(first, "fit.weights").write_bytes(b"damaged")
    second = again(first)
    # Preprocessing and fitting give the same files once more, so what follows can be taken over.
    assert reused(second) == [name for name in REUSABLE if name not in ("preprocess", "fit")]


def test_other_code_takes_nothing_over(first: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models_registry.training.workbench.code_version", lambda: "newer")
    assert reused(again(first)) == []


def test_what_a_later_run_writes_leaves_the_files_of_the_earlier_one_alone(first: Run) -> None:
    second = again(first)
    before = file_of(first, "report.json").read_bytes()
    row = second.steps.get(name="evaluate")
    row.status = "failed"
    row.save(update_fields=["status"])
    from models_registry.training.heartbeat import Heartbeat
    from models_registry.training.progress import _outputs
    from models_registry.training.workbench import Workbench

    bench = Workbench(
        run=second, folder=file_of(second, "report.json").parent, now=NOW, heartbeat=Heartbeat(second.pk, None)
    )
    _outputs(bench, plan.STEPS[7])
    assert os.stat(file_of(second, "report.json")).st_ino != os.stat(file_of(first, "report.json")).st_ino
    assert file_of(first, "report.json").read_bytes() == before


def test_nothing_is_taken_over_from_another_project(first: Run) -> None:
    other = new_place()
    run = registry.request_run(
        other.detector,
        registry.add_dataset(
            other.schema, checksum=first.dataset.checksum, manifest=first.dataset.manifest, counts={}, now=NOW
        )[0],
        config=CONFIG,
        now=NOW,
    )
    assert reused(training.execute(run.pk, now=NOW)) == []
