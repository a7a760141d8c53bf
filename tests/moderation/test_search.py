"""Tests of finding posts: every filter, both ways through a list, and what each asker may look for."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from config.accounts.models import Client, Role
from moderation import finding, indexing, intake, search, sight
from moderation.conditions import Searcher
from moderation.models import PostStatus, Publication, SearchEntry, Verdict
from moderation.wanted import BadCursor, Cursor, Wanted
from tests.moderation.builders import (
    DARK,
    NOW,
    World,
    answer,
    deploy,
    later,
    person,
    photo,
    post,
    question_of,
    screened,
    world,
)

pytestmark = pytest.mark.django_db
MODERATOR = sight.of_roles([Role.MODERATOR])


@pytest.fixture
def place() -> World:
    return world()


def found(place: World, *, searcher: Searcher | None = None, **asked: Any) -> list[str]:
    page = search.page(searcher or Searcher(place.project), Wanted(**asked))
    assert page.count == len(page.found)
    assert page.is_all
    return [one.post.external_id for one in page.found]


def test_posts_are_listed_newest_first_and_only_of_the_project(place: World) -> None:
    post(place, external_id="old")
    post(place, external_id="new", now=later(minutes=1))
    post(place, external_id="as new", now=later(minutes=1))
    post(world(), external_id="another project's")
    assert found(place) == ["as new", "new", "old"]


def test_text_is_found_in_title_description_poster_and_external_id(place: World) -> None:
    post(place, external_id="a-17", title="東京タワーの猫")
    post(place, external_id="b-18", description="A café at night", poster="mallory")
    assert found(place, text="京タ") == ["a-17"]
    assert found(place, text="cafe") == ["b-18"]
    assert found(place, text="mall") == ["b-18"]
    assert found(place, text="a-17") == ["a-17"]
    assert found(place, text="猫 cafe") == []
    assert found(place, text="!!") == []


def test_each_fact_of_a_post_is_a_filter(place: World, white_is_bright: Any) -> None:
    version = deploy(place, white_is_bright)
    bright = screened(place, photo(245), external_id="bright", poster="ann")
    dark = screened(place, photo(DARK), external_id="dark", poster="bob")
    waiting = post(place, external_id="waiting")
    only_bright: list[dict[str, Any]] = [
        {"status": PostStatus.DECIDED},
        {"publication": Publication.UNPUBLISHED},
        {"predicted": "bright"},
        {"decided": "bright"},
        {"verdict": "remove"},
        {"poster": "ann"},
        {"external_id": "bright"},
        {"score_class": "bright", "score_low": 90},
        {"score_low": 90, "score_high": 100},
    ]
    for asked in only_bright:
        assert found(place, **asked) == [bright.external_id], asked
    assert found(place, model_version=version.pk) == [dark.external_id, bright.external_id]
    assert found(place, score_class="bright", score_high=5) == [dark.external_id]
    assert found(place, score_class="bright", score_low=40, score_high=40) == []
    assert found(place, status=PostStatus.WAITING) == [waiting.external_id]
    assert found(place, status=PostStatus.SCREENING) == []
    assert found(place, predicted="bright", poster="bob") == []


def test_search_follows_what_people_decide(place: World) -> None:
    made = screened(place, external_id="one")
    assert found(place, status=PostStatus.IN_REVIEW) == ["one"]
    answer(person(place.project), question_of(made), "grave")
    assert found(place, decided="grave", publication=Publication.UNPUBLISHED) == ["one"]
    assert found(place, status=PostStatus.IN_REVIEW) == []
    intake.withdraw(made.pk, client=place.client, now=NOW)
    assert found(place, status=PostStatus.WITHDRAWN) == ["one"]


def test_a_post_that_was_kept_is_found_as_fine(place: World) -> None:
    made = screened(place, external_id="one")
    answer(person(place.project), question_of(made))
    assert found(place, decided=indexing.FINE) == ["one"]


def test_dates_are_half_open_and_order_the_list(place: World) -> None:
    for hour in range(4):
        post(place, external_id=f"at {hour}", now=later(hours=hour), posted_at=later(hours=-hour))
    assert found(place, received_after=later(hours=1), received_before=later(hours=3)) == ["at 2", "at 1"]
    assert found(place, posted_after=later(hours=-2)) == ["at 0", "at 1", "at 2"]
    assert found(place, posted_after=later(hours=-2), received_before=later(hours=2)) == ["at 1", "at 0"]


def test_a_list_can_be_walked_to_its_end_and_back(place: World) -> None:
    times = [NOW, NOW, later(minutes=1), later(minutes=2), later(minutes=2), later(minutes=3), later(minutes=4)]
    ids = [post(place, now=now).pk for now in times][::-1]
    searcher, wanted, seen, pages = Searcher(place.project), Wanted(), [], []
    page = search.page(searcher, wanted, size=3)
    assert (page.newer, page.count) == (None, 7)
    while True:
        pages.append([one.post.pk for one in page.found])
        seen += pages[-1]
        if page.older is None:
            break
        page = search.page(searcher, wanted, cursor=Cursor.read(str(page.older)), size=3)
    assert seen == ids
    back = search.page(searcher, wanted, cursor=page.newer, size=3)
    assert [one.post.pk for one in back.found] == pages[1]
    first = search.page(searcher, wanted, cursor=back.newer, size=3)
    assert ([one.post.pk for one in first.found], first.newer) == (pages[0], None)


def test_neighbors_are_those_of_the_list_one_came_from(place: World) -> None:
    first, other, last = (
        post(place, title=title, now=later(minutes=n)) for n, title in enumerate(["cat", "dog", "cat"])
    )
    searcher = Searcher(place.project)
    assert search.neighbors(searcher, Wanted(), other) == (last.pk, first.pk)
    assert search.neighbors(searcher, Wanted(text="cat"), first) == (last.pk, None)


def test_what_the_walk_does_not_reach_is_found_by_the_index(place: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "_WALKED", 2)
    for number in range(6):
        post(place, external_id=f"{number}", title="rare" if number < 3 else "common", now=later(minutes=number))
    assert found(place, text="rare") == ["2", "1", "0"]
    page = search.page(Searcher(place.project), Wanted(text="rare"), size=2)
    rest = search.page(Searcher(place.project), Wanted(text="rare"), cursor=page.older, size=2)
    assert [one.post.external_id for one in rest.found] == ["0"]


def test_what_nearly_fills_a_page_is_found_by_walking_on(place: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "_WALKED", 4)
    monkeypatch.setattr(finding, "_WORTH_WALKING", 2)
    monkeypatch.setattr(finding, "_LOOK_UP", "the index is not asked")
    for number in range(12):
        post(place, external_id=f"{number}", title="cat" if number % 2 else "dog", now=later(minutes=number))
    page = search.page(Searcher(place.project), Wanted(text="cat"), size=3)
    assert [one.post.external_id for one in page.found] == ["11", "9", "7"]
    assert page.older is not None
    assert (page.count, page.is_all) == (4, False)


@pytest.mark.parametrize(
    "asked",
    [
        {"text": "heron"},
        {"text": "heron", "status": PostStatus.WAITING},
        {"poster": "mallory"},
        {"poster": "mallory", "text": "heron snow"},
        {"text": "heron", "posted_after": NOW, "received_before": later(days=300)},
    ],
)
def test_the_index_lists_what_is_rare_in_order_however_it_goes_about_it(
    place: World, asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(24):
        title, poster = "a heron in the snow" if number % 3 else "a cat", "mallory" if number % 2 else ""
        post(place, external_id=f"{number}", now=later(days=number**2), title=title, poster=poster)
    all_at_once = both_ways(place, Wanted(**asked))
    monkeypatch.setattr(finding, "_WALKED", 1)
    for name, value in (("_WORTH_WALKING", 2), ("_COMMON", 0), ("_LONG", 0)):
        monkeypatch.setattr(finding, name, value)
        assert both_ways(place, Wanted(**asked)) == all_at_once


def both_ways(place: World, wanted: Wanted) -> list[str]:
    """Return a list as its pages of two give it, the newest first; checks that they lead back as they led on."""
    searcher = Searcher(place.project)
    pages = [search.page(searcher, wanted, size=2)]
    while pages[-1].older:
        pages.append(search.page(searcher, wanted, cursor=pages[-1].older, size=2))
    for newer, older in zip(pages[1:], pages[2:], strict=False):
        back = search.page(searcher, wanted, cursor=older.newer, size=2)
        assert back.found == newer.found
    return [one.post.external_id for page in pages for one in page.found]


def test_a_count_stops_where_it_would_cost(place: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "MOST_COUNTED", 2)
    for _ in range(4):
        post(place, title="cat")
    page = search.page(Searcher(place.project), Wanted(text="cat"), size=2)
    assert (page.count, page.is_all) == (2, False)


def test_a_count_is_whole_where_the_walk_saw_all_there_is(place: World) -> None:
    for _ in range(4):
        post(place, title="cat")
    page = search.page(Searcher(place.project), Wanted(text="cat"), size=2)
    assert (page.count, page.is_all) == (4, True)


@pytest.mark.parametrize("text", ["x", "o1", "o-1", "o1-", "a1-1", "o1-1-1", "o9" * 20, "o" + "9" * 18 + "-1", "o٣-1x"])
def test_a_cursor_of_somebody_else_is_refused(text: str) -> None:
    with pytest.raises(BadCursor):
        Cursor.read(text)


def test_a_client_finds_its_own_posts_only(place: World) -> None:
    other = replace(place, client=Client.objects.create(project=place.project, name="other"))
    post(place, external_id="mine")
    post(other, external_id="theirs")
    assert found(place, searcher=Searcher(place.project, client=place.client)) == ["mine"]


def test_moderators_may_not_ask_what_the_machine_said(place: World) -> None:
    for asked in ({"predicted": "bright"}, {"verdict": "pass"}, {"score_low": 0}, {"model_version": 1}):
        with pytest.raises(search.NotForThem):
            search.page(Searcher(place.project, sight=MODERATOR), Wanted(**asked))


def test_a_post_one_could_be_asked_about_tells_moderators_nothing(place: World) -> None:
    blind = Searcher(place.project, sight=MODERATOR)
    screened(place, external_id="open", poster="mallory", title="a cat")
    done = screened(place, external_id="done", poster="mallory", title="a cat")
    answer(person(place.project), question_of(done), "grave")
    page = search.page(blind, Wanted(text="cat"))
    assert {one.post.external_id: one.is_hidden for one in page.found} == {"open": True, "done": False}
    assert all(one.verdict is None for one in page.found)
    assert found(place, searcher=blind, poster="mallory") == ["done"]
    assert found(place, searcher=blind, status=PostStatus.IN_REVIEW) == []
    assert found(place, searcher=blind, text="mallory") == []
    assert found(place, text="mallory") == ["done", "open"]


def test_managers_see_everything(place: World) -> None:
    screened(place, external_id="open")
    (one,) = search.page(Searcher(place.project), Wanted()).found
    assert (one.is_hidden, one.verdict) == (False, Verdict.objects.get())


def test_a_post_that_came_in_under_another_release_is_found_from_its_next_change_on(place: World) -> None:
    made = screened(place, title="heron")
    screened(place, title="otter")
    SearchEntry.objects.filter(post=made).delete()
    assert found(place, text="heron") == []
    answer(person(place.project), question_of(made))
    assert found(place, text="heron") == [made.external_id]


def test_posts_from_before_there_was_search_are_caught_up_with(place: World) -> None:
    old = [screened(place, external_id=f"old {n}").pk for n in range(3)]
    SearchEntry.objects.all().delete()
    assert indexing.catch_up(limit=2) == 2
    assert found(place) == ["old 2", "old 1"]
    post(place, external_id="new")
    assert indexing.catch_up(limit=2) == 1
    assert indexing.catch_up(limit=2) == 0
    assert SearchEntry.objects.filter(post__in=old).count() == 3
    assert found(place, status=PostStatus.IN_REVIEW) == ["old 2", "old 1", "old 0"]


@pytest.mark.parametrize(("score", "percent"), [(0.0, 0), (0.29, 29), (0.2999, 29), (0.57, 57), (1.0, 99), (-1e-9, 0)])
def test_a_score_is_rounded_down_to_whole_percent(score: float, percent: int) -> None:
    assert indexing.percent(score) == percent


def test_time_is_kept_to_the_microsecond_by_a_cursor() -> None:
    at = datetime(2026, 3, 1, 12, 0, 0, 123457, tzinfo=NOW.tzinfo) + timedelta(days=20_000)
    assert Cursor.read(str(Cursor(at, 5))) == Cursor(at, 5)
