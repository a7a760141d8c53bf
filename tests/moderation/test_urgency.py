"""Tests of looking sooner at what many see, without a word to those who audit."""

from datetime import timedelta
from pathlib import Path

import pytest

from annotation import labels
from annotation.models import Lane, Purpose, Question
from moderation import complaints, decisions, impressions, urgency
from moderation.impressions import Counted
from moderation.models import Post, PostViews
from tests.annotation.builders import failures, together
from tests.moderation.builders import (
    DARK,
    NOW,
    World,
    answer,
    claim,
    deploy,
    later,
    person,
    photo,
    question_of,
    screened,
    world,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def place() -> World:
    return world()


def see(place: World, *posts: Post, views: int) -> None:
    impressions.report(place.client, [Counted(one.external_id, NOW.date(), views) for one in posts], now=later(hours=1))


def test_each_doubling_of_views_shortens_the_time_and_nothing_ends_it() -> None:
    hours = [urgency.allowed(views) / timedelta(hours=1) for views in (0, 1000, 3000, 7000, 10**9)]
    assert hours[:4] == pytest.approx([24, 12, 8, 6])
    assert 1 < hours[4] < 2


def test_a_review_of_what_many_see_is_due_sooner_and_its_seats_with_it(place: World) -> None:
    busy, quiet = screened(place), screened(place)
    before = question_of(quiet).due_at
    see(place, busy, views=7000)
    see(place, quiet, views=1)
    question = question_of(busy)
    assert (question.due_at, question.lane) == (later(hours=6), Lane.NORMAL)
    assert question.jobs.get().due_at == later(hours=6)
    assert before - timedelta(minutes=10) < question_of(quiet).due_at <= before


def test_it_counts_from_when_the_question_was_opened_however_often_views_come(place: World) -> None:
    made = screened(place)
    for _ in range(3):
        see(place, made, views=1000)
    assert question_of(made).due_at == later(hours=12)


def test_it_never_moves_later(place: World) -> None:
    made = screened(place)
    Question.objects.update(due_at=later(hours=2))
    see(place, made, views=7000)
    assert question_of(made).due_at == later(hours=2)


def test_posts_of_the_same_bytes_hurry_their_question_by_what_is_seen_most(place: World) -> None:
    data = photo()
    one, other = screened(place, data), screened(place, data)
    see(place, one, views=1000)
    see(place, other, views=3000)
    assert question_of(one).due_at == later(hours=8)


def test_a_complaint_about_what_many_see_is_due_sooner(place: World) -> None:
    made = screened(place)
    answer(person(place.project), question_of(made))
    see(place, made, views=7000)
    complaints.submit(place.client, complaints.Said(made.external_id, "bright"), now=NOW)
    assert question_of(made, Purpose.COMPLAINT).due_at == later(hours=6)


def test_an_audit_is_not_hurried(place: World, white_is_bright: Path) -> None:
    deploy(place, white_is_bright)
    made = screened(place, photo(DARK))
    before = question_of(made, Purpose.AUDIT).due_at
    see(place, made, views=10**6)
    assert question_of(made, Purpose.AUDIT).due_at == before


@pytest.mark.django_db(transaction=True)
def test_views_and_answers_at_once_do_not_stop_each_other() -> None:
    place = world()
    for size in (1000, 5000, 20_000):
        posts = [screened(place) for _ in range(4)]
        judges = [person(place.project) for _ in posts]
        jobs = [claim(judge, question_of(made)) for judge, made in zip(judges, posts, strict=True)]
        acts = [
            lambda job=job, judge=judge: decisions.answer(
                job.pk, person=judge, token=job.lease_token, answer=labels.Answer(classes=()), now=NOW
            )
            for job, judge in zip(jobs, judges, strict=True)
        ]
        acts += [lambda posts=posts, size=size: see(place, *posts, views=size)]
        acts += [lambda posts=posts, size=size: see(place, *posts[::-1], views=size + 1)]
        assert failures(together(lambda n, acts=acts: acts[n](), 6)) == []
        after = Post.objects.filter(pk__in=[made.pk for made in posts])
        assert {(one.seen.views, one.status) for one in after} == {(size + 1, "decided")}
    assert PostViews.objects.count() == 12
