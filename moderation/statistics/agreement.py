"""This will say how far people agree, and how often each is right.

Pure. Raw agreement says how often two answers on one image are the same; Cohen's kappa (1960, Educ Psychol Meas 20:37)
and Krippendorff's alpha (2004, *Content Analysis*, ch. 11, nominal data, any number of people, answers missing) take
off what chance would give. Intervals are two-sided 95 %: Wilson's for shares, the percentile bootstrap over images for
the two coefficients, with a fixed seed, so that a page that is loaded twice says the same twice.
"""

import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from moderation.statistics.intervals import wilson

RESAMPLES = 1000
ENOUGH_IMAGES = 30
ENOUGH_WIDTH = 0.30
SEED = 20

Counts = NDArray[np.float64]


@dataclass(frozen=True)
class Agreement:
    """One measure over `n` images, pairs or items, None where undefined; show `estimate` only if `enough`."""

    estimate: float | None
    low: float | None
    high: float | None
    n: int
    enough: bool


@dataclass(frozen=True)
class ClassAgreement:
    """Whether people agree that one class applies."""

    raw: Agreement
    alpha: Agreement


def raw_agreement(images: Sequence[Sequence[Hashable]]) -> Agreement:
    """The share of images on which all answers given are the same; images with fewer than two answers do not count."""
    compared = [answers for answers in images if len(answers) >= 2]
    return _share(sum(len(set(answers)) == 1 for answers in compared), len(compared))


def cohens_kappa(pairs: Sequence[tuple[Hashable, Hashable]]) -> Agreement:
    """(p_o - p_e)/(1 - p_e) for two people who answered the same images; undefined where both always say one thing."""
    values = _numbered(answer for pair in pairs for answer in pair)
    tables = np.zeros((len(pairs), len(values), len(values)))
    for table, (one, other) in zip(tables, pairs, strict=True):
        table[values[one], values[other]] = 1
    flat = tables.reshape(len(pairs), len(values) ** 2)
    return _bootstrapped(flat, of=lambda sums: _kappas(sums.reshape(len(sums), len(values), len(values))))


def krippendorffs_alpha(images: Sequence[Sequence[Hashable]]) -> Agreement:
    """1 - D_o/D_e for nominal answers of any people, a sequence of those given for each image.

    Images with fewer than two answers do not count. Undefined where everybody always says one thing.
    """
    compared = [answers for answers in images if len(answers) >= 2]
    values = _numbered(answer for answers in compared for answer in answers)
    counts = np.zeros((len(compared), len(values)))
    for row, answers in zip(counts, compared, strict=True):
        np.add.at(row, [values[answer] for answer in answers], 1)
    sizes = counts.sum(axis=1, keepdims=True)
    disagreed = (sizes**2 - (counts**2).sum(axis=1, keepdims=True)) / np.maximum(sizes - 1, 1)
    return _bootstrapped(np.hstack([disagreed, counts]), of=_alphas)


def by_class(images: Sequence[Sequence[Set[str]]], *, classes: Sequence[str]) -> Mapping[str, ClassAgreement]:
    """Agreement class by class: answers are sets of class keys, empty for fine, and each class is a yes or a no."""
    found = {}
    for one in classes:
        named = [[one in answer for answer in answers] for answers in images]
        found[one] = ClassAgreement(raw_agreement(named), krippendorffs_alpha(named))
    return found


def accuracy_of_person(*, right: int, items: int) -> Agreement:
    """The share of items with a known truth that a person answered rightly, with Wilson's interval."""
    return _share(right, items)


def _share(ones: int, n: int) -> Agreement:
    """Enough when the interval is at most 0.30 wide."""
    if n <= 0:
        return Agreement(None, None, None, n=0, enough=False)
    low, high = (float(end) for end in wilson(ones / n, n))
    return Agreement(ones / n, low, high, n=n, enough=high - low <= ENOUGH_WIDTH)


def _numbered(values: Iterable[Hashable]) -> dict[Hashable, int]:
    return {value: number for number, value in enumerate(dict.fromkeys(values))}


def _bootstrapped(rows: Counts, *, of: Callable[[Counts], Counts]) -> Agreement:
    """A coefficient of sums over images, with bounds from drawing the images anew.

    Those that were answered alike are drawn together, which is the same, and fast however many there are.
    Enough from 30 images on, with an interval at most 0.30 wide. Resamples in which it is undefined are left out.
    """
    n = len(rows)
    estimate = float(of(rows.sum(axis=0, keepdims=True))[0]) if n else math.nan
    if math.isnan(estimate):
        return Agreement(None, None, None, n=n, enough=False)
    kinds, alike = np.unique(rows, axis=0, return_counts=True)
    weights = np.random.default_rng(SEED).multinomial(n, alike / n, size=RESAMPLES)
    drawn = of(weights @ kinds)
    low, high = (float(end) for end in np.nanquantile(drawn, [0.025, 0.975]))
    enough = n >= ENOUGH_IMAGES and high - low <= ENOUGH_WIDTH
    return Agreement(estimate, min(low, estimate), max(high, estimate), n=n, enough=enough)


def _kappas(tables: Counts) -> Counts:
    """Takes tables of pairs [B, V, V]; returns [B], NaN where chance alone explains everything."""
    n = tables.sum(axis=(1, 2))
    observed = np.trace(tables, axis1=1, axis2=2) / n
    expected = (tables.sum(axis=1) * tables.sum(axis=2)).sum(axis=1) / n**2
    return _above_chance(1 - observed, 1 - expected)


def _alphas(sums: Counts) -> Counts:
    """Takes the disagreement and then the count of each value [B, 1 + V]; returns [B], NaN as for kappa."""
    disagreed, counts = sums[:, 0], sums[:, 1:]
    n = counts.sum(axis=1)
    expected = (n**2 - (counts**2).sum(axis=1)) / (n * (n - 1))
    return _above_chance(disagreed / n, expected)


def _above_chance(observed: Counts, expected: Counts) -> Counts:
    """1 - D_o/D_e; where chance leaves no disagreement to expect there is nothing to compare with."""
    compared = np.divide(observed, expected, out=np.full_like(observed, math.nan), where=expected > 1e-12)
    return 1 - compared
