"""Two versions on the same images: what the difference is, and how sure one may be of it."""

import numpy as np
import pytest

from models_registry.ml.comparing import Pair, compare
from models_registry.ml.slices import LEAST_POSITIVES, measure, operating_point


def scored(*, n: int = 3000, seed: int = 0, candidate: float = 1.0, champion: float = 1.0) -> Pair:
    """Two versions that look at the same features, each with noise of its own; the numbers say how well they see."""
    random = np.random.default_rng(seed)
    truths = random.random(n) < 0.2
    seen = np.where(truths, 2.0, -2.0) + random.normal(0, 1, n)
    weights = np.where(truths, 1.0, 5.0)
    scores = [1 / (1 + np.exp(-(seen * one + random.normal(0, 0.5, n)))) for one in (candidate, champion)]
    return Pair(scores[0], scores[1], truths, weights)


def test_a_version_compared_with_itself_differs_by_nothing() -> None:
    pair = scored()
    same = Pair(pair.champion, pair.champion, pair.truths, pair.weights)
    found = compare(same, {"odd": same}, parts=[], required_precision=0.5)
    for one in (*found["gains"].values(), *found["classes"].values()):
        assert (one["difference"], one["low"], one["high"]) == (0, 0, 0)
    # One more violation could always be the first that it loses.
    assert -0.02 < found["recall"]["low"] < 0


def test_a_much_worse_version_is_surely_worse() -> None:
    found = compare(scored(candidate=0.2), {}, parts=[], required_precision=0.5)
    assert found["recall"]["high"] < -0.02
    assert found["gains"]["average_precision"]["high"] < 0


def test_a_better_version_is_surely_better_on_a_hold_out_that_is_large_enough() -> None:
    found = compare(scored(champion=0.4), {}, parts=[], required_precision=0.5)
    assert found["recall"]["low"] > 0
    assert found["gains"]["average_precision"]["low"] > 0


def test_pairing_makes_the_interval_narrower_than_that_of_strangers() -> None:
    pair = scored()
    shuffled = np.random.default_rng(5).permutation(len(pair.truths))
    stranger = scored(seed=9)
    widths = []
    for other in (
        pair.champion,
        np.where(pair.truths, _like(stranger, True, shuffled), _like(stranger, False, shuffled)),
    ):
        found = compare(Pair(pair.candidate, other, pair.truths, pair.weights), {}, parts=[], required_precision=0.5)
        gain = found["gains"]["average_precision"]
        widths.append(gain["high"] - gain["low"])
    assert widths[0] < widths[1]


def _like(pair: Pair, is_positive: bool, order: np.ndarray) -> np.ndarray:
    """Scores of other images of the same kind, in any order."""
    kind = pair.champion[pair.truths == is_positive]
    return kind[order % len(kind)]


def test_a_part_that_only_one_of_them_fails_on_is_named_first() -> None:
    pair = scored()
    dark = np.arange(len(pair.truths)) % 3 == 0
    candidate = np.where(dark, pair.candidate * 0.01, pair.candidate)
    parts = [
        ("brightness", "dark", dark),
        ("brightness", "light", ~dark),
        ("size", "tiny", dark & (pair.truths.cumsum() < 9)),
    ]
    found = compare(Pair(candidate, pair.champion, pair.truths, pair.weights), {}, parts=parts, required_precision=0.5)
    assert [one["value"] for one in found["slices"]] == ["dark", "light"]
    assert found["slices"][0]["high"] < -0.5


def test_a_required_precision_that_neither_reaches_gives_no_recall() -> None:
    pair = scored()
    blind = Pair(*(np.full(len(pair.truths), 0.3),) * 2, pair.truths, pair.weights)
    found = compare(blind, {}, parts=[], required_precision=0.9)
    assert (found["recall"]["candidate"], found["recall"]["champion"]) == (0, 0)


def test_the_interval_of_the_difference_holds_the_true_one_about_as_often_as_it_says() -> None:
    truth = _recall_difference(scored(n=200_000, seed=77, candidate=0.9))
    held = []
    for seed in range(40):
        recall = compare(scored(n=800, seed=seed, candidate=0.9), {}, parts=[], required_precision=0.5)["recall"]
        held.append(recall["low"] <= truth)
    assert np.mean(held) >= 0.88


def _recall_difference(pair: Pair) -> float:
    candidate, champion = (one.recall_at(0.5)[0] for one in pair.ladders(pair.weights[None, :]))
    return float(candidate - champion)


def test_parts_are_listed_worst_first_and_small_ones_last() -> None:
    pair = scored()
    number = np.arange(len(pair.truths))
    point = operating_point(pair.candidate, pair.truths, pair.weights, required_precision=0.5)
    scores = np.where(number % 2 == 0, pair.candidate * 0.02, pair.candidate)
    parts = [
        ("a", "hard", number % 2 == 0),
        ("a", "easy", number % 2 == 1),
        ("b", "few", number < 40),
        ("b", "none", number < 0),
    ]
    found = measure(scores, pair.truths, pair.weights, parts=parts, threshold=point["threshold"])
    assert [one["value"] for one in found] == ["hard", "easy", "few"]
    assert found[-1]["n_positive"] < LEAST_POSITIVES
    for one in found:
        assert one["recall_low"] <= one["recall"] <= one["recall_high"]


def test_the_operating_point_reaches_what_is_required_or_flags_a_tenth() -> None:
    pair = scored()
    reached = operating_point(pair.candidate, pair.truths, pair.weights, required_precision=0.7)
    assert (reached["basis"], reached["precision"] >= 0.7) == ("precision", True)
    other = operating_point(1 - pair.candidate, pair.truths, pair.weights, required_precision=0.7)
    assert other["basis"] == "share"
    assert other["flagged_share"] == pytest.approx(0.1, abs=0.01)
