"""What an engineer sees when photos change: an alert on every page, what changed, and the schedule behind it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from annotation.models import Image
from config import beat
from config.accounts.models import User
from config.schedule import outcomes, rows
from models_registry.models import ModelVersion
from moderation.watch import again, alerting, references
from tests.browser import house as building
from tests.browser.house import House
from tests.moderation.watched_worlds import replayed, watched


@pytest.fixture
def changed(house: House) -> ModelVersion:
    """A version whose photos became darker three days ago, and that is served otherwise since yesterday."""
    version, now = building.train(house), timezone.now()
    building.post(house, "A cat at night", "A dog", "A horse", "An owl")
    today = now.astimezone(UTC).date()
    for back in range(40, 0, -1):
        watched(version, today - timedelta(days=back), mean=0.32 if back <= 3 else 0.5, posts=400)
    pictures = Image.objects.filter(project=house.project).order_by("id")
    apart = [
        {"image": one.pk, "key": "gruesome", "served": 0.12, "again": 0.4 + 0.1 * n} for n, one in enumerate(pictures)
    ]
    for back in range(40, 0, -1):
        worst = tuple(apart) if back == 1 else ()
        replayed(version, today - timedelta(days=back), now=now, shift=0.9 if back <= 2 else 0.0, worst=worst)
    _look(version, now=now)
    return version


def _look(version: ModelVersion, *, now: datetime) -> None:
    references.fix(version, today=now.astimezone(UTC).date(), now=now)
    again.catch_up(version.detector.project, now=now)
    alerting.raise_all(version.detector.project, now=now)


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
