"""This will found a project with as many open questions as a bench asks for, and people who may answer them."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from annotation import questions
from annotation.models import Image, Lane, Purpose
from annotation.questions import Ask
from config.accounts.models import ApiKey, Membership, Project, Role, User
from models_registry.models import LabelSchema
from moderation import founding

CLASSES = [
    {"key": "no_animal", "name": "No animal", "severity": 1},
    {"key": "gruesome", "name": "Gruesome", "severity": 3},
]
_CHUNK = 2000


@dataclass(frozen=True)
class House:
    """A project whose queue is full; ``tokens`` are API keys, one a person."""

    project: Project
    tokens: list[str]


def house(*, open_questions: int, people: int) -> House:
    """Fill a queue: a third of the questions in each lane, due one second after the other."""
    founded = founding.found(slug=f"bench-{open_questions}", name="Bench", classes=CLASSES, now=timezone.now())
    images = _images(founded.project, open_questions)
    for start in range(0, open_questions, _CHUNK):
        _ask(images[start : start + _CHUNK], founded.schema, first=start)
    tokens = [_token(founded.project, f"bench-{open_questions}-{number}") for number in range(people)]
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return House(founded.project, tokens)


def _images(project: Project, n: int) -> list[Image]:
    now = timezone.now()
    facts = {"size_bytes": 1, "width_px": 1280, "height_px": 960, "format": "JPEG"}
    times = {"received_at": now, "decoded_at": now}
    rows = [
        Image(project=project, sha256=f"{project.pk:08x}{number:056x}", split_key=f"{number:064x}", **facts, **times)
        for number in range(n)
    ]
    return Image.objects.bulk_create(rows, batch_size=_CHUNK)


@transaction.atomic
def _ask(images: list[Image], schema: LabelSchema, *, first: int) -> None:
    now = timezone.now()
    lanes = list(Lane)
    asks = [
        Ask(
            image=image,
            schema=schema,
            purpose=Purpose.REVIEW,
            lane=lanes[number % len(lanes)],
            due_at=now + timedelta(seconds=number),
            origin={"title": "A fox in the snow", "description": "Seen this morning."},
        )
        for number, image in enumerate(images, first)
    ]
    questions.open_questions(asks, now=now)


def _token(project: Project, name: str) -> str:
    person = User.objects.create_user(username=name)
    Membership.objects.create(user=person, project=project, role=Role.MODERATOR)
    return ApiKey.issue(name="bench", user=person)[1]
