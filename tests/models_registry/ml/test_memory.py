"""A network that has seen its hold-out stands out; honest ones do not."""

import numpy as np
import pytest

from models_registry.ml.memory import Seen, compare_sides


def side(skill: float, *, n: int = 600, seed: int = 0, positives: float = 0.3) -> Seen:
    random = np.random.default_rng(seed)
    truths = random.random(n) < positives
    scores = 1 / (1 + np.exp(-(np.where(truths, skill, -skill) + random.normal(0, 1, n))))
    return Seen(scores, truths, np.where(truths, 1.0, 10.0))


def test_a_network_that_knows_only_the_hold_out_is_found_out() -> None:
    assert compare_sides(side(3.0), side(0.3, seed=1))["low"] > 0.02


def test_an_honest_network_is_hardly_ever_suspected() -> None:
    found = [compare_sides(side(0.8, seed=one), side(0.8, seed=100 + one, n=300))["low"] for one in range(30)]
    assert sum(one > 0.02 for one in found if one is not None) <= 1


def test_a_perfect_network_is_not_suspected() -> None:
    assert compare_sides(side(9.0), side(9.0, seed=1))["low"] == pytest.approx(0)


def test_few_violations_or_none_say_nothing() -> None:
    assert compare_sides(side(3.0), side(0.3, n=20))["low"] is None
    assert compare_sides(side(3.0), side(0.3, positives=0))["difference"] is None
