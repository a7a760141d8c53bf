"""Tests of what moderation costs: what is counted on a day, at which price, and what that bought."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from django.db import transaction
from django.forms.models import model_to_dict

from annotation import labels
from annotation.models import Image, Label, Purpose
from config.accounts.models import Membership, Role, User
from models_registry.models import DatasetVersion, Run, RunStep
from moderation import complaints, costs, decisions, impressions
from moderation.costs import outputs, prevented, views_by_age
from moderation.impressions import Counted
from moderation.measurement.periods import Period
from moderation.models import (
    DailyCost,
    DailyOutput,
    DayLooks,
    PolicyMode,
    Post,
    Price,
    Resource,
    ScreeningEffort,
    ViewsByAge,
)
from moderation.statistics.intervals import Amount, exactly
from tests.moderation.builders import (
    DARK,
    NOW,
    World,
    answer,
    claim,
    later,
    person,
    photo,
    post,
    question_of,
    screened,
    world,
)

pytestmark = pytest.mark.django_db
DAY = NOW.date()
PERIOD = Period.of_days(DAY, DAY)


@pytest.fixture
def place() -> World:
    return world(mode=PolicyMode.MANUAL)


def price(place: World, resource: Resource, amount: str, *, day: date = DAY, currency: str = "USD") -> Price:
    return costs.add(
        place.project, resource=resource, amount=Decimal(amount), valid_from=day, currency=currency, now=NOW
    )


def price_all(place: World) -> None:
    for resource in Resource:
        price(place, resource, "36")


def look(
    place: World, made: Post, *classes: str, seconds: float | None, lasted: float = 90, who: User | None = None
) -> Label:
    """Answer the review of a post; ``lasted`` seconds after the claim."""
    who = who or person(place.project)
    job = claim(who, question_of(made))
    given = labels.Answer(classes=classes, seconds=seconds)
    at = NOW + timedelta(seconds=lasted)
    return decisions.answer(job.pk, person=who, token=job.lease_token, answer=given, now=at).accepted.label


def refresh(place: World, day: date = DAY) -> None:
    costs.refresh(place.project, day, now=later(days=40))


def used(place: World, resource: Resource, source: str, day: date = DAY) -> DailyCost:
    return DailyCost.objects.get(project=place.project, day=day, resource=resource, source=source)


# -- prices -----------------------------------------------------------------------------------------------------


def test_the_newest_price_that_holds_on_a_day_counts(place: World) -> None:
    price(place, Resource.CPU, "1", day=DAY)
    price(place, Resource.CPU, "2", day=DAY + timedelta(days=2))
    price(place, Resource.CPU, "3", day=DAY + timedelta(days=2))
    book = costs.book(place.project)
    assert book.on(Resource.CPU, DAY - timedelta(days=1)) is None
    assert [book.on(Resource.CPU, DAY + timedelta(days=n)).amount for n in (0, 1, 2, 9)] == [1, 1, 3, 3]
    assert book.on(Resource.GPU, DAY) is None


def test_prices_are_never_changed(place: World) -> None:
    one = price(place, Resource.CPU, "1")
    with pytest.raises(Exception, match="Cannot update"), transaction.atomic():
        Price.objects.filter(pk=one.pk).update(amount=2)


@pytest.mark.parametrize(
    ("amount", "currency", "day", "code"),
    [
        ("-1", "USD", DAY, "bad_amount"),
        ("NaN", "USD", DAY, "bad_amount"),
        ("1000000000", "USD", DAY, "bad_amount"),
        ("1", "dollars", DAY, "bad_currency"),
        ("1", "JPY", DAY, "other_currency"),
        ("1", "USD", date(1969, 12, 31), "bad_day"),
    ],
)
def test_what_cannot_be_a_price_is_refused(place: World, amount: str, currency: str, day: date, code: str) -> None:
    price(place, Resource.GPU, "1")
    with pytest.raises(costs.BadPrice) as refused:
        price(place, Resource.CPU, amount, day=day, currency=currency)
    assert refused.value.code == code
    assert Price.objects.count() == 1


# -- what a day used --------------------------------------------------------------------------------------------


def test_measured_seconds_count_as_they_are_and_others_are_estimated_and_told_apart(place: World) -> None:
    first, second, third = (screened(place) for _ in range(3))
    look(place, first, seconds=2.5)
    look(place, second, seconds=None, lasted=90)
    look(place, third, seconds=None, lasted=12)
    refresh(place)
    row = used(place, Resource.MODERATOR, Purpose.REVIEW)
    assert (row.rows, row.measured_rows) == (3, 1)
    assert (row.quantity, row.low, row.high) == (2500 + 60000 + 12000, 2500, 2500 + 90000 + 12000)
    assert row.squares == 2500**2


def test_a_look_costs_the_lowest_wage_of_the_persons_roles_at_that_desk(place: World) -> None:
    manager = person(place.project, Role.MANAGER)
    both = person(place.project, Role.MANAGER, Role.MODERATOR)
    gone = person(place.project, Role.MODERATOR)
    for who in (manager, both, gone):
        look(place, screened(place), seconds=1, who=who)
    Membership.objects.filter(user=gone).delete()
    refresh(place)
    assert used(place, Resource.MANAGER, Purpose.REVIEW).rows == 1
    assert used(place, Resource.MODERATOR, Purpose.REVIEW).rows == 2


def test_screening_writes_down_what_it_took(place: World) -> None:
    for _ in range(3):
        screened(place)
    effort = ScreeningEffort.objects.get(project=place.project)
    assert (effort.hour, effort.batches, effort.posts) == (NOW.replace(minute=0), 3, 3)
    assert effort.cpu_milliseconds > 0
    refresh(place)
    row = used(place, Resource.CPU, "screening")
    assert (row.quantity, row.rows, row.measured_rows) == (effort.cpu_milliseconds, 3, 3)
    assert not DailyCost.objects.filter(resource=Resource.GPU).exists()


def steps(place: World, *each: dict[str, Any]) -> None:
    dataset = DatasetVersion.objects.create(
        project=place.project, schema=place.schema, number=1, manifest="", checksum="1", counts={}, created_at=NOW
    )
    run = Run.objects.create(detector=place.detector, dataset=dataset, config={}, requested_at=NOW)
    for number, one in enumerate(each):
        RunStep.objects.create(run=run, name=f"step {number}", position=number, status="done", started_at=NOW, **one)


def test_training_counts_its_processors_and_where_nobody_measured_the_clock(place: World) -> None:
    steps(
        place,
        {"seconds": 10.0, "cpu_seconds": 35.0, "gpu_seconds": 10.0},
        {"seconds": 4.0},
        {"seconds": None},
    )
    refresh(place)
    cpu, gpu = used(place, Resource.CPU, "training"), used(place, Resource.GPU, "training")
    assert (cpu.quantity, cpu.low, cpu.high, cpu.rows, cpu.measured_rows) == (39000, 35000, 39000, 2, 1)
    assert (gpu.quantity, gpu.rows) == (10000, 1)


def test_images_count_on_every_day_that_they_are_kept(place: World) -> None:
    screened(place)
    refresh(place)
    image = Image.objects.get()
    first = used(place, Resource.STORAGE, "images")
    assert image.derived_bytes > 0
    assert (first.quantity, first.rows, first.measured_rows) == (image.size_bytes + image.derived_bytes, 1, 1)
    screened(place, now=later(days=3))
    for days in (1, 3):
        refresh(place, DAY + timedelta(days=days))
    kept = [used(place, Resource.STORAGE, "images", DAY + timedelta(days=days)) for days in (1, 3)]
    assert (kept[0].quantity, kept[0].rows, kept[1].rows) == (first.quantity, 1, 2)
    assert kept[1].quantity > first.quantity


def test_counting_again_and_from_scratch_give_the_same_rows(place: World) -> None:
    """Rows written day by day while things happened are those that are written when all is over."""
    days = [DAY + timedelta(days=n) for n in range(4)]

    def rows() -> list[Any]:
        found: list[Any] = []
        for model in (DailyCost, DailyOutput, ViewsByAge):
            found.append(sorted(str(model_to_dict(one, exclude=["id"])) for one in model.objects.all()))
        return found

    for number, day in enumerate(days):
        now = later(days=number)
        made = screened(place, now=now)
        look_at = person(place.project)
        job = claim(look_at, question_of(made), now=now)
        given = labels.Answer(classes=("bright",) if number % 2 else (), seconds=1.7)
        answered = decisions.answer(job.pk, person=look_at, token=job.lease_token, answer=given, now=now)
        impressions.report(place.client, [Counted(made.external_id, day, 10 + number)], now=now)
        costs.refresh(place.project, day, now=now)
        if number == 3:
            decisions.retract(answered.accepted.label.pk, person=look_at, now=now + timedelta(minutes=3))
        costs.refresh(place.project, day, now=now + timedelta(hours=1))
        costs.refresh(place.project, day, now=now + timedelta(days=1))
    before = rows()
    for model in (DailyCost, DailyOutput, ViewsByAge):
        model.objects.all().delete()
    for day in days:
        costs.refresh(place.project, day, now=later(days=9))
    assert rows() == before
    assert all(before)


def test_what_is_no_longer_there_leaves_no_row_behind(place: World) -> None:
    DailyCost.objects.create(
        project=place.project, day=DAY, resource=Resource.GPU, source="training",
        quantity=1, low=1, high=1, rows=1, measured_rows=1,
    )  # fmt: skip
    refresh(place)
    assert not DailyCost.objects.exists()


# -- what a day's work came to ----------------------------------------------------------------------------------


def test_removals_count_on_their_day_and_are_taken_off_when_put_back(place: World) -> None:
    made, other = screened(place), screened(place)
    who = person(place.project)
    label = look(place, made, "bright", seconds=1, who=who)
    look(place, other, seconds=1)
    day = outputs.refresh(place.project, DAY)
    assert (day.posts, day.decisions, day.removals, day.machine_removals) == (2, 2, 1, 0)
    decisions.retract(label.pk, person=who, now=NOW + timedelta(minutes=5))
    after = outputs.refresh(place.project, DAY)
    assert (after.decisions, after.removals) == (2, 0)
    assert sum(after.prevented["people"]) == pytest.approx(-3.5 / 60 / 12 + 0, abs=0.01)


def test_what_a_complaint_led_to_is_told_apart(place: World) -> None:
    made, at = screened(place), later(hours=6)
    look(place, made, seconds=1)
    complaints.submit(place.client, complaints.Said(made.external_id, "bright"), now=NOW)
    answer(person(place.project), question_of(made, Purpose.COMPLAINT), "bright", now=at)
    day = outputs.refresh(place.project, DAY)
    assert (day.removals, day.complaint_removals, day.complaints) == (1, 1, 1)
    assert day.prevented["complaints"][:2] == [0.5, 1.0]


@pytest.mark.parametrize(
    ("hours", "age", "left"),
    [(0, 0, 1.0), (3, 0, 0.75), (12, 1, 1.0), (18, 1, 0.75), (12 + 24 * 40, 99, 0.0)],
)
def test_a_removal_spares_the_rest_of_its_day_and_all_days_after(hours: int, age: int, left: float) -> None:
    days = outputs.days_left(NOW, at=NOW + timedelta(hours=hours))
    assert days[:age] == [0.0] * min(age, len(days))
    if age < len(days):
        assert days[age] == pytest.approx(left)
        assert days[age + 1 :] == [1.0] * (len(days) - age - 1)


# -- views ------------------------------------------------------------------------------------------------------


def test_views_by_age_are_of_posts_that_are_still_up(place: World) -> None:
    up, removed = screened(place), screened(place)
    look(place, removed, "bright", seconds=1)
    day = DAY + timedelta(days=1)
    counted = [
        Counted(one.external_id, on, views) for one, on, views in ((up, DAY, 9), (up, day, 4), (removed, day, 50))
    ]
    impressions.report(place.client, counted, now=later(days=2))
    refresh(place)
    refresh(place, day)
    rows = list(ViewsByAge.objects.order_by("age").values_list("posted_on", "age", "posts", "views"))
    assert rows == [(DAY, 0, 1, 9), (DAY, 1, 1, 4)]


def test_a_day_that_is_not_over_has_no_views_yet(place: World) -> None:
    impressions.report(place.client, [Counted(screened(place).external_id, DAY, 9)], now=NOW)
    costs.refresh(place.project, DAY, now=NOW)
    assert not ViewsByAge.objects.exists()


def test_prevented_views_are_the_mean_views_of_the_days_that_were_spared() -> None:
    posts, seen = np.array([[10.0, 10, 0], [30, 30, 0]]), np.array([[100.0, 20, 0], [300, 60, 0]])
    found = prevented.views([0.5, 2.0, 7.0], posts=posts, seen=seen)
    assert found is not None
    # Both cohorts are seen alike, so nothing is uncertain; an age at which nothing was seen adds nothing.
    assert (found.estimate, found.low, found.high) == pytest.approx((0.5 * 10 + 2 * 2,) * 3)


def test_prevented_views_are_unknown_from_a_single_cohort() -> None:
    assert prevented.views([1.0], posts=np.ones((1, 1)), seen=np.ones((1, 1))) is None


def test_the_interval_of_prevented_views_holds_as_often_as_it_says() -> None:
    """Posts differ a hundredfold in how often they are seen, and days differ, too."""
    rng = np.random.default_rng(20)
    spared, curve = np.array([3.0, 5.0, 5.0, 5.0]), np.array([40.0, 20, 8, 2])
    held, n = 0, 400
    for _ in range(n):
        day = rng.gamma(20, 1 / 20, (28, 1, 1))
        popular = rng.lognormal(-0.5, 1.0, (28, 60, 1))
        views = rng.poisson(day * popular * curve)  # [28, 60, 4]
        posts = np.full((28, 4), 60.0)
        found = prevented.views(spared, posts=posts, seen=views.sum(axis=1).astype(float))
        held += found.low <= float((spared * curve).sum()) <= found.high
    assert 0.92 <= held / n <= 0.98


def test_the_machines_removals_prevent_as_much_as_takedown_precision_says() -> None:
    people, machine = exactly(100.0), exactly(200.0)
    found = prevented.with_machine(people, machine, precision=Amount(0.8, 0.7, 0.9))
    assert (found.estimate, found.low, found.high) == pytest.approx((260, 240, 280))
    unknown = prevented.with_machine(people, machine, precision=Amount(float("nan"), 0.0, 1.0))
    assert np.isnan(unknown.estimate)
    assert (unknown.low, unknown.high) == (100, 300)


# -- a period ---------------------------------------------------------------------------------------------------


def test_a_period_is_priced_day_by_day(place: World) -> None:
    price(place, Resource.MODERATOR, "36")
    price(place, Resource.MODERATOR, "72", day=DAY + timedelta(days=1))
    for source, day, seconds in (("review", 0, 100), ("review", 1, 100), ("audit", 1, 50)):
        row(place, Resource.MODERATOR, source, seconds * 1000, days=day)
    output(place, posts=2000)
    both = Period.of_days(DAY, DAY + timedelta(days=1))
    found = costs.of_period(place.project, both)
    assert {line.source: line.cost.amount.estimate for line in found.lines} == pytest.approx({"review": 3, "audit": 1})
    assert found.total.amount.estimate == pytest.approx(4)
    days, amounts = costs.by_day(place.project, both, book=found.book)
    assert (days, amounts) == ([DAY, DAY + timedelta(days=1)], {"moderator": pytest.approx([1, 3])})
    assert found.currency == "USD"
    assert found.per_thousand_posts.estimate == pytest.approx(2)
    assert costs.interval(place.project, both, book=found.book) == found.per_thousand_posts


def row(place: World, resource: Resource, source: str, quantity: int, *, days: int = 0, **more: Any) -> DailyCost:
    facts = {"quantity": quantity, "low": quantity, "high": quantity, "rows": 1, "measured_rows": 1, **more}
    return DailyCost.objects.create(
        project=place.project, day=DAY + timedelta(days=days), resource=resource, source=source, **facts
    )


def output(place: World, *, days: int = 0, **facts: Any) -> DailyOutput:
    plain = {"posts": 0, "decisions": 0, "removals": 0, "machine_removals": 0, "complaint_removals": 0, "complaints": 0}
    return DailyOutput.objects.create(project=place.project, day=DAY + timedelta(days=days), **plain | facts)


def test_what_has_no_price_is_missing_and_not_nothing(place: World) -> None:
    price(place, Resource.MODERATOR, "36")
    row(place, Resource.MODERATOR, "review", 100_000)
    row(place, Resource.CPU, "training", 100_000)
    output(place, posts=1000)
    found = costs.of_period(place.project, PERIOD)
    cpu = next(line for line in found.lines if line.resource == Resource.CPU)
    assert (cpu.price, cpu.cost.is_complete, found.total.is_complete) == (None, False, False)
    assert costs.by_day(place.project, PERIOD, book=found.book)[1]["cpu"] == [None]
    interval = costs.interval(place.project, PERIOD, book=costs.book(place.project))
    assert (interval.estimate, interval.low, interval.high, interval.enough) == (None, pytest.approx(1), None, False)
    assert found.per_thousand_posts == interval


def test_a_project_without_anything_costs_nothing_that_is_known(place: World) -> None:
    found = costs.of_period(place.project, PERIOD)
    assert (found.lines, found.per_thousand_posts.estimate, found.per_thousand_posts.enough) == ([], None, False)
    assert found.per_prevented_view.low is None


def test_the_cost_of_a_thousand_posts_has_the_bounds_of_what_was_estimated(place: World) -> None:
    price_all(place)
    row(place, Resource.MODERATOR, "review", 100_000, low=50_000, high=200_000, rows=4, measured_rows=2)
    row(place, Resource.STORAGE, "images", 0)
    output(place, posts=500)
    found = costs.interval(place.project, PERIOD, book=costs.book(place.project))
    assert (found.estimate, found.low, found.high) == pytest.approx((2, 1, 4))
    assert found.enough


def removed(place: World, *, people: int, machine: int, looks: int = 0, violating: int = 0) -> None:
    spared = {"people": [0.0] + [float(people)] * 28, "machine": [0.0] + [float(machine)] * 28}
    output(
        place, posts=1000, decisions=people + machine, removals=people, machine_removals=machine,
        prevented=spared | {"complaints": [0.0] * 29},
    )  # fmt: skip
    if looks:
        DayLooks.objects.create(
            project=place.project, day=DAY, part="all", value="", side="removed", stratum="removed", probability=0.1,
            posts=machine, score_sum=0, drawn=looks, answered=looks, found=violating, lost=0,
        )  # fmt: skip


def test_violations_removed_are_those_of_people_and_the_machines_times_takedown_precision(place: World) -> None:
    price_all(place)
    row(place, Resource.MODERATOR, "review", 100_000)
    removed(place, people=10, machine=100, looks=50, violating=40)
    found = costs.of_period(place.project, PERIOD)
    assert found.achieved.violations.estimate == pytest.approx(10 + 80)
    assert found.per_violation.estimate == pytest.approx(1 / 90)
    assert found.per_violation.low < found.per_violation.estimate < found.per_violation.high
    assert found.per_decision.estimate == pytest.approx(1 / 110)


def test_without_second_looks_nobody_knows_what_the_machines_removals_were(place: World) -> None:
    price_all(place)
    row(place, Resource.MODERATOR, "review", 100_000)
    removed(place, people=10, machine=100)
    found = costs.of_period(place.project, PERIOD).per_violation
    assert (found.estimate, found.enough) == (None, False)
    assert (found.low, found.high) == pytest.approx((1 / 110, 1 / 10))


def cohort(place: World, *, days_ago: int, views: int) -> None:
    on = DAY - timedelta(days=days_ago)
    ViewsByAge.objects.bulk_create(
        ViewsByAge(project=place.project, posted_on=on, age=age, posts=100, views=views if age else 500)
        for age in range(days_ago + 1)
        if age < views_by_age.AGES
    )


def test_a_prevented_view_costs_what_the_curve_of_posts_left_up_says(place: World) -> None:
    price_all(place)
    row(place, Resource.MODERATOR, "review", 1_000_000)
    removed(place, people=10, machine=0)
    for days_ago, views in ((40, 90), (35, 100), (30, 110)):
        cohort(place, days_ago=days_ago, views=views)
    found = costs.of_period(place.project, PERIOD)
    assert found.achieved.prevented.estimate == pytest.approx(10 * 28 * 1.0)
    assert found.per_prevented_view.estimate == pytest.approx(10 / 280)
    assert found.per_prevented_view.low < 10 / 280 < found.per_prevented_view.high


def test_two_other_ways_are_priced_beside_it(place: World) -> None:
    price_all(place)
    row(place, Resource.MODERATOR, "review", 40_000, rows=10, measured_rows=10, squares=10 * 4000**2)
    row(place, Resource.MODERATOR, "complaint", 10_000, rows=2, measured_rows=2)
    row(place, Resource.CPU, "training", 500_000)
    removed(place, people=10, machine=0)
    now, everything, only = costs.of_period(place.project, PERIOD).baselines
    assert now.people.amount.estimate == pytest.approx(0.5)
    assert now.machines.amount.estimate == pytest.approx(5)
    # A thousand posts at four seconds each, and nothing computed.
    assert everything.people.amount.estimate == pytest.approx(40)
    assert (everything.looks, everything.hours.estimate) == (1000, pytest.approx(4000 / 3600))
    assert everything.machines.amount.estimate == 0
    assert (only.people.amount.estimate, only.looks) == (pytest.approx(0.1), 2)


def test_without_a_wage_looking_at_everything_has_no_price(place: World) -> None:
    row(place, Resource.MODERATOR, "review", 40_000)
    removed(place, people=1, machine=0)
    everything = costs.of_period(place.project, PERIOD).baselines[1]
    assert not everything.total.is_complete


def test_a_project_sees_nothing_of_another(place: World) -> None:
    elsewhere = world()
    price_all(elsewhere)
    row(elsewhere, Resource.MODERATOR, "review", 40_000)
    output(elsewhere, posts=10)
    found = costs.of_period(place.project, PERIOD)
    assert (found.lines, found.achieved.posts, found.currency) == ([], 0, "")


def test_the_days_of_a_period_are_of_utc(place: World) -> None:
    late = datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC)
    post(place, photo(DARK), now=late)
    post(place, photo(DARK), now=late + timedelta(seconds=1))
    assert outputs.refresh(place.project, DAY).posts == 1
