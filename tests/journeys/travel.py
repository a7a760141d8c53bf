"""This will let tests travel like clients and people do: over HTTP with a key, waiting for real workers."""

import time
from collections.abc import Callable
from typing import Any

import requests

from config.accounts.models import ApiKey, User

PATIENCE_SECONDS = 90


class Caller:
    """A program with an API key, at a live server."""

    def __init__(self, server: Any, token: str) -> None:
        self.base = f"{server.url}/api/v1/"
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Token {token}"

    def get(self, path: str) -> Any:
        found = self.session.get(self.base + path, timeout=30)
        assert found.ok, found.text
        return found.json()

    def send(self, path: str, body: Any) -> Any:
        found = self.session.post(self.base + path, json=body, timeout=30)
        assert found.ok, found.text
        return found.json()

    def post_photo(self, external_id: str, image: bytes) -> dict[str, Any]:
        said, files = {"external_id": external_id}, {"image": ("photo.jpg", image, "image/jpeg")}
        found = self.session.post(f"{self.base}posts/", data=said, files=files, timeout=30)
        assert found.status_code == 201, found.text
        return dict(found.json())


def caller_of(server: Any, user: User) -> Caller:
    return Caller(server, ApiKey.issue(name="journey", user=user)[1])


def eventually(is_so: Callable[[], bool], *, beat: Any, what: str) -> None:
    """Wait until it is so; meanwhile send ``beat``, a task, once a second, as the beat does."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < until, f"It never came true that {what}."
        beat.delay()
        for _ in range(10):
            if is_so():
                return
            time.sleep(0.1)
