"""This will count what stands against a poster: a strike for each removal that stands, for some time.

There is no book of strikes that could differ from what was decided: they are read off the decisions in force. A removal
that an appeal, a later decision or an answer taken back has reversed is no strike any more; one that an appeal upheld
counts from the day it was made. People see strikes after they have answered, beside the poster's other posts; nothing
in the service acts on them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from config.accounts.models import Project
from moderation.models import Decision, DecisionKind, Post, PostStatus, Publication, StrikeRule
from moderation.sight import WHOLE, Sight

LIFETIME_DAYS = 90
# Of one poster, that many of the newest posts are looked through.
MOST_POSTS = 1000


@dataclass(frozen=True)
class Strike:
    """A removal that stands. ``is_by_machine`` where no person has had a part in it."""

    post_id: int
    classes: list[str]
    at: datetime
    expires_at: datetime
    is_by_machine: bool


def lifetime(project: Project) -> timedelta:
    """Return how long a removal counts in this project."""
    rule = StrikeRule.objects.filter(project=project).first()
    return timedelta(days=rule.lifetime_days if rule else LIFETIME_DAYS)


def standing(post: Post, *, sight: Sight = WHOLE, now: datetime) -> list[Strike]:
    """Return the strikes of a post's poster that have not expired, the newest first; none where no poster is named.

    Of posts that this sight could still be asked about there is nothing. At most four queries, which read at most the
    newest thousand posts of the poster.
    """
    if not post.poster:
        return []
    theirs = Post.objects.filter(project=post.project_id, poster=post.poster).order_by("-received_at", "-id")
    rows = list(theirs.values_list("pk", "image_id", "publication", "status")[:MOST_POSTS])
    down = [row for row in rows if row[2] == Publication.UNPUBLISHED and row[3] != PostStatus.WITHDRAWN]
    hidden = sight.hidden({image_id for _, image_id, _, _ in down})
    return among([pk for pk, image_id, _, _ in down if image_id not in hidden], project=post.project, now=now)


def among(post_ids: list[int], *, project: Project, now: datetime) -> list[Strike]:
    """Return the strikes that these posts of one poster still amount to, the newest first. Two queries."""
    if not post_ids:
        return []
    found = [one for one in _removals(post_ids, lasts=lifetime(project)) if one.expires_at > now]
    return sorted(found, key=lambda one: (one.at, one.post_id), reverse=True)


def _removals(post_ids: list[int], *, lasts: timedelta) -> list[Strike]:
    """Return the removals in force of these posts."""
    made: dict[int, list[Decision]] = {}
    # Without what was taken back, and the taking back: what was in force before counts from its own day.
    standing = Decision.objects.filter(post__in=post_ids, reverses__isnull=True, reversal__isnull=True)
    for one in standing.order_by("post_id", "-created_at", "-id"):
        made.setdefault(one.post_id, []).append(one)
    return [strike for decisions in made.values() for strike in _in_force(decisions, lasts=lasts)]


def _in_force(decisions: list[Decision], *, lasts: timedelta) -> list[Strike]:
    """Return the strike that a post's decisions, the newest first, amount to; none where it was put back."""
    upheld = []
    for one in decisions:
        if one.kind != DecisionKind.REMOVE:
            break
        upheld.append(one)
    if not upheld:
        return []
    last, first = upheld[0], upheld[-1]
    is_by_machine = all(one.person_id is None for one in upheld)
    return [Strike(last.post_id, last.classes, first.created_at, first.created_at + lasts, is_by_machine)]
