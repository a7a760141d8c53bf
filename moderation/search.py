"""This will find posts, newest first, a page at a time, as fast among millions as among hundreds.

A search first walks the newest two thousand entries and keeps what fits: whatever is frequent is found there at once.
What nearly fills a page that way is found by walking on, as far as its share among those says. The rest is rare, and
the inverted index lists all of it. (Only what was frequent long ago makes that list long; the walk therefore starts at
the dates asked for, and keeps to a model version's own posts.) A planner that guessed which of the two to do would
guess wrong for filters that exclude each other, and then read the whole table.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from config.accounts.models import Client, Project
from config.compiled import Among, Compiled, Given
from moderation import indexing, words
from moderation.models import Decision, Post, PostStatus, Verdict
from moderation.sight import WHOLE, Sight
from moderation.wanted import Cursor, Wanted

PAGE = 30
# All of a post that lists show, here and in the API; a longer row takes longer to read.
_LISTED = [field.name for field in Post._meta.concrete_fields if field.name not in {"description", "attributes"}]
_ROWS = Compiled(
    lambda: Post.objects.select_related("image").only(*_LISTED, "image__thumbnail").filter(Among(F("pk"), Given("ids")))
)
MOST_COUNTED = 1000
_WALKED = 2000
# Listing what fits costs about six times as much an entry as walking past one; at a million posts, from this many in
# the first walk on it is cheaper to walk on.
_WORTH_WALKING = 4


class NotForThem(Exception):
    """A filter asks for what this person may not know."""


@dataclass(frozen=True)
class Searcher:
    """Who looks, and where: in a project, or in what one client has sent to it."""

    project: Project
    client: Client | None = None
    sight: Sight = WHOLE


@dataclass(frozen=True)
class Found:
    """A post of a list, with the last verdict and the decision in force. ``is_hidden``: see moderation/sight."""

    post: Post
    verdict: Verdict | None
    decision: Decision | None
    is_hidden: bool


@dataclass(frozen=True)
class Page:
    """Some posts of a list, newest first, and where it goes on.

    ``count`` is how many there are at least, on a first page; ``is_all`` where that is exactly how many.
    """

    found: list[Found]
    newer: Cursor | None
    older: Cursor | None
    count: int | None
    is_all: bool


def page(searcher: Searcher, wanted: Wanted, *, cursor: Cursor | None = None, size: int = PAGE) -> Page:
    """Return a page of what is wanted. Raises NotForThem.

    A page of newer posts that would reach beyond the newest is the first page.
    """
    is_back = cursor is not None and not cursor.is_older
    # A first page counts on as far as that is cheap.
    limit = size + 1 if cursor else max(size, MOST_COUNTED) + 1
    ids, is_all = _ids(searcher, wanted, cursor=cursor, enough=size + 1, limit=limit)
    if is_back and len(ids) <= size:
        return page(searcher, wanted, size=size)
    posts = _posts(ids[:size][::-1] if is_back else ids[:size])
    return Page(
        found=_found(posts, sight=searcher.sight),
        newer=_place(posts[0], wanted, is_older=False) if posts and cursor else None,
        older=_place(posts[-1], wanted, is_older=True) if posts and (is_back or len(ids) > size) else None,
        count=None if cursor else min(len(ids), limit - 1),
        is_all=is_all,
    )


def neighbors(searcher: Searcher, wanted: Wanted, post: Post) -> tuple[int | None, int | None]:
    """Return the posts next to this one in a list, the newer and the older. Raises NotForThem."""
    newer, older = (
        _ids(searcher, wanted, cursor=_place(post, wanted, is_older=is_older), enough=1, limit=1)[0]
        for is_older in (False, True)
    )
    return next(iter(newer), None), next(iter(older), None)


def _place(post: Post, wanted: Wanted, *, is_older: bool) -> Cursor:
    return Cursor(getattr(post, wanted.date), post.pk, is_older=is_older)


def _posts(ids: list[int]) -> list[Post]:
    posts = {post.pk: post for post in _ROWS.all(ids=ids)}
    return [posts[one] for one in ids if one in posts]


def _found(posts: list[Post], *, sight: Sight) -> list[Found]:
    verdicts = indexing.last_verdicts(posts) if sight.is_whole else {}
    decisions = indexing.last_decisions(posts)
    hidden = sight.hidden(post.image_id for post in posts)
    return [
        Found(post, None, None, is_hidden=True)
        if post.image_id in hidden
        else Found(post, verdicts.get(post.pk), decisions.get(post.pk), is_hidden=False)
        for post in posts
    ]


_WALK = """
    SELECT entry.post_id FROM (
        SELECT post_id, received_at, posted_at, words, facets FROM moderation_searchentry
        WHERE {span} ORDER BY {date} {way}, post_id {way} LIMIT %(walked)s) entry
    WHERE {indexed} AND {asked} ORDER BY entry.{date} {way}, entry.post_id {way} LIMIT %(limit)s
"""
_BEYOND = """
    SELECT 1 FROM moderation_searchentry WHERE {span} ORDER BY {date} {way}, post_id {way} OFFSET %(walked)s LIMIT 1
"""
# Each OFFSET 0 stands for a step of its own: all that fits is listed by the inverted index, then put in order, and then
# the last condition is asked post by post, only until the page is full.
_LOOK_UP = """
    SELECT entry.post_id FROM (
        SELECT * FROM (
            SELECT post_id, {date} FROM moderation_searchentry WHERE {span} AND {indexed} OFFSET 0) listed
        ORDER BY {date} {way}, post_id {way} OFFSET 0) entry
    WHERE {asked} ORDER BY entry.{date} {way}, entry.post_id {way} LIMIT %(limit)s
"""


def _ids(
    searcher: Searcher, wanted: Wanted, *, cursor: Cursor | None, enough: int, limit: int
) -> tuple[list[int], bool]:
    """Return posts from the cursor on, ``enough`` if there are so many, up to ``limit``; and whether that is all."""
    if wanted.asks_the_machine and not searcher.sight.is_whole:
        raise NotForThem("What model versions said is shown after answering.")
    if wanted.text and not _query(searcher, wanted):
        return [], True
    facts = _facts(searcher, wanted, cursor) | {"limit": limit}
    span, indexed, asked = _span(wanted, cursor), list(_indexed(wanted, facts)), list(_asked(searcher, wanted))
    parts = {
        "date": wanted.date,
        "way": "ASC" if cursor and not cursor.is_older else "DESC",
        "span": " AND ".join(span),
        "indexed": " AND ".join(indexed) or "true",
        "asked": " AND ".join(asked) or "true",
    }
    facts["walked"] = _WALKED if indexed else limit
    ids = _run(_WALK, parts, facts)
    if not indexed:
        return ids, len(ids) < limit
    if _WORTH_WALKING <= len(ids) < enough:
        # Half as far again as where the page should be full.
        facts["walked"] = 3 * _WALKED * enough // (2 * len(ids))
        ids = _run(_WALK, parts, facts)
    if len(ids) >= enough:
        return ids, len(ids) < limit and not _run(_BEYOND, parts, facts)
    with transaction.atomic(), connection.cursor() as line:
        # The list is short, or this would not be reached. A planner that takes it for long reads the whole table.
        line.execute("SET LOCAL enable_seqscan = off")
        ids = _run(_LOOK_UP, parts, facts)
    return ids, len(ids) < limit


def _run(sql: str, parts: dict[str, str], facts: dict[str, Any]) -> list[int]:
    with connection.cursor() as line:
        line.execute(sql.format(**parts), facts)
        return [row[0] for row in line.fetchall()]


def _facts(searcher: Searcher, wanted: Wanted, cursor: Cursor | None) -> dict[str, Any]:
    return {
        "project": searcher.project.pk,
        "version": wanted.model_version,
        "received_after": wanted.received_after,
        "received_before": wanted.received_before,
        "posted_after": wanted.posted_after,
        "posted_before": wanted.posted_before,
        "at": cursor.at if cursor else None,
        "post": cursor.post_id if cursor else None,
        "words": _query(searcher, wanted),
        "coarse": words.coarse(wanted.text),
        "facets": list(_facets(searcher, wanted)),
        "scores": _scores(wanted) if wanted.asks_for_a_score else [],
        "status": wanted.status,
        "desks": sorted(searcher.sight.desks),
    }


def _query(searcher: Searcher, wanted: Wanted) -> str:
    return words.query(wanted.text, weights="" if searcher.sight.is_whole else indexing.UNTELLING)


def _facets(searcher: Searcher, wanted: Wanted) -> Iterator[str]:
    if searcher.client:
        yield f"c:{searcher.client.pk}"
    if wanted.status:
        yield f"s:{PostStatus.WAITING if wanted.status == PostStatus.SCREENING else wanted.status}"
    if wanted.model_version is not None:
        yield f"m:{wanted.model_version}"
    named = {"p": wanted.publication, "d": wanted.decided, "v": wanted.predicted, "o": wanted.verdict}
    named |= {"u": wanted.poster, "i": wanted.external_id}
    yield from (f"{letter}:{value}" for letter, value in named.items() if value)


def _scores(wanted: Wanted) -> list[str]:
    low, high = wanted.score_low or 0, 100 if wanted.score_high is None else wanted.score_high
    return [f"x:{wanted.score_class}={one:02d}" for one in range(max(0, low), min(100, high))]


def _span(wanted: Wanted, cursor: Cursor | None) -> Iterator[str]:
    """Yield the conditions that a walk along an index begins and ends with."""
    yield "project_id = %(project)s"
    yield from _between(wanted, wanted.date)
    if wanted.model_version is not None and wanted.date == "received_at":
        yield "model_version_id = %(version)s"
    if cursor:
        yield f"({wanted.date}, post_id) {'<' if cursor.is_older else '>'} (%(at)s, %(post)s)"


def _indexed(wanted: Wanted, facts: dict[str, Any]) -> Iterator[str]:
    """Yield the conditions that the inverted index answers."""
    if facts["words"]:
        # The planner takes no IS TRUE for the index: this is asked of the rows that the coarse query leaves.
        yield "words @@ %(coarse)s::tsquery AND (words @@ %(words)s::tsquery) IS TRUE"
    if facts["facets"]:
        yield "facets @> %(facets)s::text[]"
    if wanted.asks_for_a_score:
        yield "facets && %(scores)s::text[]"
    yield from _between(wanted, "posted_at" if wanted.date == "received_at" else "received_at")


def _between(wanted: Wanted, date: str) -> Iterator[str]:
    name = date.removesuffix("_at")
    if getattr(wanted, f"{name}_after"):
        yield f"{date} >= %({name}_after)s"
    if getattr(wanted, f"{name}_before"):
        yield f"{date} < %({name}_before)s"


def _asked(searcher: Searcher, wanted: Wanted) -> Iterator[str]:
    """Yield the conditions that are asked of each post that fits otherwise."""
    if wanted.status in (PostStatus.WAITING, PostStatus.SCREENING):
        yield "EXISTS (SELECT 1 FROM moderation_post p WHERE p.id = entry.post_id AND p.status = %(status)s)"
    if wanted.tells and not searcher.sight.is_whole:
        yield """NOT EXISTS (
            SELECT 1 FROM moderation_post p JOIN annotation_question q ON q.image_id = p.image_id
            WHERE p.id = entry.post_id AND q.status = 'open' AND q.desk = ANY(%(desks)s::text[]))"""
