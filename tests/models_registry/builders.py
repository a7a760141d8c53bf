"""This will make the small worlds that tests of the registry play in: projects, people, datasets of drawn images.

Violations are bright squares on noise, which a network learns within two or three seconds.
"""

import hashlib
import io
import itertools
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction
from PIL import Image

from config.accounts.models import ApiKey, Membership, Project, Role, User
from models_registry import artifacts, registry
from models_registry.models import (
    DatasetVersion,
    Detector,
    Evaluation,
    GateOutcome,
    LabelSchema,
    ModelVersion,
    Run,
    RunStatus,
    Scorecard,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CANVAS_PX = 16
CLASSES = [{"key": "bright", "name": "Too bright", "severity": 1}]
FIT = {"epochs": 2, "batch_size": 32, "threads": 1, "averaged_share": 0.5}
CONFIG = {"canvas": {"size_px": CANVAS_PX}, "fit": FIT}
_number = itertools.count(1)


@dataclass
class Place:
    project: Project
    schema: LabelSchema
    detector: Detector


def place(*, classes: Sequence[dict[str, Any]] = CLASSES, config: dict[str, Any] | None = None) -> Place:
    """Make a project with one detector."""
    slug = f"animals-{next(_number)}"
    project = Project.objects.create(slug=slug, name=slug)
    schema = registry.add_schema(project, classes=classes, now=NOW)
    return Place(project, schema, detector(project, schema, config=config))


def detector(project: Project, schema: LabelSchema, *, config: dict[str, Any] | None = None) -> Detector:
    slug = f"detector-{next(_number)}"
    return Detector.objects.create(project=project, slug=slug, schema=schema, config=config or CONFIG, created_at=NOW)


def person(project: Project, *roles: Role) -> User:
    """Make a member; an engineer unless other roles are named."""
    user = User.objects.create_user(username=f"person-{next(_number)}", password="a-long-password")
    for role in roles or (Role.ENGINEER,):
        Membership.objects.create(user=user, project=project, role=role)
    return user


def key(user: User) -> str:
    """Return the header that lets a person in."""
    return f"Token {ApiKey.issue(name='tests', user=user)[1]}"


@dataclass
class Line:
    """One line of a manifest, with the picture it stands for."""

    split: str
    classes: list[str]
    inclusion_probability: float | None
    data: bytes = field(repr=False, default=b"")


def lines(n: int = 200, *, violating: float = 0.4, seed: int = 0) -> list[Line]:
    """Draw images over all sides of the split; violations were all kept, of the others half."""
    random = np.random.default_rng(seed)
    sides = ("fit", "fit", "calibration", "hold_out")
    made = []
    for index in range(n):
        violates = random.random() < violating
        made.append(
            Line(
                split=sides[index % 4],
                classes=["bright"] if violates else [],
                inclusion_probability=1.0 if violates else 0.5,
                data=png(bright=violates, random=random),
            )
        )
    return made


def png(*, bright: bool, random: np.random.Generator) -> bytes:
    pixels = random.integers(0, 120, (CANVAS_PX, CANVAS_PX, 3), dtype=np.uint8)
    if bright:
        top, left = random.integers(0, CANVAS_PX - 8, 2)
        pixels[top : top + 8, left : left + 8] = (255, 200, 180)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def dataset(
    place: Place, content: Sequence[Line] | None = None, *, schema: LabelSchema | None = None
) -> DatasetVersion:
    """Store images and manifest as ``annotation.datasets`` does, and register them."""
    content, name = lines() if content is None else content, f"{place.project.slug}/{next(_number)}"
    keys = [default_storage.save(f"{name}/{index}.png", ContentFile(one.data)) for index, one in enumerate(content)]
    columns = {
        "sha256": [hashlib.sha256(one.data).hexdigest() for one in content],
        "original": keys,
        "classes": pa.array([one.classes for one in content], pa.list_(pa.string())),
        "split": [one.split for one in content],
        "inclusion_probability": pa.array([one.inclusion_probability for one in content], pa.float64()),
    }
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    manifest = default_storage.save(f"{name}/manifest.parquet", ContentFile(out.getvalue()))
    return registry.add_dataset(schema or place.schema, checksum=name, manifest=manifest, counts={}, now=NOW)[0]


def requested(place: Place, content: Sequence[Line] | None = None, *, config: dict[str, Any] | None = None) -> Run:
    """Request a run on a dataset of its own."""
    return registry.request_run(place.detector, dataset(place, content), config=config or CONFIG, now=NOW)


def version(
    place: Place,
    onnx: Path | None = None,
    *,
    report: dict[str, Any] | None = None,
    of: Detector | None = None,
    manifest: str = "",
    scores: Path | None = None,
) -> ModelVersion:
    """Register a model version by hand, as training one takes seconds; ``scores`` are those of its hold-out."""
    owner, number = of or place.detector, next(_number)
    frozen = registry.add_dataset(place.schema, checksum=str(number), manifest=manifest, counts={}, now=NOW)[0]
    run = Run.objects.create(
        detector=owner, dataset=frozen, config=CONFIG, status=RunStatus.SUCCEEDED, requested_at=NOW
    )
    made = ModelVersion.objects.create(
        detector=owner,
        number=number,
        schema=place.schema,
        dataset=frozen,
        run=run,
        artifact=artifacts.keep(onnx, key=f"models/{number}.onnx") if onnx else "",
        artifact_sha256=artifacts.sha256_of(onnx) if onnx else "",
        preprocessing={"size_px": CANVAS_PX},
        calibration={},
        parity={},
        created_at=NOW,
    )
    Evaluation.objects.create(
        model_version=made,
        dataset=frozen,
        report=report or {},
        scores=artifacts.keep(scores, key=f"scores/{number}.parquet") if scores else "",
        scores_sha256=artifacts.sha256_of(scores) if scores else "",
        created_at=NOW,
    )
    return made


def measured(
    version: ModelVersion, outcome: GateOutcome = GateOutcome.PASS, *, against: ModelVersion | None = None
) -> Scorecard:
    """Write the scorecard that the gate would have written."""
    checks = [{"name": "recall", "outcome": outcome, "value": 0.1, "limit": 0.7, "sentence": "It misses too much."}]
    return Scorecard.objects.create(
        model_version=version, champion=against, checks=checks, outcome=outcome, created_at=NOW
    )


def body(response: Any) -> dict[str, Any]:
    return dict(json.loads(response.content))


def each_in_a_thread(*calls: Any) -> list[Any]:
    """Call all at once, each on a connection of its own; returns what each returned, or raised."""
    results: list[Any] = [None] * len(calls)

    def run(index: int) -> None:
        try:
            results[index] = calls[index]()
        except Exception as error:
            results[index] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=(index,)) for index in range(len(calls))]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return results


@contextmanager
def impatient() -> Iterator[None]:
    """A transaction that fails rather than wait for anybody's lock."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '200ms'")
        yield
