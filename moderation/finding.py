"""This will find the posts that fit a search, in the order of a list, as fast among millions as among hundreds.

A search first walks the newest two thousand entries and keeps what fits: whatever is frequent is found there at once.
What nearly fills a page that way is found by walking on, as far as its share among those says. The rest is rare, and
the inverted index lists all of it. A planner that guessed which of the two to do would guess wrong for filters that
exclude each other, and then read the whole table. It is asked about two things only, where a wrong guess costs little:
a condition that nearly every post fits is asked of the posts that another one lists, for to go through a list of
millions takes longer; and what was frequent long ago is listed by stretches of time, until there is enough.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

from moderation import conditions, stretches
from moderation.conditions import Indexed, Searcher
from moderation.wanted import Cursor, Wanted

_WALKED = 2000
# Listing what fits costs about six times as much an entry as walking past one; at a million posts, from this many in
# the first walk on it is cheaper to walk on.
_WORTH_WALKING = 4
# To visit a post that one list names takes about as long as to go past this many in another.
_COMMON = 300
# From this many posts on it is worth going through them by stretches.
_LONG = 3000

_WALK = """
    SELECT entry.post_id FROM (
        SELECT post_id, received_at, posted_at, words, facets FROM moderation_searchentry
        WHERE {span} ORDER BY {date} {way}, post_id {way} LIMIT %(walked)s) entry
    WHERE {listed} AND {asked} ORDER BY entry.{date} {way}, entry.post_id {way} LIMIT %(limit)s
"""
_BEYOND = """
    SELECT 1 FROM moderation_searchentry WHERE {span} ORDER BY {date} {way}, post_id {way} OFFSET %(walked)s LIMIT 1
"""
# Each OFFSET 0 stands for a step of its own: all that fits is listed by the inverted index, then put in order, and then
# the last condition is asked post by post, only until the page is full.
_LOOK_UP = """
    SELECT entry.post_id FROM (
        SELECT * FROM (
            SELECT post_id, {date} FROM moderation_searchentry WHERE {span} AND {listed} OFFSET 0) listed
        ORDER BY {date} {way}, post_id {way} OFFSET 0) entry
    WHERE {asked} ORDER BY entry.{date} {way}, entry.post_id {way} LIMIT %(limit)s
"""
# The same within one stretch after the other, in their order, only until there is enough.
_LOOK_UP_BY_STRETCHES = """
    SELECT entry.post_id FROM unnest(%(stretches)s::bigint[]) AS of(stretch) CROSS JOIN LATERAL (
        SELECT * FROM (
            SELECT post_id, {date} FROM moderation_searchentry
            WHERE {span} AND {listed} AND {stretches} @> ARRAY[of.stretch] OFFSET 0) listed
        ORDER BY {date} {way}, post_id {way} OFFSET 0) entry
    WHERE {asked} LIMIT %(limit)s
"""
_ENDS = "SELECT min(received_at), max(received_at) FROM moderation_searchentry WHERE {span}"
_EXPECTED = "EXPLAIN SELECT 1 FROM moderation_searchentry WHERE project_id = %(project)s AND {fits}"


def find(
    searcher: Searcher, wanted: Wanted, *, cursor: Cursor | None, enough: int, limit: int
) -> tuple[list[int], bool]:
    """Return posts from the cursor on, ``enough`` if there are so many, up to ``limit``; and whether that is all."""
    if wanted.text and not conditions.query(searcher, wanted):
        return [], True
    facts = conditions.facts(searcher, wanted, cursor) | {"limit": limit}
    indexed, beside = list(conditions.indexed(facts)), list(conditions.beside(wanted))
    parts = {
        "date": wanted.date,
        "way": "ASC" if cursor and not cursor.is_older else "DESC",
        "span": " AND ".join(conditions.span(wanted, cursor)),
        "listed": " AND ".join([one.listed for one in indexed] + beside) or "true",
        "asked": " AND ".join(conditions.asked(searcher, wanted)) or "true",
        "stretches": stretches.OF_RECEIVED,
    }
    if not indexed and not beside:
        ids = _run(_WALK, parts, facts | {"walked": limit})
        return ids, len(ids) < limit
    ids, is_all = _walk(parts, facts, enough=enough)
    if len(ids) >= enough:
        return ids, is_all
    ids = _look_up(indexed, beside, parts, facts)
    return ids, len(ids) < limit


def _walk(parts: dict[str, str], facts: dict[str, Any], *, enough: int) -> tuple[list[int], bool]:
    """Return what fits among the next entries, and whether there are none beyond; too little where it is rare."""
    facts = facts | {"walked": _WALKED}
    ids = _run(_WALK, parts, facts)
    if len(ids) >= enough:
        return ids, len(ids) < facts["limit"] and not _run(_BEYOND, parts, facts)
    if len(ids) >= _WORTH_WALKING:
        # Twice as far as where the page should be full, for it ends there.
        further = {"walked": 2 * _WALKED * enough // len(ids), "limit": enough}
        return _run(_WALK, parts, facts | further), False
    return ids, False


def _look_up(indexed: Sequence[Indexed], beside: list[str], parts: dict[str, str], facts: dict[str, Any]) -> list[int]:
    with transaction.atomic(), connection.cursor() as line:
        # What is listed is rare, or this would not be reached. A planner that takes it for frequent reads the whole
        # table; and workers beside this one would bring stretches out of order.
        line.execute("SET LOCAL enable_seqscan = off; SET LOCAL max_parallel_workers_per_gather = 0")
        expected = [_expected(one, facts) for one in indexed]
        least = min(expected, default=0)
        listed = [
            one.exactly if rows > _COMMON * max(1, least) else one.listed
            for one, rows in zip(indexed, expected, strict=True)
        ]
        parts = parts | {"listed": " AND ".join(listed + beside)}
        # Conditions that exclude each other would be gone through to their end, once for every stretch.
        is_by_stretches = len(indexed) == 1 and indexed[0].is_one_list and parts["date"] == "received_at"
        if is_by_stretches and least >= _LONG:
            return _look_up_by_stretches(parts, facts)
        return _run(_LOOK_UP, parts, facts)


def _look_up_by_stretches(parts: dict[str, str], facts: dict[str, Any]) -> list[int]:
    with connection.cursor() as line:
        line.execute(_ENDS.format(**parts), facts)
        first, last = line.fetchone()
    if first is None:
        return []
    names = stretches.between(first, last, is_newest_first=parts["way"] == "DESC")
    return _run(_LOOK_UP_BY_STRETCHES, parts, facts | {"stretches": names})


def _expected(one: Indexed, facts: dict[str, Any]) -> int:
    """Return how many posts of the project the planner expects to fit this."""
    with connection.cursor() as line:
        line.execute(_EXPECTED.format(fits=one.fits), facts)
        return int(line.fetchone()[0].partition("rows=")[2].partition(" ")[0])


def _run(sql: str, parts: dict[str, str], facts: dict[str, Any]) -> list[int]:
    with connection.cursor() as line:
        line.execute(sql.format(**parts), facts)
        return [row[0] for row in line.fetchall()]
