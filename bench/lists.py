"""This will measure a page of 30 posts among 1,000,000: listed, filtered, searched, deep in the list.

Server time is that of the whole view, from the request to the rendered page, without the network. Each search is also
explained: none may read a table of posts whole.
"""

import json
import sys
from collections.abc import Iterator
from time import process_time
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from bench.figures import Figure, milliseconds, percentile
from bench.posts import House, house
from bench.scratch import servers, settle
from bench.web import database_cpu_seconds
from config.accounts.models import User
from moderation.models import Post
from moderation.wanted import Cursor

SMALL, LARGE = 10_000, 1_000_000
LIMIT_MS = 40.0
TIMES = 40
_TABLES = {"moderation_searchentry", "moderation_post", "moderation_verdict", "moderation_decision", "annotation_image"}


def run() -> list[Figure]:
    with servers():
        small, large = (house(size) for size in (SMALL, LARGE))
        settle()
        return [figure for name in _asked(large) for figure in _measure(name, small, large)]


def _asked(place: House) -> dict[str, dict[str, Any]]:
    """Return what is asked for, by a name for it."""
    middle = _middle(place)
    day = middle.at.date().isoformat()
    return {
        "newest": {},
        "in the middle of the list": {"cursor": middle},
        "a common word": {"q": "dog"},
        "a common word, in the middle": {"q": "dog", "cursor": middle},
        "a rare word": {"q": "quokka"},
        "a word that only old posts have": {"q": "festival"},
        "two rare words": {"q": "quokka lighthouse"},
        "Japanese, 2 characters": {"q": "東京"},
        "Japanese, a rare phrase": {"q": "西表山猫"},
        "a beginning that half of all have": {"q": "photo", "status": "failed"},
        "an external id": {"external_id": "photo-4321"},
        "a poster": {"poster": "poster-77"},
        "a rare status and a word": {"q": "cat", "status": "failed"},
        "decided as a class": {"class": "gruesome", "publication": "unpublished"},
        "predicted, score from 95 %": {"predicted": "indecent", "score_class": "indecent", "score_min": 95},
        "a narrow range of scores": {"score_class": "gruesome", "score_min": 42, "score_max": 43},
        "an old model version": {"model_version": place.old_version.pk},
        "a day, a status and a word": {"since": day, "until": day, "status": "in_review", "q": "猫"},
        "what cannot be: passed, yet removed": {"status": "passed", "class": "gruesome"},
        "as a list": {"view": "list", "q": "otter"},
        "as a moderator, passed with a word": {"status": "passed", "q": "badger", "_who": "moderator"},
    }


def _middle(place: House) -> Cursor:
    posts = Post.objects.filter(project=place.project).order_by("id")
    post = posts[posts.count() // 2]
    return Cursor(post.received_at, post.pk)


def _measure(name: str, small: House, large: House) -> Iterator[Figure]:
    before = _times(small, _asked(small)[name])
    ask = _asked(large)[name]
    spent = _processor_seconds()
    taken = _times(large, ask)
    spent = 1000 * (_processor_seconds() - spent) / (TIMES + 1)
    p50, p95 = percentile(taken, 0.5), percentile(taken, 0.95)
    indexes, whole = _explained(large, ask)
    ratio = p50 / percentile(before, 0.5)
    yield Figure(f"{name}: p50", p50, "ms", LIMIT_MS, note=f"{ratio:.1f} × that of {SMALL:,}")
    yield Figure(f"{name}: p95", p95, "ms", LIMIT_MS, note=", ".join(sorted(indexes)))
    yield Figure(f"{name}: processor time", spent, "ms", note="page and database; what is left of p50 is waiting")
    if whole:
        yield Figure(f"{name}: tables read whole", len(whole), "", 0, note=", ".join(sorted(whole)))
    print(f"  {name}: {p50:.1f} ms, {p95:.1f} ms", file=sys.stderr, flush=True)


def _processor_seconds() -> float:
    return process_time() + database_cpu_seconds()


def _who(place: House, ask: dict[str, Any]) -> User:
    return place.moderator if ask.get("_who") == "moderator" else place.manager


def _times(place: House, ask: dict[str, Any]) -> list[float]:
    browser = Browser()
    browser.force_login(_who(place, ask))
    return milliseconds(lambda: _get(browser, ask), times=TIMES)


def _get(browser: Browser, ask: dict[str, Any]) -> None:
    response = browser.get(f"/posts/?{urlencode({key: value for key, value in ask.items() if key[0] != '_'})}")
    if response.status_code != 200:
        raise RuntimeError(f"{ask} was answered with {response.status_code}.")


def _explained(place: House, ask: dict[str, Any]) -> tuple[set[str], set[str]]:
    """Return the indexes that find the posts of a page, and the tables that are read whole for it."""
    browser = Browser()
    browser.force_login(_who(place, ask))
    with CaptureQueriesContext(connection) as captured:
        _get(browser, ask)
    indexes: set[str] = set()
    whole: set[str] = set()
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        for query in captured.captured_queries:
            if query["sql"].startswith("SET LOCAL"):
                cursor.execute(query["sql"])
            is_question = query["sql"].startswith("EXPLAIN")
            if is_question or not any(table in query["sql"] for table in _TABLES):
                continue
            cursor.execute(f"EXPLAIN (FORMAT JSON) {query['sql']}")
            found = cursor.fetchone()[0]
            for node in _nodes((json.loads(found) if isinstance(found, str) else found)[0]["Plan"]):
                if node.get("Relation Name") in _TABLES and node["Node Type"] == "Seq Scan":
                    whole.add(node["Relation Name"])
                if "moderation_searchentry" in query["sql"] and "Index Name" in node:
                    indexes.add(node["Index Name"])
        cursor.execute("COMMIT")
    return indexes, whole


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", []):
        yield from _nodes(inner)
