"""What a fit is after: how often images come up, what a positive counts, and the loss."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from models_registry.ml import fitting, objective
from models_registry.ml.recipe import FitConfig

from .conftest import bright_squares


def rare(*, n: int = 200) -> np.ndarray:
    """Targets [N, 2]: 10 of the first class, 2 of the second, one image in both, the rest fine."""
    targets = np.zeros((n, 2), np.float32)
    targets[:10, 0] = 1
    targets[9:11, 1] = 1
    return targets


def test_every_image_comes_up_once_where_sampling_is_natural() -> None:
    drawn = objective.order(rare(), sampling="natural", generator=torch.Generator().manual_seed(1))
    assert sorted(drawn.tolist()) == list(range(200))


def test_balanced_sampling_shows_every_class_and_what_is_fine_about_equally_often() -> None:
    targets = rare()
    shown = objective.chances(targets, sampling="balanced")
    assert shown.sum() == pytest.approx(1)
    fine, second = shown[targets.max(axis=1) == 0].sum(), shown @ targets[:, 1]
    assert fine == pytest.approx(second, rel=0.02)
    drawn = objective.order(targets, sampling="balanced", generator=torch.Generator().manual_seed(1))
    assert len(drawn) == len(targets)
    assert 0.25 < targets[drawn.numpy(), 1].mean() < 0.45


def test_an_order_repeats_with_its_generator() -> None:
    first, second = (
        objective.order(rare(), sampling="balanced", generator=torch.Generator().manual_seed(3)) for _ in range(2)
    )
    assert torch.equal(first, second)


@pytest.mark.parametrize(
    ("asked", "expected"), [("none", [1.0]), ("root", [3.0]), ("balanced", [9.0]), (2.5, [2.5])], ids=str
)
def test_a_positive_counts_what_the_config_says(asked: str | float, expected: list[float]) -> None:
    targets = np.zeros((100, 1), np.float32)
    targets[:10] = 1
    found = objective.positive_weights(targets, config=FitConfig(positive_weight=asked))
    assert found.tolist() == pytest.approx(expected, rel=1e-5)


def test_what_sampling_has_balanced_is_not_balanced_twice() -> None:
    targets = np.zeros((100, 1), np.float32)
    targets[:10] = 1
    found = objective.positive_weights(targets, config=FitConfig(positive_weight="balanced", sampling="balanced"))
    assert found.tolist() == pytest.approx([1.0])


def test_a_focal_loss_with_gamma_0_is_the_plain_one_and_above_0_minds_easy_images_less() -> None:
    scores, wanted, weights = torch.tensor([[4.0], [-0.1]]), torch.tensor([[1.0], [1.0]]), torch.tensor([2.0])
    plain = objective.loss(scores, wanted, weights=weights, config=FitConfig())
    same = objective.loss(scores, wanted, weights=weights, config=FitConfig(loss="focal", focal_gamma=0))
    assert float(same) == pytest.approx(float(plain))
    assert float(plain) == pytest.approx(
        float(functional.binary_cross_entropy_with_logits(scores, wanted, pos_weight=weights))
    )
    focal = objective.loss(scores[:1], wanted[:1], weights=weights, config=FitConfig(loss="focal"))
    easy = objective.loss(scores[:1], wanted[:1], weights=weights, config=FitConfig())
    assert float(focal) < float(easy) / 100


@pytest.mark.parametrize(
    "choice",
    [
        {"sampling": "balanced"},
        {"loss": "focal", "focal_gamma": 1.0},
        {"optimizer": "sgd", "learning_rate": 0.05},
        {"optimizer": "sgd", "learning_rate": 0.05, "momentum": 0.0},
        {"schedule": "cosine"},
        {"schedule": "constant", "learning_rate": 0.001},
        {"positive_weight": "balanced"},
    ],
    ids=str,
)
def test_a_fit_learns_with_every_choice_of_the_config(tmp_path, choice: dict) -> None:
    config = FitConfig(**{"epochs": 4, "batch_size": 16, "threads": 1, **choice})
    reports: list[dict] = []
    fitting.fit(
        *bright_squares(n=120),
        config=config,
        checkpoint=tmp_path / "run",
        on_epoch=reports.append,
        validation=bright_squares(n=90, seed=1),
    )
    assert reports[-1]["validation_average_precision"] > 0.6


def test_the_schedules_differ_where_they_say_so() -> None:
    rates = {
        name: [FitConfig(learning_rate=1, schedule=name).rate_at(at) for at in (0.0, 0.2, 1.0)]
        for name in ("one_cycle", "cosine", "constant")
    }
    assert rates["constant"] == [1, 1, 1]
    assert rates["cosine"][0] == pytest.approx(1)
    assert rates["one_cycle"][:2] == pytest.approx([0.1, 1.0])
    assert rates["cosine"][2] == rates["one_cycle"][2] < 0.01


def test_validation_counts_every_image_by_its_weight(tmp_path) -> None:
    canvases, targets = bright_squares(n=60)
    held, bright = bright_squares(n=60, seed=2)
    wanted = 1 - bright  # What a fit finds first is now what counts as fine.
    found = []
    for weights in (np.ones(60), np.where(wanted[:, 0] > 0, 1.0, 50.0)):
        fitting.fit(
            canvases,
            targets,
            config=FitConfig(epochs=1, batch_size=16, threads=1),
            checkpoint=tmp_path / f"run {len(found)}",
            on_epoch=lambda report: found.append(report["validation_average_precision"]),
            validation=(held, wanted, weights),
        )
    assert found[1] < found[0]
