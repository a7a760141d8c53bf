"""A run, whole: every step a row; resumed where it failed; taken over from the dead; never done by two."""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings
from django.core.files.storage import default_storage

from models_registry import deployment, registry, training
from models_registry.deployment import DeploymentRefused
from models_registry.models import (
    Evaluation,
    GateOutcome,
    ModelVersion,
    Run,
    RunEpoch,
    RunStatus,
    StepStatus,
)
from models_registry.training import plan
from tests.models_registry.builders import NOW, Line, Place, lines, requested
from tests.models_registry.builders import place as new_place

pytestmark = pytest.mark.django_db(transaction=True)
STEPS = ["extract", "validate", "preprocess", "fit", "calibrate", "export", "parity", "evaluate", "register", "gate"]


@pytest.fixture
def place(transactional_db: None) -> Place:
    return new_place()


def execute(run: Run) -> Run:
    return training.execute(run.pk, now=NOW)


def home(run: Run) -> Path:
    return Path(settings.VAR_DIR) / "runs" / str(run.pk)


def files(run: Run) -> dict[str, Path]:
    """What the run has left on disk, by name."""
    return {one.name: one for one in home(run).rglob("*") if one.is_file()}


def statuses(run: Run) -> dict[str, str]:
    return dict(run.steps.values_list("name", "status"))


def started(run: Run) -> dict[str, datetime]:
    return dict(run.steps.values_list("name", "started_at"))


def lose_manifest(run: Run) -> bytes:
    """Have storage lose what the run reads; returns it."""
    with default_storage.open(run.dataset.manifest) as file:
        content = file.read()
    default_storage.delete(run.dataset.manifest)
    return bytes(content)


def give_manifest_back(run: Run, content: bytes) -> None:
    with default_storage.open(run.dataset.manifest, "wb") as file:
        file.write(content)


@pytest.fixture
def unmeasured(place: Place) -> Run:
    """A run whose version is registered, and whose gate failed, because the champion's file is damaged."""
    champion = execute(requested(place)).model_version
    deploy_waived(champion)
    stored = Path(default_storage.path(champion.artifact))
    whole = stored.read_bytes()
    stored.write_bytes(b"damaged")
    (Path(settings.VAR_DIR) / "models" / f"{champion.artifact_sha256}.onnx").unlink(missing_ok=True)
    run = execute(requested(place, lines(seed=1)))
    assert "does not match its checksum" in run.error
    stored.write_bytes(whole)
    return run


def deploy_waived(version: ModelVersion) -> None:
    """Deploy a version; so few images are NOT ENOUGH DATA, which a person waives."""
    from tests.models_registry.builders import person

    engineer = person(version.detector.project)
    card = deployment.standing_scorecard(version)
    assert card is not None
    assert card.outcome == GateOutcome.NOT_ENOUGH_DATA, card.checks
    deployment.waive(card, by=engineer, reason="a test", now=NOW)
    deployment.deploy(version, by=engineer, now=NOW)


def test_a_run_does_every_step_and_registers_a_measured_version(place: Place) -> None:
    run = execute(requested(place))
    assert (run.status, run.error) == (RunStatus.SUCCEEDED, "")
    assert list(run.steps.values_list("name", "status")) == [(name, StepStatus.DONE) for name in STEPS]
    assert [one.epoch for one in run.epochs.all()] == [1, 2]
    version = run.model_version
    assert (version.schema, version.dataset, version.number) == (place.schema, run.dataset, 1)
    assert version.report["any"]["n_positive"] > 0
    assert default_storage.exists(version.artifact)
    assert version.scorecards.get().champion is None
    assert "first weights: random" in run.steps.get(name="fit").log
    assert set(files(run)) == {name for step in plan.STEPS for name in step.writes}


def test_calibration_and_hold_out_use_only_images_whose_inclusion_probability_is_known(place: Place) -> None:
    content = lines()
    more = [one.data for one in lines(n=2, seed=7)]
    chosen = [Line("hold_out", ["bright"], None, more[0]), Line("calibration", [], None, more[1])]
    run = execute(requested(place, [*content, *chosen]))
    hold_out = [one for one in content if one.split == "hold_out"]
    report = run.model_version.report
    assert report["n"] == len(hold_out)
    weights = [1 / (one.inclusion_probability or 0) for one in hold_out]
    violating = [weight for one, weight in zip(hold_out, weights, strict=True) if one.classes]
    assert report["any"]["prevalence"] == pytest.approx(sum(violating) / sum(weights))


def test_data_that_cannot_teach_fails_with_a_sentence(place: Place) -> None:
    run = execute(requested(place, lines(n=40, violating=0.1)))
    assert run.status == RunStatus.FAILED
    assert "violations of class bright to fit on; at least 10 are needed." in run.error
    assert statuses(run) == {"extract": StepStatus.DONE, "validate": StepStatus.FAILED}
    assert not ModelVersion.objects.exists()


def test_data_without_fine_images_fails_with_a_sentence(place: Place) -> None:
    run = execute(requested(place, lines(n=80, violating=1)))
    assert "Only 0 fine images to fit on; at least 10 are needed." in run.error


def test_too_many_unreadable_images_fail_with_a_sentence(place: Place) -> None:
    content = lines(n=80)
    for one in content[:3]:
        one.data = one.data[: len(one.data) // 2]
    assert "3 of 80 images cannot be read." in execute(requested(place, content)).error


def test_a_lost_original_is_left_out_and_said(place: Place) -> None:
    run = requested(place)
    _, names = default_storage.listdir(str(Path(run.dataset.manifest).parent))
    default_storage.delete(str(Path(run.dataset.manifest).parent / "0.png"))
    assert "0.png" in names
    run = execute(run)
    assert run.status == RunStatus.SUCCEEDED
    assert run.steps.get(name="extract").outputs["unreadable"] == 1


def test_a_failed_run_goes_on_from_the_step_that_failed(place: Place) -> None:
    run = requested(place)
    manifest = lose_manifest(run)
    assert execute(run).status == RunStatus.FAILED
    assert statuses(run) == {"extract": StepStatus.FAILED}
    give_manifest_back(run, manifest)
    registry.resume_run(run, now=NOW)
    assert execute(run).status == RunStatus.SUCCEEDED


def stop_in_calibration(run: Run) -> None:
    """Leave a run as one that was fitted and then failed for a passing reason."""
    from models_registry.training import steps

    kept = steps.STEPS["calibrate"]

    def fails(bench: object) -> dict[str, object]:
        raise OSError("No space left on device")

    steps.STEPS["calibrate"] = fails
    try:
        assert "No space left" in execute(run).error
    finally:
        steps.STEPS["calibrate"] = kept
    registry.resume_run(run, now=NOW)


def test_steps_that_are_done_are_not_done_again(place: Place) -> None:
    run = requested(place)
    stop_in_calibration(run)
    before = started(run)
    assert execute(run).status == RunStatus.SUCCEEDED
    after = started(run)
    assert [name for name in before if before[name] != after[name]] == ["calibrate"]


def test_a_step_whose_file_is_lost_or_damaged_is_done_again_with_all_that_follow(place: Place) -> None:
    run = requested(place)
    stop_in_calibration(run)
    files(run)["fit.weights"].write_bytes(b"damaged")
    before = started(run)
    assert execute(run).status == RunStatus.SUCCEEDED
    after = started(run)
    assert [name for name in before if before[name] != after[name]] == ["fit", "calibrate"]


def test_a_resume_where_storage_has_lost_an_image_fits_anew(place: Place) -> None:
    run = requested(place)
    stop_in_calibration(run)
    RunEpoch.objects.create(run=run, epoch=7, metrics={})
    for name in ("canvases.npy", "originals.bin"):
        files(run)[name].unlink()
    default_storage.delete(str(Path(run.dataset.manifest).parent / "0.png"))
    assert execute(run).status == RunStatus.SUCCEEDED
    assert "Fitting starts again" in run.steps.get(name="fit").log
    assert [one.epoch for one in run.epochs.all()] == [1, 2]


def test_a_run_that_is_over_is_not_executed_again(place: Place) -> None:
    run = execute(requested(place, lines(n=40, violating=0.1)))
    assert execute(run).attempts == 1


def test_files_of_a_failed_run_are_kept_for_a_week(place: Place) -> None:
    run, other = (execute(requested(place, lines(n=40, violating=0.1))) for _ in range(2))
    registry.resume_run(other, now=NOW)
    left = {"rows.parquet", "originals.bin", "checks.json"}
    assert run.finished_at is not None
    training.clear_away(now=run.finished_at + timedelta(days=7))
    assert set(files(run)) == left
    training.clear_away(now=run.finished_at + timedelta(days=7, seconds=1))
    assert not home(run).exists()
    assert set(files(other)) == left


def test_files_of_a_run_that_succeeded_are_kept_for_two_days(place: Place) -> None:
    run = execute(requested(place))
    assert run.finished_at is not None
    training.clear_away(now=run.finished_at + timedelta(days=2))
    assert files(run)
    training.clear_away(now=run.finished_at + timedelta(days=2, seconds=1))
    assert not home(run).exists()


def test_a_champion_that_changed_during_the_run_makes_it_measured_again(place: Place) -> None:
    first, second = execute(requested(place)), execute(requested(place, lines(seed=1)))
    deploy_waived(first.model_version)
    with pytest.raises(DeploymentRefused) as refused:
        deployment.deploy(second.model_version, by=None, now=NOW)
    assert refused.value.code == "gate_outdated"
    before = started(second)
    again = registry.request_measurement(second.model_version, now=NOW)
    assert execute(again).status == RunStatus.SUCCEEDED
    after = started(second)
    assert [name for name in before if before[name] != after[name]] == ["gate"]
    card = deployment.standing_scorecard(second.model_version)
    assert card is not None
    assert card.champion == first.model_version
    assert Evaluation.objects.filter(model_version=first.model_version, dataset=second.dataset).exists()


def test_after_registering_only_the_gate_is_held_again(unmeasured: Run) -> None:
    before, sha256 = started(unmeasured), unmeasured.model_version.artifact_sha256
    for one in files(unmeasured).values():
        one.unlink()
    registry.resume_run(unmeasured, now=NOW)
    assert execute(unmeasured).status == RunStatus.SUCCEEDED
    after = started(unmeasured)
    assert [name for name in before if before[name] != after[name]] == ["gate"]
    assert ModelVersion.objects.get(run=unmeasured).artifact_sha256 == sha256


def test_a_version_that_was_never_measured_cannot_be_deployed(unmeasured: Run) -> None:
    with pytest.raises(DeploymentRefused) as refused:
        deployment.deploy(unmeasured.model_version, by=None, now=NOW)
    assert refused.value.code == "gate_missing"


def test_a_champion_of_other_classes_is_measured_on_those_it_knows() -> None:
    from models_registry.training import measuring
    from models_registry.training.hold_out import Side

    class Knows:
        class_keys = ("old", "bright")

        def predict(self, canvases: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            return np.column_stack([np.full(len(canvases), 0.9), canvases[:, 0, 0, 0] / 255]), np.zeros((0, 1))

    levels = np.array([250, 240, 10, 5], dtype=np.uint8)
    side = Side(
        canvases=np.broadcast_to(levels[:, None, None, None], (4, 16, 16, 3)),
        targets=np.array([[1, 0], [1, 0], [0, 0], [0, 1]], dtype=np.float32),
        weights=np.ones(4),
        rows=[{"sha256": str(level)} for level in levels],
    )
    scores = measuring.score(Knows(), side, class_keys=["bright", "new"])  # type: ignore[arg-type]
    found = measuring.overall(scores)
    assert set(found["classes"]) == {"bright"}
    assert found["classes"]["bright"]["average_precision"] == 1.0
    assert found["any"]["n_positive"] == 3
