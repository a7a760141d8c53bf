"""This will prove that one command runs everything, mends it, and ends it."""

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from config.embedded.paths import CHECKOUT, Places
from config.embedded.processes import wait_until
from tests.runtime.conftest import server_processes


class Up:
    """A running ``manage.py up`` and what it has printed."""

    def __init__(self, *, port: int, log: Path) -> None:
        self.port, self.log = port, log
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PORT": str(port),
            "SECOND_LOOK_DEMO": "0",
            "WEB_WORKERS": "1",
        }
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up"],
                cwd=CHECKOUT,
                env=environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def has_said(self, pattern: str) -> bool:
        return re.search(pattern, self.log.read_text(errors="replace")) is not None

    def wait_for(self, pattern: str) -> None:
        is_over = wait_until(lambda: self.has_said(pattern) or self.process.poll() is not None, seconds=120)
        assert is_over, self.log.read_text(errors="replace")
        assert self.has_said(pattern), self.log.read_text(errors="replace")

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def process_id(self, word: str) -> int | None:
        """Return the child whose command line has this word, or None while there is none."""
        found = (one for one in psutil.Process(self.process.pid).children() if word in one.cmdline())
        return next((one.pid for one in found), None)


@pytest.fixture
def up(home: Places, free_port: int, tmp_path: Path) -> Iterator[Up]:
    one = Up(port=free_port, log=tmp_path / "up.log")
    yield one
    if one.process.poll() is None:
        one.process.kill()
    one.process.wait(60)
    assert wait_until(lambda: not server_processes(home), seconds=60)


def are_gone(processes: list[psutil.Process]) -> bool:
    return not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in processes)


def test_everything_answers_is_mended_when_killed_and_ends_at_one_signal(up: Up) -> None:
    up.wait_for(r"Second Look is up")
    with urllib.request.urlopen(f"http://127.0.0.1:{up.port}/health/") as answer:
        assert answer.status == 200
    assert psutil.Process(up.process_id("training")).nice() >= 10
    first = up.process_id("screening")
    assert first is not None
    os.kill(first, signal.SIGKILL)
    up.wait_for(r"screening +\| ended with status -9; starts again")
    assert wait_until(lambda: up.process_id("screening") not in {None, first}, seconds=60)
    family = up.family()
    up.process.send_signal(signal.SIGINT)
    assert up.process.wait(60) == 0
    assert are_gone(family)


def test_nothing_outlives_a_killed_supervisor(up: Up) -> None:
    up.wait_for(r"Second Look is up")
    family = up.family()
    assert len(family) >= 8
    up.process.kill()
    assert wait_until(lambda: are_gone(family), seconds=60)


def test_a_taken_port_is_told_in_one_sentence(home: Places, tmp_path: Path) -> None:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        line.listen()
        up = Up(port=line.getsockname()[1], log=tmp_path / "up.log")
        assert up.process.wait(60) == 1
    assert up.has_said(rf"Port {up.port} is in use: stop what uses it, or choose another with PORT={up.port + 1}\.\n$")
    assert not home.home.exists()
