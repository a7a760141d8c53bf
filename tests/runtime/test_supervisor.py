"""This will prove that services are kept running, and that nothing of them outlives the supervisor."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import psutil
import pytest

from config.embedded.paths import CHECKOUT
from config.embedded.processes import wait_until
from config.supervision.supervisor import Service, Supervisor

STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
)
WITH_CHILD = (
    "import subprocess, time; c = subprocess.Popen(['sleep', '600']); print(c.pid, flush=True); time.sleep(600)"
)
SUPERVISE = f"""
import sys
from config.supervision.supervisor import Service, Supervisor
say = lambda name, line: print(line, flush=True)
supervisor = Supervisor([Service("parent", [sys.executable, "-c", {WITH_CHILD!r}])], say=say)
while True:
    supervisor.turn(seconds=0.1)
    print(supervisor.process_id("parent"), flush=True)
"""


class Stage:
    """A supervisor, and what was said on it."""

    def __init__(self, *services: Service) -> None:
        self.said: list[tuple[str, str]] = []
        self.supervisor = Supervisor(services, say=lambda name, line: self.said.append((name, line)))

    def until(self, is_so: Callable[[], bool]) -> None:
        def turned() -> bool:
            self.supervisor.turn(seconds=0.05)
            return is_so()

        assert wait_until(turned, seconds=60), self.said

    def has_said(self, name: str, part: str) -> bool:
        return any(part in line for who, line in self.said if who == name)


def python(code: str, *, name: str = "one", niceness: int = 0) -> Service:
    return Service(name, [sys.executable, "-c", code], niceness=niceness)


def is_alive(process_id: int) -> bool:
    try:
        return psutil.Process(process_id).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def stage() -> Iterator[Callable[..., Stage]]:
    made: list[Stage] = []

    def make(*services: Service) -> Stage:
        made.append(Stage(*services))
        return made[-1]

    yield make
    for one in made:
        one.supervisor.stop(grace_seconds=0)


def test_every_line_is_passed_on_with_the_name_of_who_said_it(stage: Callable[..., Stage]) -> None:
    scene = stage(python("print('a\\nb'); import time; time.sleep(600)"), Service("two", ["sleep", "600"]))
    scene.until(lambda: len(scene.said) == 2)
    assert scene.said == [("one", "a"), ("one", "b")]


def test_a_service_that_dies_is_started_again_and_each_time_later(stage: Callable[..., Stage]) -> None:
    scene = stage(python("print('hello'); raise SystemExit(3)"))
    scene.until(lambda: scene.said.count(("one", "hello")) == 3)
    assert scene.has_said("one", "ended with status 3; starts again in 0.5 s")
    assert scene.has_said("one", "ended with status 3; starts again in 1 s")


def test_a_killed_service_is_started_again_and_its_children_are_gone(stage: Callable[..., Stage]) -> None:
    scene = stage(python(WITH_CHILD))
    scene.until(lambda: len(scene.said) == 1)
    child, first = int(scene.said[0][1]), scene.supervisor.process_id("one")
    assert first is not None
    os.kill(first, signal.SIGKILL)
    scene.until(lambda: scene.supervisor.process_id("one") not in {None, first})
    assert not is_alive(child)


def test_a_service_can_be_nicer_than_the_rest(stage: Callable[..., Stage]) -> None:
    scene = stage(Service("one", ["sleep", "600"], niceness=10))
    scene.until(lambda: scene.supervisor.is_running("one"))
    process_id = scene.supervisor.process_id("one")
    assert psutil.Process(process_id).nice() == min(19, os.nice(0) + 10)


def test_stopping_kills_after_the_grace_time_what_does_not_listen(stage: Callable[..., Stage]) -> None:
    scene = stage(python(STUBBORN))
    scene.until(lambda: ("one", "up") in scene.said)
    process_id = scene.supervisor.process_id("one")
    assert process_id is not None
    scene.supervisor.stop(grace_seconds=0.3)
    assert not is_alive(process_id)
    assert scene.has_said("one", "did not stop in time; killed")


def test_stopping_does_not_wait_for_the_impatient(stage: Callable[..., Stage]) -> None:
    scene = stage(python(STUBBORN))
    scene.until(lambda: ("one", "up") in scene.said)
    scene.supervisor.stop(grace_seconds=float("inf"), is_impatient=lambda: True)
    assert not scene.supervisor.is_running("one")


def test_a_killed_supervisor_leaves_nothing_behind() -> None:
    supervisor = subprocess.Popen([sys.executable, "-c", SUPERVISE], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
    assert supervisor.stdout is not None
    seen: set[int] = set()
    while len(seen) < 2:
        seen |= {int(line) for line in [supervisor.stdout.readline().strip()] if line.isdigit()}
    everybody = psutil.Process(supervisor.pid).children(recursive=True)
    supervisor.kill()
    supervisor.communicate()
    assert wait_until(lambda: not any(is_alive(one.pid) for one in everybody), seconds=60)
    assert not any(is_alive(process_id) for process_id in seen)
