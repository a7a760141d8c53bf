"""This will measure claim + label over HTTP: how many answers a second, how long each takes, what it costs, doubles.

Limits: throughput is 20 times what Label Studio 1.23 reached on PostgreSQL and two cores (6.7 answers a second for one
person, 12.4 for eight, 146 ms of processor time each: measured once, for orientation); 50,000 open questions may cost a
tenth more than 10,000.
"""

import http.client
import json
import socket
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db.models import Count

from annotation.models import Label
from bench.figures import Figure, percentile
from bench.queues import House, house
from bench.scratch import servers
from bench.web import Web, database_cpu_seconds, served

SECONDS = 10.0
WARM_UP_SECONDS = 2.0
SIZES = (10_000, 50_000)
# People: answers a second, by the goals of the project.
CROWDS = {1: 150.0, 8: 250.0}
CPU_MS = 7.0
# How many jobs the desk claims at once (AT_ONCE in static/js/answering/queue.js).
AHEAD = 3
GROWTH = 1.1
FINE = {"classes": [], "regions": [], "unsure": False}


def run() -> list[Figure]:
    rows: list[Figure] = []
    cpu_ms: dict[tuple[int, int], float] = {}
    with servers(), served() as web:
        for size in SIZES:
            place = house(open_questions=size, people=max(CROWDS))
            _crowd(web, place.tokens[:1], seconds=WARM_UP_SECONDS)
            for people, wanted in CROWDS.items():
                who = f"{people} {'person' if people == 1 else 'people'}, {size:,} open"
                measured, cpu_ms[size, people] = _measure(web, place, who, people=people, wanted=wanted)
                in_one, _ = _measure(web, place, f"{who}, in one request", people=people, wanted=wanted, goes_on=True)
                rows += measured + in_one
            rows.append(Figure(f"answers to a seat beyond the first, {size:,} open", float(_doubles(place)), "", 0.5))
        rows += _as_at_the_desk(web)
    small, large = SIZES
    rows.append(
        Figure("processor time an answer, 50,000 over 10,000", cpu_ms[large, 1] / cpu_ms[small, 1], "×", GROWTH)
    )
    return rows


def _as_at_the_desk(web: Web) -> list[Figure]:
    """Measure one person whose every answer decides a post, and who claims a few at once, as the desk does."""
    place = house(open_questions=min(SIZES), people=1, posts=True)
    one, _ = _measure(web, place, "1 person, each answer decides a post", people=1)
    few, _ = _measure(web, place, f"the same, {AHEAD} claimed at once", people=1, at_once=AHEAD)
    in_one, _ = _measure(web, place, "the same, in one request", people=1, goes_on=True)
    return one + few + in_one


def _measure(
    web: Web,
    place: House,
    who: str,
    *,
    people: int,
    wanted: float | None = None,
    at_once: int = 1,
    goes_on: bool = False,
) -> tuple[list[Figure], float]:
    before = web.cpu_seconds(), database_cpu_seconds()
    started = time.perf_counter()
    seconds = _crowd(web, place.tokens[:people], seconds=SECONDS, at_once=at_once, goes_on=goes_on)
    took = time.perf_counter() - started
    web_ms, database_ms = (
        1000 * (after - earlier) / len(seconds)
        for after, earlier in zip((web.cpu_seconds(), database_cpu_seconds()), before, strict=True)
    )
    ordered = sorted(1000 * one for one in seconds)
    aim = CPU_MS if wanted else None
    rows = [
        Figure(f"claim + label, {who}", len(seconds) / took, "a second", wanted, is_least=True),
        Figure(f"… p50, {who}", percentile(ordered, 0.5), "ms"),
        Figure(f"… p95, {who}", percentile(ordered, 0.95), "ms"),
        Figure(f"… processor time of the web server, {who}", web_ms, "ms an answer", aim),
        Figure(f"… processor time of the database, {who}", database_ms, "ms an answer"),
    ]
    return rows, web_ms + database_ms


def _crowd(web: Web, tokens: Sequence[str], *, seconds: float, at_once: int = 1, goes_on: bool = False) -> list[float]:
    """Have everybody answer at once; returns the seconds that each claim + label took, its share of the claim.

    Whoever ``goes_on`` is given the next job with each answer, so that both are one request.
    """
    until = time.perf_counter() + seconds

    def work(token: str) -> list[float]:
        if goes_on:
            return _answer_and_go_on(web.port, token, until=until)
        return _answer(web.port, token, until=until, at_once=at_once)

    with ThreadPoolExecutor(len(tokens)) as pool:
        return [one for taken in pool.map(work, tokens) for one in taken]


def _answer(port: int, token: str, *, until: float, at_once: int) -> list[float]:
    connection = _connected(port)
    taken: list[float] = []
    while (started := time.perf_counter()) < until:
        jobs = _claim(connection, token, count=at_once)
        claim = (time.perf_counter() - started) / len(jobs)
        for job in jobs:
            started = time.perf_counter()
            _label(connection, token, job)
            taken.append(claim + time.perf_counter() - started)
    connection.close()
    return taken


def _answer_and_go_on(port: int, token: str, *, until: float) -> list[float]:
    connection = _connected(port)
    taken: list[float] = []
    [job] = _claim(connection, token, count=1)
    while (started := time.perf_counter()) < until:
        [job] = _label(connection, token, job, next={"desk": "review", "count": 1})["next"]
        taken.append(time.perf_counter() - started)
    connection.close()
    return taken


def _connected(port: int) -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.connect()
    connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _claim(connection: http.client.HTTPConnection, token: str, *, count: int) -> list[dict[str, Any]]:
    return list(_post(connection, token, "jobs/claim/", {"desk": "review", "count": count})["jobs"])


def _label(connection: http.client.HTTPConnection, token: str, job: dict[str, Any], **more: Any) -> Any:
    answer = {"lease_token": job["lease_token"], "answer": FINE} | more
    return _post(connection, token, f"jobs/{job['id']}/label/", answer)


def _post(connection: http.client.HTTPConnection, token: str, path: str, body: dict[str, Any]) -> Any:
    headers = {"Authorization": f"Token {token}", "Content-Type": "application/json"}
    connection.request("POST", f"/api/v1/{path}", json.dumps(body), headers)
    response = connection.getresponse()
    said = response.read()
    if response.status not in (200, 201):
        raise RuntimeError(f"{path} answered {response.status}: {said[:500]!r}")
    return json.loads(said)


def _doubles(place: House) -> int:
    labels = Label.objects.filter(question__project=place.project)
    return labels.values("question").annotate(n=Count("id")).filter(n__gt=1).count()
