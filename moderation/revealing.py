"""This will show a person, once they have answered, what would have anchored them before."""

from typing import Any

from moderation.decisions import Answered
from moderation.models import Asked, Verdict


def after(answered: Answered) -> dict[str, Any] | None:
    """Return scores, verdict and poster of the oldest post that asked; None where no post did.

    A question that other people still have to answer reveals nothing, or the next would hear of it.
    """
    if answered.accepted.truth is None:
        return None
    asked = Asked.objects.filter(question=answered.accepted.question).select_related("post").order_by("id").first()
    if asked is None:
        return None
    verdict = Verdict.objects.filter(post=asked.post).order_by("-id").first()
    if verdict is None:
        return None
    return {
        "scores": verdict.scores,
        "verdict": verdict.outcome,
        "reason": verdict.reason,
        "poster": asked.post.poster,
        "decision": answered.decisions[0].kind if answered.decisions else None,
    }
