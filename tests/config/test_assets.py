"""What `collectstatic` makes for production: every file that a page names is there, under a name of its content."""

import re
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command

_NAMED = re.compile(r"""{% static ['"]([^'"]+)['"] %}""")


def named_in_templates() -> set[str]:
    return {
        name for one in Path(settings.BASE_DIR, "templates").rglob("*.html") for name in _NAMED.findall(one.read_text())
    }


def test_every_file_that_pages_name_is_collected_under_a_name_of_its_content(tmp_path: Path, settings: Any) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "config.assets.Hashed"}}

    call_command("collectstatic", interactive=False, verbosity=0)

    named = named_in_templates()
    assert {"css/tokens.css", "vendor/tabler/js/tabler.min.js", "vendor/echarts/echarts.min.js"} <= named
    for name in named:
        address = staticfiles_storage.url(name)
        assert address == staticfiles_storage.url(name)
        assert re.fullmatch(r".*\.[0-9a-f]{12}\.\w+", address), name
        assert (tmp_path / address.removeprefix("/static/")).is_file(), name
    # What modules import they name without a hash.
    assert (tmp_path / "js/language.js").is_file()
    assert not (tmp_path / "vendor/tabler/libs").exists()
