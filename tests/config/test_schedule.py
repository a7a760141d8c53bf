"""What is done by the clock: rows that admins edit, releases that leave edits alone, and how each task went."""

from typing import Any

import pytest
from celery.schedules import crontab
from django.conf import settings
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from config import beat
from config.accounts.models import Role
from config.celery import app
from config.models import ShippedTime, TaskOutcome
from config.schedule import outcomes, rows, showing, wording
from config.schedule.scheduler import Scheduler
from tests.moderation.builders import person, world

pytestmark = pytest.mark.django_db
SHIPPED = {
    "sweep": {"task": "moderation.tasks.screen", "schedule": 5.0, "options": {"expires": 5}},
    "plan": {"task": "moderation.tasks.plan_audits", "schedule": crontab(hour=0, minute=5)},
}


def row(name: str) -> PeriodicTask:
    return PeriodicTask.objects.select_related("interval", "crontab").get(name=name)


def edit(name: str, seconds: int) -> None:
    """Do what an admin does: choose another interval."""
    chosen, _ = IntervalSchedule.objects.get_or_create(every=seconds, period=IntervalSchedule.SECONDS)
    one = row(name)
    one.interval, one.crontab = chosen, None
    one.save()


def test_all_that_we_ship_becomes_rows_and_doing_it_again_changes_nothing() -> None:
    rows.synchronize(beat.SCHEDULE)
    found = PeriodicTask.objects.in_bulk(field_name="name")
    assert set(found) == set(beat.SCHEDULE)
    before = dict(PeriodicTask.objects.values_list("name", "date_changed"))
    rows.synchronize(beat.SCHEDULE)
    assert dict(PeriodicTask.objects.values_list("name", "date_changed")) == before


def test_every_row_is_done_when_we_say_and_has_a_sentence() -> None:
    rows.synchronize(beat.SCHEDULE)
    for one in PeriodicTask.objects.select_related("interval", "crontab"):
        assert rows.row_times(one) == rows.shipped_times(beat.SCHEDULE[one.name]["schedule"])
        assert one.name in wording.SENTENCES
        assert wording.when(one)


def test_the_beat_starts_with_our_rows_and_nothing_else() -> None:
    Scheduler(app=app, lazy=True).setup_schedule()
    assert set(PeriodicTask.objects.values_list("name", flat=True)) == set(beat.SCHEDULE)
    assert settings.CELERY_BEAT_SCHEDULER == "config.schedule.scheduler:Scheduler"


def test_an_edited_time_survives_a_start_and_a_release_that_ships_another() -> None:
    rows.synchronize(SHIPPED)
    edit("sweep", 60)
    rows.synchronize(SHIPPED)
    assert rows.row_times(row("sweep")) == "every 60 s"
    rows.synchronize(SHIPPED | {"sweep": {**SHIPPED["sweep"], "schedule": 10.0}})
    assert rows.row_times(row("sweep")) == "every 60 s"


def test_a_time_that_nobody_edited_follows_the_release() -> None:
    rows.synchronize(SHIPPED)
    rows.synchronize(SHIPPED | {"sweep": {**SHIPPED["sweep"], "schedule": 10.0}})
    assert rows.row_times(row("sweep")) == "every 10 s"
    rows.synchronize(SHIPPED | {"plan": {**SHIPPED["plan"], "schedule": crontab(minute=30)}})
    assert rows.row_times(row("plan")) == "cron 30 * * * *"


def test_an_interval_can_become_a_time_of_day() -> None:
    rows.synchronize(SHIPPED)
    rows.synchronize(SHIPPED | {"sweep": {**SHIPPED["sweep"], "schedule": crontab(hour=3, minute=0)}})
    assert row("sweep").interval is None
    assert rows.row_times(row("sweep")) == "cron 0 3 * * *"


def test_what_was_disabled_stays_disabled() -> None:
    rows.synchronize(SHIPPED)
    PeriodicTask.objects.filter(name="sweep").update(enabled=False)
    rows.synchronize(SHIPPED | {"sweep": {**SHIPPED["sweep"], "schedule": 10.0}})
    assert row("sweep").enabled is False


def test_another_task_under_the_name_is_taken_over_whatever_its_time() -> None:
    rows.synchronize(SHIPPED)
    edit("sweep", 60)
    rows.synchronize(SHIPPED | {"sweep": {**SHIPPED["sweep"], "task": "moderation.tasks.sweep"}})
    assert row("sweep").task == "moderation.tasks.sweep"
    assert rows.row_times(row("sweep")) == "every 60 s"


def test_what_is_no_longer_shipped_goes_and_what_an_admin_added_stays() -> None:
    rows.synchronize(SHIPPED)
    every, _ = CrontabSchedule.objects.get_or_create(minute="0", hour="4")
    PeriodicTask.objects.create(name="our own", task="moderation.tasks.measure", crontab=every)
    rows.synchronize({"sweep": SHIPPED["sweep"]})
    assert set(PeriodicTask.objects.values_list("name", flat=True)) == {"sweep", "our own"}
    assert set(ShippedTime.objects.values_list("name", flat=True)) == {"sweep"}


def test_rows_of_before_there_was_this_record_are_left_as_they_are() -> None:
    edited, _ = IntervalSchedule.objects.get_or_create(every=60, period=IntervalSchedule.SECONDS)
    PeriodicTask.objects.create(name="sweep", task="moderation.tasks.screen", interval=edited)
    rows.synchronize(SHIPPED)
    assert rows.row_times(row("sweep")) == "every 60 s"
    assert row("sweep").expire_seconds == 5


def test_how_a_task_went_is_written_down() -> None:
    @app.task(name="tests.doubles")
    def doubles(n: int) -> int:
        return 2 * n

    doubles.apply(args=[21])
    found = TaskOutcome.objects.get(task="tests.doubles")
    assert (found.is_ok, found.told) == (True, "42")
    assert found.seconds >= 0


def test_a_task_that_fails_leaves_its_reason() -> None:
    @app.task(name="tests.fails")
    def fails() -> None:
        raise ValueError("The river is too high.")

    fails.apply()
    found = TaskOutcome.objects.get(task="tests.fails")
    assert (found.is_ok, found.told) == (False, "ValueError: The river is too high.")


def test_only_the_last_outcomes_are_kept_and_successes_push_out_no_failure() -> None:
    outcomes.keep("a.task", seconds=1, is_ok=False, told="ValueError")
    for number in range(outcomes.KEPT + 5):
        outcomes.keep("a.task", seconds=1, is_ok=True, told=str(number))
    kept = TaskOutcome.objects.filter(task="a.task")
    assert kept.filter(is_ok=True).count() == outcomes.KEPT
    assert kept.filter(is_ok=True).order_by("id").first().told == "5"  # type: ignore[union-attr]
    assert kept.filter(is_ok=False).count() == 1


def test_a_database_that_is_away_costs_the_row_and_not_the_task(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(**_: Any) -> None:
        raise OperationalError("The server closed the connection.")

    monkeypatch.setattr(TaskOutcome.objects, "create", away)
    outcomes.keep("a.task", seconds=1, is_ok=True, told="")


def test_what_failed_stands_first_and_what_was_disabled_has_no_next_time() -> None:
    rows.synchronize(SHIPPED)
    outcomes.keep("moderation.tasks.screen", seconds=0.5, is_ok=False, told="ValueError: no")
    PeriodicTask.objects.filter(name="plan").update(enabled=False)
    first, second = showing.everything(now=timezone.now())
    assert (first.row.name, first.state) == ("sweep", "failed")
    assert first.next_at is not None
    assert (second.row.name, second.state, second.next_at) == ("plan", "disabled", None)


def test_a_task_that_failed_once_and_then_went_well_shows_both() -> None:
    rows.synchronize({"sweep": SHIPPED["sweep"]})
    outcomes.keep("moderation.tasks.screen", seconds=0.5, is_ok=False, told="ValueError: no")
    outcomes.keep("moderation.tasks.screen", seconds=0.1, is_ok=True, told="7")
    (one,) = showing.everything(now=timezone.now())
    assert one.state == "fine"
    assert one.last is not None
    assert one.last.told == "7"
    assert one.failure is not None


def test_the_page_lists_everything_and_only_staff_may_edit(client: Client) -> None:
    rows.synchronize(beat.SCHEDULE)
    outcomes.keep("moderation.tasks.screen", seconds=0.5, is_ok=True, told="7")
    place = world()
    engineer = person(place.project, Role.ENGINEER)
    client.force_login(engineer)
    said = client.get("/schedule/").content.decode()
    assert all(name in said for name in beat.SCHEDULE)
    assert "/admin/" not in said
    engineer.is_staff = engineer.is_superuser = True
    engineer.save()
    assert "/admin/django_celery_beat/periodictask/" in client.get("/schedule/").content.decode()
