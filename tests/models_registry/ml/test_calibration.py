"""Probabilities have to hold on the traffic, whatever was kept for the training set."""

import numpy as np
import pytest
from scipy.special import expit

from models_registry.ml.calibration import Calibration, calibrate


def kept_set(*, seed: int = 0, n: int = 60_000, prevalence: float = 0.03, kept: float = 0.07):
    """Make traffic whose violations were all kept and whose other posts were kept with a known probability."""
    random = np.random.default_rng(seed)
    truths = random.random(n) < prevalence
    logits = np.where(truths, 2.5, -2.5) + random.normal(0, 2, n)
    chance = np.where(truths, 1.0, kept)
    is_kept = random.random(n) < chance
    return logits, truths, is_kept, 1 / chance


def test_probabilities_hold_at_the_prevalence_of_the_traffic() -> None:
    logits, truths, is_kept, weights = kept_set()
    fitted = calibrate(logits[is_kept, None], truths[is_kept, None], weights[is_kept])
    on_traffic = fitted.apply(logits[:, None])[:, 0]
    assert truths[is_kept].mean() > 0.25
    assert on_traffic.mean() == pytest.approx(truths.mean(), rel=0.1)
    for low, high in ((0.0, 0.01), (0.01, 0.1), (0.1, 0.5), (0.5, 1.0)):
        chosen = (on_traffic >= low) & (on_traffic < high)
        assert truths[chosen].mean() == pytest.approx(on_traffic[chosen].mean(), rel=0.3, abs=0.002)


def test_over_confident_logits_get_a_temperature_above_one() -> None:
    logits, truths, is_kept, weights = kept_set()
    usual = calibrate(logits[is_kept, None], truths[is_kept, None], weights[is_kept])
    loud = calibrate(3 * logits[is_kept, None], truths[is_kept, None], weights[is_kept])
    assert loud.temperature[0] / usual.temperature[0] == pytest.approx(3, rel=0.05)
    assert loud.offset[0] == pytest.approx(usual.offset[0], abs=0.05)


def test_the_order_of_images_never_changes() -> None:
    fitted = calibrate([[5.0], [4.0], [-3.0], [-4.0]], [[0], [0], [1], [1]], [1, 1, 1, 1])
    assert fitted.temperature[0] > 0
    assert (np.diff(fitted.apply([[-1.0], [0.0], [1.0]])[:, 0]) > 0).all()


@pytest.mark.parametrize("n_positive", [0, 1, 2])
def test_few_or_no_positives_still_give_a_finite_and_cautious_fit(n_positive: int) -> None:
    logits = np.linspace(-6, 2, 400)[:, None]
    truths = np.zeros((400, 1))
    truths[400 - n_positive :] = 1
    fitted = calibrate(logits, truths, np.full(400, 14.0))
    assert np.isfinite([*fitted.temperature, *fitted.offset]).all()
    assert 0 < fitted.apply(logits).mean() < (n_positive + 1.5) / 400


def test_perfect_separation_does_not_promise_certainty() -> None:
    logits = np.array([[8.0]] * 50 + [[-8.0]] * 50)
    truths = np.array([[1.0]] * 50 + [[0.0]] * 50)
    probabilities = calibrate(logits, truths, np.ones(100)).apply(logits)
    assert 0.9 < probabilities.max() < 1
    assert 0 < probabilities.min() < 0.1


def test_each_class_is_fitted_by_itself() -> None:
    random = np.random.default_rng(1)
    logits = random.normal(0, 2, (4000, 2))
    truths = random.random((4000, 2)) < expit(logits / np.array([2.0, 1.0]) + np.array([0.0, -2.0]))
    fitted = calibrate(logits, truths, np.ones(4000))
    assert fitted.temperature == pytest.approx((2.0, 1.0), rel=0.15)
    assert fitted.offset == pytest.approx((0.0, -2.0), abs=0.2)


def test_a_calibration_survives_json_and_refuses_nonsense() -> None:
    fitted = Calibration((1.5, 2.0), (-3.0, 0.0))
    assert Calibration.from_dict(fitted.to_dict()) == fitted
    with pytest.raises(ValueError, match="above 0"):
        Calibration((0.0,), (0.0,))
    with pytest.raises(ValueError, match="positive"):
        calibrate([[0.0]], [[1.0]], [0.0])
    with pytest.raises(ValueError, match="disagree"):
        calibrate([[0.0]], [[1.0, 0.0]], [1.0])
