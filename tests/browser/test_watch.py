"""What an engineer sees when photos change: an alert on every page, what changed, and the schedule behind it."""

from typing import Any

import pytest
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from config import beat
from config.accounts.models import User
from config.schedule import outcomes, rows
from models_registry.models import ModelVersion
from tests.browser import watching
from tests.browser.house import House


@pytest.fixture
def changed(house: House) -> ModelVersion:
    return watching.changed(house)


def test_an_engineer_sees_what_changed_and_acknowledges_it(house: House, changed: ModelVersion, sign_in: Any) -> None:
    page = sign_in("engineer", "/posts/")
    page.wait_for_selector(".alert-bar >> text=Brightness")
    page.click(".alert-bar >> text=See what was seen >> nth=0")
    page.wait_for_selector("h1 >> text=Watch")
    assert page.inner_text("[data-quantity=brightness] .badge-state") == "Changed"
    assert page.inner_text("[data-quantity=size] .badge-state") == "As in the reference"
    assert page.inner_text("[data-quantity=embedding] .badge-state") == "Changed"
    assert page.locator(".watch-pictures li").count() == 4
    while page.locator(".alert-bar").count():
        page.click(".alert-bar >> text=Acknowledge >> nth=0")
        page.wait_for_load_state()
    assert "/models/watch/" in page.url


def test_all_that_is_scheduled_stands_in_one_place(house: House, sign_in: Any) -> None:
    rows.synchronize(beat.SCHEDULE)
    outcomes.keep("moderation.tasks.measure", seconds=0.8, is_ok=False, told="OperationalError: the disk is full")
    User.objects.filter(username="admin").update(is_superuser=True)
    page = sign_in("admin", "/schedule/")
    assert page.locator("tbody tr").count() == len(beat.SCHEDULE)
    assert "the disk is full" in page.inner_text("tbody tr >> nth=0")
    edit = page.get_attribute("tr[data-task='measure today'] a", "href")
    assert edit.startswith("/admin/django_celery_beat/periodictask/")


def test_a_task_is_edited_in_the_admin_which_says_in_words_when_it_runs(
    house: House, sign_in: Any, live_server: Any
) -> None:
    rows.synchronize(beat.SCHEDULE)
    User.objects.filter(username="admin").update(is_superuser=True, is_staff=True)
    nightly = PeriodicTask.objects.filter(crontab__isnull=False).first()
    at_noon = CrontabSchedule.objects.create(hour="12", minute="0")
    page = sign_in("admin")
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.goto(f"{live_server.url}/admin/django_celery_beat/periodictask/{nightly.pk}/change/")
    page.select_option("#id_crontab", str(at_noon.pk))
    assert page.inner_text(".field-crontab > .help[role=status]") == at_noon.human_readable
    assert not page.is_visible(".field-crontab_translation")
    page.click("[name=_save]")
    page.wait_for_url("**/admin/django_celery_beat/periodictask/")
    nightly.refresh_from_db()
    assert nightly.crontab == at_noon
    assert complaints == []
