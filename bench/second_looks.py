"""This will write the second looks of two years, with the posts, answers and questions that they rest on.

Pages about numbers read the sums of their days; the page about people reads them one by one.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from annotation.consensus import Rule
from annotation.models import Desk, Image, Lane, Purpose, Question, QuestionStatus, Truth, TruthSource
from config.accounts.models import Client, Project
from models_registry.models import LabelSchema, ModelVersion
from moderation import audits
from moderation.measurement import again
from moderation.models import Draw, FirstAnswer, Outcome, PolicyVersion, Post, PostStatus, SecondLook, Verdict

A_DAY = 30
PROBABILITIES = (0.05, 0.1)
_CHUNK = 1000


def fill(project: Project, version: ModelVersion, keys: Sequence[str], *, days: int, now: datetime) -> None:
    """Write A_DAY answered second looks for each of so many days up to ``now``, and the sums of these days."""
    client = Client.objects.create(project=project, name="Bench")
    policy = PolicyVersion.objects.get(project=project)
    times = [now - timedelta(days=day, seconds=number) for day in range(days) for number in range(A_DAY)]
    for start in range(0, len(times), _CHUNK):
        moments = times[start : start + _CHUNK]
        numbers = range(start, start + len(moments))
        classes = [[keys[number % len(keys)]] for number in numbers]
        posts = _posts(client, numbers, moments)
        firsts = _answered(posts, version.schema, Purpose.REVIEW, classes, moments)
        seconds = _answered(posts, version.schema, Purpose.SECOND_LOOK, classes, moments)
        draws = _draws(posts, version, policy, classes, moments)
        SecondLook.objects.bulk_create(
            SecondLook(
                draw=draw,
                project=project,
                group=FirstAnswer.FLAGGED_VIOLATION,
                first=first,
                probability=PROBABILITIES[number % len(PROBABILITIES)],
                coin=0.01,
                is_drawn=True,
                question=second.question,
                screened_at=moment,
                answered_at=moment,
                created_at=moment,
            )
            for number, moment, draw, first, second in zip(numbers, moments, draws, firsts, seconds, strict=True)
        )
    for day in range(days + 1):
        again.write(project, now.date() - timedelta(days=day))


def _posts(client: Client, numbers: Sequence[int], moments: Sequence[datetime]) -> list[Post]:
    images = Image.objects.bulk_create(
        Image(
            project=client.project,
            sha256=f"{number:064d}",
            original="x",
            size_bytes=1,
            width_px=1,
            height_px=1,
            format="JPEG",
            split_key=f"{number:064d}",
            received_at=moment,
        )
        for number, moment in zip(numbers, moments, strict=True)
    )
    return Post.objects.bulk_create(
        Post(
            project=client.project,
            client=client,
            external_id=f"again-{number}",
            image=image,
            poster="bench",
            posted_at=moment,
            received_at=moment,
            status=PostStatus.DECIDED,
        )
        for number, moment, image in zip(numbers, moments, images, strict=True)
    )


def _answered(
    posts: Sequence[Post],
    schema: LabelSchema,
    purpose: Purpose,
    classes: Sequence[list[str]],
    moments: Sequence[datetime],
) -> list[Truth]:
    """Write a settled question about each post, and its truth."""
    questions = Question.objects.bulk_create(
        Question(
            project=post.project,
            image=post.image,
            schema=schema,
            purpose=purpose,
            desk=Desk.REVIEW,
            lane=Lane.DRAWN,
            rule=Rule.ONE,
            status=QuestionStatus.SETTLED,
            due_at=moment,
            opened_at=moment,
            finished_at=moment,
        )
        for post, moment in zip(posts, moments, strict=True)
    )
    return Truth.objects.bulk_create(
        Truth(
            project=question.project,
            image=question.image,
            schema=schema,
            question=question,
            source=TruthSource.QUESTION,
            purpose=purpose,
            classes=named,
            settled_at=moment,
        )
        for question, named, moment in zip(questions, classes, moments, strict=True)
    )


def _draws(
    posts: Sequence[Post],
    version: ModelVersion,
    policy: PolicyVersion,
    classes: Sequence[list[str]],
    moments: Sequence[datetime],
) -> list[Draw]:
    verdicts = Verdict.objects.bulk_create(
        Verdict(
            post=post,
            project=post.project,
            outcome=Outcome.REVIEW,
            machine_outcome=Outcome.REVIEW,
            classes=named,
            reason="score",
            policy_version=policy,
            model_version=version,
            created_at=moment,
        )
        for post, named, moment in zip(posts, classes, moments, strict=True)
    )
    return Draw.objects.bulk_create(
        Draw(
            post=verdict.post,
            project=verdict.project,
            design=audits.FIRST_DRAW,
            stratum="flagged",
            probability=1.0,
            coin=0.0,
            is_drawn=True,
            verdict=verdict,
            created_at=verdict.created_at,
        )
        for verdict in verdicts
    )
