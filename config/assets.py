"""This will say which files pages may load, and give them their addresses.

Each address is made once, for a page has thirty and they never change.
"""

from typing import Any

from django.contrib.staticfiles.apps import StaticFilesConfig
from django.contrib.staticfiles.storage import StaticFilesStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage


class Files(StaticFilesConfig):
    """Django's, which leaves out what packages bring along and no page loads: 70 MB, some of it naming files that are
    not there."""

    ignore_patterns = [
        *StaticFilesConfig.ignore_patterns,
        *("libs", "types", "extension", "package.json", "*.rtl.*", "tabler-*", "*.esm.*", "tabler.css*", "tabler.js*"),
        *("echarts.common.*", "echarts.simple.*", "echarts.js*"),
    ]


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
