"""Tests of strikes: what counts against a poster, for how long, what ends it, and who hears of it."""

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation.models import Purpose
from config.accounts.models import Role
from moderation import appeals, decisions, intake, sight, strikes
from moderation.models import Post, StrikeRule
from tests.moderation.builders import (
    NOW,
    WHITE,
    World,
    answer,
    change_policy,
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


def removed(place: World, *, by: Any = None, poster: str = "mallory", now: Any = NOW) -> Post:
    made = screened(place, poster=poster, now=now)
    answer(by or person(place.project), question_of(made), "bright", now=now)
    return made


def ids(post: Post, now: Any = NOW, **how: Any) -> list[int]:
    return [one.post_id for one in strikes.standing(post, now=now, **how)]


def test_each_removal_that_stands_is_a_strike_the_newest_first(place: World) -> None:
    first, second = removed(place), removed(place, now=later(hours=1))
    kept = screened(place, poster="mallory")
    answer(person(place.project), question_of(kept))
    removed(place, poster="another")
    assert ids(kept, later(hours=2)) == [second.pk, first.pk]
    (newest, _) = strikes.standing(kept, now=later(hours=2))
    assert (newest.classes, newest.at, newest.is_by_machine) == (["bright"], later(hours=1), False)
    assert newest.expires_at == later(hours=1, days=strikes.LIFETIME_DAYS)


def test_a_strike_expires(place: World) -> None:
    one = removed(place)
    assert ids(one, later(days=90, minutes=-1)) == [one.pk]
    assert ids(one, later(days=90)) == []


def test_a_project_may_say_how_long(place: World) -> None:
    one = removed(place)
    StrikeRule.objects.create(project=place.project, lifetime_days=7)
    assert (ids(one, later(days=6)), ids(one, later(days=7))) == ([one.pk], [])


def test_an_appeal_that_is_granted_ends_a_strike_and_one_that_is_not_does_not_renew_it(place: World) -> None:
    granted, upheld = removed(place), removed(place)
    for one, classes in ((granted, []), (upheld, ["bright"])):
        appeals.submit(place.client, appeals.Said(one.external_id), now=later(days=10))
        assert one.pk in ids(one, later(days=10)), "while nobody has judged the appeal, the removal stands"
        answer(person(place.project), question_of(one, Purpose.APPEAL), *classes, now=later(days=11))
    assert ids(granted, later(days=12)) == [upheld.pk]
    assert ids(granted, later(days=91)) == []


def test_an_answer_taken_back_ends_the_strike_it_led_to(place: World) -> None:
    judge = person(place.project)
    made = screened(place, poster="mallory")
    given = answer(judge, question_of(made), "bright")
    decisions.retract(given.accepted.label.pk, person=judge, now=later(minutes=1))
    assert ids(made, later(minutes=2)) == []


def test_a_removal_that_comes_back_into_force_counts_from_the_day_it_was_made(place: World) -> None:
    made, judge = removed(place), person(place.project)
    appeals.submit(place.client, appeals.Said(made.external_id), now=later(days=10))
    given = answer(judge, question_of(made, Purpose.APPEAL), now=later(days=11))
    decisions.retract(given.accepted.label.pk, person=judge, now=later(days=11, minutes=1))
    (one,) = strikes.standing(made, now=later(days=12))
    assert one.at == NOW


def test_what_the_platform_withdrew_is_no_strike(place: World) -> None:
    made = screened(place, poster="mallory")
    intake.withdraw(made.pk, client=place.client, now=NOW)
    assert ids(made) == []


def test_what_the_machine_removed_alone_is_said_to_be_so(place: World, white_is_bright: Path) -> None:
    deploy(place, white_is_bright)
    change_policy(place, mode="automatic")
    made = screened(place, photo(WHITE), poster="mallory")
    (one,) = strikes.standing(made, now=later(hours=1))
    assert (one.post_id, one.is_by_machine) == (made.pk, True)


def test_nobody_is_nobodys_poster(place: World) -> None:
    removed(place, poster="")
    assert ids(removed(place, poster="")) == []


def test_posters_of_another_project_are_others(place: World) -> None:
    removed(place)
    assert len(ids(removed(world()))) == 1


def test_moderators_hear_nothing_of_posts_they_could_still_be_asked_about(place: World) -> None:
    one, contested = removed(place), removed(place)
    appeals.submit(place.client, appeals.Said(contested.external_id), now=NOW)
    theirs = sight.of_roles([Role.MODERATOR])
    assert ids(one, sight=theirs) == [one.pk]
    assert set(ids(one)) == {one.pk, contested.pk}


def test_many_strikes_take_no_more_queries_than_one(place: World) -> None:
    made = removed(place)
    theirs = sight.of_roles([Role.MODERATOR])
    for _ in range(2):
        with CaptureQueriesContext(connection) as asked:
            strikes.standing(Post.objects.select_related("project").get(pk=made.pk), sight=theirs, now=NOW)
        assert len(asked) <= 5, "the post itself, and four"
        for _ in range(5):
            removed(place)
