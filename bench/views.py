"""This will ask whether the interval of violating views holds the truth, with a second draw by views and without.

Views are log-normal. With a draw of their own, made when the views are in, posts are looked at by the rates that the
service plans (`audits.allocate_by_views`), as many a day as the audits; what the audits had looked at before counts
whole and takes no part here. Posts come in bands of twofold views, as where the service gathers its cells.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from bench.intervals import Measured, bounded
from bench.seasons import Looks, Season
from bench.traffic import Array
from moderation import audits
from moderation.statistics.weighing import expected_find, weigh

MIDDLE, SPREAD = 3.0, 1.0
BANDS = np.log(2.0) * np.arange(-1, 12)
SAMPLE = 20_000
EXACT_SUMS = 20_000_000
MEAN, MEAN_SQUARE = np.exp(MIDDLE + SPREAD**2 / 2), np.exp(2 * MIDDLE + 2 * SPREAD**2)


@dataclass(frozen=True)
class Bands:
    """Bands of views [B]: their share of posts, ends on the scale of the normal law, mean views and mean squares."""

    share: Array
    ends: Array
    mean: Array
    mean_square: Array


def bands() -> Bands:
    ends = np.concatenate([[-np.inf], (BANDS - MIDDLE) / SPREAD, [np.inf]])
    share = np.diff(norm.cdf(ends))
    mean, square = (whole * np.diff(norm.cdf(ends - n * SPREAD)) for whole, n in ((MEAN, 1), (MEAN_SQUARE, 2)))
    return Bands(share, ends, mean / share, square / share)


def by_second_draw(looks: Looks, season: Season, *, chance: np.random.Generator) -> Measured:
    """Violating views of what the audits had left, from a draw of its own."""
    band = bands()
    rates = _rates(looks, season, band, chance=chance)
    left = (looks.misses - looks.true_finds)[..., None]
    misses = chance.multinomial(left[..., 0], band.share)
    counts = chance.binomial(misses, rates)
    views, squares = _summed(counts, _views_within(counts, band, chance=chance))
    following = expected_find(
        _flat((looks.posts - looks.drawn)[..., None] * band.share),
        probability=rates.ravel(),
        mean_score=_flat(np.broadcast_to(looks.mean_score[..., None], misses.shape)),
        views=np.tile(band.mean, rates.shape[0]),
        squares=np.tile(band.mean_square, rates.shape[0]),
    )
    found = weigh(rates.ravel(), count=_flat(counts), views=_flat(views), squares=_flat(squares))
    unseen = (misses - counts).sum(axis=1)
    spread = np.sqrt(np.maximum(band.mean_square - band.mean**2, 0.0) * unseen)
    truth = views.sum(axis=(1, 2)) + (unseen * band.mean + spread * chance.standard_normal(unseen.shape)).sum(axis=1)
    return Measured(truth, bounded(found, following).amount)


def by_audits_alone(looks: Looks, *, chance: np.random.Generator) -> Measured:
    """Violating views of what passed, if only the audits' looks were weighed, whose rates follow the score alone."""
    counts = looks.true_finds
    views, squares = _summed(counts, chance.lognormal(MIDDLE, SPREAD, int(counts.sum())))
    following = expected_find(
        looks.posts, probability=looks.probability, mean_score=looks.mean_score, views=MEAN, squares=MEAN_SQUARE
    )
    found = weigh(looks.probability, count=counts, views=views, squares=squares)
    unseen = _sums((looks.misses - counts).sum(axis=1), chance=chance)
    return Measured(views.sum(axis=1) + unseen, bounded(found, following).amount)


def _rates(looks: Looks, season: Season, band: Bands, *, chance: np.random.Generator) -> Array:
    """The second draw's rates by cell and band [C, B], planned for a sample of posts with the seasons' mean rates."""
    posts, first = looks.posts.mean(axis=0), looks.probability.mean(axis=0)
    sample = chance.choice(first, size=SAMPLE, p=posts / posts.sum())
    views = np.maximum(np.rint(chance.lognormal(MIDDLE, SPREAD, SAMPLE)), 1)
    looks_a_day, posts_a_day = season.budget.looks_a_day, posts.sum() / season.budget.days
    planned = audits.allocate_by_views(
        sample.tolist(), [int(one) for one in views], budget=looks_a_day * SAMPLE / posts_a_day
    )
    seen = [max(1, round(float(one))) for one in band.mean]
    return np.array([[planned.rate(first=float(one), views=n) for n in seen] for one in first])


def _views_within(counts: Array, band: Bands, *, chance: np.random.Generator) -> Array:
    """Views of every single find, in the order of `counts` [S, C, B]."""
    place = np.repeat(np.tile(np.arange(band.share.size), counts.size // band.share.size), counts.ravel())
    low, high = norm.cdf(band.ends[:-1])[place], norm.cdf(band.ends[1:])[place]
    level = low + (high - low) * chance.random(place.size)
    return np.exp(MIDDLE + SPREAD * norm.ppf(np.clip(level, 1e-12, 1 - 1e-12)))


def _summed(counts: Array, views: Array) -> tuple[Array, Array]:
    """Sums of the views of each group's finds, and of their squares."""
    place = np.repeat(np.arange(counts.size), counts.ravel())
    first, second = (np.bincount(place, one, counts.size).reshape(counts.shape) for one in (views, views**2))
    return first, second


def _flat(groups: Array) -> Array:
    """[S, C, B] as [S, C times B]."""
    return groups.reshape(len(groups), -1)


def _sums(counts: Array, *, chance: np.random.Generator) -> Array:
    """Sums of so many views [S]; where they run to many millions, by their normal limit."""
    if counts.sum() <= EXACT_SUMS:
        place = np.repeat(np.arange(counts.size), counts)
        return np.bincount(place, chance.lognormal(MIDDLE, SPREAD, place.size), counts.size)
    return MEAN * counts + np.sqrt((MEAN_SQUARE - MEAN**2) * counts) * chance.standard_normal(counts.size)
