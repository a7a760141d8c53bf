"""This will give each test of the runtime a ``var`` folder of its own, and see that nothing is left of it."""

import contextlib
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from config.embedded.paths import Places, places


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Places]:
    """The places of servers that only this test knows; whatever still runs in them at the end fails the test."""
    monkeypatch.setenv("SECOND_LOOK_VAR", str(tmp_path / "var"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("CELERY_BROKER_URL", raising=False)
    here = places()
    yield here
    left = server_processes(here)
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    shutil.rmtree(here.home, ignore_errors=True)
    shutil.rmtree(here.sockets, ignore_errors=True)
    assert left == []


def server_processes(here: Places) -> list[psutil.Process]:
    """Find processes that name our folders in their command line: both servers do."""
    wanted = (str(here.home), str(here.sockets))
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.status() != psutil.STATUS_ZOMBIE and any(
                folder in part for part in process.cmdline() for folder in wanted
            ):
                found.append(process)
    return found


@pytest.fixture
def free_port() -> int:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return int(line.getsockname()[1])
