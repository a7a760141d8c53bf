"""A fit learns, reports, can be stopped anywhere, and ends the same."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from models_registry.ml import checkpoints, fitting, network
from models_registry.ml.augmentation import mix, vary
from models_registry.ml.fitting import CheckpointDoesNotFit, FitConfig, fit

from .conftest import bright_squares

QUICK = FitConfig(epochs=3, batch_size=16, threads=1, seed=4)


class Stopped(Exception):
    """Somebody canceled the run."""


def weights_of(path: Path) -> dict[str, torch.Tensor]:
    return network.load(path).state_dict()


def are_equal(first: Path, second: Path) -> bool:
    left, right = weights_of(first), weights_of(second)
    return all(torch.equal(left[name], right[name]) for name in left)


def test_a_fit_learns_what_can_be_seen(fitted: dict[str, Any]) -> None:
    canvases, targets = bright_squares(n=150, seed=7)
    scores = fitting.logits(fitted["state"], canvases)
    assert scores.shape == (150, 1)
    assert scores[targets > 0].min() > np.median(scores[targets == 0])


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(tmp_path: Path) -> None:
    data = bright_squares(n=48)
    first = fit(*data, config=QUICK, checkpoint=tmp_path / "first")
    second = fit(*data, config=QUICK, checkpoint=tmp_path / "second")
    other = fit(*data, config=FitConfig(**{**QUICK.to_dict(), "seed": 5}), checkpoint=tmp_path / "other")
    assert are_equal(first, second)
    assert not are_equal(first, other)


@pytest.mark.parametrize("last_epoch", [1, 2, 3])
def test_a_run_that_was_stopped_goes_on_and_ends_with_the_same_weights(tmp_path: Path, last_epoch: int) -> None:
    data = bright_squares(n=48)
    whole = fit(*data, config=QUICK, checkpoint=tmp_path / "whole")

    def stop(report: dict[str, Any]) -> None:
        if report["epoch"] == last_epoch:
            raise Stopped

    with pytest.raises(Stopped):
        fit(*data, config=QUICK, checkpoint=tmp_path / "stopped", on_epoch=stop)
    torch.rand(7)
    reports: list[dict[str, Any]] = []
    resumed = fit(*data, config=QUICK, checkpoint=tmp_path / "stopped", on_epoch=reports.append)
    assert [report["epoch"] for report in reports] == list(range(last_epoch + 1, 4))
    assert are_equal(whole, resumed)


def test_a_fit_can_be_stopped_between_two_batches_and_goes_on_to_the_same_weights(tmp_path: Path) -> None:
    data = bright_squares(n=48)
    whole = fit(*data, config=QUICK, checkpoint=tmp_path / "whole")
    batches: list[int] = []

    def stop() -> None:
        batches.append(1)
        if len(batches) == 5:
            raise Stopped

    with pytest.raises(Stopped):
        fit(*data, config=QUICK, checkpoint=tmp_path / "stopped", check=stop)
    assert are_equal(whole, fit(*data, config=QUICK, checkpoint=tmp_path / "stopped"))


def test_every_epoch_is_reported_after_its_checkpoint(tmp_path: Path) -> None:
    reports: list[dict[str, Any]] = []
    checkpoint = tmp_path / "run"

    def on_epoch(report: dict[str, Any]) -> None:
        assert torch.load(checkpoint, weights_only=True)["epoch"] == report["epoch"]
        reports.append(report)

    fit(
        *bright_squares(n=48),
        config=QUICK,
        checkpoint=checkpoint,
        on_epoch=on_epoch,
        validation=bright_squares(n=12, seed=1),
    )
    assert [(report["epoch"], report["epochs"]) for report in reports] == [(1, 3), (2, 3), (3, 3)]
    assert all(report["loss"] > 0 and report["validation_loss"] > 0 for report in reports)
    assert {report["weights_source"] for report in reports} == {"random"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run", "run.weights"]


def test_a_checkpoint_of_another_run_is_not_gone_on_from(tmp_path: Path) -> None:
    canvases, targets = bright_squares(n=48)
    fit(canvases, targets, config=QUICK, checkpoint=tmp_path / "run")
    with pytest.raises(CheckpointDoesNotFit):
        fit(canvases, 1 - targets, config=QUICK, checkpoint=tmp_path / "run")
    assert checkpoints.mark(canvases, targets, config=QUICK) == checkpoints.mark(
        canvases, targets, config=FitConfig(**{**QUICK.to_dict(), "threads": 2})
    )


def test_canvases_may_be_a_memory_map_that_is_only_read(tmp_path: Path) -> None:
    canvases, targets = bright_squares(n=48)
    np.save(tmp_path / "canvases.npy", canvases)
    mapped = np.load(tmp_path / "canvases.npy", mmap_mode="r")
    from_map = fit(mapped, targets, config=QUICK, checkpoint=tmp_path / "map")
    assert are_equal(from_map, fit(canvases, targets, config=QUICK, checkpoint=tmp_path / "memory"))


@pytest.fixture
def three_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


def test_a_fit_leaves_threads_and_random_numbers_as_they_were(tmp_path: Path, three_threads: None) -> None:
    torch.manual_seed(11)
    expected = torch.rand(3)
    torch.manual_seed(11)
    fit(*bright_squares(n=20), config=QUICK, checkpoint=tmp_path / "run")
    assert torch.equal(torch.rand(3), expected)
    assert torch.get_num_threads() == 3


def test_a_class_without_positives_and_a_batch_of_one_do_no_harm(tmp_path: Path) -> None:
    canvases, targets = bright_squares(n=33)
    targets = np.concatenate([targets, np.zeros_like(targets)], axis=1)
    state = fit(canvases, targets, config=QUICK, checkpoint=tmp_path / "run")
    assert np.isfinite(fitting.logits(state, canvases)).all()


def test_wrong_shapes_are_refused(tmp_path: Path) -> None:
    canvases, targets = bright_squares(n=8)
    with pytest.raises(ValueError, match="uint8"):
        fit(canvases.astype(np.float32), targets, config=QUICK, checkpoint=tmp_path / "run")
    with pytest.raises(ValueError, match="Targets"):
        fit(canvases, targets[:5], config=QUICK, checkpoint=tmp_path / "run")


def test_the_learning_rate_rises_then_falls_to_almost_nothing() -> None:
    config = FitConfig(learning_rate=1.0)
    rates = [config.rate_at(step / 100) for step in range(101)]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == pytest.approx(1.0)
    assert rates[-1] < 0.01
    assert rates.index(max(rates)) == 20


def test_small_sets_get_more_epochs_unless_told_otherwise() -> None:
    assert FitConfig().epochs_for(100) > FitConfig().epochs_for(3000) > FitConfig().epochs_for(100_000) >= 12
    assert FitConfig(epochs=2).epochs_for(100) == 2


def test_varied_canvases_stay_in_range_and_repeat_with_the_generator() -> None:
    canvases = torch.from_numpy(bright_squares(n=8)[0])
    settings = {"flip": 0.5, "shift": 0.2, "cutout": 0.3, "jitter": 0.5}
    first = vary(canvases, **settings, generator=torch.Generator().manual_seed(1))
    second = vary(canvases, **settings, generator=torch.Generator().manual_seed(1))
    assert torch.equal(first, second)
    assert first.shape == (8, 3, 16, 16)
    assert 0 <= float(first.min()) <= float(first.max()) <= 1


def test_without_variation_an_image_is_only_scaled() -> None:
    canvases = torch.from_numpy(bright_squares(n=4)[0])
    plain = vary(canvases, flip=0, shift=0, cutout=0, jitter=0, generator=torch.Generator())
    assert torch.equal(plain, canvases.permute(0, 3, 1, 2).float() / 255)
    mirrored = vary(canvases, flip=1.1, shift=0, cutout=0, jitter=0, generator=torch.Generator())
    assert torch.equal(mirrored, plain.flip(3))


def test_mixing_blends_images_and_targets_alike() -> None:
    images, targets = torch.rand(6, 3, 4, 4), torch.eye(6)
    mixed, wanted = mix(images, targets, most=0.4, generator=torch.Generator().manual_seed(2))
    assert torch.allclose(wanted.sum(dim=1), torch.ones(6))
    assert torch.allclose(mixed, torch.einsum("ij,jchw->ichw", wanted, images), atol=1e-6)
