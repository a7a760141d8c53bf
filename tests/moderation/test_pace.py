"""Tests of a person's own day: how many, how fast, what they had to see, and the last answers to take back."""

import uuid
from datetime import timedelta

import pytest
from django.test import Client as Browser

from annotation.models import Label
from config.accounts import preferences
from config.accounts.models import User
from moderation import decisions, exposure, pace
from moderation.models import ExposureBudget
from tests.moderation.builders import NOW, World, answer, later, person, question_of, screened, world

PAGE = uuid.UUID(int=1)


def at(seconds: float, batch: uuid.UUID | None = None) -> tuple:
    return NOW + timedelta(seconds=seconds), batch


@pytest.mark.parametrize(
    ("answers", "seconds"),
    [
        ([], []),
        ([at(0)], []),
        ([at(0), at(4), at(10)], [4, 6]),
        ([at(0), at(4), at(400), at(402)], [4, 2]),
        ([at(0), at(30, PAGE), at(30, PAGE), at(30, PAGE), at(35)], [10, 10, 10, 5]),
        ([at(0, PAGE), at(0, PAGE), at(5)], [5]),
    ],
    ids=["none", "one", "three", "a break between", "a page of the grid", "a page first"],
)
def test_an_answer_took_as_long_as_it_came_after_the_one_before(answers: list, seconds: list[float]) -> None:
    assert pace.seconds_each(answers) == seconds


@pytest.fixture
def place(db: None) -> World:
    return world()


@pytest.fixture
def moderator(place: World) -> User:
    return person(place.project)


def give(place: World, who: User, *classes: str, seconds: float = 0) -> Label:
    made = screened(place)
    return answer(who, question_of(made), *classes, now=NOW + timedelta(seconds=seconds)).accepted.label


def seen(who: User, place: World, **more: object) -> dict:
    found = exposure.today(who, project=place.project, now=later(minutes=5))
    return {one.class_key: (one.seen, one.budget, one.is_reached) for one in found}


def test_a_day_is_counted_and_timed(place: World, moderator: User) -> None:
    for seconds in (0, 4, 10):
        give(place, moderator, seconds=seconds)
    give(place, person(place.project), seconds=11)
    told = pace.today(moderator, project=place.project, now=later(minutes=5))
    assert (told.answered_today, told.median_seconds, told.per_hour) == (3, 5.0, 720.0)
    tomorrow = pace.today(moderator, project=place.project, now=later(hours=13))
    assert (tomorrow.answered_today, tomorrow.median_seconds, tomorrow.per_hour) == (0, None, None)


def test_images_of_a_class_are_counted_once_and_what_was_taken_back_is_not(place: World, moderator: User) -> None:
    give(place, moderator, "bright")
    give(place, moderator, "bright", "grave")
    give(place, moderator)
    back = give(place, moderator, "grave")
    decisions.retract(back.pk, person=moderator, now=later(minutes=1))
    assert seen(moderator, place) == {"bright": (2, None, False), "grave": (1, None, False)}


@pytest.mark.parametrize(
    ("set_here", "own", "budget"),
    [(None, None, None), (3, None, 3), (None, 2, 2), (3, 2, 2), (2, 9, 2), (0, None, 0)],
)
def test_the_smaller_of_both_budgets_counts(
    place: World, moderator: User, set_here: int | None, own: int | None, budget: int | None
) -> None:
    if set_here is not None:
        ExposureBudget.objects.create(project=place.project, class_key="bright", per_day=set_here)
    if own is not None:
        preferences.change(moderator, {"exposure_budget": {"bright": own}}, now=NOW)
    give(place, moderator, "bright")
    give(place, moderator, "bright")
    assert seen(moderator, place)["bright"] == (2, budget, budget is not None and budget <= 2)


def test_the_last_ten_that_stand_are_listed_newest_first(place: World, moderator: User) -> None:
    given = [give(place, moderator, *(["bright"] if n % 2 else []), seconds=n) for n in range(12)]
    decisions.retract(given[11].pk, person=moderator, now=later(minutes=1))
    told = pace.today(moderator, project=place.project, now=NOW + timedelta(seconds=605)).answers
    assert [one["label_id"] for one in told] == [one.pk for one in given[10:0:-1]]
    assert [one["is_retractable"] for one in told] == [True] * 6 + [False] * 4, "after ten minutes it is too late"
    assert told[1]["classes"] == ["bright"]
    assert told[0]["thumbnail_url"].startswith("/images/")


def test_a_day_is_shown_over_http_and_is_of_this_project(place: World, moderator: User) -> None:
    give(place, moderator, "bright")
    browser = Browser()
    browser.force_login(moderator)
    told = browser.get("/api/v1/me/today/").json()
    assert set(told) == {"answered_today", "per_hour", "median_seconds", "exposure", "answers"}
    assert [one["class_key"] for one in told["exposure"]] == ["bright", "grave"]
    assert set(told["answers"][0]) == {
        *("label_id", "job", "classes", "unsure", "note", "at", "is_retractable", "batch_id", "thumbnail_url"),
    }
    assert pace.today(moderator, project=world().project, now=later(minutes=5)).answered_today == 0
