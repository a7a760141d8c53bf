"""This will keep how often posts were seen, day by day, as their platform counts it.

A day's count only grows while the platform counts, so of two counts of one day the larger is the newer one: whatever
is sent twice, at once or in the wrong order ends the same. Beside the days stand two sums, of each post and of each
project's day, which change in the same statement and by what the days changed, so that nobody has to add up millions
of rows.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Sum

from config.accounts.models import Client
from moderation import urgency
from moderation.models import Post, PostViews

MOST_AT_ONCE = 1000
MOST_VIEWS = 1_000_000_000
MOST_DAYS_AGO = 400
# Where the platform stands it may be tomorrow already.
MOST_DAYS_AHEAD = 1
MOST_DAYS_SHOWN = 28
# What fewer people saw than this has not spread, however many times more they are than before.
FEWEST_TO_DOUBLE = 100

STORED, UNKNOWN_POST = "stored", "unknown_post"


class ImpressionRefused(ValueError):
    """A count that cannot be: ``code`` is bad_date or bad_views, and the message names the post."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True)
class Counted:
    """How often a post was seen on one day, of UTC."""

    external_id: str
    date: date
    views: int


@dataclass(frozen=True)
class Day:
    """One day's views; ``share`` is of the day with the most, in [0, 1]."""

    date: date
    views: int
    share: float


@dataclass(frozen=True)
class Seen:
    """How often a post was seen, and its newest days, oldest first and without gaps."""

    views: int
    days: list[Day]


# A project that never had a rollout does not look for arms.
# Everybody locks the posts' sums first, in the order of their ids: of two callers with the same posts one waits, and
# then sees what the other wrote.
_HOLD = """
    INSERT INTO moderation_postviews (post_id, views, updated_at)
    SELECT post, 0, %(now)s FROM unnest(%(posts)s::bigint[]) AS sent(post) ORDER BY post
    ON CONFLICT (post_id) DO UPDATE SET updated_at = excluded.updated_at
"""
_WRITE = """
    WITH sent AS (
        SELECT post, date, max(views) AS views
        FROM jsonb_to_recordset(%(counted)s) AS sent(post bigint, date date, views bigint) GROUP BY post, date),
    grown AS (
        SELECT post, sent.date, sent.views, sent.views - coalesce(known.views, 0) AS added
        FROM sent LEFT JOIN moderation_impression known ON known.post_id = post AND known.date = sent.date
        WHERE sent.views > coalesce(known.views, 0)),
    written AS (
        INSERT INTO moderation_impression (post_id, date, views, arm_id)
        SELECT post, date, views, CASE WHEN (SELECT EXISTS (
                SELECT FROM moderation_rollout WHERE project_id = %(project)s))
            THEN (SELECT arm_id FROM moderation_post one WHERE one.id = post) END
        FROM grown
        ON CONFLICT (post_id, date) DO UPDATE SET views = excluded.views, arm_id = excluded.arm_id),
    summed AS (
        UPDATE moderation_postviews total SET views = total.views + added
        FROM (SELECT post, sum(added) AS added FROM grown GROUP BY post) more WHERE total.post_id = more.post)
    INSERT INTO moderation_dayviews AS total (project_id, date, views)
    SELECT %(project)s, date, sum(added) FROM grown GROUP BY date ORDER BY date
    ON CONFLICT (project_id, date) DO UPDATE SET views = total.views + excluded.views
"""


def report(client: Client, counted: Sequence[Counted], *, now: datetime) -> list[str]:
    """Take counts of up to a thousand post-days; returns what became of each, in their order: stored or unknown_post.

    Raises ImpressionRefused where one of them cannot be, and then nothing has changed. Four statements, however many
    there are, and some more where somebody has to look sooner now; callers at once wait for each other only where they
    count the same posts or days.
    """
    for one in counted:
        _check(one, today=now.date())
    posts = _posts(client, {one.external_id for one in counted})
    known = [one for one in counted if one.external_id in posts]
    if known:
        _write(client, known, posts=posts, now=now)
        urgency.hurry(posts.values())
    return [STORED if one.external_id in posts else UNKNOWN_POST for one in counted]


def _check(one: Counted, *, today: date) -> None:
    if not 0 <= one.views <= MOST_VIEWS:
        raise ImpressionRefused("bad_views", f"{one.external_id!r}: views are from 0 to {MOST_VIEWS}.")
    first, last = today - timedelta(days=MOST_DAYS_AGO), today + timedelta(days=MOST_DAYS_AHEAD)
    if not first <= one.date <= last:
        raise ImpressionRefused("bad_date", f"{one.external_id!r}: the date is from {first} to {last}.")


def _posts(client: Client, external_ids: set[str]) -> dict[str, int]:
    mine = Post.objects.for_client(client).filter(external_id__in=external_ids)
    return dict(mine.values_list("external_id", "pk"))


@transaction.atomic
def _write(client: Client, counted: Sequence[Counted], *, posts: dict[str, int], now: datetime) -> None:
    rows = [{"post": posts[one.external_id], "date": one.date.isoformat(), "views": one.views} for one in counted]
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, {"posts": sorted({posts[one.external_id] for one in counted}), "now": now})
        cursor.execute(_WRITE, {"counted": json.dumps(rows), "project": client.project_id})


def seen(post: Post) -> Seen:
    """Return how often a post was seen, with its newest four weeks of views. Two queries."""
    newest = post.impressions.order_by("-date")[:MOST_DAYS_SHOWN]
    counts = dict(newest.values_list("date", "views"))
    total = PostViews.objects.filter(post=post).values_list("views", flat=True).first() or 0
    if not counts:
        return Seen(total, [])
    last = max(counts)
    first = max(min(counts), last - timedelta(days=MOST_DAYS_SHOWN - 1))
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    most = max(counts.get(day, 0) for day in days)
    return Seen(total, [Day(day, counts.get(day, 0), counts.get(day, 0) / most) for day in days])


def has_doubled(post: Post, *, since: datetime) -> bool:
    """Return whether a post has been seen twice as often by now as it had been when that day ended.

    Below a hundred views nothing counts as spreading: it has doubled when two hundred have seen it.
    """
    before = post.impressions.filter(date__lte=since.date()).aggregate(views=Sum("views"))["views"] or 0
    return PostViews.objects.filter(post=post, views__gte=2 * max(before, FEWEST_TO_DOUBLE)).exists()
