"""Tests of what waits, how fast it goes, and what a number of posts a day would need."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation import labels
from annotation.models import Lane, Purpose
from moderation import costs, decisions
from moderation.measurement.periods import Period
from moderation.models import DailyCost, DailyOutput, PolicyMode, QueueSample, Resource, ScreeningEffort
from moderation.queues import capacity
from moderation.queues import samples as queue_samples
from moderation.queues.staffing import Wish
from tests.moderation.builders import NOW, World, answer, claim, later, person, question_of, screened, world

pytestmark = pytest.mark.django_db
TODAY = Period.of_days(NOW.date(), NOW.date())


@pytest.fixture
def place() -> World:
    return world(mode=PolicyMode.MANUAL, looks_per_day=60)


def sample(place: World, *, minutes: float = 0) -> bool:
    return queue_samples.write(place.project, now=later(minutes=minutes))


def test_a_sample_says_what_waits_in_each_lane_and_for_how_long(place: World) -> None:
    first, _ = screened(place), screened(place)
    assert sample(place, minutes=25 * 60)
    (lane,) = QueueSample.objects.get().lanes
    assert (lane["desk"], lane["lane"], lane["waiting"]) == ("review", Lane.NORMAL, 2)
    assert (lane["overdue"], lane["oldest_seconds"]) == (2, 25 * 3600)
    answer(person(place.project), question_of(first))
    sample(place, minutes=25 * 60 + 5)
    assert QueueSample.objects.latest("at").lanes[0]["waiting"] == 1


def test_five_minutes_have_one_sample(place: World) -> None:
    assert [sample(place, minutes=minutes) for minutes in (0, 3, 5)] == [True, False, True]
    assert QueueSample.objects.count() == 2


def test_the_first_sample_of_an_hour_counts_the_hour_before(place: World) -> None:
    made, _ = screened(place), screened(place)
    answer(person(place.project), question_of(made))
    for minutes in (7, 67, 72, 130):
        sample(place, minutes=minutes)
    flows = list(QueueSample.objects.order_by("at").values_list("flows", flat=True))
    nothing = dict.fromkeys(("received", "screened", "opened", "finished", "answered"), 0)
    assert flows == [
        nothing,
        {"received": 2, "screened": 2, "opened": 2, "finished": 1, "answered": 1},
        None,
        nothing,
    ]


def test_old_samples_are_thinned_to_one_an_hour(place: World) -> None:
    for minutes in range(0, 120, 10):
        sample(place, minutes=minutes)
    queue_samples.write_all([place.project], now=later(days=2))
    assert QueueSample.objects.count() == 13
    queue_samples.write_all([place.project], now=later(days=4))
    assert list(QueueSample.objects.order_by("at").values_list("at", flat=True))[:2] == [NOW, later(hours=1)]
    assert QueueSample.objects.count() == 4


def test_a_period_shows_what_waited_and_how_fast_it_went(place: World) -> None:
    screened(place)
    for minutes in (2, 30, 62):
        sample(place, minutes=minutes)
    found = capacity.queues(place.project, TODAY, now=later(hours=2))
    assert [one.at for one in found.samples] == [NOW, later(minutes=30), later(minutes=60)]
    assert [(one.at, one.received, one.opened) for one in found.flows][-1] == (NOW, 1, 1)
    assert [one["waiting"] for one in found.now] == [1]


def test_long_periods_read_few_samples(place: World) -> None:
    QueueSample.objects.bulk_create(
        QueueSample(
            project=place.project, at=NOW - timedelta(hours=n), lanes=[], posts_waiting=0, flows={"received": 1}
        )
        for n in range(24 * 60)
    )
    long = Period(NOW - timedelta(days=400), NOW + timedelta(days=1))
    found = capacity.queues(place.project, long, now=NOW)
    assert len(found.samples) <= capacity.MOST_POINTS
    assert sum(one.received for one in found.flows) == 24 * 60
    assert not found.is_hourly


def test_a_worker_does_as_many_posts_as_it_did(place: World) -> None:
    for hours, milliseconds in ((0, 100_000), (1, 100_000)):
        ScreeningEffort.objects.create(
            project=place.project, hour=later(hours=hours), batches=10, posts=1000,
            milliseconds=milliseconds, cpu_milliseconds=1, gpu_milliseconds=0,
        )  # fmt: skip
    found = capacity.queues(place.project, TODAY, now=NOW).posts_an_hour
    assert (found.estimate, found.low, found.high) == pytest.approx((36_000, 36_000, 36_000))


def days(place: World, n: int) -> None:
    for ago in range(1, n + 1):
        day = NOW.date() - timedelta(days=ago)
        DailyOutput.objects.create(
            project=place.project, day=day, posts=1000, decisions=0, removals=0, machine_removals=0,
            complaint_removals=0, complaints=0,
        )  # fmt: skip
        DailyCost.objects.create(
            project=place.project, day=day, resource=Resource.MODERATOR, source=Purpose.REVIEW, quantity=500_000,
            low=500_000, high=500_000, squares=100 * 5000**2, rows=100, measured_rows=100,
        )  # fmt: skip


def test_a_plan_rests_on_what_people_did_and_on_the_budgets(place: World) -> None:
    days(place, 10)
    known = capacity.basis(place.project, now=NOW)
    assert known.posts_a_day == 1000
    found = capacity.plan(known, Wish(80_000, 8, 0.8))
    parts = {part.name: part for part in found.parts}
    assert parts["review"].looks.estimate == pytest.approx(8000)
    # 60 by score and a third of that by views; as long as a review, for nobody has timed an audit.
    assert (parts["audit"].looks.estimate, parts["audit"].seconds.estimate) == (80, 5)
    assert found.hours.estimate == pytest.approx((8000 + 80) * 5 / 3600)
    assert found.reviewers.estimate == 2


def test_without_work_nothing_is_planned(place: World) -> None:
    assert capacity.plan(capacity.basis(place.project, now=NOW), Wish(80_000, 8, 0.8)) is None


def test_a_day_of_real_work_makes_a_plan(place: World) -> None:
    for back in (2, 1):
        at = later(days=-back)
        made = screened(place, now=at)
        who = person(place.project)
        job = claim(who, question_of(made), now=at)
        decisions.answer(job.pk, person=who, token=job.lease_token, answer=labels.Answer((), seconds=0), now=at)
        costs.refresh(place.project, at.date(), now=NOW)
    found = capacity.plan(capacity.basis(place.project, now=NOW), Wish(7, 8, 0.8))
    assert found.parts[0].looks.estimate == pytest.approx(7)
    assert found.workers.estimate == 1


def test_a_page_reads_no_more_for_a_long_period_than_for_a_short_one(place: World) -> None:
    days(place, 20)
    counted = []
    for n in (2, 700):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            capacity.queues(place.project, Period.of_days(NOW.date() - timedelta(days=n), NOW.date()), now=NOW)
            capacity.basis(place.project, now=NOW)
        counted.append(len(queries))
    assert counted[0] == counted[1] <= 30
