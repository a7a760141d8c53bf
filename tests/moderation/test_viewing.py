"""Tests of measuring violating views in small worlds of which everything is known."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation.models import Purpose
from moderation import appeals, audits, complaints, decisions, intake, settlements, view_draws
from moderation.measurement import Period, viewing
from moderation.models import Draw, PolicyMode, Post
from tests.moderation.builders import (
    DARK,
    NOW,
    WHITE,
    World,
    answer,
    change_policy,
    deploy,
    later,
    person,
    question_of,
    world,
)
from tests.moderation.test_view_draws import CUT_OFF, founded, posts, see

pytestmark = pytest.mark.django_db
SHOWN = Period(NOW.replace(hour=0), NOW.replace(hour=0) + timedelta(days=1))


def measured(place: World) -> viewing.ViolatingViews:
    view_draws.draw(place.project, now=CUT_OFF)
    return viewing.measure(place.project, SHOWN)


def audit(place: World, made: Post, *classes: str) -> None:
    question = question_of(made, Purpose.AUDIT)
    while question.status == "open":
        answer(person(place.project), question, *classes, now=CUT_OFF)
        question.refresh_from_db()
    settlements.sweep(now=CUT_OFF, project=place.project)


def test_where_people_look_at_everything_the_views_are_known(white_is_bright: Path) -> None:
    place = world(mode=PolicyMode.MANUAL)
    deploy(place, white_is_bright)
    bad, fine = posts(place, DARK, DARK)
    answer(person(place.project), question_of(bad), "bright")
    answer(person(place.project), question_of(fine))
    see(place, (bad, 29), (fine, 70))
    found = measured(place)
    assert (found.posts, found.views, found.pending) == (2, 100, 0)
    assert (found.rate.estimate, found.rate.low, found.rate.high) == pytest.approx((0.3, 0.3, 0.3))
    assert found.before_takedown.estimate == pytest.approx(30)


def test_a_find_counts_its_views_over_its_chance(white_is_bright: Path) -> None:
    place = founded(white_is_bright, first=0.0011, second=6)
    made = posts(place, *[DARK] * 12)
    see(place, *[(one, 100) for one in made])
    view_draws.draw(place.project, now=CUT_OFF)
    drawn = list(Draw.objects.filter(design=audits.SECOND_DRAW, is_drawn=True).order_by("post_id"))
    assert 0 < len(drawn) < 12
    for number, one in enumerate(drawn):
        audit(place, one.post, *([] if number else ["bright"]))
    found = viewing.measure(place.project, SHOWN)
    views = drawn[0].by_views.views
    assert found.missed.estimate == pytest.approx(views / drawn[0].probability)
    assert found.rate.estimate == pytest.approx(views / drawn[0].probability / found.views)
    assert (found.missed.finds, found.missed.looks, found.pending) == (1, len(drawn), 0)
    assert found.rate.low <= found.rate.estimate <= found.rate.high


def test_what_was_known_before_counts_whole_with_the_views_it_got(white_is_bright: Path) -> None:
    place = founded(white_is_bright, first=1.0, second=1000)
    bad, fine = posts(place, DARK, DARK)
    audit(place, bad, "bright")
    audit(place, fine)
    see(place, (fine, 900), (bad, 100))
    found = measured(place)
    assert (found.missed.estimate, found.missed.low, found.missed.high) == pytest.approx((100, 100, 100))
    assert found.rate.estimate == pytest.approx(100 / 1001)


def test_views_before_takedown_and_of_missed_violations_are_told_apart(white_is_bright: Path) -> None:
    place = founded(white_is_bright, first=0.0011, second=1000)
    flagged, missed, fine = posts(place, WHITE, DARK, DARK)
    answer(person(place.project), question_of(flagged), "bright")
    see(place, (fine, 50), (flagged, 7), (missed, 20))
    view_draws.draw(place.project, now=CUT_OFF)
    audit(place, missed, "bright")
    audit(place, fine)
    found = viewing.measure(place.project, SHOWN)
    assert (found.before_takedown.estimate, found.missed.estimate) == pytest.approx((7, 20))
    assert found.rate.estimate == pytest.approx(27 / 78)


def test_removals_by_the_machine_are_weighed_by_their_second_looks(white_is_bright: Path) -> None:
    place = world(removed_rate=0.5)
    deploy(place, white_is_bright)
    made = posts(place, *[WHITE] * 8)
    see(place, *[(one, 10) for one in made])
    looked = list(Draw.objects.filter(design=audits.FIRST_DRAW, is_drawn=True))
    for number, one in enumerate(looked):
        answer(person(place.project), question_of(one.post, Purpose.SECOND_LOOK), *(["bright"] if not number else []))
    found = measured(place)
    assert found.before_takedown.estimate == pytest.approx(sum([10, looked[0].post == made[0]]) / 0.5)
    assert found.before_takedown.looks == len(looked)


def test_what_a_complaint_found_later_adds_nothing_unless_it_was_drawn(white_is_bright: Path) -> None:
    place = founded(white_is_bright, first=0.0011, second=1)
    made = posts(place, *[DARK] * 8)
    see(place, *[(one, 10) for one in made])
    view_draws.draw(place.project, now=CUT_OFF)
    undrawn = Draw.objects.filter(design=audits.SECOND_DRAW, is_drawn=False).select_related("post")[0].post
    complaints.submit(place.client, complaints.Said(undrawn.external_id, "bright"), now=CUT_OFF)
    answer(person(place.project), question_of(undrawn, Purpose.COMPLAINT), "bright", now=CUT_OFF)
    assert (viewing.measure(place.project, SHOWN).missed.finds, undrawn.decisions.count()) == (0, 1)


def test_an_upheld_appeal_takes_the_views_back(white_is_bright: Path) -> None:
    place = world(mode=PolicyMode.MANUAL)
    deploy(place, white_is_bright)
    (one,) = posts(place, DARK)
    answer(person(place.project), question_of(one), "bright")
    see(place, (one, 30))
    assert measured(place).rate.estimate == 1
    appeals.submit(place.client, appeals.Said(one.external_id), now=CUT_OFF)
    answer(person(place.project), question_of(one, Purpose.APPEAL), now=CUT_OFF)
    assert viewing.measure(place.project, SHOWN).rate.estimate == 0


def test_an_answer_taken_back_is_pending_again(white_is_bright: Path) -> None:
    place = world(mode=PolicyMode.MANUAL)
    deploy(place, white_is_bright)
    (one,) = posts(place, DARK)
    see(place, (one, 30))
    judge = person(place.project)
    given = answer(judge, question_of(one), "bright")
    assert measured(place).pending == 0
    decisions.retract(given.accepted.label.pk, person=judge, now=later(minutes=1))
    found = viewing.measure(place.project, SHOWN)
    assert (found.pending, found.rate.estimate) == (1, None)


def test_looks_not_answered_lower_the_chance_and_nothing_answered_proves_nothing(white_is_bright: Path) -> None:
    place = founded(white_is_bright, first=0.0011, second=1000)
    made = posts(place, *[DARK] * 4)
    see(place, *[(one, 9) for one in made[1:]], (made[0], 10))
    found = measured(place)
    assert (found.pending, found.missed.estimate, found.missed.high) == (4, None, pytest.approx(38))
    audit(place, made[0], "bright")
    audit(place, made[1])
    found = viewing.measure(place.project, SHOWN)
    assert (found.pending, found.missed.estimate) == (2, pytest.approx(20)), "two of four were answered"


def test_what_is_withdrawn_before_an_answer_is_not_pending(white_is_bright: Path) -> None:
    place = founded(white_is_bright, first=0.0011, second=1000)
    made = posts(place, DARK, DARK)
    see(place, *[(one, 9) for one in made])
    view_draws.draw(place.project, now=CUT_OFF)
    audit(place, made[1])
    intake.withdraw(made[0].pk, client=place.client, now=CUT_OFF)
    assert viewing.measure(place.project, SHOWN).pending == 0


def test_an_empty_period_and_another_project_say_nothing(white_is_bright: Path) -> None:
    place = founded(white_is_bright, first=1.0)
    (one,) = posts(place, DARK)
    see(place, (one, 9))
    assert measured(place).views == 10
    for nothing in (viewing.measure(world().project, SHOWN), viewing.measure(place.project, Period(CUT_OFF, CUT_OFF))):
        assert (nothing.posts, nothing.views, nothing.rate.estimate, nothing.rate.high) == (0, 0, None, None)


def test_a_period_is_measured_in_three_queries(white_is_bright: Path) -> None:
    place = founded(white_is_bright, first=0.3, second=1000)
    change_policy(place, mode=PolicyMode.AUTOMATIC, remove=None)
    see(place, *[(one, 9) for one in posts(place, WHITE, *[DARK] * 6)])
    view_draws.draw(place.project, now=CUT_OFF)
    with CaptureQueriesContext(connection) as asked:
        viewing.measure(place.project, SHOWN)
    assert len(asked) == 3
