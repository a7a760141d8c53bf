"""Tests of the second draw: who is drawn by views, when, once, and indistinguishably; and that its sums are right."""

import math
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.db.models import Sum

from annotation import labels
from annotation.models import Lane, Purpose, Question
from annotation.serializers import JobOut
from config.accounts.models import Role
from moderation import (
    audit_plans,
    audits,
    bulk,
    complaints,
    decisions,
    impressions,
    intake,
    policies,
    policy,
    tasks,
    view_draws,
)
from moderation.impressions import Counted
from moderation.measurement import counting, gathering
from moderation.measurement.periods import Period
from moderation.models import BulkKind, Draw, PolicyMode, Post, ViewDraw, ViewPlan
from tests.annotation.builders import failures, together
from tests.moderation.builders import (
    DARK,
    NOW,
    WHITE,
    World,
    answer,
    claim,
    deploy,
    later,
    person,
    photo,
    post,
    question_of,
    rules,
    screen_all,
    world,
)
from tests.moderation.test_bulk import order

pytestmark = pytest.mark.django_db
DAY = NOW.date()
CUT_OFF = NOW.replace(hour=6) + timedelta(days=2)
# Both draws of a post lie in it.
SHOWN = Period(NOW.replace(hour=0), NOW.replace(hour=0) + timedelta(days=28))


def founded(white_is_bright: Path, *, first: float = 0.02, second: float = 2.0, **more: Any) -> World:
    """A project whose posts are drawn at first with a probability of ``first``, and by views with ``second`` looks."""
    place = world(remove=None, looks_per_day=first * 1000, **more)
    place.policy.rules["audit"]["view_looks_per_day"] = second
    draft = policies.draft(place.project, mode=PolicyMode(place.policy.mode), rules=place.policy.rules, now=NOW)
    place.policy = policies.put_in_force(draft, now=NOW)
    deploy(place, white_is_bright)
    return place


@pytest.fixture
def place(white_is_bright: Path) -> World:
    return founded(white_is_bright)


def posts(place: World, *levels: int) -> list[Post]:
    made = [post(place, photo(level)) for level in levels]
    screen_all(place)
    return made


def see(place: World, *seen: tuple[Post, int], day: date = DAY, now: Any = CUT_OFF) -> None:
    """Report views of that day, and one view of some post on the next, so that the next has begun."""
    counted = [Counted(one.external_id, day, views) for one, views in seen]
    counted.append(Counted(seen[0][0].external_id, day + timedelta(days=1), 1))
    impressions.report(place.client, counted, now=now)


def second(one: Post) -> Draw:
    return Draw.objects.select_related("by_views").get(post=one, design=audits.SECOND_DRAW)


def drawn_by_views(place: World) -> list[Post]:
    """Return the posts that people are asked about because of their views."""
    draws = Draw.objects.filter(project=place.project, design=audits.SECOND_DRAW, question__isnull=False)
    return [one.post for one in draws.select_related("post").order_by("post_id")]


def test_what_was_seen_most_is_likeliest_drawn_and_every_toss_is_kept(place: World) -> None:
    made = posts(place, *[DARK] * 12)
    views = [10**n for n in range(12 // 3)] * 3
    see(place, *zip(made, views, strict=True))
    assert view_draws.draw(place.project, now=CUT_OFF) == 12
    plan = ViewPlan.objects.get(project=place.project)
    assert (plan.day, plan.posts) == (DAY, 12)
    tossed = [second(one) for one in made if not one.draws.get(design=audits.FIRST_DRAW).is_drawn]
    first = tossed[0].post.draws.get(design=audits.FIRST_DRAW)
    expected = audits.ViewRates(plan.floor, plan.factor)
    for draw in tossed:
        assert draw.probability == expected.rate(first=first.probability, views=draw.by_views.views)
        assert draw.is_drawn == (draw.coin < draw.probability)
        assert draw.by_views.combined_probability == audits.either(first.probability, draw.probability)
        assert draw.coin != draw.post.draws.get(design=audits.FIRST_DRAW).coin
    assert math.isclose(sum(draw.probability for draw in tossed), 2.0, rel_tol=1e-6)
    assert min(draw.probability for draw in tossed) >= plan.floor > 0


def test_views_of_the_day_it_came_and_of_the_next_count_and_no_others(place: World) -> None:
    (one,) = posts(place, DARK)
    days = [(DAY - timedelta(days=1), 1000), (DAY, 3), (DAY + timedelta(days=1), 4), (DAY + timedelta(days=2), 1000)]
    counted = [Counted(one.external_id, day, views) for day, views in days]
    impressions.report(place.client, counted, now=CUT_OFF)
    view_draws.draw(place.project, now=CUT_OFF)
    assert second(one).by_views.views == 7


def test_nothing_is_drawn_before_the_cut_off_or_before_the_second_day_has_views(place: World) -> None:
    (one,) = posts(place, DARK)
    impressions.report(place.client, [Counted(one.external_id, DAY, 9)], now=NOW)
    assert view_draws.draw(place.project, now=CUT_OFF) == 0, "the second day has no views yet"
    see(place, (one, 9))
    assert view_draws.draw(place.project, now=CUT_OFF - timedelta(seconds=1)) == 0
    assert view_draws.draw(place.project, now=CUT_OFF) == 1


def test_what_nobody_saw_is_not_drawn(place: World) -> None:
    seen, unseen = posts(place, DARK, DARK)
    see(place, (seen, 5))
    assert view_draws.draw(place.project, now=CUT_OFF) == 1
    assert not unseen.draws.filter(design=audits.SECOND_DRAW).exists()


def test_the_views_at_the_cut_off_stay_whatever_is_counted_later(place: World) -> None:
    (one,) = posts(place, DARK)
    see(place, (one, 5))
    view_draws.draw(place.project, now=CUT_OFF)
    see(place, (one, 5000))
    view_draws.draw(place.project, now=CUT_OFF + timedelta(hours=1))
    assert second(one).by_views.views == 6


def test_a_project_may_do_without_it(white_is_bright: Path) -> None:
    place = founded(white_is_bright, second=0)
    (one,) = posts(place, DARK)
    see(place, (one, 5))
    assert view_draws.draw(place.project, now=CUT_OFF) == 0
    assert not ViewPlan.objects.exists()


def test_where_nothing_is_said_the_budget_is_a_third_of_the_first_draws(white_is_bright: Path) -> None:
    place = world(remove=None, looks_per_day=30)
    deploy(place, white_is_bright)
    made = posts(place, *[DARK] * 40)
    see(place, *[(one, 5) for one in made])
    view_draws.draw(place.project, now=CUT_OFF)
    assert ViewPlan.objects.get().looks == pytest.approx(10)


def test_what_people_look_at_anyway_is_certain_and_asked_nothing_more(white_is_bright: Path) -> None:
    place = founded(white_is_bright, first=0.0011, second=1000)
    flagged, complained, sent, drawn = posts(place, WHITE, DARK, DARK, DARK)
    complaints.submit(place.client, complaints.Said(complained.external_id, "bright"), now=NOW)
    manager = person(place.project, Role.MANAGER)
    bulk.act(order(BulkKind.REMOVE), post_ids=[sent.pk], project=place.project, person=manager, now=NOW)
    asked = Question.objects.count()
    see(place, *[(one, 9) for one in (flagged, complained, sent, drawn)])
    view_draws.draw(place.project, now=CUT_OFF)
    for one in (flagged, complained, sent):
        found = second(one)
        assert (found.stratum, found.probability, found.is_drawn, found.question) == ("known", 1.0, True, None)
        assert found.by_views.combined_probability == 1
    assert drawn_by_views(place) == [drawn]
    assert Question.objects.count() == asked + 1


def test_what_the_first_draw_chose_is_not_asked_twice(white_is_bright: Path) -> None:
    place = founded(white_is_bright, first=1.0, second=1000)
    (one,) = posts(place, DARK)
    see(place, (one, 9))
    view_draws.draw(place.project, now=CUT_OFF)
    assert (second(one).stratum, Question.objects.count()) == ("known", 1)


def test_what_the_machine_removed_keeps_the_chance_of_its_second_look(white_is_bright: Path) -> None:
    place = world(removed_rate=0.5)
    deploy(place, white_is_bright)
    made = posts(place, *[WHITE] * 6)
    see(place, *[(one, 9) for one in made])
    asked = Question.objects.count()
    view_draws.draw(place.project, now=CUT_OFF)
    for one in made:
        first, again = one.draws.get(design=audits.FIRST_DRAW), second(one)
        assert (again.stratum, again.probability, again.coin) == ("removed", 0.5, first.coin)
        assert (again.is_drawn, again.by_views.combined_probability) == (first.is_drawn, 0.5)
    assert Question.objects.count() == asked


def test_its_audits_look_like_any_other_and_three_people_have_to_agree(white_is_bright: Path) -> None:
    place = founded(white_is_bright, first=0.5, second=1000)
    made = posts(place, *[DARK] * 12)
    see(place, *[(one, 9) for one in made])
    view_draws.draw(place.project, now=CUT_OFF)
    by_views = drawn_by_views(place)
    by_score = [one for one in made if one not in by_views]
    assert by_views
    assert by_score
    auditor = person(place.project)
    questions = [question_of(one, Purpose.AUDIT) for one in (by_score[0], by_views[0])]
    assert {one.lane for one in questions} == {Lane.DRAWN}
    jobs = [claim(auditor, one, now=CUT_OFF) for one in questions]
    shown = [JobOut(job).data for job in jobs]
    assert shown[0].keys() == shown[1].keys()
    assert all(shown[0][key] == shown[1][key] for key in ("schema", "suggestion", "case", "title", "attributes"))
    given = labels.Answer(classes=("bright",))
    decisions.answer(jobs[1].pk, person=auditor, token=jobs[1].lease_token, answer=given, now=CUT_OFF)
    by_views[0].refresh_from_db()
    assert by_views[0].publication == "published", "one answer is no find"
    assert questions[1].inclusion_probability is None, "it must not weigh truths in a dataset"


def test_twice_changes_nothing_and_what_comes_late_is_drawn_with_what_is_left(white_is_bright: Path) -> None:
    place = founded(white_is_bright, second=4)
    made = posts(place, *[DARK] * 10)
    see(place, *[(one, 9) for one in made[:2]])
    assert [view_draws.draw(place.project, now=CUT_OFF) for _ in range(2)] == [2, 0]
    see(place, *[(one, 9) for one in made])
    assert view_draws.draw(place.project, now=CUT_OFF + timedelta(days=1)) == 8
    early, late = ViewPlan.objects.order_by("number")
    assert (early.posts, late.posts) == (2, 8)
    assert early.looks + late.looks == pytest.approx(4, abs=1e-6) or early.looks < 2
    assert ViewDraw.objects.filter(plan=late).aggregate(n=Sum("draw__probability"))["n"] <= 8


def test_the_floor_holds_when_the_budget_is_spent(white_is_bright: Path) -> None:
    place = founded(white_is_bright, second=2)
    made = posts(place, *[DARK] * 8)
    see(place, *[(one, 9) for one in made[:4]])
    view_draws.draw(place.project, now=CUT_OFF)
    see(place, *[(one, 9) for one in made])
    view_draws.draw(place.project, now=CUT_OFF)
    late = ViewPlan.objects.get(number=2)
    assert late.looks == pytest.approx(2 * 4 / 8 / 3)
    assert all(second(one).probability > 0 for one in made)


def test_views_that_come_more_than_a_week_late_are_not_drawn_by(place: World) -> None:
    (one,) = posts(place, DARK)
    see(place, (one, 9), now=CUT_OFF + timedelta(days=7))
    assert view_draws.draw(place.project, now=CUT_OFF + timedelta(days=7)) == 0
    assert view_draws.draw(place.project, now=CUT_OFF + timedelta(days=6)) == 1


def test_a_post_withdrawn_before_its_draw_is_tossed_and_asked_nothing(white_is_bright: Path) -> None:
    place = founded(white_is_bright, first=0.0011, second=1000)
    (one,) = posts(place, DARK)
    see(place, (one, 9))
    intake.withdraw(one.pk, client=place.client, now=NOW)
    view_draws.draw(place.project, now=CUT_OFF)
    assert (second(one).is_drawn, second(one).question) == (True, None)
    assert not Question.objects.exists()


def test_whoever_is_killed_leaves_whole_batches_and_the_next_goes_on_by_the_same_plan(
    place: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = posts(place, *[DARK] * 7)
    see(place, *[(one, 9) for one in made])
    monkeypatch.setattr(view_draws, "_BATCH", 3)
    draw_some, done = view_draws._draw_some, []

    def until_killed(*batch: Any, **how: Any) -> list[int]:
        if done:
            raise KeyboardInterrupt
        done.append(1)
        return draw_some(*batch, **how)

    with monkeypatch.context() as patched:
        patched.setattr(view_draws, "_draw_some", until_killed)
        with pytest.raises(KeyboardInterrupt):
            view_draws.draw(place.project, now=CUT_OFF)
    assert ViewDraw.objects.count() == 3
    assert view_draws.draw(place.project, now=CUT_OFF) == 4
    assert (ViewDraw.objects.count(), ViewPlan.objects.count()) == (7, 1)


@pytest.mark.django_db(transaction=True)
def test_several_at_once_draw_each_post_once_by_one_plan(white_is_bright: Path, monkeypatch: Any) -> None:
    place = founded(white_is_bright, second=4)
    made = posts(place, *[DARK] * 12)
    see(place, *[(one, 9) for one in made])
    monkeypatch.setattr(view_draws, "_BATCH", 2)
    assert failures(together(lambda _: view_draws.draw(place.project, now=CUT_OFF), 4)) == []
    assert (ViewDraw.objects.count(), ViewPlan.objects.count()) == (12, 1)
    drawn = drawn_by_views(place)
    assert [question_of(one, Purpose.AUDIT).jobs.count() for one in drawn] == [1] * len(drawn)


@pytest.mark.django_db(transaction=True)
def test_drawing_and_answering_at_once_do_not_stop_each_other(white_is_bright: Path) -> None:
    place = founded(white_is_bright, first=0.0011, second=1000)
    for _ in range(3):
        made = posts(place, WHITE, DARK)
        see(place, *[(one, 9) for one in made])
        judge = person(place.project)
        acts = [
            lambda: view_draws.draw(place.project, now=CUT_OFF),
            lambda judge=judge, made=made: answer(judge, question_of(made[0]), "bright", now=CUT_OFF),
            lambda made=made: complaints.submit(
                place.client, complaints.Said(made[1].external_id, "bright"), now=CUT_OFF
            ),
        ]
        assert failures(together(lambda n, acts=acts: acts[n](), 3)) == []
        view_draws.draw(place.project, now=CUT_OFF)
        assert all(second(one).probability > 0 for one in made)


def test_one_bad_project_does_not_stop_the_others(white_is_bright: Path, monkeypatch: Any) -> None:
    bad, good = world(), founded(white_is_bright)
    asked = []

    def draw(project: Any, *, now: Any) -> int:
        asked.append(project)
        if project == bad.project:
            raise RuntimeError("broken")
        return 3

    monkeypatch.setattr(view_draws, "draw", draw)
    assert tasks.draw_by_views() == 3
    assert asked == [bad.project, good.project]


def test_what_is_measured_of_the_machine_stays_as_it_was(white_is_bright: Path) -> None:
    place = founded(white_is_bright, first=0.5, second=1000)
    made = posts(place, WHITE, *[DARK] * 12)
    before, counted = gathering.looks(place.project, SHOWN), counting.counts(place.project, SHOWN)
    rows = gathering.promises(place.project, SHOWN)
    learned = audit_plans._stratum(place.policy, 0.0, 1.0, now=CUT_OFF)
    see(place, *[(one, 9) for one in made])
    view_draws.draw(place.project, now=later(hours=1) + timedelta(days=3))
    assert drawn_by_views(place)
    assert gathering.looks(place.project, SHOWN) == before
    assert counting.counts(place.project, SHOWN) == counted | {"views": 9 * len(made) + 1}
    assert gathering.promises(place.project, SHOWN) == rows
    assert audit_plans._stratum(place.policy, 0.0, 1.0, now=CUT_OFF) == learned


def test_the_rules_name_a_budget_that_can_be() -> None:
    odd = rules()
    odd["audit"]["view_looks_per_day"] = -1
    with pytest.raises(policy.BadRules, match="view_looks_per_day"):
        policy.check_rules(odd, class_keys=["bright", "grave"])


@pytest.mark.parametrize("is_cut_short", [False, True])
def test_over_all_coins_the_sum_is_the_violating_views_there_were(is_cut_short: bool) -> None:
    """Seasons of 400 posts: found by the first draw, counted whole; found by the second, weighed by 1/pi2.

    Where the first look comes in time it takes the post down, and cuts its views to a tenth; the truth of that season
    is what was seen in it.
    """
    random = np.random.default_rng(7)
    n, seasons, budget = 400, 4000, 30.0
    first = random.uniform(0.02, 0.2, n)
    whole = np.ceil(random.lognormal(3, 1.5, n)).astype(int)
    violates = random.random(n) < 0.15
    errors, truths = [], []
    for _ in range(seasons):
        found_first = random.random(n) < first
        views = np.where(found_first & violates & is_cut_short, np.ceil(whole / 10), whole)
        unknown = np.flatnonzero(~found_first)
        rates = audits.allocate_by_views(first[unknown], views[unknown], budget=budget)
        second = np.array([rates.rate(first=first[one], views=int(views[one])) for one in unknown])
        drawn = random.random(len(unknown)) < second
        finds = violates[unknown] & drawn
        total = views[found_first & violates].sum() + (views[unknown][finds] / second[finds]).sum()
        truths.append(views[violates].sum())
        errors.append(total - truths[-1])
    spread = np.std(errors) / math.sqrt(seasons)
    assert abs(np.mean(errors)) < 3 * spread
    assert spread < 0.02 * np.mean(truths), "else the season is too small to tell"


def test_weighing_both_draws_together_is_right_only_while_no_look_cuts_views_short() -> None:
    """Why the chance of either draw is kept and not used: it misses views wherever first looks take posts down."""
    random = np.random.default_rng(11)
    n, seasons = 300, 4000
    first = np.full(n, 0.3)
    whole, violates = np.full(n, 100), random.random(n) < 0.2
    rates = audits.allocate_by_views(first, whole, budget=90.0)
    second = np.array([rates.rate(first=0.3, views=100)] * n)
    either = np.array([audits.either(one, other) for one, other in zip(first, second, strict=True)])
    biases = {}
    for cut in (1.0, 0.1):
        by_first, by_second = random.random((seasons, n)) < first, random.random((seasons, n)) < second
        views = np.where(by_first & violates, whole * cut, whole)
        sums = (views * violates * (by_first | by_second) / either).sum(axis=1)
        biases[cut] = float((sums / (views * violates).sum(axis=1)).mean() - 1)
    assert abs(biases[1.0]) < 0.01
    assert biases[0.1] < -0.1
