"""Drift is found where it was planted, and nothing is found where nothing changed. Chance is seeded."""

import numpy as np
import pytest

from models_registry.drift import bins, clouds, measures, skew
from models_registry.drift.measures import Counts

DAYS = 400
TESTS = 6


def counted(key: str, values: np.ndarray, weights: np.ndarray | None = None) -> Counts:
    size = len(values) if weights is None else weights.sum() ** 2 / (weights**2).sum()
    return Counts(bins.ruler_of(key).counts(values, weights), float(size))


def test_a_value_lies_in_the_bin_of_its_ruler_and_an_unknown_one_in_none() -> None:
    counts = bins.BRIGHTNESS.counts([0.0, 0.011, 0.5, 1.0, np.nan])
    assert sum(counts) == 4
    assert counts[0] == 2
    assert counts[-1] == 1


def test_the_median_of_a_histogram_is_that_of_its_values_as_far_as_bins_tell() -> None:
    random = np.random.default_rng(1)
    values = random.beta(2, 3, 5000)
    assert bins.BRIGHTNESS.median(bins.BRIGHTNESS.counts(values)) == pytest.approx(np.median(values), abs=0.01)
    pixels = np.full(1000, 12e6)
    assert bins.SIZE.median(bins.SIZE.counts(pixels)) == pytest.approx(12e6, rel=0.2)


def test_a_day_like_the_reference_is_no_drift_and_hardly_ever_above_its_noise() -> None:
    random = np.random.default_rng(2)
    reference = counted("score:any", random.beta(0.05, 0.6, 800))
    found = [
        measures.of_counts(reference, counted("score:any", random.beta(0.05, 0.6, 300)), tests=TESTS)
        for _ in range(DAYS)
    ]
    assert not any(one is None or one.is_beyond for one in found)
    # The reference is one sample for all these days, so a few in a thousand are the most that may be expected.
    assert sum(one.value > one.noise for one in found if one) <= 4


def test_darker_photos_are_drift() -> None:
    random = np.random.default_rng(3)
    reference = counted("brightness", random.beta(5, 5, 1000))
    darker = measures.of_counts(reference, counted("brightness", random.beta(3, 6, 400)), tests=TESTS)
    assert darker is not None
    assert darker.is_beyond


def test_a_change_that_is_there_and_too_small_to_matter_is_no_drift() -> None:
    random = np.random.default_rng(4)
    reference = counted("brightness", random.beta(5, 5, 200_000))
    a_little = measures.of_counts(reference, counted("brightness", random.beta(5, 5.3, 200_000)), tests=TESTS)
    assert a_little is not None
    assert a_little.noise < a_little.value < a_little.limit
    assert not a_little.is_beyond


def test_weights_count_as_many_images_as_they_are_worth() -> None:
    random = np.random.default_rng(5)
    values = random.beta(5, 5, 4000)
    # Bright photos were looked at ten times as often; 1 / π undoes it.
    probability = np.where(values > 0.5, 1.0, 0.1)
    seen = random.random(4000) < probability
    reference = counted("brightness", values[seen], 1 / probability[seen])
    assert reference.size < seen.sum()
    alike = measures.of_counts(reference, counted("brightness", random.beta(5, 5, 500)), tests=TESTS)
    blind = measures.of_counts(counted("brightness", values[seen]), counted("brightness", values), tests=TESTS)
    assert alike is not None
    assert blind is not None
    assert not alike.is_beyond
    assert blind.is_beyond


def test_too_few_images_say_nothing() -> None:
    few, many = (counted("brightness", np.full(n, 0.5)) for n in (measures.FEWEST - 1, 500))
    assert measures.of_counts(few, many, tests=1) is None
    assert measures.of_counts(many, few, tests=1) is None
    assert measures.of_shares(0.1, 0.2, sizes=(500, 20), tests=1) is None


def test_all_photos_alike_are_compared_without_complaint() -> None:
    same = counted("size", np.full(500, 480 * 360))
    found = measures.of_counts(same, counted("size", np.full(500, 480 * 360)), tests=1)
    assert found is not None
    assert found.value == 0
    other = measures.of_counts(same, counted("size", np.full(500, 4e6)), tests=1)
    assert other is not None
    assert other.is_beyond


def test_a_share_that_trebles_is_drift_and_one_that_stays_is_not() -> None:
    trebled = measures.of_shares(0.02, 0.065, sizes=(5000, 2000), tests=TESTS)
    same = measures.of_shares(0.02, 0.025, sizes=(5000, 2000), tests=TESTS)
    assert trebled is not None
    assert same is not None
    assert trebled.is_beyond
    assert not same.is_beyond


def cloud_of(random: np.random.Generator, n: int, *, shift: float = 0.0) -> np.ndarray:
    """Embeddings [n, 32] whose directions are unlike, and that depend on each other."""
    mixing = np.random.default_rng(77).normal(size=(32, 32)) * np.linspace(2, 0.05, 32)[:, None]
    start = random.normal(size=(n, 32))
    start[:, 0] += shift
    return start @ mixing + 3


def test_embeddings_of_the_same_kind_are_no_drift() -> None:
    random = np.random.default_rng(6)
    cloud = clouds.describe(cloud_of(random, 500), np.ones(500))
    assert cloud is not None
    found = [clouds.distance(cloud, cloud_of(random, 200), tests=TESTS) for _ in range(DAYS)]
    assert not any(one is None or one.is_beyond for one in found)
    assert sum(one.value > one.noise for one in found if one) <= 4


def test_the_distance_of_embeddings_is_estimated_without_bias() -> None:
    random = np.random.default_rng(7)
    cloud = clouds.describe(cloud_of(random, 4000), np.ones(4000))
    assert cloud is not None
    found = [clouds.distance(cloud, cloud_of(random, 150, shift=1.0), tests=TESTS) for _ in range(200)]
    # One standard deviation along the direction in which they differ most; a mean of roots is a little below.
    assert np.sqrt(np.mean([one.value**2 for one in found if one])) == pytest.approx(1.0, abs=0.05)
    assert all(one and one.is_beyond for one in found)


def test_a_cloud_survives_being_stored() -> None:
    random = np.random.default_rng(8)
    cloud = clouds.describe(cloud_of(random, 300), np.ones(300))
    assert cloud is not None
    again, day = clouds.Cloud.from_dict(cloud.to_dict()), cloud_of(random, 100)
    one, other = (clouds.distance(each, day, tests=1) for each in (cloud, again))
    assert one is not None
    assert other is not None
    assert one.value == pytest.approx(other.value, abs=1e-3)


def test_embeddings_that_never_differ_have_no_cloud() -> None:
    assert clouds.describe(np.ones((300, 8)), np.ones(300)) is None


def test_scores_that_are_the_same_have_no_skew() -> None:
    scores = {pk: {"bright": pk / 100, "grave": 0.1} for pk in range(50)}
    found = skew.compare(scores, scores)
    assert (found.images, found.missing, found.beyond, found.worst) == (50, 0, 0, ())
    assert not found.is_beyond


def test_skew_names_the_images_and_the_class_that_differ_most() -> None:
    served = {pk: {"bright": 0.5, "grave": 0.1} for pk in range(50)}
    again = {pk: {"bright": 0.5 + (0.2 if pk < 5 else 0.0), "grave": 0.1} for pk in range(49)}
    found = skew.compare(served, again)
    assert (found.images, found.missing, found.beyond) == (49, 1, 5)
    assert [one.image for one in found.worst] == [0, 1, 2, 3, 4]
    assert found.worst[0].key == "bright"
    assert found.largest == pytest.approx(0.2)
    assert found.is_beyond


def test_one_image_apart_among_few_is_no_alert() -> None:
    served = {pk: {"bright": 0.5} for pk in range(20)}
    assert not skew.compare(served, {**served, 3: {"bright": 0.9}}).is_beyond
