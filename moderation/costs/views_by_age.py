"""This will keep how often posts are seen on the day they come, the day after, and so on, as long as they are left up.

Views come post by post, and there are far too many posts to read at every question. So of the posts that came on one
day (a cohort) about 400 are watched, picked by a hash of their number: the same ones whenever it is counted. A
``ViewsByAge`` row holds, for a cohort and an age in days, how many of them were still up when that day ended, and their
views on it. One statement writes the rows of one day of all cohorts that are 0 to 28 days old then.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from config.accounts.models import Project
from moderation.models import DailyOutput, DayViews, ViewsByAge

AGES = 29
WATCHED = 400
# The curve of a period is that of the cohorts of the eight weeks up to its end.
COHORT_DAYS = 56

# Knuth's multiplicative hash spreads neighboring numbers over the whole range; its upper half is the even one.
_COUNT = """
    WITH cohort AS (
        SELECT posted_on, one_in FROM unnest(%(days)s::date[], %(one_in)s::bigint[]) AS of(posted_on, one_in)),
    watched AS (
        SELECT cohort.posted_on, post.id
        FROM cohort JOIN moderation_post post ON post.project_id = %(project)s
          AND post.received_at >= cohort.posted_on::timestamp AT TIME ZONE 'UTC'
          AND post.received_at < (cohort.posted_on + 1)::timestamp AT TIME ZONE 'UTC'
        WHERE (post.id %% 2147483648 * 2654435761 %% 4294967296) / 65536 %% cohort.one_in = 0),
    up AS (
        SELECT watched.* FROM watched
        LEFT JOIN LATERAL (
            SELECT kind FROM moderation_decision decision
            WHERE decision.post_id = watched.id AND decision.created_at < %(end)s
            ORDER BY created_at DESC, id DESC LIMIT 1) last ON true
        WHERE last.kind IS DISTINCT FROM 'remove')
    SELECT posted_on, count(*), coalesce(sum(seen.views), 0)
    FROM up LEFT JOIN moderation_impression seen ON seen.post_id = up.id AND seen.date = %(day)s
    GROUP BY posted_on ORDER BY posted_on
"""


def refresh(project: Project, day: date, *, now: datetime) -> None:
    """Count a day anew for all cohorts; safe to repeat. A day that is not over, or of which no views came, has none."""
    end = datetime.combine(day + timedelta(days=1), time(), tzinfo=UTC)
    days = [day - timedelta(days=age) for age in range(AGES)]
    is_known = now >= end and DayViews.objects.filter(project=project, date=day).exists()
    found = _counted(project, day, days, end=end) if is_known else []
    rows = [ViewsByAge(project=project, posted_on=on, age=(day - on).days, posts=n, views=v) for on, n, v in found]
    stale = ViewsByAge.objects.filter(project=project, posted_on__in=days)
    for on in set(days) - {row.posted_on for row in rows}:
        stale.filter(posted_on=on, age=(day - on).days).delete()
    ViewsByAge.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["project", "posted_on", "age"], update_fields=["posts", "views"]
    )


def _counted(project: Project, day: date, days: list[date], *, end: datetime) -> list[tuple[date, int, int]]:
    sizes = dict(DailyOutput.objects.filter(project=project, day__in=days).values_list("day", "posts"))
    cohorts = {on: max(1, posts // WATCHED) for on, posts in sizes.items() if posts}
    facts: dict[str, Any] = {"project": project.pk, "day": day, "end": end}
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, facts | {"days": list(cohorts), "one_in": list(cohorts.values())})
        return [(on, int(n), int(views)) for on, n, views in cursor.fetchall()]


@dataclass(frozen=True)
class Cohorts:
    """Watched posts that were up, and their views, by cohort and age: both [D, 29]."""

    posts: NDArray[np.float64]
    views: NDArray[np.float64]


def cohorts(project: Project, *, until: date) -> Cohorts:
    """Return the cohorts of the eight weeks that end with a day, as far as they were seen by then. One query."""
    first = until - timedelta(days=COHORT_DAYS - 1)
    rows = ViewsByAge.objects.filter(project=project, posted_on__range=(first, until), age__lt=AGES)
    posts, views = np.zeros((COHORT_DAYS, AGES)), np.zeros((COHORT_DAYS, AGES))
    for on, age, n, seen in rows.values_list("posted_on", "age", "posts", "views"):
        if on + timedelta(days=age) <= until:
            posts[(on - first).days, age], views[(on - first).days, age] = n, seen
    is_there = posts.sum(axis=1) > 0
    return Cohorts(posts[is_there], views[is_there])
