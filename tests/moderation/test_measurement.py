"""Tests of measuring small worlds of which everything is known."""

from datetime import timedelta
from pathlib import Path

import pytest

from annotation.models import Purpose
from config.accounts.models import Project
from moderation import intake, second_looks, settlements
from moderation.measurement import daily, gathering
from moderation.measurement.counting import counts
from moderation.measurement.figures import Figures, figures
from moderation.measurement.periods import Period
from moderation.models import DailyMeasurement, Draw, PolicyMode, Post
from moderation.statistics.sufficiency import Interval
from tests.moderation.builders import (
    DARK,
    NOW,
    WHITE,
    World,
    answer,
    deploy,
    half_jpeg,
    later,
    person,
    photo,
    post,
    question_of,
    screen_all,
    screened,
    world,
)

pytestmark = pytest.mark.django_db
TODAY = Period(NOW.replace(hour=0), NOW.replace(hour=0) + timedelta(days=1))


@pytest.fixture
def place(white_is_bright: Path) -> World:
    """Flags white photos and has people look at them; every passed post is audited."""
    place = world(remove=None)
    deploy(place, white_is_bright)
    return place


def confirm(place: World, made: Post, *classes: str) -> None:
    """Have people answer the second looks at a post until they are settled."""
    question = question_of(made, Purpose.SECOND_LOOK)
    while question.status == "open":
        answer(person(place.project), question, *classes, now=later(hours=1))
        question.refresh_from_db()


class Measured:
    """A day's figures by name."""

    def __init__(self, found: Figures) -> None:
        self.found = found
        self.pending = found.pending

    def __getattr__(self, key: str) -> Interval:
        return self.found.intervals[key]


def measure(project: Project, period: Period) -> Measured:
    daily.refresh(project, NOW.date(), now=NOW)
    return Measured(figures(project, period))


def posts(place: World, *levels: int) -> list[Post]:
    made = [post(place, photo(level)) for level in levels]
    screen_all(place)
    return made


def audit(place: World, made: Post, *classes: str) -> None:
    question = question_of(made, Purpose.AUDIT)
    while question.status == "open":
        answer(person(place.project), question, *classes)
        question.refresh_from_db()
    settlements.sweep(now=NOW, project=place.project)


def test_a_census_is_known_exactly(place: World) -> None:
    flagged, passed = posts(place, *[WHITE] * 4), posts(place, *[DARK] * 4)
    for made in flagged[:3]:
        answer(person(place.project), question_of(made), "bright")
    answer(person(place.project), question_of(flagged[3]))
    audit(place, passed[0], "bright")
    for made in passed[1:]:
        audit(place, made)
    found = measure(place.project, TODAY)
    assert found.pending == 0
    assert found.flag_precision.estimate == pytest.approx(0.75)
    assert (found.flag_precision.finds, found.flag_precision.looks) == (3, 4)
    recall = found.machine_recall
    assert (recall.estimate, recall.low, recall.high) == pytest.approx((0.75, 0.75, 0.75))
    assert found.prevalence.estimate == pytest.approx(0.5)
    assert found.missed_per_thousand.estimate == pytest.approx(125)


def test_a_sample_is_weighted_by_its_recorded_probability(white_is_bright: Path) -> None:
    place = world(remove=None, looks_per_day=500)
    deploy(place, white_is_bright)
    posts(place, *[DARK] * 30)
    drawn = Draw.objects.filter(project=place.project, is_drawn=True)
    assert set(Draw.objects.values_list("probability", flat=True)) == {0.5}
    assert 0 < drawn.count() < 30
    for draw in drawn:
        audit(place, draw.post, *(["bright"] if draw == drawn[0] else []))
    found = measure(place.project, TODAY)
    assert found.missed_per_thousand.estimate == pytest.approx(1000 * 2 / 30), "one find at a half stands for two"
    assert (found.machine_recall.looks, found.machine_recall.finds) == (drawn.count(), 1)


def test_unanswered_looks_are_pending_and_lower_the_probability(place: World) -> None:
    passed = posts(place, *[DARK] * 4)
    audit(place, passed[0], "bright")
    audit(place, passed[1])
    found = measure(place.project, TODAY)
    assert found.pending == 2
    assert found.missed_per_thousand.estimate == pytest.approx(500), "one of two answered, of four drawn"


def test_looks_that_nobody_has_answered_prove_nothing(place: World) -> None:
    flagged = posts(place, WHITE)
    posts(place, *[DARK] * 20)
    answer(person(place.project), question_of(flagged[0]), "bright")
    found = measure(place.project, TODAY)
    assert (found.pending, found.machine_recall.looks) == (20, 0)
    assert found.missed_per_thousand.high == pytest.approx(1000 * 20 / 21), "all that passed may violate"
    assert found.machine_recall.estimate is None


def test_what_one_person_called_a_violation_is_no_find_yet(place: World) -> None:
    passed = posts(place, DARK, DARK)
    answer(person(place.project), question_of(passed[0], Purpose.AUDIT), "bright")
    audit(place, passed[1])
    found = measure(place.project, TODAY)
    assert (found.machine_recall.finds, found.pending) == (0, 1)


def test_what_was_answered_before_the_post_was_withdrawn_still_counts(place: World) -> None:
    flagged = posts(place, WHITE, WHITE)
    answer(person(place.project), question_of(flagged[0]), "bright")
    for made in flagged:
        intake.withdraw(made.pk, client=place.client, now=NOW)
    found = measure(place.project, TODAY)
    assert (found.flag_precision.finds, found.flag_precision.looks) == (1, 1), "the other will never be known"
    assert found.pending == 0


def test_an_audit_that_was_withdrawn_unanswered_is_not_pending(place: World) -> None:
    passed = posts(place, *[DARK] * 3)
    audit(place, passed[0], "bright")
    audit(place, passed[1])
    intake.withdraw(passed[2].pk, client=place.client, now=NOW)
    found = measure(place.project, TODAY)
    assert found.pending == 0
    assert found.missed_per_thousand.estimate == pytest.approx(500), "one of two looks that could be answered"


def test_machine_removals_are_measured_by_their_second_looks(white_is_bright: Path) -> None:
    place = world()
    deploy(place, white_is_bright)
    for number, made in enumerate(posts(place, *[WHITE] * 4)):
        look = question_of(made, Purpose.SECOND_LOOK)
        answer(person(place.project), look, *(["bright"] if number else []))
    found = measure(place.project, TODAY)
    assert found.takedown_precision.estimate == pytest.approx(0.75)
    assert found.flag_precision.estimate == pytest.approx(0.75)


def test_in_manual_mode_the_machine_is_measured_by_what_it_would_have_done(white_is_bright: Path) -> None:
    place = world(mode=PolicyMode.MANUAL)
    deploy(place, white_is_bright)
    bright, dark = posts(place, WHITE), posts(place, DARK, DARK)
    answer(person(place.project), question_of(bright[0]), "bright")
    answer(person(place.project), question_of(dark[0]), "bright")
    answer(person(place.project), question_of(dark[1]))
    found = measure(place.project, TODAY)
    assert (found.machine_recall.finds, found.pending) == (0, 1), "one person alone saw it"
    second_looks.draw(place.project, now=later(hours=1))
    confirm(place, dark[0], "bright")
    found = measure(place.project, TODAY)
    assert found.pending == 0
    assert found.machine_recall.estimate == pytest.approx(0.5)
    assert (found.machine_recall.low, found.machine_recall.high) == pytest.approx((0.5, 0.5))
    takedown = found.takedown_precision
    assert (takedown.finds, takedown.looks) == (1, 1), "it would have removed one, and people looked"


def test_in_manual_mode_a_slip_on_what_the_machine_would_pass_is_no_find(white_is_bright: Path) -> None:
    place = world(mode=PolicyMode.MANUAL)
    deploy(place, white_is_bright)
    (dark,) = posts(place, DARK)
    answer(person(place.project), question_of(dark), "bright")
    second_looks.draw(place.project, now=later(hours=1))
    confirm(place, dark)
    found = measure(place.project, TODAY)
    assert (found.machine_recall.finds, found.pending, found.prevalence.estimate) == (0, 0, 0)
    settlements.sweep(now=later(hours=2), project=place.project)
    assert question_of(dark).status == "open", "what was unpublished is looked at again"


def test_without_a_model_there_is_nothing_to_say_of_one() -> None:
    place = world()
    answer(person(place.project), question_of(screened(place)), "bright")
    found = measure(place.project, TODAY)
    assert found.machine_recall.estimate is None
    assert found.flag_precision.estimate is None
    assert (found.prevalence.estimate, found.system_recall.estimate) == (1, 1), "people looked at everything"
    assert counts(place.project, TODAY)["decided"] == 1


def test_an_empty_period_measures_nothing_and_does_not_fail() -> None:
    place = world()
    found = measure(place.project, TODAY)
    assert {one.estimate for one in found.found.intervals.values()} == {None}
    assert not any(counts(place.project, TODAY).values())


def test_counts_add_up(white_is_bright: Path) -> None:
    place = world(removed_rate=0.001)
    deploy(place, white_is_bright)
    made = posts(place, DARK, DARK, DARK, WHITE, WHITE)
    post(place, half_jpeg())
    screen_all(place)
    audit(place, made[0])
    found = counts(place.project, TODAY)
    assert (found["posts"], found["failed"]) == (6, 1)
    assert (found["flagged"], found["removed"], found["passed"], found["audited"]) == (2, 2, 3, 3)
    assert found["posts"] == found["failed"] + found["removed"] + found["passed"]
    assert (found["human_looks"], found["removals"]) == (1, 2)


def test_draws_keep_their_promise(place: World) -> None:
    posts(place, *[DARK] * 3, WHITE)
    (row,) = gathering.promises(place.project, TODAY)
    assert (row["posts"], row["drawn"]) == (3, 3)
    assert (row["sum_pi"], row["sum_pi_1_minus_pi"]) == pytest.approx((3, 0))


def test_a_day_measured_twice_is_one_row(place: World) -> None:
    posts(place, DARK)
    for _ in range(2):
        daily.refresh_stale(place.project, now=NOW)
    assert DailyMeasurement.objects.get(project=place.project, day=NOW.date()).counts["posts"] == 1


def test_after_midnight_yesterday_is_measured_too(place: World) -> None:
    daily.refresh_stale(place.project, now=NOW)
    posts(place, DARK)
    daily.refresh_stale(place.project, now=NOW.replace(hour=1) + timedelta(days=1))
    days = DailyMeasurement.objects.filter(project=place.project).order_by("-day")
    assert [(one.day, one.counts["posts"]) for one in days[:2]] == [
        (NOW.date() + timedelta(days=1), 0),
        (NOW.date(), 1),
    ]


def test_nothing_of_another_project_is_counted(place: World) -> None:
    posts(place, DARK, WHITE)
    assert not any(counts(world().project, TODAY).values())
