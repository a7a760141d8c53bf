"""This will keep what search knows of posts in step with their rows, inside the transaction that changes those.

A facet is a short text, such as ``s:passed``; ``moderation/search`` asks for the same ones:

    c:<client> i:<external id> u:<poster>
    s:<status> p:<publication>        waiting also stands for being screened, so that a claim writes nothing here
    o:<outcome> v:<class>             the last verdict, and the classes that reached their threshold in it
    m:<model version> x:<class>=<NN>  who scored, and each score in whole percent, rounded down; x:=<NN> the highest
    d:<class> or d:fine               the decision in force
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import connection
from django.db.models import F

from config.compiled import Among, Compiled, Given
from moderation import words
from moderation.models import Decision, DecisionKind, Post, PostStatus, SearchEntry, Verdict

FINE = "fine"
_FIELDS = [("poster", "A"), ("external_id", "B"), ("title", "C"), ("description", "D")]
# What people may read of a post that they could still be asked about: not who posted it.
UNTELLING = "BCD"

_INSERT = """
    INSERT INTO moderation_searchentry (post_id, project_id, received_at, posted_at, model_version_id, words, facets)
    SELECT post.id, post.project_id, post.received_at, post.posted_at, new.version, new.words::tsvector, new.facets
    FROM jsonb_to_recordset(%s) AS new(post bigint, version bigint, words text, facets text[])
    JOIN moderation_post post ON post.id = new.post
    ON CONFLICT (post_id) DO NOTHING
"""
_UPDATE = """
    UPDATE moderation_searchentry entry SET model_version_id = new.version, facets = new.facets
    FROM jsonb_to_recordset(%s) AS new(post bigint, version bigint, facets text[])
    WHERE entry.post_id = new.post AND entry.facets <> new.facets
"""

_OF_POSTS = Among(F("post_id"), Given("posts"))
_LAST_VERDICTS = Compiled(lambda: Verdict.objects.filter(_OF_POSTS).order_by("post_id", "-id").distinct("post_id"))
_LAST_DECISIONS = Compiled(
    lambda: Decision.objects.filter(_OF_POSTS).order_by("post_id", "-created_at", "-id").distinct("post_id")
)


def add(posts: Sequence[Post]) -> None:
    """Write the entries of posts that have none yet; one that is there already stays as it is."""
    rows = _rows(posts)
    for post, row in zip(posts, rows, strict=True):
        row["words"] = words.vector((getattr(post, field), weight) for field, weight in _FIELDS)
    _write(_INSERT, rows)


def refresh(posts: Sequence[Post]) -> None:
    """Write the facets of these posts anew, or the whole entry of one that has none: a post that came in while another
    release was serving. The caller holds the posts' rows, and has written what they follow from."""
    rows = _rows(posts)
    if _write(_UPDATE, rows) < len(rows):
        known = set(SearchEntry.objects.filter(post__in=posts).values_list("post_id", flat=True))
        add([post for post in posts if post.pk not in known])


def catch_up(*, limit: int = 2000) -> int:
    """Write entries of posts from before there was search, newest first; returns how many. Safe to run at once.

    Every post comes with its entry since, so those without are older than all that have one.
    """
    oldest = SearchEntry.objects.order_by("post_id").values_list("post_id", flat=True).first()
    posts = Post.objects.order_by("-id") if oldest is None else Post.objects.filter(pk__lt=oldest).order_by("-id")
    missing = list(posts[:limit])
    for start in range(0, len(missing), 500):
        add(missing[start : start + 500])
    return len(missing)


def _write(sql: str, rows: list[dict[str, Any]]) -> int:
    """Return how many entries were written."""
    if not rows:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(sql, [json.dumps(rows)])
        return int(cursor.rowcount)


def _rows(posts: Sequence[Post]) -> list[dict[str, Any]]:
    if not posts:
        return []
    # What waits has neither, and intake writes thousands of those.
    screened = [post for post in posts if post.status != PostStatus.WAITING]
    verdicts, decisions = last_verdicts(screened), last_decisions(screened)
    return [
        {
            "post": post.pk,
            "version": verdicts[post.pk].model_version_id if post.pk in verdicts else None,
            "facets": sorted(_facets(post, verdicts.get(post.pk), decisions.get(post.pk))),
        }
        for post in posts
    ]


def last_verdicts(posts: Iterable[Post]) -> dict[int, Verdict]:
    """Return the last verdict of each post that has one."""
    return {verdict.post_id: verdict for verdict in _LAST_VERDICTS.all(posts=[post.pk for post in posts])}


def last_decisions(posts: Iterable[Post]) -> dict[int, Decision]:
    """Return the decision in force, the last by time, of each post that has one."""
    return {decision.post_id: decision for decision in _LAST_DECISIONS.all(posts=[post.pk for post in posts])}


def _facets(post: Post, verdict: Verdict | None, decision: Decision | None) -> set[str]:
    status = PostStatus.WAITING if post.status == PostStatus.SCREENING else post.status
    found = {f"c:{post.client_id}", f"i:{post.external_id}"}
    found |= {f"s:{status}", f"p:{post.publication}"}
    if post.poster:
        found.add(f"u:{post.poster}")
    if verdict:
        found |= set(_of_verdict(verdict))
    if decision and decision.kind == DecisionKind.KEEP:
        found.add(f"d:{FINE}")
    elif decision:
        found |= {f"d:{one}" for one in decision.classes}
    return found


def _of_verdict(verdict: Verdict) -> Iterator[str]:
    yield f"o:{verdict.outcome}"
    yield from (f"v:{one}" for one in verdict.classes)
    if verdict.model_version_id:
        yield f"m:{verdict.model_version_id}"
    for key, score in verdict.scores.items():
        yield f"x:{key}={percent(score):02d}"
    if verdict.score is not None:
        yield f"x:={percent(verdict.score):02d}"


def percent(score: float) -> int:
    """Return a score in whole percent, rounded down, 0 to 99; 0.29 is 29, whatever binary fractions make of it."""
    return min(99, max(0, int(score * 100 + 1e-9)))
