"""This will give tests of moderation a served model version without training one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from models_registry import serving
from tests.moderation import networks


@pytest.fixture(scope="session")
def white_is_bright(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An exported network: white photos get .99 for ``bright``, dark ones .01."""
    return networks.white_is_bright(tmp_path_factory.mktemp("networks"))


@pytest.fixture(scope="session")
def all_is_fine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An exported network that finds nothing anywhere."""
    return networks.all_is_fine(tmp_path_factory.mktemp("networks"))


@pytest.fixture(autouse=True)
def _nothing_loaded() -> Iterator[None]:
    """Forget loaded versions: another test's version may have the same id."""
    yield
    serving.loaded.cache_clear()
