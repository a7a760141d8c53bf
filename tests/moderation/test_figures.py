"""Tests of the figures of a period: from the rows of ordinary work to sums of days, and from those to metrics."""

import json
import math
from dataclasses import replace
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation.models import Purpose
from moderation import appeals, complaints, impressions, intake, settlements, view_draws
from moderation.impressions import Counted
from moderation.measurement import daily
from moderation.measurement.estimating import estimate, estimates
from moderation.measurement.evidence import (
    Evidence,
    Looked,
    Passed,
    Passing,
    Removed,
    Reviewed,
    SecondLooked,
    Tally,
    Weighed,
    from_dict,
)
from moderation.measurement.figures import (
    Figures,
    change,
    counts,
    everything,
    figures,
    of_evidence,
    of_stored,
    trend,
)
from moderation.measurement.periods import WHOLE, Part, PartKind, Period
from moderation.models import DailyMeasurement, DayLooks, DayViewLooks, DayViewsAgain, PolicyMode, Post, SliceAttribute
from moderation.statistics.intervals import Scope, wilson
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
    photo,
    post,
    question_of,
    screen_all,
    world,
)

pytestmark = pytest.mark.django_db
DAY = NOW.date()
TODAY = Period.of_days(DAY, DAY)
CLASS, SLICE, MODEL, POLICY = PartKind.CLASS, PartKind.SLICE, PartKind.MODEL, PartKind.POLICY


@pytest.fixture
def place(white_is_bright: Path) -> World:
    """Flags white photos and has people look at them; every passed post is audited."""
    place = world(remove=None)
    deploy(place, white_is_bright)
    return place


def posts(place: World, *levels: int, **said: Any) -> list[Post]:
    made = [post(place, photo(level), **said) for level in levels]
    screen_all(place)
    return made


def audit(place: World, made: Post, *classes: str, now: Any = NOW) -> None:
    question = question_of(made, Purpose.AUDIT)
    while question.status == "open":
        answer(person(place.project), question, *classes, now=now)
        question.refresh_from_db()
    settlements.sweep(now=now, project=place.project)


def see(place: World, *made: Post) -> None:
    """Report views of both days that count, and draw by them."""
    for number in range(2):
        day = DAY + timedelta(days=number)
        impressions.report(place.client, [Counted(one.external_id, day, 50) for one in made], now=later(days=number))
    view_draws.draw(place.project, now=NOW.replace(hour=6) + timedelta(days=2))


def rows(place: World) -> list[list[tuple[Any, ...]]]:
    """Everything that is kept of the days, without the numbers of rows."""
    looks = DayLooks.objects.filter(project=place.project).order_by("day", "part", "value", "side", "stratum")
    views = DayViewLooks.objects.filter(project=place.project).order_by("day", "is_passed", "stratum", "band")
    days = (
        DailyMeasurement.objects.filter(project=place.project).order_by("day").values_list("day", "counts", "metrics")
    )
    names = ["day", "part", "value", "side", "stratum", "probability", "posts", "score_sum", "answered", "found"]
    return [
        list(looks.values_list(*names)),
        list(views.values_list("day", "is_passed", "stratum", "band", "posts", "views", "known_views", "finds")),
        list(days),
    ]


def parts(place: World, kind: PartKind) -> list[Figures]:
    return everything(place.project, TODAY).parts[kind]


def test_days_counted_as_they_change_are_the_same_as_counted_from_scratch(place: World) -> None:
    SliceAttribute.objects.create(project=place.project, attribute="place")
    flagged, passed = posts(place, WHITE, attributes={"place": "park"}), posts(place, DARK, DARK)
    daily.refresh_stale(place.project, now=NOW)
    answer(person(place.project), question_of(flagged[0]), "bright", now=later(minutes=1))
    daily.refresh_stale(place.project, now=later(minutes=2))
    audit(place, passed[0], "bright", "grave", now=later(days=1))
    daily.refresh_stale(place.project, now=later(days=1, minutes=1))
    see(place, *passed)
    daily.refresh_stale(place.project, now=NOW.replace(hour=7) + timedelta(days=2))
    step_by_step = rows(place)
    assert step_by_step[0]
    assert step_by_step[1]
    for kept in (DayLooks, DayViewLooks, DayViewsAgain, DailyMeasurement):
        kept.objects.filter(project=place.project).delete()
    for day in [one for one, *_ in step_by_step[2]]:
        daily.count_day(place.project, day, now=NOW)
    for day in [one for one, *_ in step_by_step[2]]:
        daily.measure_day(place.project, day)
    assert rows(place) == step_by_step


def test_an_answer_that_comes_days_later_changes_the_day_of_its_post(place: World) -> None:
    passed = posts(place, DARK)
    daily.refresh_stale(place.project, now=NOW)
    assert figures(place.project, TODAY).pending == 1
    audit(place, passed[0], "bright", now=later(days=5))
    daily.refresh_stale(place.project, now=later(days=5, minutes=1))
    found = figures(place.project, TODAY)
    assert (found.pending, found.intervals["machine_recall"].finds) == (0, 1)


def test_once_a_night_every_day_of_the_last_weeks_is_counted_again(place: World) -> None:
    withdrawn = posts(place, DARK)[0]
    daily.refresh_stale(place.project, now=later(days=3))
    intake.withdraw(withdrawn.pk, client=place.client, now=later(days=3))
    daily.refresh_stale(place.project, now=later(days=3, minutes=5))
    assert figures(place.project, TODAY).pending == 1, "nothing told that a post of another day was withdrawn"
    assert DAY in daily.refresh_stale(place.project, now=later(days=4))
    assert figures(place.project, TODAY).pending == 0


def test_a_command_counts_old_days_again_after_slices_were_chosen(place: World) -> None:
    posts(place, DARK, attributes={"place": "park"})
    daily.refresh(place.project, DAY, now=NOW)
    assert parts(place, SLICE) == []
    SliceAttribute.objects.create(project=place.project, attribute="place")
    call_command("measure", place.project.slug, "--from", DAY.isoformat(), "--to", DAY.isoformat(), stdout=StringIO())
    assert [one.part.value for one in parts(place, SLICE)] == ["place=park"]
    with pytest.raises(CommandError, match="comes after"):
        call_command("measure", place.project.slug, "--from", "2026-03-02", "--to", "2026-03-01")
    with pytest.raises(CommandError, match="no project"):
        call_command("measure", "nowhere", "--from", "2026-03-01")


def test_classes_are_measured_apart_and_what_one_flags_passes_the_other(place: World) -> None:
    flagged, passed = posts(place, *[WHITE] * 4), posts(place, *[DARK] * 4)
    for made in flagged:
        answer(person(place.project), question_of(made), "bright", *(["grave"] if made == flagged[0] else []))
    audit(place, passed[0], "grave")
    for made in passed[1:]:
        audit(place, made)
    daily.refresh(place.project, DAY, now=NOW)
    bright, grave = parts(place, CLASS)
    assert [one.part.value for one in (bright, grave)] == ["bright", "grave"]
    assert bright.intervals["machine_recall"].estimate == pytest.approx(1)
    assert bright.intervals["flag_precision"].estimate == pytest.approx(1)
    assert grave.intervals["machine_recall"].estimate == pytest.approx(0), "nothing was flagged for it, two were there"
    assert grave.intervals["missed_per_thousand"].estimate == pytest.approx(250)
    assert grave.evidence.passed.posts == 8, "what was flagged as bright passed as grave"
    assert figures(place.project, TODAY, part=Part(CLASS, "grave")).intervals == grave.intervals


def test_versions_and_slices_add_up_to_the_whole(place: World) -> None:
    SliceAttribute.objects.create(project=place.project, attribute="place")
    made = posts(place, WHITE, DARK, attributes={"place": "park"}) + posts(place, DARK, attributes={"place": "home"})
    posts(place, DARK)
    change_policy(place, mode=PolicyMode.MANUAL)
    posts(place, DARK)
    answer(person(place.project), question_of(made[0]), "bright")
    audit(place, made[2], "bright")
    daily.refresh(place.project, DAY, now=NOW)
    slices = {one.part.value: one for one in parts(place, SLICE)}
    assert {value: one.evidence.scored for value, one in slices.items()} == {"place=home": 1, "place=park": 2}
    assert slices["place=home"].intervals["machine_recall"].finds == 1
    policies = {one.part.value: one.evidence.scored for one in parts(place, POLICY)}
    assert policies == {"1": 4, "2": 1}
    (version,) = parts(place, MODEL)
    assert place.version
    assert version.part.value == str(place.version.pk)
    assert version.evidence.passed == figures(place.project, TODAY).evidence.passed


def test_a_free_text_makes_no_more_slices_than_can_be_read(place: World) -> None:
    SliceAttribute.objects.create(project=place.project, attribute="note")
    for number in range(32):
        post(place, photo(DARK), attributes={"note": "often" if number % 2 else f"note {number}" * 40})
    screen_all(place)
    daily.refresh(place.project, DAY, now=NOW)
    values = [one.part.value for one in parts(place, SLICE)]
    assert "note=often" in values
    assert len(values) <= 31
    assert max(map(len, values)) <= 70


def test_system_recall_counts_what_anybody_took_down_in_time(place: World) -> None:
    flagged, passed = posts(place, WHITE, WHITE), posts(place, DARK, DARK, DARK, DARK)
    answer(person(place.project), question_of(flagged[0]), "bright", now=later(hours=1))
    answer(person(place.project), question_of(flagged[1]), "bright", now=later(hours=30))
    complaints.submit(place.client, complaints.Said(passed[0].external_id, "bad"), now=later(hours=2))
    answer(person(place.project), question_of(passed[0], Purpose.COMPLAINT), "bright", now=later(hours=3))
    audit(place, passed[0], "bright", now=later(hours=4))
    for made in passed[1:]:
        audit(place, made, now=later(hours=5))
    daily.refresh(place.project, DAY, now=NOW)
    found = figures(place.project, TODAY)
    assert found.intervals["machine_recall"].estimate == pytest.approx(2 / 3)
    assert found.intervals["system_recall"].estimate == pytest.approx(2 / 3), "one late, one by a complaint"
    assert found.intervals["hours_to_action"].estimate == pytest.approx(3, rel=0.1), "of 1, 3 and 30 hours"
    counted = counts(place.project, Period.of_days(DAY, DAY + timedelta(days=1)))
    assert (counted["complaints"], counted["in_time"], counted["late"]) == (1, 2, 1)


def test_removals_that_an_appeal_puts_back_are_overturned(white_is_bright: Path) -> None:
    place = world()
    deploy(place, white_is_bright)
    made = posts(place, *[WHITE] * 4)
    appeals.submit(place.client, appeals.Said(made[0].external_id, "It is snow."), now=later(minutes=5))
    answer(person(place.project), question_of(made[0], Purpose.APPEAL), now=later(minutes=6))
    appeals.submit(place.client, appeals.Said(made[1].external_id, "Snow again."), now=later(minutes=5))
    answer(person(place.project), question_of(made[1], Purpose.APPEAL), "bright", now=later(minutes=6))
    daily.refresh(place.project, DAY, now=NOW)
    overturned = figures(place.project, TODAY).intervals["overturned_share"]
    assert (overturned.finds, overturned.looks) == (1, 4), "an appeal that confirms a removal is no other removal"
    assert overturned.estimate == pytest.approx(0.25)


def test_figures_can_be_computed_again_from_evidence_that_was_written_down(place: World) -> None:
    flagged, passed = posts(place, WHITE), posts(place, DARK, DARK)
    answer(person(place.project), question_of(flagged[0]), "bright")
    audit(place, passed[0], "bright")
    see(place, *flagged, *passed)
    daily.refresh(place.project, DAY, now=NOW)
    found = figures(place.project, TODAY)
    assert found.evidence.views
    stored = json.loads(json.dumps(found.evidence.to_dict()))
    assert from_dict(stored) == found.evidence
    assert of_stored(stored, period=TODAY) == found


def test_a_long_period_is_read_in_few_queries_and_other_projects_stay_out(place: World) -> None:
    posts(place, WHITE, DARK)
    daily.refresh(place.project, DAY, now=NOW)
    years = Period.of_days(DAY - timedelta(days=700), DAY)
    with CaptureQueriesContext(connection) as asked:
        found = figures(place.project, years)
    assert len(asked) <= 9
    assert found.evidence.scored == 2
    assert figures(world().project, years).evidence == Evidence()


def test_the_trend_has_a_point_for_each_counted_day(place: World) -> None:
    posts(place, WHITE)
    for day in (DAY - timedelta(days=1), DAY):
        daily.refresh(place.project, day, now=NOW)
    found = trend(place.project, [DAY - timedelta(days=n) for n in range(10)], keys=["flag_precision"])
    assert [one.day for one in found] == [DAY - timedelta(days=1), DAY]
    assert found[1].intervals["flag_precision"] == figures(place.project, TODAY).intervals["flag_precision"]


def evidence(*, posts: int, violations: int, finds: int, probability: float = 0.01) -> Evidence:
    """A period with a census of what was flagged, and one stratum of what passed."""
    looks = round(posts * probability)
    cells = (Passing("s1", posts, probability, 0.01, looks, looks, 0),)
    found = (Weighed("s1", probability, finds),) if finds else ()
    return Evidence(flagged=Looked(violations * 2, violations * 2, violations), passed=Passed(cells, found))


def test_a_change_is_more_than_noise_only_where_its_interval_leaves_out_zero() -> None:
    day = Period.of_days(date(2026, 3, 1), date(2026, 3, 28))
    good = of_evidence(evidence(posts=500_000, violations=9000, finds=10), period=day)
    same = of_evidence(evidence(posts=500_000, violations=9050, finds=11), period=day.before)
    bad = of_evidence(evidence(posts=500_000, violations=3000, finds=80), period=day)
    assert not change(good, same)["machine_recall"].is_more_than_noise
    worse = change(bad, same)["machine_recall"]
    assert worse.is_more_than_noise
    assert worse.high is not None
    assert worse.high < 0


@pytest.mark.parametrize("scope", Scope)
def test_parts_that_are_estimated_together_are_what_each_is_alone(scope: Scope) -> None:
    many, few = evidence(posts=500_000, violations=9000, finds=10), evidence(posts=5000, violations=40, finds=0)
    removed = replace(few, removed=Removed(90, (Weighed("removed", 0.2, 9),)), unscored=Looked(7, 7, 2))
    every = [many, Evidence(), removed, few]
    alone = [estimate(one, scope=scope, is_whole=place == 0) for place, one in enumerate(every)]
    assert estimates(every, scope=scope, wholes={0}) == alone


def test_without_enough_behind_it_a_metric_says_what_is_still_needed() -> None:
    few = estimate(evidence(posts=5000, violations=40, finds=0))
    recall = few.intervals["machine_recall"]
    assert (recall.estimate, recall.enough) == (None, False)
    assert recall.low is not None
    assert (few.needed["machine_recall"] or 0) > 0
    assert few.needed["complaints_per_thousand_views"] is None, "no look helps there"


def test_complaints_are_a_count_with_its_own_chance() -> None:
    found = estimate(Evidence(tally=Tally(views=100_000, complaints=50))).intervals["complaints_per_thousand_views"]
    assert found.estimate == pytest.approx(0.5)
    assert found.low == pytest.approx(0.376, abs=0.01)
    assert found.high == pytest.approx(0.654, abs=0.01)


def test_second_looks_carry_the_errors_of_reviewers_into_what_is_measured() -> None:
    counted = Evidence(flagged=Looked(1000, 1000, 600), passed=Passed((Passing("s1", 9000, 1.0, 0.01, 9000, 9000, 0),)))
    assert not estimate(counted).carries_errors
    reviewed = Reviewed(
        violations=SecondLooked(600, ((0.1, 45),), ((0.1, 15),)), others=SecondLooked(400, ((0.1, 4),), ((0.1, 36),))
    )
    found = estimate(replace(counted, reviewed=reviewed))
    precision = found.intervals["flag_precision"]
    assert found.carries_errors
    assert precision.estimate == pytest.approx((600 * 0.75 + 400 * 0.1) / 1000)
    assert precision.low is not None
    assert precision.high is not None
    assert precision.low < 0.49 < precision.high < 0.6, "people saw 600 violations where there were about 490"


def test_removals_that_nobody_looked_at_again_may_all_violate_or_none() -> None:
    reviewed = Reviewed(violations=SecondLooked(20, ((1.0, 20),)), others=SecondLooked(20, (), ((1.0, 20),)))
    precision = estimate(Evidence(flagged=Looked(40, 40, 20), removed=Removed(10), reviewed=reviewed)).intervals[
        "flag_precision"
    ]
    assert (precision.estimate, precision.low, precision.high) == (None, pytest.approx(0.4), pytest.approx(0.6))


def test_for_the_process_chance_is_added_to_the_errors_of_reviewers() -> None:
    reviewed = Reviewed(
        violations=SecondLooked(300, ((1.0, 270),), ((1.0, 30),)), others=SecondLooked(700, (), ((1.0, 700),))
    )
    passed = Passed((Passing("s1", 9000, 1.0, 0.01, 9000, 9000, 0),))
    every = Evidence(flagged=Looked(1000, 1000, 300), passed=passed, reviewed=reviewed)
    period, process = (estimate(every, scope=scope).intervals for scope in (Scope.PERIOD, Scope.PROCESS))
    assert (period["flag_precision"].low, period["flag_precision"].high) == pytest.approx((0.27, 0.27))
    assert (process["flag_precision"].low, process["flag_precision"].high) == pytest.approx(wilson(0.27, 1000))
    assert period["prevalence"].width == pytest.approx(0, abs=1e-9)
    assert process["prevalence"].width == pytest.approx(4 * math.sqrt(270) / 10_000, rel=0.05)


def test_what_people_overlook_raises_the_estimate_of_what_was_missed() -> None:
    seen = evidence(posts=100_000, violations=800, finds=20)
    overlooked = replace(seen, reviewed=Reviewed(gold=200, gold_found=180))
    plain, carried = estimate(seen), estimate(overlooked)
    assert (plain.carries_oversights, carried.carries_oversights) == (False, True)
    assert plain.missed.estimate
    assert carried.missed.estimate
    assert 1.1 < carried.missed.estimate / plain.missed.estimate < 1.25


def test_parts_know_nothing_of_views() -> None:
    assert "violating_view_rate" in estimate(Evidence()).intervals
    assert "violating_view_rate" not in of_evidence(Evidence(), period=TODAY, part=Part(CLASS, "grave")).intervals
    assert WHOLE.kind == PartKind.ALL
