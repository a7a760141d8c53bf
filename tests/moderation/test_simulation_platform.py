"""The platform of a season: who sees what, for how long, and what viewers and posters then do."""

from datetime import timedelta

import numpy as np
import pytest

from moderation.models import Appeal, Complaint, DayViews, Post, Publication
from moderation.simulation.plan import Audience, midnight
from moderation.simulation.platform import Platform, Shown
from tests.moderation.builders import WHITE, deploy, photo, post, screen_all, world

DAYS = 3
MORNING = midnight(1) + timedelta(hours=6)
QUIET = Audience(complains=0, complains_wrongly=0)


def platform(client, *, audience=QUIET, posts=0, violates=False, seed=1):
    made = Platform(client, audience=audience, days=DAYS, seed=seed)
    made.pass_time(until=MORNING)
    made.show([Shown(f"post-{number}", violates, MORNING) for number in range(posts)])
    return made


def watch(made, *, days=DAYS):
    for number in range(1, days + 1):
        made.pass_time(until=midnight(number + 1))


@pytest.fixture
def place(db):
    return world()


def published(place, n):
    for number in range(n):
        post(place, external_id=f"post-{number}", now=MORNING)


def test_views_are_as_many_as_wanted_and_half_as_many_each_half_life(place):
    published(place, 200)
    made = platform(place.client, posts=200)
    made._wanted[:] = 1000.0
    watch(made)
    shown = made.views.mean(axis=0) / 1000
    # The first day ends eighteen hours after the posts came.
    assert shown == pytest.approx([1 - 0.5**0.75, 0.5**0.75 * 0.5, 0.5**1.75 * 0.5], rel=0.03)


def test_how_often_posts_are_wanted_is_log_normal_about_the_mean(place):
    made = platform(place.client, posts=200_000)
    assert made._wanted.mean() == pytest.approx(QUIET.views, rel=0.03)
    assert np.log(made._wanted).std() == pytest.approx(QUIET.spread, rel=0.01)


def test_what_is_taken_down_is_seen_no_more_and_what_is_put_back_is_seen_again(place):
    published(place, 1)
    made = platform(place.client, posts=1)
    made._wanted[:] = 100_000.0
    watch(made, days=1)
    Post.objects.update(publication=Publication.UNPUBLISHED)
    made.pass_time(until=midnight(3))
    Post.objects.update(publication=Publication.PUBLISHED)
    made.pass_time(until=midnight(4))
    first, second, third = made.views[0]
    assert first > 0 == second < third


def test_another_outcome_is_played_with_the_same_dice(place):
    published(place, 20)
    one, other = platform(place.client, posts=20), platform(place.client, posts=20)
    watch(one)
    Post.objects.filter(external_id="post-3").update(publication=Publication.UNPUBLISHED)
    watch(other)
    assert one.views[3].sum() > 0 == other.views[3].sum()
    assert (np.delete(one.views, 3, axis=0) == np.delete(other.views, 3, axis=0)).all()


def test_counts_are_reported_a_day_at_a_time(place):
    published(place, 30)
    made = platform(place.client, posts=30)
    watch(made, days=2)
    made.send_counts(1, now=midnight(2) + timedelta(hours=1))
    assert list(DayViews.objects.values_list("date", "views")) == [(MORNING.date(), made.views[:, 0].sum())]


def test_viewers_complain_more_of_violations(place):
    published(place, 30)
    often = Audience(views=1000, complains=0.005, complains_wrongly=0.001)
    for violates, expected in ((True, 0.005), (False, 0.001)):
        Complaint.objects.all().delete()
        made = platform(place.client, audience=often, posts=30, violates=violates)
        watch(made)
        assert (
            Complaint.objects.count() == made.complaints.sum() == pytest.approx(expected * made.views.sum(), rel=0.35)
        )
        assert made.expected_complaints.sum() == pytest.approx(expected * made.views.sum())


def test_what_was_seen_before_midnight_is_complained_of_before_midnight(place):
    published(place, 10)
    made = platform(place.client, audience=Audience(views=500, complains=0.02), posts=10, violates=True)
    watch(made, days=1)
    assert made.complaints[0] == Complaint.objects.filter(received_at__lt=midnight(2)).count() > 0


def test_posters_appeal_once_and_more_often_where_they_are_right(place, white_is_bright):
    deploy(place, white_is_bright)
    for number in range(30):
        post(place, photo(WHITE), external_id=f"post-{number}", now=MORNING)
    screen_all(place, now=MORNING)
    always = Audience(complains=0, complains_wrongly=0, appeals=0.0, appeals_rightly=1.0)
    guilty = platform(place.client, audience=always, posts=30, violates=True)
    guilty.contest(now=midnight(2))
    assert not Appeal.objects.exists()
    innocent = platform(place.client, audience=always, posts=30)
    innocent.contest(now=midnight(2))
    innocent.contest(now=midnight(3))
    assert Appeal.objects.count() == innocent.appeals == 30
