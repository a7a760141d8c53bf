"""A run knows the code that executed it: by name in an image, by the checkout elsewhere."""

import subprocess
from collections.abc import Iterator

import pytest
from django.conf import settings
from pytest_django import Settings

from models_registry.training.provenance import code_commit


@pytest.fixture(autouse=True)
def _ask_anew() -> Iterator[None]:
    code_commit.cache_clear()
    yield
    code_commit.cache_clear()


def test_an_image_names_its_commit(settings: Settings) -> None:
    settings.CODE_COMMIT = "0123456789abcdef0123456789abcdef01234567"
    assert code_commit() == settings.CODE_COMMIT


def test_a_checkout_knows_its_own_commit() -> None:
    asked = subprocess.run(["git", "-C", settings.BASE_DIR, "rev-parse", "HEAD"], capture_output=True, text=True)
    assert asked.returncode == 0
    assert code_commit() == asked.stdout.strip()


def test_code_outside_a_repository_has_no_commit(settings: Settings, tmp_path: str) -> None:
    settings.BASE_DIR = tmp_path
    assert code_commit() == ""
