"""This will set up a project with people, posts and model versions, by the rooms that do it in life."""

import io
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import numpy as np
from django.db import transaction
from django.utils import timezone
from PIL import Image as Picture
from PIL import ImageDraw

from annotation.models import Image, Lane, Purpose, Question
from annotation.questions import Ask, close, open_questions
from config.accounts.models import Client, Membership, Project, Role, User
from models_registry import gate, registry
from models_registry.ml.evaluation import evaluate
from models_registry.models import (
    Evaluation,
    ModelVersion,
    Run,
    RunEpoch,
    RunStatus,
    RunStep,
    Scorecard,
    StepStatus,
)
from moderation import founding, intake, screening
from moderation.intake import Submission

PASSWORD = "a-calm-second-look"
CLASSES = [
    {"key": "no_animal", "name": "No animal", "severity": 1, "guideline": "Nothing alive but plants, or a person."},
    {"key": "gruesome", "name": "Gruesome", "severity": 3, "guideline": "Blood, wounds, suffering."},
]


@dataclass
class House:
    """A project in MANUAL mode, so that every post is asked about."""

    founded: founding.Founded
    client: Client
    people: dict[Role, User] = field(default_factory=dict)

    @property
    def project(self) -> Project:
        return self.founded.project


def build(slug: str = "ai-animals", name: str = "AI Animals") -> House:
    founded = founding.found(
        slug=slug, name=name, classes=CLASSES, guideline="Judge the picture, not the words.", now=timezone.now()
    )
    house = House(founded, Client.objects.create(project=founded.project, name=name))
    for role in Role:
        house.people[role] = _person(role)
        Membership.objects.create(user=house.people[role], project=house.project, role=role)
    return house


def _person(role: Role) -> User:
    known = User.objects.filter(username=role.value).first()
    return known or User.objects.create_user(role.value, password=PASSWORD, is_staff=role == Role.ADMIN)


def post(house: House, *titles: str) -> None:
    """Send posts and screen them; each title has a picture of its own."""
    for number, title in enumerate(titles):
        submission = Submission(
            external_id=f"{title}-{uuid.uuid4().hex[:6]}",
            image=picture(title, number=number),
            poster="poster-3",
            title=title,
            description=f"About {title}.",
            attributes={"place": "Kyoto"},
        )
        intake.submit(house.client, submission, now=timezone.now())
    while screening.screen(now=timezone.now(), project=house.project):
        pass


def picture(title: str, *, number: int) -> bytes:
    """Draw a small picture that no other title has; returns JPEG bytes."""
    canvas = Picture.new("RGB", (480, 360), (40 + 37 * number % 180, 120, 200 - 29 * number % 150))
    ImageDraw.Draw(canvas).text((160, 160), title, fill="white", font_size=36)
    data = io.BytesIO()
    canvas.save(data, "JPEG", quality=90)
    return data.getvalue()


def ask_for_labels(house: House) -> None:
    """Open a label question about every image there is."""
    with transaction.atomic():
        _ask(house, Purpose.LABEL, Lane.NORMAL, title="To label")


def ask_for_audits(house: House) -> None:
    """Have every image there is audited, and nothing else asked about it."""
    with transaction.atomic():
        close(Question.objects.filter(project=house.project).values_list("pk", flat=True), now=timezone.now())
        _ask(house, Purpose.AUDIT, Lane.DRAWN, title="To audit")


def _ask(house: House, purpose: Purpose, lane: Lane, *, title: str) -> None:
    now, schema = timezone.now(), registry.current_schema(house.project)
    every = Image.objects.filter(project=house.project)
    open_questions(
        [Ask(one, schema, purpose, lane, now + timedelta(days=1), {"title": title}) for one in every], now=now
    )


def train(house: House, *, seed: int = 1, images: int = 2000) -> ModelVersion:
    """Register a model version with an honest report of made-up scores, and the gate's scorecard."""
    now = timezone.now()
    dataset, _ = registry.add_dataset(
        house.founded.schema,
        checksum=f"{seed:064d}",
        manifest="datasets/manifest.parquet",
        counts={"fit": _counts(images), "calibration": _counts(images // 8), "hold_out": _counts(images // 3)},
        now=now,
    )
    config = {"canvas": {"size_px": 96}, "fit": {"seed": seed}}
    run = registry.request_run(house.founded.detector, dataset, config=config, now=now)
    _finish(run)
    version = ModelVersion.objects.create(
        detector=house.founded.detector,
        number=registry.next_number(ModelVersion.objects.filter(detector=house.founded.detector)),
        schema=house.founded.schema,
        dataset=dataset,
        run=run,
        artifact="models/model.onnx",
        artifact_sha256=f"{seed:064d}",
        preprocessing={"size_px": 96},
        calibration={},
        parity={"max_abs_difference": 1e-6, "passed": True, "n": 64},
        created_at=now,
    )
    report = _report(images, seed=seed)
    Evaluation.objects.create(model_version=version, dataset=dataset, report=report, created_at=now)
    checks = gate.examine(report, None, parity=version.parity)
    Scorecard.objects.create(
        model_version=version,
        checks=[one.to_dict() for one in checks],
        outcome=gate.outcome(checks).value,
        created_at=now,
    )
    return version


def _counts(images: int) -> dict[str, int]:
    violations = images // 10
    return {
        "images": images,
        "violations": violations,
        "class:no_animal": violations,
        "class:gruesome": violations // 4,
    }


def _finish(run: Run) -> None:
    now = timezone.now()
    for position, name in enumerate(["extract", "fit", "evaluate"]):
        RunStep.objects.create(
            run=run, name=name, position=position, status=StepStatus.DONE, started_at=now, seconds=1.5, log="Done."
        )
    for epoch in range(1, 6):
        RunEpoch.objects.create(run=run, epoch=epoch, metrics={"loss": 1 / epoch, "validation_loss": 1.2 / epoch})
    run.status, run.started_at, run.finished_at = RunStatus.SUCCEEDED, now, now
    run.save(update_fields=["status", "started_at", "finished_at"])


def _report(images: int, *, seed: int) -> dict[str, Any]:
    """Evaluate calibrated scores: a post violates with exactly the probability that is predicted."""
    chance = np.random.default_rng(seed)
    probabilities = chance.beta(0.05, 0.6, (images, len(CLASSES)))
    targets = (chance.random(probabilities.shape) < probabilities).astype(float)
    keys = [str(one["key"]) for one in CLASSES]
    return evaluate(probabilities, targets, np.ones(images), class_keys=keys)
