"""This will measure how many labels it takes to find violations: chosen by the service's sampling, and at random.

The photos are those of CIFAR-10's training side, a zip of ``class/NNNN.jpg``, which the environment names:
``CIFAR=/path/to/cifar10-train.zip make bench BENCH=label_economy``. A pool of 20,000 has 3 % vehicles, which are the
violations; so do 10,000 others, on which is measured how many of the violations are found where half of what is flagged
violates. Both sides begin with the same few random labels; the network is fitted from scratch after each round, with
the service's own recipe. Seeds make pool, first labels and fits differ. Hours on two cores: ``SEEDS=1`` for one seed.
"""

import os
import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from annotation.models import Prediction
from annotation.sampling import choose
from bench.figures import Figure
from bench.fitting import Photos, path_of_photos, photos
from models_registry.ml import fitting
from models_registry.ml.recipe import FitConfig

POOL, TEST, PREVALENCE = 20_000, 10_000, 0.03
REQUIRED_PRECISION = 0.5
# Labels after each round; the last is where both are compared.
CHOSEN = (300, 600, 1000, 1500)
AT_RANDOM = (300, 1500, 3000, 4500)
# A third of the labels, or fewer, is the aim.
MOST = 1 / 3
KEY = "vehicle"


@dataclass(frozen=True)
class World:
    """The pool that may be labeled, and what is measured on: canvases and targets each."""

    pool: Photos
    test: Photos


def run() -> list[Figure]:
    everything = photos(path_of_photos("label_economy"))
    seeds = int(os.environ.get("SEEDS", "5"))
    found = [list(_seed(everything, seed)) for seed in range(seeds)]
    chosen, at_random = ([_mean(row) for row in zip(*some, strict=True)] for some in zip(*found, strict=True))
    rows = [Figure(f"chosen by sampling: recall at {n} labels", one, "") for n, one in zip(CHOSEN, chosen, strict=True)]
    rows += [Figure(f"at random: recall at {n} labels", one, "") for n, one in zip(AT_RANDOM, at_random, strict=True)]
    same = _labels_for(chosen[-1], at_random)
    note = "" if same <= AT_RANDOM[-1] else f"at random more than {AT_RANDOM[-1]} are needed"
    share = CHOSEN[-1] / min(same, AT_RANDOM[-1])
    name = f"labels chosen over labels at random, for the same recall (seeds: {seeds})"
    return [*rows, Figure(name, share, "×", MOST, note=note)]


def _seed(everything: Photos, seed: int) -> Iterator[list[float]]:
    """Yield the recalls after each round of chosen labels, then of random ones."""
    world = _world(everything, seed)
    order = np.random.default_rng([seed, 1]).permutation(POOL)
    first = _fit(world, order[: CHOSEN[0]], seed)
    recall = _recall(first, world)
    print(f"seed {seed}: the first {CHOSEN[0]} labels: {recall:.3f}", flush=True)
    yield [recall, *_chosen(world, first, order, seed)]
    yield [recall, *_at_random(world, order, seed)]


def _chosen(world: World, state: Path, order: np.ndarray, seed: int) -> Iterator[float]:
    labeled = list(map(int, order[: CHOSEN[0]]))
    for wanted in CHOSEN[1:]:
        labeled += _next(world, state, labeled, wanted - len(labeled), seed)
        state = _fit(world, np.array(labeled), seed)
        recall = _recall(state, world)
        n = int(world.pool[1][labeled].sum())
        print(f"seed {seed}: chosen {wanted} labels, {n} of them violations: {recall:.3f}", flush=True)
        yield recall


def _at_random(world: World, order: np.ndarray, seed: int) -> Iterator[float]:
    for wanted in AT_RANDOM[1:]:
        recall = _recall(_fit(world, order[:wanted], seed), world)
        print(f"seed {seed}: random {wanted} labels: {recall:.3f}", flush=True)
        yield recall


def _world(everything: Photos, seed: int) -> World:
    canvases, targets = everything
    chance = np.random.default_rng([seed, 0])
    bad, good = (chance.permutation(np.flatnonzero(targets[:, 0] == value)) for value in (1, 0))
    sides = []
    for size in (POOL, TEST):
        n_bad = round(size * PREVALENCE)
        taken = np.concatenate([bad[:n_bad], good[: size - n_bad]])
        bad, good = bad[n_bad:], good[size - n_bad :]
        sides.append((canvases[taken], targets[taken]))
    return World(*sides)


def _next(world: World, state: Path, labeled: Sequence[int], wanted: int, seed: int) -> list[int]:
    """Return what the service would ask about next. Its policy flags so many that half of them would violate, were all
    violations among them: the threshold is a share of the traffic, and needs no label."""
    scores = _scores(state, world.pool[0])
    threshold = float(np.quantile(scores, 1 - PREVALENCE / REQUIRED_PRECISION))
    known = set(labeled)
    rows = [Prediction(pk=n, scores={KEY: float(one)}) for n, one in enumerate(scores) if n not in known]
    chance = random.Random(f"{seed}:{len(labeled)}")
    return [int(one.pk) for one in choose(rows, bands={KEY: [threshold]}, wanted=wanted, chance=chance)]


def _fit(world: World, labeled: np.ndarray, seed: int) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="second-look-economy-"))
    canvases, targets = (side[labeled] for side in world.pool)
    return fitting.fit(canvases, targets, config=FitConfig(seed=seed), checkpoint=folder / "fit.checkpoint")


def _scores(state: Path, canvases: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-fitting.logits(state, canvases)[:, 0].astype(np.float64)))


def _recall(state: Path, world: World) -> float:
    """The largest share of violations found where at least half of what is flagged violates."""
    scores, truths = _scores(state, world.test[0]), world.test[1][:, 0] > 0
    found = np.cumsum(truths[np.argsort(-scores, kind="stable")])
    precision = found / np.arange(1, len(found) + 1)
    reached = found[precision >= REQUIRED_PRECISION]
    return float(reached.max() / truths.sum()) if len(reached) else 0.0


def _mean(row: Sequence[float]) -> float:
    return sum(row) / len(row)


def _labels_for(recall: float, at_random: Sequence[float]) -> float:
    """Return how many random labels reach a recall, between measured numbers in a line; infinity if none did."""
    reached = np.maximum.accumulate(at_random)
    return float(np.interp(recall, reached, AT_RANDOM, right=np.inf))
