"""This will end what need not be asked any more about posts that have just been decided.

Answers lock their question first and its posts after it, so whoever decides posts in another way holds the open
questions about their images first, too; and closes none that was opened since, which somebody may hold by now.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from annotation import questions
from annotation.models import Purpose, Question, QuestionStatus
from moderation.models import Asked, Draw, Post, PostStatus


def hold(images: Iterable[int]) -> list[int]:
    """Lock the open questions about images, and return their ids. Call it before locking posts of these images."""
    open_now = Question.objects.filter(image_id__in=images, status=QuestionStatus.OPEN)
    return list(open_now.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))


def unask(posts: Sequence[Post], *, held: Sequence[int], purposes: Iterable[Purpose], now: datetime) -> None:
    """Close those of the held questions that only these posts wait for.

    What a draw chose is asked to its end, and its answer decides the posts again: without one it would be missing from
    what is measured, and what people decide by themselves is no chance sample. The caller holds the posts' rows.
    """
    asked = Asked.objects.filter(question__in=held, question__purpose__in=list(purposes))
    waiting = asked.filter(post__status=PostStatus.IN_REVIEW).exclude(post__in=posts)
    drawn = Draw.objects.filter(question__in=held)
    moot = set(asked.filter(post__in=posts).values_list("question_id", flat=True))
    moot -= set(waiting.values_list("question_id", flat=True)) | set(drawn.values_list("question_id", flat=True))
    questions.close(sorted(moot), now=now)
