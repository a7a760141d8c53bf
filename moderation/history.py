"""This will carry re-scoring on beside screening, in the time that no post waits for."""

from collections.abc import Callable
from datetime import datetime

from annotation import rescoring
from moderation.models import Post, PostStatus


def rescore(*, now: Callable[[], datetime]) -> float | None:
    """Re-score until the worker's share is used up or a post waits for screening.

    Returns after how many seconds to go on; None: come back with the beat.
    """
    return rescoring.work(gives_way=_a_post_waits, now=now)


def _a_post_waits() -> bool:
    return Post.objects.filter(status=PostStatus.WAITING).exists()
