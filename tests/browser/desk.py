"""This will read a desk the way a person does."""

from typing import Any

from django.utils import timezone
from playwright.sync_api import expect

from annotation.models import Job, JobStatus

# A busy machine is slow, not wrong.
expect.set_options(timeout=30_000)


def ready(page: Any) -> Any:
    """Wait until an image is painted and can be answered."""
    page.wait_for_selector("#desk[data-state=ready] #picture img")
    return page


def showing(page: Any) -> str:
    return ready(page).inner_text("#title")


def saved(page: Any) -> None:
    """Wait until the last answer is stored."""
    page.wait_for_selector("#last[data-state=saved]")


def shows(page: Any, title: str) -> None:
    """Wait until the job of this title is there to be answered."""
    expect(page.locator("#title")).to_have_text(title)
    ready(page)


def shows_another(page: Any, title: str) -> None:
    """Wait until any other job is there to be answered."""
    expect(page.locator("#title")).not_to_have_text(title)
    ready(page)


def answered(page: Any, count: int) -> None:
    """Wait until so many answers are stored since the page was opened."""
    expect(page.locator("#count")).to_contain_text(f"{count} answered")


def chosen(page: Any) -> list[str]:
    return page.eval_on_selector_all("#classes [aria-pressed=true]", "all => all.map(one => one.dataset.class)")


def told(page: Any) -> str:
    """Wait for something to be told, and return it."""
    page.wait_for_selector("#notices p")
    return page.inner_text("#notices")


def grid(page: Any) -> Any:
    """Wait until a page of images is painted and can be answered."""
    page.wait_for_selector("#desk[data-mode=grid][data-state=ready] #grid [data-tile]")
    return page


def focused(page: Any) -> str:
    """Return the title of the tile in focus."""
    return page.inner_text("#title")


def tiles(page: Any, state: str) -> int:
    return page.locator(f"#grid [data-state={state}]").count()


def lose_leases(**which: Any) -> None:
    """Let the time of leases run out."""
    Job.objects.filter(status=JobStatus.LEASED, **which).update(lease_until=timezone.now())
