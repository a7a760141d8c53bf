"""This will read a desk the way a person does."""

from typing import Any

from playwright.sync_api import expect

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


def chosen(page: Any) -> list[str]:
    return page.eval_on_selector_all("#classes [aria-pressed=true]", "all => all.map(one => one.dataset.class)")


def told(page: Any) -> str:
    """Wait for something to be told, and return it."""
    page.wait_for_selector("#notices p")
    return page.inner_text("#notices")
