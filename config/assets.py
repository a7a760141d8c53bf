"""This will give the files of pages their addresses: each is made once, for a page has thirty and they never change."""

from typing import Any

from django.contrib.staticfiles.storage import StaticFilesStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage


class _Once(StaticFilesStorage):
    """Remembers addresses for as long as the process lives; templates name the files, so there are few."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._urls: dict[str | None, str] = {}

    def url(self, name: str | None, *args: Any, **kwargs: Any) -> str:
        found = self._urls.get(name)
        if found is None:
            found = self._urls[name] = super().url(name, *args, **kwargs)
        return found


class Plain(_Once):
    """Files under their own names, for development."""


class Hashed(_Once, CompressedManifestStaticFilesStorage):
    """Files named by what is in them, compressed and cached for good."""
