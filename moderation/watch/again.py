"""This will score a random sample of what each version served, again, on the path of training.

A few hundred images of each day that is over, chosen by a coin that depends on image and day alone. Their scores are
compared with those that serving acted on, and their embeddings tell whether the images have changed in ways that
neither brightness nor size show. Loads onnxruntime: only for a worker that trains.
"""

from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta

import numpy as np
from django.conf import settings

from annotation.models import Image
from config.accounts.models import Project
from models_registry.drift import clouds, skew
from models_registry.models import ModelVersion
from models_registry.training.replaying import Original, Replayed, replay
from moderation.lab.sample import coins
from moderation.measurement.periods import Period
from moderation.models import ReplayedDay, Verdict, WatchedDay, WatchReference
from moderation.watch import embedded, judging, references

SAMPLE = 200
# Days that a worker missed are made up for, as far back as this.
BACK_DAYS = 7
Served = dict[int, dict[str, float]]


def catch_up(project: Project, *, now: datetime) -> list[ReplayedDay]:
    """Replay the days that are over and were not replayed yet, oldest first, and place their embeddings."""
    today = now.astimezone(UTC).date()
    days = WatchedDay.objects.filter(project=project, day__lt=today, day__gte=today - timedelta(days=BACK_DAYS))
    done = set(ReplayedDay.objects.filter(project=project).values_list("model_version_id", "day"))
    rows = days.select_related("model_version__detector").order_by("day", "model_version_id")
    made = [
        replay_day(one.model_version, one.day, now=now) for one in rows if (one.model_version_id, one.day) not in done
    ]
    for reference in WatchReference.objects.filter(project=project).select_related("model_version__dataset"):
        _place(reference)
    return made


def replay_day(version: ModelVersion, day: date, *, now: datetime) -> ReplayedDay:
    """Score a day's sample again and keep what came of it. Two at once write the same."""
    served = _sample(version, day)
    images = Image.objects.filter(pk__in=served).order_by("id")
    originals = [Original(pk, *stored) for pk, *stored in images.values_list("pk", "original", "sha256")]
    found = replay(version, originals, threads=settings.INFERENCE_THREADS) if originals else _nothing()
    compared = skew.compare(served, found.scores)
    kept, dimensions = embedded.packed(found.embeddings)
    values = asdict(compared) | {
        "worst": [asdict(one) for one in compared.worst],
        "embeddings": kept,
        "dimensions": dimensions,
        "replayed_at": now,
    }
    row, _ = ReplayedDay.objects.update_or_create(
        model_version=version, day=day, defaults={"project_id": version.detector.project_id, "distance": None, **values}
    )
    return row


def _nothing() -> Replayed:
    return Replayed({}, np.zeros((0, 0), dtype=np.float32))


def _sample(version: ModelVersion, day: date) -> Served:
    """Choose images of a day, and return the scores that serving acted on, by image id."""
    period = Period.of_days(day, day)
    rows = Verdict.objects.filter(
        project=version.detector.project_id,
        model_version=version,
        created_at__gte=period.start,
        created_at__lt=period.end,
    ).exclude(scores={})
    ids = np.array(sorted(set(rows.values_list("post__image_id", flat=True))), dtype=np.int64)
    order = np.argsort(coins(ids * 100_003 + day.toordinal()), kind="stable")
    chosen = ids[order[:SAMPLE]].tolist()
    return dict(rows.filter(post__image__in=chosen).order_by("-id").values_list("post__image_id", "scores"))


def _place(reference: WatchReference) -> None:
    """Say of the replayed days that were not compared yet how far their embeddings lie from the reference."""
    mine = ReplayedDay.objects.filter(model_version=reference.model_version_id, dimensions__gt=0)
    waiting = mine.filter(distance__isnull=True).order_by("day")
    rows = [one for one in waiting if not judging.is_part_of(reference, one)]
    if not rows:
        return
    cloud = references.cloud(reference, threads=settings.INFERENCE_THREADS)
    if cloud is None:
        return
    for row in rows:
        found = clouds.distance(cloud, embedded.read(row), tests=judging.tests(reference))
        if found:
            row.distance = asdict(found)
            row.save(update_fields=["distance"])
