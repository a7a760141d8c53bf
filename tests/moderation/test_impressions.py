"""Tests of views as platforms count them: twice, at once, in any order; what cannot be; the sums beside them."""

import random
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from moderation import impressions
from moderation.impressions import MOST_VIEWS, Counted, ImpressionRefused
from moderation.models import DayViews, Impression, Post, PostViews
from tests.annotation.builders import failures, together
from tests.moderation.builders import NOW, World, post, world

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def place() -> World:
    return world()


def report(place: World, *said: tuple[Post, date, int], now: Any = NOW) -> list[str]:
    return impressions.report(place.client, [Counted(one.external_id, day, views) for one, day, views in said], now=now)


def days_of(one: Post) -> dict[date, int]:
    return dict(Impression.objects.filter(post=one).values_list("date", "views"))


def assert_the_sums_are_right(place: World) -> None:
    """What stands beside the days is what adding them up would give."""
    mine = Impression.objects.filter(post__project=place.project)
    by_post = dict(mine.values_list("post").annotate(Sum("views")).order_by("post"))
    by_day = dict(mine.values_list("date").annotate(Sum("views")).order_by("date"))
    totals = PostViews.objects.filter(post__project=place.project, views__gt=0)
    assert dict(totals.values_list("post", "views")) == by_post
    assert dict(DayViews.objects.filter(project=place.project).values_list("date", "views")) == by_day


def test_days_are_kept_and_summed(place: World) -> None:
    one, other = post(place), post(place)
    assert report(place, (one, YESTERDAY, 7), (one, TODAY, 5), (other, TODAY, 2)) == ["stored"] * 3
    assert days_of(one) == {YESTERDAY: 7, TODAY: 5}
    assert (one.seen.views, DayViews.objects.get(date=TODAY).views) == (12, 7)
    assert_the_sums_are_right(place)


def test_a_day_only_grows_so_what_comes_late_or_twice_changes_nothing(place: World) -> None:
    one = post(place)
    for views in (3, 10, 10, 4):
        report(place, (one, TODAY, views))
    assert days_of(one) == {TODAY: 10}
    assert_the_sums_are_right(place)


def test_any_order_ends_the_same(place: World) -> None:
    posts = [post(place) for _ in range(3)]
    sent = [(one, TODAY - timedelta(days=n % 3), n * 7 % 11) for n, one in enumerate(posts * 6)]
    ends = []
    for seed in range(3):
        Impression.objects.all().delete()
        PostViews.objects.all().delete()
        DayViews.objects.all().delete()
        shuffled = random.Random(seed).sample(sent, len(sent))
        for start in range(0, len(shuffled), 5):
            report(place, *shuffled[start : start + 5])
        ends.append([days_of(one) for one in posts])
        assert_the_sums_are_right(place)
    assert ends[0] == ends[1] == ends[2]


def test_the_same_day_twice_in_one_call_counts_once_by_its_larger_count(place: World) -> None:
    one = post(place)
    report(place, (one, TODAY, 4), (one, TODAY, 9), (one, TODAY, 6))
    assert days_of(one) == {TODAY: 9}
    assert_the_sums_are_right(place)


def test_a_day_on_which_nobody_looked_needs_no_row(place: World) -> None:
    one = post(place)
    assert report(place, (one, TODAY, 0)) == ["stored"]
    assert days_of(one) == {}
    assert_the_sums_are_right(place)


def test_a_post_that_is_not_here_is_said_and_the_others_are_kept(place: World) -> None:
    one, foreign = post(place), post(world())
    assert report(place, (one, TODAY, 1), (foreign, TODAY, 1)) == ["stored", "unknown_post"]
    assert (days_of(one), days_of(foreign)) == ({TODAY: 1}, {})


@pytest.mark.parametrize(
    ("day", "views", "code"),
    [
        (TODAY, -1, "bad_views"),
        (TODAY, MOST_VIEWS + 1, "bad_views"),
        (TODAY, 10**30, "bad_views"),
        (TODAY + timedelta(days=2), 1, "bad_date"),
        (TODAY - timedelta(days=401), 1, "bad_date"),
        (date.min, 1, "bad_date"),
        (date.max, 1, "bad_date"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_of_the_call_is_kept(
    place: World, day: date, views: int, code: str
) -> None:
    one = post(place)
    with pytest.raises(ImpressionRefused) as refused:
        report(place, (one, TODAY, 5), (one, day, views))
    assert refused.value.code == code
    assert days_of(one) == {}


def test_a_thousand_counts_take_as_few_statements_as_one(place: World) -> None:
    posts = [post(place) for _ in range(5)]
    many = [(one, TODAY - timedelta(days=day), 1 + day) for one in posts for day in range(200)]
    with CaptureQueriesContext(connection) as few:
        report(place, many[0])
    with CaptureQueriesContext(connection) as more:
        report(place, *many)
    assert len(few) == len(more) <= 6, "with the two of the transaction"
    assert_the_sums_are_right(place)


@pytest.mark.django_db(transaction=True)
def test_counts_at_once_are_each_counted_once() -> None:
    place = world()
    posts = [post(place) for _ in range(6)]
    days = [TODAY - timedelta(days=n) for n in range(3)]

    def send(n: int) -> list[str]:
        order = random.Random(n).sample([(one, day) for one in posts for day in days], 18)
        return report(place, *[(one, day, 10 + (n + posts.index(one)) % 8) for one, day in order])

    assert failures(together(send, 8)) == []
    assert all(set(days_of(one).values()) == {17} for one in posts)
    assert_the_sums_are_right(place)


def test_a_post_shows_its_newest_days_without_gaps(place: World) -> None:
    one = post(place)
    assert impressions.seen(one) == impressions.Seen(0, [])
    report(place, (one, TODAY - timedelta(days=40), 100), (one, TODAY - timedelta(days=2), 5), (one, TODAY, 20))
    found = impressions.seen(one)
    assert (found.views, len(found.days), found.days[-1].date) == (125, impressions.MOST_DAYS_SHOWN, TODAY)
    assert [(day.views, day.share) for day in found.days[-3:]] == [(5, 0.25), (0, 0.0), (20, 1.0)]


def send(place: World, said: Any) -> Any:
    return Browser().post(
        "/api/v1/impressions/", said, content_type="application/json", headers={"Authorization": f"Token {place.token}"}
    )


def test_counts_come_in_over_http(place: World) -> None:
    one, today = post(place), timezone.now().date().isoformat()
    known = {"external_id": one.external_id, "date": today, "views": 3}
    told = send(place, [known, known | {"external_id": "unheard-of"}])
    assert told.status_code == 200
    assert told.json() == {
        "results": [
            {"external_id": one.external_id, "date": today, "code": "stored"},
            {"external_id": "unheard-of", "date": today, "code": "unknown_post"},
        ]
    }
    assert PostViews.objects.get(post=one).views == 3


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"date": "1999-01-01"}, 422, "bad_date"),
        ({"views": -1}, 422, "bad_views"),
        ({"views": 10**20}, 422, "bad_views"),
        ({"views": "many"}, 400, "invalid"),
        ({"views": 1.5}, 400, "invalid"),
        ({"views": None}, 400, "invalid"),
        ({"date": "today"}, 400, "invalid"),
        ({"external_id": "a\0b"}, 400, "invalid"),
    ],
)
def test_what_is_refused_over_http_has_its_code(place: World, changed: dict[str, Any], status: int, code: str) -> None:
    known = {"external_id": post(place).external_id, "date": timezone.now().date().isoformat(), "views": 3}
    told = send(place, [known, known | changed])
    assert (told.status_code, told.json()["code"]) == (status, code)
    assert not PostViews.objects.exists()


@pytest.mark.parametrize("odd", [{}, [], '"x"', [{}], [[]], [1], None])
def test_what_is_no_list_of_counts_is_invalid(place: World, odd: Any) -> None:
    told = send(place, odd)
    assert (told.status_code, told.json()["code"]) == (400, "invalid")


def test_a_call_holds_a_thousand_counts_at_most(place: World) -> None:
    one = {"external_id": "x", "date": timezone.now().date().isoformat(), "views": 3}
    assert send(place, [one] * 1000).status_code == 200
    assert send(place, [one] * 1001).status_code == 400
