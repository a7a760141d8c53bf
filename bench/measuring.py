"""This will measure the pages about numbers over 10,000,000 posts, two years and 20 classes.

The pages read sums of days, and of people second looks, and nothing else that grows, so these are what is written here:
as many rows as such a platform would have, with numbers of its size. Server time is that of the whole view, from the
request to the rendered page.
"""

import random
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from bench import costing, scored_days, second_looks
from bench.figures import Figure, milliseconds, percentile
from bench.posts import version_of
from bench.scratch import servers, settle
from config.accounts.models import Membership, Project, Role, User
from models_registry.models import Evaluation
from moderation import founding
from moderation.measurement import daily, months
from moderation.models import DailyMeasurement, DayLooks, DayViewLooks, PolicyMode

POSTS_A_DAY = 13_700
DAYS = 730
LIMIT_MS = 300.0
TIMES = 10
CLASSES: list[dict[str, Any]] = [
    {"key": f"class_{number}", "name": f"Class {number}", "severity": 1 + number % 3} for number in range(20)
]
KEYS = tuple(one["key"] for one in CLASSES)
PAGES = ("dashboard", "lab", "people", "queues", "costs", "decisions", "report")
STRATA = 8
SLICES = [f"place={one}" for one in ("park", "home", "street", "sea", "studio", "forest")]


def run() -> list[Figure]:
    with servers():
        return list(_pages(_filled()))


def _filled() -> Project:
    """Write two years of sums of days."""
    began = timezone.now() - timedelta(days=DAYS)
    founded = founding.found(
        slug="bench", name="Bench", classes=CLASSES, mode=PolicyMode.ASSISTED, rules=_rules(), now=began
    )
    version = version_of(founded.detector, number=1)
    report: dict[str, Any] = {"classes": {key: {"curve": []} for key in KEYS}}
    Evaluation.objects.create(model_version=version, dataset=version.dataset, report=report, created_at=began)
    chance = random.Random(20)
    today = timezone.now().date()
    scored_days.fill(founded.project, version, KEYS, posts=POSTS_A_DAY, days=DAYS, until=today)
    for number in range(DAYS):
        _day(founded.project, today - timedelta(days=number), chance=chance)
    second_looks.fill(founded.project, version, KEYS, days=DAYS, now=timezone.now())
    costing.fill(founded.project, days=DAYS, posts=POSTS_A_DAY, now=timezone.now())
    months.sum_up(founded.project, now=timezone.now())
    settle()
    for number in range(DAYS - daily.TRAILING_DAYS):
        daily.measure_day(founded.project, today - timedelta(days=number))
    settle()
    return founded.project


def _rules() -> dict[str, Any]:
    bands = {"remove": {"threshold": scored_days.REMOVE}, "review": {"threshold": scored_days.REVIEW}}
    return {
        "classes": {key: {**bands, "hours_allowed": 24} for key in KEYS},
        "audit": {"looks_per_day": 150, "removed_rate": 0.2},
    }


def _day(project: Project, day: date, *, chance: random.Random) -> None:
    rates = [min(1.0, 0.002 * 2**stratum * chance.uniform(0.9, 1.1)) for stratum in range(STRATA)]
    looks = [*_whole(rates, chance), *_classes(rates, chance), *_slices(rates, chance)]
    DayLooks.objects.bulk_create(DayLooks(project=project, day=day, **look) for look in looks)
    DayViewLooks.objects.bulk_create(DayViewLooks(project=project, day=day, **row) for row in _views(chance))
    DailyMeasurement.objects.create(
        project=project,
        day=day,
        counts=_counts(chance),
        metrics={},
        measured_at=datetime.combine(day, time(23), tzinfo=timezone.get_current_timezone()),
    )


def _whole(rates: list[float], chance: random.Random) -> Iterator[dict[str, Any]]:
    yield from _some("all", "", rates, chance, share=1.0)
    for part, value in (("policy", "1"), ("model", "1")):
        yield from _some(part, value, rates, chance, share=1.0)


def _slices(rates: list[float], chance: random.Random) -> Iterator[dict[str, Any]]:
    for value in SLICES:
        yield from _some("slice", value, rates, chance, share=1 / len(SLICES))


def _classes(rates: list[float], chance: random.Random) -> Iterator[dict[str, Any]]:
    for one in CLASSES:
        flagged = chance.randint(5, 20)
        yield _row("class", one["key"], "flagged", "flagged", 1.0, flagged, found=flagged // 2)
        if chance.random() < 0.2:
            yield _row("class", one["key"], "passed", f"s{chance.randint(1, STRATA)}", rates[-1], 1, found=1)


def _some(
    part: str, value: str, rates: list[float], chance: random.Random, *, share: float
) -> Iterator[dict[str, Any]]:
    flagged = round(280 * share)
    yield _row(part, value, "flagged", "flagged", 1.0, flagged, found=flagged // 2)
    yield _row(
        part, value, "removed", "removed", 0.1, max(1, round(30 * share)), drawn=1, found=int(chance.random() < 0.9)
    )
    for number, rate in enumerate(rates, start=1):
        posts = max(1, round(POSTS_A_DAY * share / STRATA))
        drawn = round(posts * rate)
        yield _row(part, value, "passed", f"s{number}", rate, posts, drawn=drawn, found=int(chance.random() < 0.05))


def _row(
    part: str,
    value: str,
    side: str,
    stratum: str,
    probability: float,
    posts: int,
    *,
    found: int,
    drawn: int | None = None,
) -> dict[str, Any]:
    looked = max(found, posts if drawn is None else drawn)
    sums = {"posts": max(posts, looked), "score_sum": posts * 0.01, "drawn": looked, "answered": looked, "lost": 0}
    place = {"part": part, "value": value, "side": side, "stratum": stratum, "probability": probability}
    return {**place, **sums, "found": found}


def _views(chance: random.Random) -> Iterator[dict[str, Any]]:
    for is_passed in (False, True):
        for number in range(STRATA if is_passed else 2):
            for band in range(12):
                posts, seen = chance.randint(5, 200), 2**band * 1.5
                yield {
                    "is_passed": is_passed,
                    "stratum": f"s{number + 1}" if is_passed else ("known", "removed")[number],
                    "band": band,
                    "posts": posts,
                    "probability_sum": posts * 0.02,
                    "score_sum": posts * 0.01,
                    "views": round(posts * seen),
                    "square_views": posts * seen**2,
                    "drawn": 2,
                    "answered": 2,
                    "lost": 0,
                    "known_views": 0,
                    "finds": [[0.02, round(seen)]] if chance.random() < 0.02 else [],
                }


def _counts(chance: random.Random) -> dict[str, Any]:
    names = (
        *("posts", "failed", "scored", "flagged", "removed", "passed", "audited", "decided", "removals", "keeps"),
        *("standing_removals", "overturned", "reversals", "human_looks", "label_looks", "views", "complaints"),
        *("appeals", "found_by_complaint", "answered_complaints", "upheld_appeals", "answered_appeals", "in_time"),
        "late",
    )
    counts: dict[str, Any] = {name: chance.randint(1, 50) for name in names}
    counts["overturned"] = counts["standing_removals"] // 20
    bins = [0] * 40 + [chance.randint(0, 9) for _ in range(60)]
    return {**counts, "posts": POSTS_A_DAY, "views": POSTS_A_DAY * 40, "hours_to_action": bins}


def _pages(project: Project) -> Iterator[Figure]:
    manager = User.objects.create(username="bench-manager")
    Membership.objects.create(user=manager, project=project, role=Role.MANAGER)
    browser = Browser()
    browser.force_login(manager)
    today = timezone.now().date()
    for days in (28, DAYS):
        asked = {"from": (today - timedelta(days=days - 1)).isoformat(), "to": today.isoformat()}
        for page in PAGES:
            address = reverse(page)
            taken = milliseconds(lambda: _get(browser, address, asked), times=TIMES)  # noqa: B023
            yield Figure(
                f"{address}, {days} days: p50", percentile(taken, 0.5), "ms", LIMIT_MS, note=f"p95 {taken[-1]:.0f} ms"
            )


def _get(browser: Browser, address: str, asked: dict[str, str]) -> None:
    answer = browser.get(address, asked)
    if answer.status_code != 200:
        raise RuntimeError(f"{address} answered {answer.status_code}.")
