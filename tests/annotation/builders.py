"""This will make projects, people, schemas, images and questions for tests, and threads that start together."""

import io
import random
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from django.db import connections, transaction
from PIL import Image as Picture

from annotation import images, labels, pixels, questions
from annotation.models import Desk, Image, Lane, Purpose, Question, QuestionStatus, Truth, TruthSource
from annotation.questions import Ask
from config.accounts.models import Membership, Project, Role, User
from models_registry import registry
from models_registry.models import Detector, LabelSchema, ModelVersion, Run

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CLASSES = [{"key": "gruesome", "name": "Gruesome", "severity": 3}, {"key": "no_animal", "name": "No animal"}]

CONFIG = {"canvas": {"size_px": 32}}


# Whoever accepts a label is in a transaction.
accept = transaction.atomic(labels.accept)


def project_of(slug: str = "animals", **what: Any) -> Project:
    return Project.objects.get_or_create(slug=slug, defaults={"name": slug, **what})[0]


def schema_of(project: Project) -> LabelSchema:
    return LabelSchema.objects.filter(project=project).first() or registry.add_schema(project, classes=CLASSES, now=NOW)


def person_of(project: Project, name: str, *roles: Role) -> User:
    person, _ = User.objects.get_or_create(username=name)
    for role in roles or (Role.MODERATOR,):
        Membership.objects.get_or_create(user=person, project=project, role=role)
    return person


def people_of(project: Project, n: int, role: Role = Role.MODERATOR) -> list[User]:
    return [person_of(project, f"{role} {one}", role) for one in range(n)]


def picture(seed: int = 0, size: tuple[int, int] = (96, 64)) -> Picture.Image:
    """Draw blobs, other ones for every seed: a picture with a hash of its own."""
    coarse = np.random.default_rng(seed).integers(0, 256, (24, 24, 3), dtype=np.uint8)
    return Picture.fromarray(coarse).resize(size, Picture.Resampling.BICUBIC)


def encoded(image: Picture.Image, format: str = "JPEG", **how: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, format, **how)
    return out.getvalue()


def image_of(project: Project, seed: int = 0, **changed: Any) -> Image:
    """Write an image's row without its files; its split key is its own."""
    sha256 = f"{seed:064x}"
    facts = {"sha256": sha256, "original": f"{sha256}/original", "size_bytes": 1, "width_px": 1, "height_px": 1}
    more = {"format": "JPEG", "split_key": sha256, "received_at": NOW, "decoded_at": NOW}
    return Image.objects.create(**{"project": project, **facts, **more, **changed})


def kept_image(project: Project, data: bytes, *, now: datetime = NOW) -> Image:
    """Store an image and decode it here, as screening does in its children."""
    image = images.store(project, data, now=now)
    images.keep([image], [pixels.develop(data, max_px=10**7)], now=now)
    return image


def ask_about(image: Image, purpose: Purpose = Purpose.REVIEW, **changed: Any) -> Ask:
    facts = {"lane": Lane.NORMAL, "due_at": NOW + timedelta(hours=1)}
    return Ask(**{"image": image, "schema": schema_of(image.project), "purpose": purpose, **facts, **changed})


def question_of(project: Project, seed: int = 0, purpose: Purpose = Purpose.REVIEW, **changed: Any) -> Question:
    with transaction.atomic():
        return questions.open_questions([ask_about(image_of(project, seed), purpose, **changed)], now=NOW)[0]


def truth_of(image: Image, *classes: str, settled_at: datetime = NOW, **changed: Any) -> Truth:
    """Make a truth: imported, or, for an image whose answer was imported before, of a question of its own."""
    facts: dict[str, Any] = {"schema": schema_of(image.project), "classes": sorted(classes)}
    if image.truths.filter(schema=facts["schema"], source=TruthSource.IMPORT).exists():
        facts |= {"source": TruthSource.QUESTION, "question": _settled_question(image, at=settled_at)}
    else:
        facts |= {"source": TruthSource.IMPORT}
    return Truth.objects.create(
        **{"project": image.project, "image": image, "settled_at": settled_at, **facts, **changed}
    )


def _settled_question(image: Image, *, at: datetime) -> Question:
    return Question.objects.create(
        project=image.project,
        image=image,
        schema=schema_of(image.project),
        purpose=Purpose.LABEL,
        desk=Desk.LABEL,
        lane=Lane.NORMAL,
        rule="TWO_THEN_THIRD",
        status=QuestionStatus.SETTLED,
        due_at=at,
        opened_at=at,
        finished_at=at,
    )


def model_version_of(project: Project, number: int = 1) -> ModelVersion:
    """Register a version that was never trained: enough to hang predictions on."""
    schema = schema_of(project)
    detector, _ = Detector.objects.get_or_create(
        project=project, slug="rules", defaults={"schema": schema, "config": CONFIG, "created_at": NOW}
    )
    dataset, _ = registry.add_dataset(schema, checksum="0" * 64, manifest="none", counts={}, now=NOW)
    run = Run.objects.create(
        detector=detector, dataset=dataset, config={"n": number}, config_hash=str(number), requested_at=NOW
    )
    facts = {"detector": detector, "dataset": dataset, "run": run, "number": number, "created_at": NOW}
    facts |= {"schema": schema, "preprocessing": {}, "calibration": {}, "parity": {}}
    return ModelVersion.objects.create(**facts)


def together(work: Callable[[int], Any], n: int) -> list[Any]:
    """Run ``work(0)`` to ``work(n - 1)`` in threads that start at one moment; returns results or exceptions."""
    results: list[Any] = [None] * n
    start = threading.Barrier(n)

    def run(number: int) -> None:
        try:
            start.wait()
            results[number] = work(number)
        except Exception as error:
            results[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[number]) for number in range(n)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return results


def failures(results: Iterable[Any]) -> list[Exception]:
    return [one for one in results if isinstance(one, Exception)]


def chance(seed: int = 0) -> random.Random:
    return random.Random(seed)
