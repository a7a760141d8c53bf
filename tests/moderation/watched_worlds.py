"""This will write watched days of known brightness and scores, as the watch counts them from thousands of posts."""

from datetime import date, datetime
from typing import Any

import numpy as np

from models_registry.drift import bins
from models_registry.models import ModelVersion
from moderation.models import ReplayedDay, WatchedDay
from moderation.watch import embedded


def watched(version: ModelVersion, day: date, *, mean: float = 0.5, posts: int = 120, seed: int = 1) -> WatchedDay:
    """Write one day of posts whose brightness lies around ``mean``, and whose scores never change."""
    random = np.random.default_rng([seed, day.toordinal()])
    values = bins.looks(random.normal(mean, 0.1, posts), _sizes(random, posts), np.full(posts, 1200))
    values |= bins.scores(random.beta(0.05, 0.6, (posts, len(version.schema.keys))), version.schema.keys)
    return WatchedDay.objects.create(
        project_id=version.detector.project_id,
        model_version=version,
        day=day,
        posts=posts,
        flagged=int(random.binomial(posts, 0.03)),
        above=int(random.binomial(posts, 0.05)),
        histograms={key: bins.ruler_of(key).counts(one) for key, one in values.items()},
    )


def _sizes(random: np.random.Generator, posts: int) -> Any:
    return random.choice([1600, 1200, 900, 2132], posts, p=[0.6, 0.2, 0.1, 0.1])


def replayed(
    version: ModelVersion, day: date, *, now: datetime, shift: float = 0.0, worst: tuple[dict[str, Any], ...] = ()
) -> ReplayedDay:
    """Write one replayed day of 60 images whose embeddings lie ``shift`` standard deviations away."""
    values = np.random.default_rng(day.toordinal()).normal(shift, 1.0, (60, 16)).astype(np.float32)
    kept, dimensions = embedded.packed(values)
    return ReplayedDay.objects.create(
        project_id=version.detector.project_id,
        model_version=version,
        day=day,
        images=60,
        missing=0,
        largest=max([abs(one["served"] - one["again"]) for one in worst], default=2e-7),
        mean=1e-7,
        beyond=len(worst),
        worst=list(worst),
        embeddings=kept,
        dimensions=dimensions,
        replayed_at=now,
    )
