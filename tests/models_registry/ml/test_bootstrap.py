"""Drawing a weighted hold-out anew: what it must give back, and that its intervals keep their promise."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from models_registry.ml.bootstrap import Ranked, draws, interval, over_draws
from models_registry.ml.curves import average_precision


def hold_out(*, n: int = 600, seed: int = 0):
    random = np.random.default_rng(seed)
    truths = random.random(n) < 0.3
    scores = np.round(1 / (1 + np.exp(-(np.where(truths, 1.2, -1.2) + random.normal(0, 1.5, n)))), 2)
    return scores, truths, np.where(random.random(n) < 0.5, 1.0, 14.0)


def test_the_same_weights_are_drawn_the_same_way_and_sum_up_as_before_in_every_stratum() -> None:
    _, _, weights = hold_out()
    first, second = (np.concatenate(list(draws(weights, count=50))) for _ in range(2))
    assert (first == second).all()
    for weight in (1.0, 14.0):
        assert first[:, weights == weight].sum(axis=1) == pytest.approx(np.full(50, weights[weights == weight].sum()))


def test_a_weighted_sum_varies_over_the_draws_as_the_textbook_says() -> None:
    """Stratified with replacement: the sum over strata of n times the variance of the weighted values."""
    scores, _, weights = hold_out()
    drawn = over_draws(weights, lambda one: one @ scores, count=20_000)
    groups = [weights == weight for weight in np.unique(weights)]
    expected = sum(rows.sum() * np.var(weights[rows] * scores[rows], ddof=1) for rows in groups)
    assert drawn.var() == pytest.approx(expected, rel=0.05)


def test_many_sets_of_weights_at_once_measure_what_each_measures_alone() -> None:
    scores, truths, weights = hold_out()
    sets = np.concatenate(list(draws(weights, count=5)))
    ladders = Ranked.of(scores, truths).ladders(sets)
    for row, weight in enumerate(sets):
        kept = weight > 0
        alone = average_precision(scores[kept], truths[kept], weight[kept])
        assert ladders.average_precision()[row] == pytest.approx(alone)
        assert ladders.in_order()[row] == pytest.approx(roc_auc_score(truths, scores, sample_weight=weight))


def test_recall_at_a_required_precision_is_that_of_the_lowest_threshold_that_reaches_it() -> None:
    scores, truths, weights = hold_out()
    ladder = Ranked.of(scores, truths).ladders(weights[None, :])
    reaching = [
        weights @ ((scores >= threshold) & truths) / (weights @ truths)
        for threshold in np.unique(scores)
        if weights @ ((scores >= threshold) & truths) / (weights @ (scores >= threshold)) >= 0.6
    ]
    assert ladder.recall_at(0.6)[0] == pytest.approx(max(reaching))
    assert ladder.recall_at(1.01)[0] == 0


def test_without_a_positive_nothing_is_said() -> None:
    scores, _, weights = hold_out()
    ladder = Ranked.of(scores, np.zeros(len(scores), dtype=bool)).ladders(weights[None, :])
    assert np.isnan(ladder.recall_at(0.5)[0])
    assert np.isnan(ladder.in_order()[0])
    assert interval(np.full(50, np.nan), tail=0.05) is None


@pytest.mark.parametrize("weights", [[3.0], [1.0, 2.0, 3.0], list(range(1, 400))])
def test_few_images_and_weights_of_every_size_can_be_drawn(weights: list[float]) -> None:
    drawn = np.concatenate(list(draws(weights, count=400)))
    assert drawn.shape == (400, len(weights))
    assert drawn.sum(axis=1).mean() == pytest.approx(sum(weights), rel=0.05)
