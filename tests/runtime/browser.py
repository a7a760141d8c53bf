"""This will find a Chromium and drive it without a screen."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# The same engine without a window around it, which opens a page in a third of the processor time.
SHELL = "chromium-headless-shell"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def is_ci() -> bool:
    return os.environ.get("CI", "").lower() in {"1", "true"}


def find_chromium(*preferred: str) -> str | None:
    """Return the path of a Chromium: from the PATH, else the one that playwright has installed."""
    for name in (*preferred, *NAMES):
        if found := shutil.which(name):
            return found
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


@contextlib.contextmanager
def launch(executable: str) -> Iterator[object]:
    """Yield playwright's Browser, headless."""
    from playwright.sync_api import sync_playwright

    # Playwright's synchronous interface runs an event loop in this thread, and Django would then refuse the
    # ORM.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, headless=True, args=list(FLAGS))
        yield browser
        browser.close()
