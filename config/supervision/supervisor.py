"""This will start services as child processes, show their output, restart what dies, and end them all.

One thread and one loop: ``turn`` reads output and looks after the dead. Every service leads a process group
of its own, so that its children end with it, and Ctrl-C in the terminal reaches only us.
"""

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from config.supervision.reaper import Reaper, signal_group

FIRST_BACKOFF_SECONDS = 0.5
LONGEST_BACKOFF_SECONDS = 30.0
# A service that has run this long is well again, and its next death is a first one.
WELL_SECONDS = 30.0
NICEST = 19
_CHUNK_BYTES = 65536


@dataclass(frozen=True)
class Service:
    """One process to be kept running. ``niceness`` is added to ours (10: only what others leave)."""

    name: str
    command: Sequence[str]
    niceness: int = 0


@dataclass
class _Run:
    """A service and its present process, if it has one. Times are monotonic seconds."""

    service: Service
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_at: float = 0.0
    backoff_seconds: float = FIRST_BACKOFF_SECONDS
    unfinished: bytes = b""


@dataclass
class Supervisor:
    """Keeps ``services`` running; ``say(name, line)`` gets every line of their output and our own remarks."""

    services: Sequence[Service]
    say: Callable[[str, str], None]
    _runs: list[_Run] = field(init=False)
    _selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    _reaper: Reaper = field(default_factory=Reaper)

    def __post_init__(self) -> None:
        self._runs = [_Run(service) for service in self.services]

    def turn(self, *, seconds: float) -> None:
        """Start what should run and does not, and pass on output for up to ``seconds``."""
        for run in self._runs:
            self._look_after(run, now=time.monotonic())
        self._pass_on(seconds=seconds)

    def is_running(self, name: str) -> bool:
        return any(run.process is not None for run in self._runs if run.service.name == name)

    def process_id(self, name: str) -> int | None:
        """Return the process (and group) id of a service, or None while it is down."""
        found = (run.process for run in self._runs if run.service.name == name)
        return next((process.pid for process in found if process is not None), None)

    def stop(self, *, grace_seconds: float, is_impatient: Callable[[], bool] = lambda: False) -> None:
        """End every service: asked first, killed after the grace time or at once when ``is_impatient``."""
        running = [run for run in self._runs if run.process is not None]
        for run in running:
            self._signal(run, signal.SIGTERM)
        end_at = time.monotonic() + grace_seconds
        while running and time.monotonic() < end_at and not is_impatient():
            self._pass_on(seconds=0.05)
            running = [run for run in running if not self._has_ended(run)]
        for run in running:
            self.say(run.service.name, "did not stop in time; killed")
        for run in self._runs:
            self._bury(run)
        self._reaper.dismiss()

    def _pass_on(self, *, seconds: float) -> None:
        if not self._selector.get_map():
            time.sleep(seconds)
        for key, _events in self._selector.select(seconds):
            self._read(key.data, key.fd)

    def _look_after(self, run: _Run, *, now: float) -> None:
        if run.process is not None and self._has_ended(run):
            self._plan_restart(run, now=now)
        if run.process is None and now >= run.start_at:
            self._start(run, now=now)

    def _plan_restart(self, run: _Run, *, now: float) -> None:
        status = self._bury(run)
        if now - run.started_at > WELL_SECONDS:
            run.backoff_seconds = FIRST_BACKOFF_SECONDS
        self.say(run.service.name, f"ended with status {status}; starts again in {run.backoff_seconds:g} s")
        run.start_at = now + run.backoff_seconds
        run.backoff_seconds = min(run.backoff_seconds * 2, LONGEST_BACKOFF_SECONDS)

    def _start(self, run: _Run, *, now: float) -> None:
        run.process = subprocess.Popen(
            run.service.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._reaper.started(run.process.pid)
        run.started_at = now
        if run.service.niceness:
            niceness = min(NICEST, os.nice(0) + run.service.niceness)
            os.setpriority(os.PRIO_PROCESS, run.process.pid, niceness)
        assert run.process.stdout is not None
        os.set_blocking(run.process.stdout.fileno(), False)
        self._selector.register(run.process.stdout, selectors.EVENT_READ, run)

    def _bury(self, run: _Run) -> int | None:
        """Kill the rest of the group, collect the process, pass on its last words; returns its exit status."""
        process, run.process = run.process, None
        if process is None or process.stdout is None:
            return None
        signal_group(process.pid, signal.SIGKILL)
        status = process.wait()
        self._reaper.ended(process.pid)
        self._read(run, process.stdout.fileno())
        self._selector.unregister(process.stdout)
        process.stdout.close()
        return status

    def _read(self, run: _Run, descriptor: int) -> None:
        """Pass on whole lines; the unfinished rest waits for its end."""
        try:
            while chunk := os.read(descriptor, _CHUNK_BYTES):
                *lines, run.unfinished = (run.unfinished + chunk).split(b"\n")
                for line in lines:
                    self.say(run.service.name, line.decode(errors="replace").rstrip())
        except BlockingIOError:
            return

    def _has_ended(self, run: _Run) -> bool:
        return run.process is None or run.process.poll() is not None

    def _signal(self, run: _Run, signal_number: int) -> None:
        if run.process is not None and run.process.poll() is None:
            run.process.send_signal(signal_number)
