"""This will fix, once for each version, what its days are compared with.

First choice is the dataset that it was measured on, weighted to the traffic: what the evaluation promised holds for
such images, so a version that has met other ones since its first day is found too. Where too little of the dataset
speaks of the traffic, it is the first seven days on which the version decided, whole weeks, as weekends differ.
"""

from collections.abc import Sequence
from datetime import date, datetime

import numpy as np

from models_registry.drift import clouds, measures, references
from models_registry.drift.clouds import Cloud
from models_registry.models import ModelVersion
from models_registry.training.replaying import replay
from moderation.models import ReferenceKind, ReplayedDay, WatchedDay, WatchReference
from moderation.watch import embedded

FIRST_DAYS = 7
LEAST_POSTS = 200


def fix(version: ModelVersion, *, today: date, now: datetime) -> WatchReference | None:
    """Return a version's reference, made now if it can be; None while its first days are not over."""
    known = WatchReference.objects.filter(model_version=version).first()
    made = known or _of_dataset(version) or _of_first_days(version, today=today)
    if made is None or known:
        return made
    made.project_id, made.model_version, made.created_at = version.detector.project_id, version, now
    # Of two at once the first is kept.
    WatchReference.objects.bulk_create([made], ignore_conflicts=True)
    return WatchReference.objects.get(model_version=version)


def first_days(version: ModelVersion, *, today: date) -> list[WatchedDay]:
    """Return the days that are over, from the first on, that make a reference, or would once there are enough."""
    rows = list(WatchedDay.objects.filter(model_version=version, day__lt=today).order_by("day")[:90])
    for number in range(FIRST_DAYS, len(rows) + 1):
        if sum(one.posts for one in rows[:number]) >= LEAST_POSTS:
            return rows[:number]
    return rows


def is_enough(days: Sequence[WatchedDay]) -> bool:
    return len(days) >= FIRST_DAYS and sum(one.posts for one in days) >= LEAST_POSTS


def _of_dataset(version: ModelVersion) -> WatchReference | None:
    found = references.of_dataset(version, threshold=references.operating_point(version))
    if found is None:
        return None
    return WatchReference(kind=ReferenceKind.DATASET, histograms=found.histograms, sizes=found.sizes, above=found.above)


def _of_first_days(version: ModelVersion, *, today: date) -> WatchReference | None:
    days = first_days(version, today=today)
    if not is_enough(days):
        return None
    histograms = measures.added([one.histograms for one in days])
    posts = sum(one.posts for one in days)
    above = [one.above for one in days if one.above is not None]
    return WatchReference(
        kind=ReferenceKind.FIRST_DAYS,
        first=days[0].day,
        last=days[-1].day,
        histograms=histograms,
        sizes={key: sum(counts) for key, counts in histograms.items()},
        above=sum(above) / posts if len(above) == len(days) else None,
    )


def cloud(reference: WatchReference, *, threads: int) -> Cloud | None:
    """Return where the embeddings of a reference lie, computed if nobody has yet. Loads onnxruntime.

    None where it cannot be told, which is then remembered too.
    """
    if reference.cloud is None:
        found = _cloud(reference, threads=threads)
        reference.cloud = found.to_dict() if found else {}
        reference.save(update_fields=["cloud"])
    return Cloud.from_dict(reference.cloud) if reference.cloud else None


def _cloud(reference: WatchReference, *, threads: int) -> Cloud | None:
    if reference.kind == ReferenceKind.FIRST_DAYS:
        rows = ReplayedDay.objects.filter(
            model_version=reference.model_version_id, day__gte=reference.first, day__lte=reference.last
        )
        parts = [embedded.read(one) for one in rows.order_by("day") if one.dimensions]
        every = np.concatenate(parts) if parts else np.zeros((0, 1))
        return clouds.describe(every, np.ones(len(every)))
    images, weights = references.hold_out(reference.model_version)
    if not images:
        return None
    found = replay(reference.model_version, images, threads=threads)
    return clouds.describe(found.embeddings.astype(np.float64), weights[list(found.scores)])
