"""This will show a person, once they have answered, what would have anchored them before.

Scores and verdict of the post, how its poster's other posts fared, and what was decided about images like it. Each of
the three reads an index and a bounded number of rows, whatever the size of the project.
"""

from datetime import datetime
from typing import Any

from django.db.models import F

from annotation import images, neighbors
from annotation.models import Purpose
from config.accounts.models import Project
from config.compiled import Among, Compiled, Given
from moderation import indexing, strikes
from moderation.decisions import BINDING, Answered
from moderation.models import Asked, Decision, Post, PostStatus, Publication
from moderation.sight import Sight

SHOWN = 6
# Of one poster, that many of the newest posts are counted.
MOST_COUNTED = 1000
# Images like this one that are looked through for posts that were decided.
MOST_NEIGHBORS = 50

_OF_POSTER = Compiled(
    lambda: (
        Post.objects.filter(project=Given("project"), poster=Given("poster"))
        .exclude(pk=Given("but"))
        .only("image", "publication", "status")
        .order_by("-received_at", "-id")[:MOST_COUNTED]
    )
)
_SHOWN = Compiled(lambda: Post.objects.select_related("image").filter(Among(F("pk"), Given("posts"))))
_DECIDED_OF = Compiled(
    lambda: (
        Post.objects.select_related("image")
        .filter(Among(F("image_id"), Given("images")), status=PostStatus.DECIDED)
        .exclude(pk=Given("but"))
        .order_by("-id")[: 2 * MOST_NEIGHBORS]
    )
)
_FIRST = Compiled(
    lambda: (
        Asked.objects.select_related("post__image", "post__project")
        .filter(question=Given("question"))
        .order_by("id")[:1]
    )
)
_OLDEST = Compiled(
    lambda: (
        Post.objects.select_related("image", "project").filter(image=Given("image")).order_by("received_at", "id")[:1]
    )
)


def after(answered: Answered, *, sight: Sight, now: datetime) -> dict[str, Any] | None:
    """Return what is known of the oldest post that asked and waits for the answer; None where no post does.

    ``sight`` is that of the person who answered. A question that other people still have to answer reveals nothing, or
    the next would hear of it.
    """
    post = _post_of(answered) if answered.is_settled else None
    verdict = indexing.last_verdicts([post]).get(post.pk) if post else None
    if post is None or verdict is None:
        return None
    return {
        "post_id": post.pk,
        "scores": verdict.scores,
        "verdict": verdict.outcome,
        "reason": verdict.reason,
        "poster": post.poster,
        "decision": answered.decisions[0].kind if answered.decisions else None,
        **beside(post, sight=sight, now=now),
    }


def _post_of(answered: Answered) -> Post | None:
    """Return the oldest post that was decided, or asked where nothing is; of a gold item, the oldest with its image."""
    question = answered.accepted.question
    if question.purpose in BINDING:
        return answered.decisions[0].post if answered.decisions else None
    if question.purpose == Purpose.GOLD:
        return _OLDEST.first(image=question.image_id)
    first = _FIRST.first(question=question.pk)
    return first.post if first else None


def beside(post: Post, *, sight: Sight, now: datetime) -> dict[str, Any]:
    """Return what other posts tell.

    ``poster_history`` is how the others of its poster fared: how many there are (of the newest thousand), how many of
    them are taken down, how many of those still count as strikes, and the newest. ``similar`` is what was decided about
    those whose images look most like this one's, the most similar first.

    Posts that this person could still be asked about are left out of all of it.
    """
    others = _OF_POSTER.all(project=post.project_id, poster=post.poster, but=post.pk) if post.poster else []
    near = {one.image_id: one.bits for one in neighbors.of(post.image, limit=MOST_NEIGHBORS)} | {post.image_id: 0}
    hidden = sight.hidden({*near, *(one.image_id for one in others)})
    return {
        "poster_history": _history([one for one in others if one.image_id not in hidden], post.project, now=now),
        "similar": _similar(post, {image: bits for image, bits in near.items() if image not in hidden}),
    }


def _history(others: list[Post], project: Project, *, now: datetime) -> dict[str, Any]:
    removed = [
        one for one in others if one.publication == Publication.UNPUBLISHED and one.status != PostStatus.WITHDRAWN
    ]
    newest = [one.pk for one in others[:SHOWN]]
    whole = {one.pk: one for one in _SHOWN.all(posts=newest)} if newest else {}
    counting = strikes.among([one.pk for one in removed], project=project, now=now)
    return {
        "posts": len(others),
        "removed": len(removed),
        "strikes": len(counting),
        "recent": [_recent(whole[one]) for one in newest if one in whole],
    }


def _recent(post: Post) -> dict[str, Any]:
    return {
        "post_id": post.pk,
        "thumbnail_url": images.url(post.image, "thumbnail"),
        "publication": post.publication,
        "at": post.posted_at,
    }


def _similar(post: Post, near: dict[int, int]) -> list[dict[str, Any]]:
    """``near`` are the images, by how many bits they differ."""
    found = _DECIDED_OF.all(images=list(near), but=post.pk) if near else []
    found = sorted(found, key=lambda one: (near[one.image_id], -one.pk))[:SHOWN]
    decisions = indexing.last_decisions(found) if found else {}
    return [_decided(one, decisions[one.pk]) for one in found if one.pk in decisions]


def _decided(post: Post, decision: Decision) -> dict[str, Any]:
    return {
        "post_id": post.pk,
        "thumbnail_url": images.url(post.image, "thumbnail"),
        "decision": decision.kind,
        "classes": decision.classes,
        "at": decision.created_at,
    }
