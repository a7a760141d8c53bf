"""What the page of a really trained version shows of its evaluation, and whom it spares what."""

from typing import Any

from django.utils import timezone

from config.accounts import preferences
from config.accounts.models import Role
from config.embedded.processes import wait_until
from tests.browser import trained
from tests.browser.house import House


def test_a_trained_version_shows_its_slices_its_worst_errors_and_its_speed(house: House, sign_in: Any) -> None:
    version = trained.train(house, images=160)
    preferences.change(house.people[Role.ENGINEER], {"wellness": {"blur": "always"}}, now=timezone.now())
    page = sign_in("engineer", f"/models/versions/{version.pk}/")
    page.wait_for_selector("#curve canvas")
    assert page.is_visible("text=Slices, the worst first")
    assert page.is_visible("text=Brightness")
    assert page.is_visible("text=images per second")
    errors = version.report["errors"]
    assert page.locator(".errors .card-post").count() == len(errors["missed"]) + len(errors["wrong"]) > 0
    first = page.locator(".errors img").first
    first.scroll_into_view_if_needed()
    assert wait_until(lambda: bool(first.evaluate("one => one.naturalWidth > 0")), seconds=60)
    assert page.locator(".errors .relief-blur").count() == page.locator(".errors .card-post").count()
