"""This will write what the pages of costs and queues read: two years of daily costs, views by age, samples of queues.

As many rows as a platform with 13,700 posts a day would have: for the bench of the pages about numbers.
"""

import math
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from annotation.models import Desk, Lane, Purpose
from config.accounts.models import Project
from moderation import costs
from moderation.costs.views_by_age import AGES, WATCHED
from moderation.models import DailyCost, DailyOutput, QueueSample, Resource, ScreeningEffort, ViewsByAge

PRICES = {"moderator": "24", "annotator": "20", "manager": "48", "cpu": "0.045", "gpu": "1.9", "storage": "0.023"}
# (resource, source, rows a day, seconds each)
USED = [
    (Resource.MODERATOR, Purpose.REVIEW, 560, 3.4),
    (Resource.MODERATOR, Purpose.AUDIT, 200, 3.1),
    (Resource.MODERATOR, Purpose.SECOND_LOOK, 40, 3.6),
    (Resource.MODERATOR, Purpose.COMPLAINT, 30, 9.0),
    (Resource.ANNOTATOR, Purpose.LABEL, 210, 5.2),
    (Resource.MANAGER, Purpose.APPEAL, 4, 22.0),
    (Resource.CPU, "screening", 230, 6.6),
    (Resource.CPU, "training", 9, 900.0),
    (Resource.GPU, "training", 9, 260.0),
]


def fill(project: Project, *, days: int, posts: int, now: datetime) -> None:
    """Write the rows of so many days that end today."""
    chance = random.Random(21)
    each = [now.astimezone(UTC).date() - timedelta(days=number) for number in reversed(range(days))]
    for resource, amount in PRICES.items():
        costs.add(
            project, resource=Resource(resource), amount=Decimal(amount), valid_from=each[0], currency="USD", now=now
        )
    DailyCost.objects.bulk_create(
        DailyCost(project=project, **row) for day in each for row in _used(day, posts, chance)
    )
    DailyOutput.objects.bulk_create(DailyOutput(project=project, **_output(day, posts)) for day in each)
    ViewsByAge.objects.bulk_create(
        ViewsByAge(project=project, posted_on=day, age=age, posts=WATCHED, views=_views(age, chance))
        for day in each
        for age in range(AGES)
    )
    hours = [datetime.combine(day, time(hour), tzinfo=UTC) for day in each for hour in range(24)]
    QueueSample.objects.bulk_create(QueueSample(project=project, **_sample(hour, posts, chance)) for hour in hours)
    ScreeningEffort.objects.bulk_create(ScreeningEffort(project=project, **_effort(hour, posts)) for hour in hours)


def _used(day: date, posts: int, chance: random.Random) -> Iterator[dict[str, Any]]:
    for resource, source, usual, seconds in USED:
        rows = round(usual * chance.uniform(0.9, 1.1))
        took = round(rows * seconds * 1000)
        yield {
            "day": day,
            "resource": resource,
            "source": source,
            "quantity": took,
            "low": round(0.97 * took),
            "high": round(1.05 * took),
            "squares": round(rows * (seconds * 1000) ** 2 * 1.8),
            "rows": rows,
            "measured_rows": round(0.97 * rows),
        }
    kept = (day - date(2020, 1, 1)).days * posts * 310_000
    counted = {"rows": kept // 310_000, "measured_rows": kept // 310_000}
    yield {
        "day": day,
        "resource": "storage",
        "source": "images",
        "quantity": kept,
        "low": kept,
        "high": kept,
        **counted,
    }


def _output(day: date, posts: int) -> dict[str, Any]:
    spared = {"people": _spared(80), "machine": _spared(30), "complaints": _spared(9)}
    counts = {"decisions": 600, "removals": 80, "machine_removals": 30, "complaint_removals": 9, "complaints": 33}
    return {"day": day, "posts": posts, "prevented": spared, **counts}


def _spared(removals: int) -> list[float]:
    return [0.4 * removals, *[float(removals)] * (AGES - 1)]


def _views(age: int, chance: random.Random) -> int:
    return round(WATCHED * 90 * math.exp(-age / 2.5) * chance.uniform(0.8, 1.25))


def _sample(hour: datetime, posts: int, chance: random.Random) -> dict[str, Any]:
    lanes = [
        {"desk": str(desk), "lane": str(lane), "waiting": chance.randint(1, 300), "overdue": 3, "oldest_seconds": 900}
        for desk in Desk
        for lane in Lane
    ]
    came = posts // 24
    flows = {"received": came, "screened": came, "opened": came // 22, "finished": came // 22, "answered": came // 20}
    return {"at": hour, "lanes": lanes, "posts_waiting": 40, "oldest_post_seconds": 3, "flows": flows}


def _effort(hour: datetime, posts: int) -> dict[str, Any]:
    came = posts // 24
    times = {"milliseconds": came * 60, "cpu_milliseconds": came * 110, "gpu_milliseconds": 0}
    return {"hour": hour, "batches": came // 60, "posts": came, **times}
