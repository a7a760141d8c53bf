"""This will give tests of moderation a served model version without training one."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.embedded.locks import Lock
from models_registry import serving
from tests.moderation import networks


@pytest.fixture(scope="session")
def white_is_bright() -> Path:
    """An exported network: white photos get .99 for ``bright``, dark ones .01."""
    return made_once(networks.white_is_bright)


@pytest.fixture(scope="session")
def all_is_fine() -> Path:
    """An exported network that finds nothing anywhere."""
    return made_once(networks.all_is_fine)


def made_once(make: Callable[[Path], Path]) -> Path:
    """Have the first of the run's processes that asks export a network; the others wait, and read its file."""
    folder = Path(os.environ["SECOND_LOOK_TEST_VAR"]) / "networks" / make.__name__
    with Lock(folder.with_suffix(".lock")) as making:
        making.exclude()
        if made := list(folder.glob("*.onnx")):
            return made[0]
        folder.mkdir(exist_ok=True)
        return make(folder)


@pytest.fixture(autouse=True)
def _nothing_loaded() -> Iterator[None]:
    """Forget loaded versions: another test's version may have the same id."""
    yield
    serving.loaded.cache_clear()
