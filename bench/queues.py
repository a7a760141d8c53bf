"""This will found a project with as many open questions as a bench asks for, and people who may answer them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from annotation import questions
from annotation.models import Image, Lane, Purpose, Question
from annotation.questions import Ask
from config.accounts.models import ApiKey, Client, Membership, Project, Role, User
from models_registry.models import LabelSchema
from moderation import founding, indexing
from moderation.models import Asked, Outcome, PolicyVersion, Post, PostStatus, Verdict

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


def house(*, open_questions: int, people: int, posts: bool = False) -> House:
    """Fill a queue: a third of the questions in each lane, due one second after the other.

    With ``posts``, a judged post of one of a thousand posters waits for every answer, to be decided by it.
    """
    slug = f"bench-{open_questions}{'-posts' if posts else ''}"
    founded = founding.found(slug=slug, name="Bench", classes=CLASSES, now=timezone.now())
    client = Client.objects.create(project=founded.project, name="Bench") if posts else None
    images = _images(founded.project, open_questions)
    for start in range(0, open_questions, _CHUNK):
        asked = _ask(images[start : start + _CHUNK], founded.schema, first=start)
        if client:
            _post(asked, client)
    tokens = [_token(founded.project, f"{slug}-{number}") for number in range(people)]
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
def _ask(images: list[Image], schema: LabelSchema, *, first: int) -> list[Question]:
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
    return questions.open_questions(asks, now=now)


@transaction.atomic
def _post(asked: list[Question], client: Client) -> None:
    now, policy = timezone.now(), PolicyVersion.objects.get(project=client.project)
    times = {"posted_at": now, "received_at": now, "screened_at": now}
    facts = {"project": client.project, "client": client, "status": PostStatus.IN_REVIEW, **times}
    rows = [
        Post(external_id=f"photo-{one.pk}", image_id=one.image_id, poster=f"poster-{one.pk % 1000}", **facts)
        for one in asked
    ]
    posts = Post.objects.bulk_create(rows)
    judged: dict[str, Any] = {"outcome": Outcome.REVIEW, "machine_outcome": Outcome.REVIEW, "classes": ["gruesome"]}
    judged |= {"scores": {"no_animal": 0.1, "gruesome": 0.8}, "score": 0.8, "reason": "score", "policy_version": policy}
    Verdict.objects.bulk_create([Verdict(post=one, project=client.project, created_at=now, **judged) for one in posts])
    Asked.objects.bulk_create(
        [Asked(post=post, question=question, created_at=now) for post, question in zip(posts, asked, strict=True)]
    )
    indexing.add(posts)


def _token(project: Project, name: str) -> str:
    person = User.objects.create_user(username=name)
    Membership.objects.create(user=person, project=project, role=Role.MODERATOR)
    return ApiKey.issue(name="bench", user=person)[1]
