"""Tests of a post's story: everything that happened is told, in order, in few queries, and not to everybody."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotation import labels
from config.accounts.models import Role
from moderation import bulk, decisions, impressions, intake, sight, story, view_draws
from moderation.impressions import Counted
from moderation.models import BulkKind, Post
from moderation.moments import Answered, Decided, Drawn, Ended, Judged, Moment, Opened, Scored, Sent, Told
from tests.moderation.builders import (
    NOW,
    World,
    answer,
    change_policy,
    claim,
    deploy,
    later,
    person,
    photo,
    question_of,
    screened,
    world,
)
from tests.moderation.test_bulk import order
from tests.moderation.test_view_draws import CUT_OFF, founded, posts, see

pytestmark = pytest.mark.django_db
MOST_QUERIES = 15


def told(post: Post, *, role: Role = Role.MANAGER) -> list[Moment]:
    one = Post.objects.select_related("client", "image", "project").get(pk=post.pk)
    return story.tell(one, sight=sight.of_roles([role]))


def kinds(post: Post, *, role: Role = Role.MANAGER) -> list[str]:
    return [moment.kind for moment in told(post, role=role)]


@pytest.fixture
def place(white_is_bright: Any) -> World:
    made = world(webhook_url="http://127.0.0.1:9/hook")
    deploy(made, white_is_bright)
    return made


def test_a_removal_by_the_machine_is_told_from_its_receipt_to_its_webhook(place: World) -> None:
    made = screened(place, photo(245))
    assert kinds(made) == ["received", "scored", "judged", "drawn", "opened", "decided", "told"]
    _, scored, judged, drawn, opened, decided, webhook = told(made)
    assert isinstance(scored, Scored)
    assert [(one.name, one.is_flagged) for one in scored.scores] == [("Too bright", True), ("Grave", False)]
    assert isinstance(judged, Judged)
    assert (judged.verdict.outcome, judged.policy, judged.classes) == ("remove", place.policy, ["Too bright"])
    assert judged.reason == "A score reached the threshold for removal."
    assert isinstance(drawn, Drawn)
    assert (drawn.draw.is_drawn, drawn.draw.probability) == (True, 1.0)
    assert isinstance(opened, Opened)
    assert str(opened.purpose) == "second_look"
    assert isinstance(decided, Decided)
    assert (decided.decision.person, decided.batch) == (None, 0)
    assert isinstance(webhook, Told)
    assert webhook.delivery.status == "pending"


def test_both_draws_are_told_apart(white_is_bright: Any) -> None:
    place = founded(white_is_bright, first=0.0011, second=1000)
    (made,) = posts(place, 10)
    see(place, (made, 6))
    view_draws.draw(place.project, now=CUT_OFF)
    first, second = (one for one in told(made) if isinstance(one, Drawn))
    assert (first.is_by_views, second.is_by_views, second.is_known) == (False, True, False)
    assert (second.at, second.draw.by_views.views) == (CUT_OFF, 7)
    assert "Drawn" not in str(told(made, role=Role.MODERATOR)), "it could still be asked about"


def page_of(post: Post, role: Role) -> str:
    browser = Browser()
    browser.force_login(person(post.project, role))
    return browser.get(f"/posts/{post.pk}/").content.decode()


def test_the_page_tells_views_and_strikes_but_not_to_those_who_could_still_be_asked(place: World) -> None:
    made, before = screened(place, poster="mallory"), screened(place, photo(245), poster="mallory", now=timezone.now())
    report = [Counted(made.external_id, (NOW + timedelta(days=n)).date(), 1200 + n) for n in range(3)]
    impressions.report(place.client, report, now=later(days=2))
    told = page_of(made, Role.MANAGER)
    assert "3,603" in told
    assert told.count('class="seen-day"') == 3
    assert "removals of this poster that stand" in told
    assert before.decisions.get().person is None
    for hidden in ("3,603", "seen-day", "removals of this poster"):
        assert hidden not in page_of(made, Role.MODERATOR)


def test_answers_retractions_and_reversals_are_told(place: World) -> None:
    change_policy(place, mode="manual")
    made, moderator = screened(place), person(place.project)
    job = claim(moderator, question_of(made))
    given = labels.Answer(classes=("grave",), note="look at the paw")
    done = decisions.answer(job.pk, person=moderator, token=job.lease_token, answer=given, now=later(minutes=1))
    decisions.retract(done.accepted.label.pk, person=moderator, now=later(minutes=2))
    moments = told(made)
    assert [one.kind for one in moments if one.at > NOW] == [
        "answered",
        "ended",
        "decided",
        "told",
        "taken_back",
        "decided",
        "told",
    ]
    (said,) = (one for one in moments if isinstance(one, Answered))
    assert (said.person, said.classes, said.note, said.is_taken_back) == (moderator, ["Grave"], "look at the paw", True)
    (settled,) = (one for one in moments if isinstance(one, Ended))
    assert (settled.classes, settled.is_withdrawn) == (["Grave"], True)
    first, second = (one for one in moments if isinstance(one, Decided))
    assert (first.is_reversed, second.decision.reverses_id) == (True, first.decision.pk)


def test_what_was_done_to_many_posts_is_told_with_its_reason(place: World) -> None:
    made, other = screened(place), screened(place)
    manager = person(place.project, Role.MANAGER)
    bulk.act(
        order(BulkKind.REVIEW), post_ids=[made.pk, other.pk], project=place.project, person=manager, now=later(hours=1)
    )
    (sent,) = (one for one in told(made) if isinstance(one, Sent))
    assert (sent.person, sent.reason, sent.batch) == (manager, "because", 2)


def test_a_withdrawn_post_ends_with_its_withdrawal_and_its_closed_question(place: World) -> None:
    change_policy(place, mode="manual")
    made = screened(place)
    intake.withdraw(made.pk, client=place.client, now=later(minutes=1))
    assert [one.kind for one in told(made) if one.at > NOW] == ["stepped", "ended", "told"]


def test_moderators_hear_nothing_while_they_could_be_asked(place: World) -> None:
    made = screened(place, photo(245))
    assert kinds(made, role=Role.MODERATOR) == ["received"]


def test_moderators_hear_of_people_but_not_of_the_machine_once_it_is_answered(place: World) -> None:
    change_policy(place, mode="manual")
    made = screened(place)
    answer(person(place.project), question_of(made), "grave", now=later(minutes=1))
    moments = told(made, role=Role.MODERATOR)
    assert [one.kind for one in moments] == ["received", "opened", "answered", "ended", "decided", "told"]
    assert all(one.purpose is None for one in moments if isinstance(one, Opened))


def test_a_long_story_takes_no_more_queries_than_a_short_one(place: World) -> None:
    change_policy(place, mode="manual")
    made = screened(place)
    short = _queries(made)
    for minute in range(1, 5):
        manager = person(place.project, Role.MANAGER)
        bulk.act(
            order(BulkKind.REMOVE, minute),
            post_ids=[made.pk],
            project=place.project,
            person=manager,
            now=later(minutes=minute),
        )
        bulk.act(
            order(BulkKind.REVIEW, minute + 50),
            post_ids=[made.pk],
            project=place.project,
            person=manager,
            now=later(minutes=minute),
        )
        answer(person(place.project), question_of(made), now=later(minutes=minute))
    assert len(told(made)) > 25
    assert _queries(made) <= max(short + 3, MOST_QUERIES)


def _queries(post: Post) -> int:
    with CaptureQueriesContext(connection) as captured:
        told(post)
    return len(captured) - 1
