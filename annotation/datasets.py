"""This will freeze truths into a dataset version: a manifest, checksummed and split, registered one floor below.

One line per image: the newest truth counts for its classes, and the first recorded probability with which it came to
be looked at for its weight. Images near both sides of the split are left out, and on the hold-out side every truth that
rests on one person's answer: what measures models was seen by two. The same content is the same version.
"""

import hashlib
import io
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.db import transaction

from annotation import confirmation, files
from annotation.models import DatasetMember, Label, Truth
from annotation.splits import side
from config.accounts.models import User
from models_registry import registry
from models_registry.models import DatasetVersion, Detector, LabelSchema

# A longer attribute is a text, and no name of a slice.
LONGEST_VALUE = 40


class NothingToFreeze(Exception):
    """The schema has no truth about a decoded image yet."""


@dataclass(frozen=True)
class Line:
    """One image of the manifest; ``inclusion_probability`` is empty where nobody knows it, and ``saw_suggestion`` says
    whether its answer was given beside what a model suggested.

    The rest are facts that the data is checked by before anything is fitted, for nobody down there can look them up:
    ``pdq`` is the perceptual hash in hexadecimal, empty for flat images, and ``answered_by`` the ids of the people
    whose sure answers stand behind the truth. ``attributes`` are those of the post that was asked about, as the text of
    a JSON object: models are measured apart on what has one value or another.
    """

    sha256: str
    original: str
    classes: tuple[str, ...]
    split: str
    source: str
    purpose: str
    stratum: str
    inclusion_probability: float | None
    saw_suggestion: bool
    split_key: str
    pdq: str
    width_px: int
    height_px: int
    brightness: float | None
    answered_by: tuple[str, ...]
    attributes: str


@transaction.atomic
def freeze(schema: LabelSchema, *, by: User | None = None, now: datetime) -> DatasetVersion:
    """Freeze every truth under a schema as of now; returns the version, an earlier one if nothing changed.

    Truths of other versions of the schema count too where an answer means the same under both.
    Holds the truths it reads, so that none is taken back meanwhile; a second call waits and finds the first one's
    version. Raises NothingToFreeze.
    """
    newest, first_probability = _collect(schema)
    truths = [truth for truth in newest.values() if not truth.image.straddles_split]
    people = _people(schema)
    lines = sorted(
        (_line(one, first_probability.get(one.image_id), people=people.get(one.question_id, ())) for one in truths),
        key=lambda one: one.sha256,
    )
    if not lines:
        raise NothingToFreeze("There is no truth about a decoded image under this schema yet.")
    checksum = _checksum(lines)
    key = f"{schema.project.slug}/datasets/{checksum}.parquet"
    manifest = files.write(key, _parquet(lines))
    counts = _counts(lines, schema.keys)
    version, is_new = registry.add_dataset(schema, checksum=checksum, manifest=manifest, counts=counts, by=by, now=now)
    if is_new:
        members = [DatasetMember(dataset=version, truth=truth) for truth in truths]
        DatasetMember.objects.bulk_create(members, batch_size=5000)
    return version


def _collect(schema: LabelSchema) -> tuple[dict[int, Truth], dict[int, float]]:
    """Return per image the newest standing truth, and the first known inclusion probability."""
    newest: dict[int, Truth] = {}
    first_probability: dict[int, float] = {}
    same = registry.versions_asking_the_same(schema)
    standing = Truth.objects.filter(schema__in=same, withdrawn_at__isnull=True, image__decoded_at__isnull=False)
    # NO KEY: a settlement that points at one of these truths need not wait.
    held = standing.select_for_update(of=("self",), no_key=True)
    for truth in held.select_related("image", "question").order_by("settled_at", "id").iterator(chunk_size=5000):
        if confirmation.is_lacking(truth):
            continue
        newest[truth.image_id] = truth
        if truth.inclusion_probability is not None:
            first_probability.setdefault(truth.image_id, truth.inclusion_probability)
    return newest, first_probability


def _people(schema: LabelSchema) -> dict[int | None, tuple[str, ...]]:
    """Return per question with a truth whose sure answers stand, sorted."""
    same = registry.versions_asking_the_same(schema)
    asked = Label.objects.filter(question__truths__schema__in=same, question__truths__withdrawn_at__isnull=True)
    standing = asked.filter(retraction__isnull=True, is_unsure=False).values_list("question_id", "person_id")
    people: dict[int | None, set[str]] = {}
    for question, person in standing.iterator(chunk_size=5000):
        people.setdefault(question, set()).add(str(person))
    return {question: tuple(sorted(found)) for question, found in people.items()}


def _line(truth: Truth, probability: float | None, *, people: tuple[str, ...]) -> Line:
    return Line(
        sha256=truth.image.sha256,
        original=truth.image.original,
        classes=tuple(sorted(truth.classes)),
        split=side(truth.image.split_key),
        source=truth.source,
        purpose=truth.purpose,
        stratum=truth.stratum,
        inclusion_probability=probability,
        saw_suggestion=truth.saw_suggestion,
        split_key=truth.image.split_key,
        pdq=bytes(truth.image.pdq or b"").hex(),
        width_px=truth.image.width_px,
        height_px=truth.image.height_px,
        brightness=truth.image.brightness,
        answered_by=people,
        attributes=_attributes(truth),
    )


def _attributes(truth: Truth) -> str:
    """Keep what can name a slice: short texts, numbers, yes and no."""
    given = truth.question.attributes if truth.question else {}
    kept = {name: value for name, value in given.items() if isinstance(value, str | int | float)}
    short = {name: value for name, value in kept.items() if len(str(value)) <= LONGEST_VALUE}
    return json.dumps(short, sort_keys=True)


def _checksum(lines: Sequence[Line]) -> str:
    """Hash the content, not the file: another version of the parquet library writes other bytes."""
    digest = hashlib.sha256()
    for line in lines:
        digest.update(json.dumps(asdict(line), sort_keys=True).encode() + b"\n")
    return digest.hexdigest()


_TYPES = {
    "classes": pa.list_(pa.string()),
    "answered_by": pa.list_(pa.string()),
    "inclusion_probability": pa.float64(),
    "brightness": pa.float64(),
    "saw_suggestion": pa.bool_(),
    "width_px": pa.int32(),
    "height_px": pa.int32(),
}


def _parquet(lines: Sequence[Line]) -> bytes:
    columns = {name: [getattr(line, name) for line in lines] for name in Line.__dataclass_fields__}
    columns |= {name: [list(getattr(line, name)) for line in lines] for name in ("classes", "answered_by")}
    schema = pa.schema([(name, _TYPES.get(name, pa.string())) for name in columns])
    out = io.BytesIO()
    pq.write_table(pa.table(columns, schema=schema), out)
    return out.getvalue()


def _counts(lines: Sequence[Line], class_keys: Sequence[str]) -> dict[str, Any]:
    """Return per split: images, weighted ones, any violation, and positives per class."""
    counts: dict[str, Counter[str]] = {}
    for line in lines:
        one = counts.setdefault(line.split, Counter({"images": 0, "weighted": 0, "violations": 0}))
        one.update(["images"])
        one.update(["weighted"] if line.inclusion_probability is not None else [])
        one.update(["violations"] if line.classes else [])
        one.update(f"class:{key}" for key in class_keys if key in line.classes)
    return {split: dict(one) for split, one in counts.items()}


def fresh_truths(detector: Detector) -> int:
    """Return how many truths have been settled since the newest dataset version of the detector's schema."""
    same = registry.versions_asking_the_same(detector.schema)
    last = DatasetVersion.objects.filter(schema__in=same).order_by("-number").first()
    truths = Truth.objects.filter(schema__in=same, withdrawn_at__isnull=True)
    return truths.filter(settled_at__gt=last.created_at).count() if last else truths.count()


ENOUGH_NEW = 200


@transaction.atomic
def train_when_enough(detector: Detector, *, now: datetime) -> int | None:
    """Freeze and request a run when enough new truths exist; returns the run's id, or None.

    Both or neither: a dataset without its run would make these truths look used. Raises NothingToFreeze, RunRefused.
    """
    if fresh_truths(detector) < ENOUGH_NEW:
        return None
    dataset = freeze(detector.schema, now=now)
    return registry.request_run(detector, dataset, config=detector.config, now=now).pk
