"""This will make the small worlds that tests of moderation play in: projects, people, photos, posts, versions.

Everything goes through the real rooms; only a model version's registration is written by hand, as training one would
take minutes. Its file is real ONNX, served through the real door.
"""

import hashlib
import io
import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image as Picture

from annotation import labels, queue
from annotation.models import Desk, Job, Lane, Purpose, Question
from annotation.splits import Side, side
from config.accounts.models import ApiKey, Client, Membership, Project, Role, User
from models_registry import artifacts, deployment
from models_registry.ml.evaluation import evaluate
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
from moderation import decisions, founding, intake, policies, screening
from moderation.intake import Submission
from moderation.models import PolicyMode, PolicyVersion, Post

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CLASSES = [{"key": "bright", "name": "Too bright", "severity": 1}, {"key": "grave", "name": "Grave", "severity": 3}]
CANVAS_PX = 16
ROLES = frozenset({Role.MODERATOR, Role.ANNOTATOR, Role.MANAGER})
_number = itertools.count(1)


@dataclass
class World:
    """One founded project with a client; ``version`` once a model version is deployed."""

    project: Project
    schema: LabelSchema
    detector: Detector
    policy: PolicyVersion
    client: Client
    token: str
    version: ModelVersion | None = None


def rules(
    *, remove: float | None = 0.9, review: float | None = 0.5, looks_per_day: float = 2000, removed_rate: float = 1.0
) -> dict[str, Any]:
    """Make rules with thresholds for ``bright``; ``grave`` is never flagged. Every passed post is drawn by default."""
    bright = {
        "remove": None if remove is None else {"threshold": remove},
        "review": None if review is None else {"threshold": review},
        "hours_allowed": 24,
    }
    grave = {"remove": None, "review": None, "hours_allowed": 6}
    audit = {"looks_per_day": looks_per_day, "removed_rate": removed_rate}
    return {"classes": {"bright": bright, "grave": grave}, "audit": audit}


def world(*, mode: PolicyMode = PolicyMode.AUTOMATIC, webhook_url: str = "", **wanted: Any) -> World:
    """Found a project; ``wanted`` goes to ``rules``."""
    slug = f"animals-{next(_number)}"
    founded = founding.found(slug=slug, name=slug, classes=CLASSES, mode=mode, rules=rules(**wanted), now=NOW)
    client = Client.objects.create(project=founded.project, name="platform", webhook_url=webhook_url)
    _, token = ApiKey.issue(name="tests", client=client)
    return World(founded.project, founded.schema, founded.detector, founded.policy, client, token)


def change_policy(place: World, *, mode: PolicyMode, now: datetime = NOW, **wanted: Any) -> PolicyVersion:
    """Draft another policy and put it in force."""
    draft = policies.draft(place.project, mode=mode, rules=rules(**wanted), now=now)
    place.policy = policies.put_in_force(draft, now=now)
    return place.policy


def person(project: Project, *roles: Role, name: str = "") -> User:
    """Make a member; a moderator unless other roles are named."""
    user = User.objects.create_user(username=name or f"person-{next(_number)}")
    for role in roles or (Role.MODERATOR,):
        Membership.objects.create(user=user, project=project, role=role)
    return user


def photo(level: int = 0, *, seed: int | None = None, size_px: int = 32, format: str = "JPEG") -> bytes:
    """Draw a photo of one brightness (0 to 255), made unlike every other by a little noise.

    Unless a seed is given it lies on the fit side of the split, where one "fine" settles every kind of question.
    """
    if seed is None:
        drawn = (photo(level, seed=next(_number), size_px=size_px, format=format) for _ in itertools.count())
        return next(data for data in drawn if side(hashlib.sha256(data).hexdigest()) is Side.FIT)
    random = np.random.default_rng(seed)
    pixels = np.clip(random.integers(-6, 7, (size_px, size_px, 3)) + level, 0, 255).astype(np.uint8)
    out = io.BytesIO()
    Picture.fromarray(pixels).save(out, format, quality=95)
    return out.getvalue()


DARK, WHITE = 10, 245


def half_jpeg() -> bytes:
    """A JPEG cut in half: its header is right, its pixels end early."""
    whole = photo(120, size_px=256)
    return whole[: len(whole) // 2]


def post(place: World, image: bytes | None = None, *, now: datetime = NOW, **said: Any) -> Post:
    """Submit a post; a dark photo unless another is given."""
    said = {"external_id": f"photo-{next(_number)}", **said}
    submission = Submission(image=photo(DARK) if image is None else image, **said)
    return intake.submit(place.client, submission, now=now)[0]


def screened(place: World, image: bytes | None = None, *, now: datetime = NOW, **said: Any) -> Post:
    """Submit a post and screen everything that waits in its project."""
    made = post(place, image, now=now, **said)
    screen_all(place, now=now)
    made.refresh_from_db()
    return made


def screen_all(place: World, *, now: datetime = NOW) -> None:
    while screening.screen(now=now, project=place.project):
        pass


def claim(user: User, question: Question, *, now: datetime = NOW) -> Job:
    """Lease a seat of that very question, through the queue."""
    desk = Desk(question.desk)
    jobs = queue.claim(user, project=question.project, roles=ROLES, desk=desk, lanes=list(Lane), count=60, now=now)
    mine = [job for job in jobs if job.question_id == question.pk]
    for job in jobs:
        if job not in mine:
            queue.release(job.pk, person=user, token=job.lease_token, now=now)
    assert mine, f"{user} cannot have a seat of {question} ({question.purpose})"
    return mine[0]


def answer(user: User, question: Question, *classes: str, now: datetime = NOW) -> decisions.Answered:
    """Claim a seat and answer it as the API would."""
    job = claim(user, question, now=now)
    given = labels.Answer(classes=classes)
    return decisions.answer(job.pk, person=user, token=job.lease_token, answer=given, now=now)


def question_of(post: Post, purpose: Purpose = Purpose.REVIEW) -> Question:
    return Question.objects.get(image_id=post.image_id, purpose=purpose, status="open")


def deploy(place: World, onnx: Path, *, now: datetime = NOW) -> ModelVersion:
    """Register an exported file as a model version that passed the gate, and make it the champion."""
    version = register(place, onnx, now=now)
    champion = deployment.champion_of(place.project)
    Scorecard.objects.create(
        model_version=version, champion=champion, checks=[], outcome=GateOutcome.PASS, created_at=now
    )
    deployment.deploy(version, by=None, now=now)
    place.version = version
    return version


def register(place: World, onnx: Path, *, now: datetime = NOW) -> ModelVersion:
    """Register an exported file as a model version; its report is a toy, so policies here give thresholds."""
    number = next(_number)
    dataset = DatasetVersion.objects.create(
        project=place.project, schema=place.schema, number=number, manifest="", checksum=str(number), counts={},
        created_at=now,
    )  # fmt: skip
    run = Run.objects.create(
        detector=place.detector, dataset=dataset, config={}, status=RunStatus.SUCCEEDED, requested_at=now
    )
    version = ModelVersion.objects.create(
        detector=place.detector,
        number=number,
        schema=place.schema,
        dataset=dataset,
        run=run,
        artifact=default_storage.save(f"models/{number}.onnx", ContentFile(onnx.read_bytes())),
        artifact_sha256=artifacts.sha256_of(onnx),
        preprocessing={"size_px": CANVAS_PX, "filter": "box", "padding": 114},
        calibration={},
        parity={},
        created_at=now,
    )
    Evaluation.objects.create(model_version=version, dataset=dataset, report=_report(), created_at=now)
    return version


def _report() -> dict[str, Any]:
    """Measure a toy hold-out, so that pages have something to show."""
    scores = np.tile(np.linspace(0.05, 0.95, 8)[:, None], (1, len(CLASSES)))  # [N, C]
    return evaluate(scores, scores > 0.5, np.ones(8), class_keys=[str(one["key"]) for one in CLASSES])


def later(*, minutes: float = 0, hours: float = 0, days: float = 0) -> datetime:
    return NOW + timedelta(minutes=minutes, hours=hours, days=days)
