"""This will write what a search asks for as SQL: what a walk keeps to, what an index answers, and the rest.

Nothing that anybody typed stands in the SQL itself: conditions name facts, and the facts go along beside them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from config.accounts.models import Client, Project
from moderation import indexing, words
from moderation.models import PostStatus
from moderation.sight import WHOLE, Sight
from moderation.wanted import Cursor, Wanted


@dataclass(frozen=True)
class Searcher:
    """Who looks, and where: in a project, or in what one client has sent to it."""

    project: Project
    client: Client | None = None
    sight: Sight = WHOLE


@dataclass(frozen=True)
class Indexed:
    """A condition that the inverted index answers: ``fits`` is written so that it does, and may let in more.

    ``exactly`` is the condition itself, written so that no index is used. ``is_one_list`` where a single text is looked
    for, whose list the index reads as it is stored, without going through others beside it.
    """

    fits: str
    exactly: str
    is_one_list: bool

    @property
    def listed(self) -> str:
        return f"{self.fits} AND {self.exactly}"


def facts(searcher: Searcher, wanted: Wanted, cursor: Cursor | None) -> dict[str, Any]:
    return {
        "project": searcher.project.pk,
        "version": wanted.model_version,
        "received_after": wanted.received_after,
        "received_before": wanted.received_before,
        "posted_after": wanted.posted_after,
        "posted_before": wanted.posted_before,
        "at": cursor.at if cursor else None,
        "post": cursor.post_id if cursor else None,
        "words": query(searcher, wanted),
        "coarse": words.coarse(wanted.text),
        "facets": list(_facets(searcher, wanted)),
        "scores": _scores(wanted) if wanted.asks_for_a_score else None,
        "status": wanted.status,
        "desks": sorted(searcher.sight.desks),
    }


def query(searcher: Searcher, wanted: Wanted) -> str:
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


def span(wanted: Wanted, cursor: Cursor | None) -> Iterator[str]:
    """Yield the conditions that a walk along an index begins and ends with."""
    yield "project_id = %(project)s"
    yield from _between(wanted, wanted.date)
    if wanted.model_version is not None and wanted.date == "received_at":
        yield "model_version_id = %(version)s"
    if cursor:
        yield f"({wanted.date}, post_id) {'<' if cursor.is_older else '>'} (%(at)s, %(post)s)"


def indexed(given: dict[str, Any]) -> Iterator[Indexed]:
    """Yield the conditions on these facts that the inverted index answers."""
    if given["words"]:
        # The coarse query consists of whole lexemes, joined by & (see moderation/words).
        is_one = "&" not in given["coarse"]
        yield Indexed("words @@ %(coarse)s::tsquery", _unindexed("words @@ %(words)s::tsquery"), is_one)
    if given["facets"]:
        fits = "facets @> %(facets)s::text[]"
        yield Indexed(fits, _unindexed(fits), len(given["facets"]) == 1)
    if given["scores"] is not None:
        fits = "facets && %(scores)s::text[]"
        yield Indexed(fits, _unindexed(fits), len(given["scores"]) == 1)


def _unindexed(condition: str) -> str:
    """Return the same condition so that the planner takes no index for it."""
    return f"({condition}) IS TRUE"


def beside(wanted: Wanted) -> Iterator[str]:
    """Yield the conditions on the date by which is not listed."""
    yield from _between(wanted, "posted_at" if wanted.date == "received_at" else "received_at")


def _between(wanted: Wanted, date: str) -> Iterator[str]:
    name = date.removesuffix("_at")
    if getattr(wanted, f"{name}_after"):
        yield f"{date} >= %({name}_after)s"
    if getattr(wanted, f"{name}_before"):
        yield f"{date} < %({name}_before)s"


def asked(searcher: Searcher, wanted: Wanted) -> Iterator[str]:
    """Yield the conditions that are asked of each post that fits otherwise."""
    if wanted.status in (PostStatus.WAITING, PostStatus.SCREENING):
        yield "EXISTS (SELECT 1 FROM moderation_post p WHERE p.id = entry.post_id AND p.status = %(status)s)"
    if wanted.tells and not searcher.sight.is_whole:
        yield """NOT EXISTS (
            SELECT 1 FROM moderation_post p JOIN annotation_question q ON q.image_id = p.image_id
            WHERE p.id = entry.post_id AND q.status = 'open' AND q.desk = ANY(%(desks)s::text[]))"""
