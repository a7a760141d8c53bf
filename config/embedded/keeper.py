"""This will be the process that runs the two servers for as long as somebody uses them.

Everybody who uses the servers holds a shared lock on one file; the kernel lets go of it when its holder ends,
however it ends. The keeper restarts what dies, and the moment it can have that lock to itself, nobody is
left: it stops both servers and goes. So nothing depends on who came first, and nothing stays behind after a
``kill -9``.

Run as ``python -m config.embedded.keeper``; ``lifetime.ensure`` does it.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

from config.embedded import account, postgresql, valkey
from config.embedded.locks import Lock
from config.embedded.paths import Places, places
from config.embedded.processes import wait_until

PAUSE_SECONDS = 0.1
LONGEST_BACKOFF_SECONDS = 10.0


class StartFailed(RuntimeError):
    """A server ended before it ever answered."""


START_ERRORS = (
    StartFailed,
    account.CannotMakeUser,
    postgresql.NoDatabase,
    postgresql.SetUpFailed,
    postgresql.WrongVersion,
    valkey.NoBroker,
    OSError,
    subprocess.SubprocessError,
)


class Asked(Exception):
    """Somebody sent SIGTERM."""


@dataclass
class Kept:
    """One server, and when it may be started again should it die."""

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    stop: Callable[[subprocess.Popen[bytes]], None]
    process: subprocess.Popen[bytes] | None = None
    again_at: float = 0.0
    backoff_seconds: float = 0.5

    def look_after(self, *, now: float) -> None:
        """Start it if it is not running and its backoff is over. ``now`` is monotonic seconds."""
        if self.process is not None and self.process.poll() is None:
            return
        if self.process is not None:
            print(f"{self.name} ended with {self.process.returncode}; starting it again", flush=True)
            self.again_at = now + self.backoff_seconds
            self.backoff_seconds = min(self.backoff_seconds * 2, LONGEST_BACKOFF_SECONDS)
            self.process = None
        if now >= self.again_at:
            self.process = self.start()


def main() -> int:
    """Keep the servers; returns 1 with a sentence in the failure file when they cannot be started."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _raise_asked)
    here = places()
    with Lock(here.lock("keeper")) as alone, Lock(here.lock("in-use")) as in_use:
        if not alone.try_exclusive():
            return 0
        here.failure.unlink(missing_ok=True)
        try:
            _keep(here, in_use=in_use, log=sys.stdout.buffer)
        except Asked:
            return 0
        except START_ERRORS as error:
            here.failure.write_text(str(error))
            return 1
    return 0


def _raise_asked(signal_number: int, frame: object) -> None:
    raise Asked


def _keep(here: Places, *, in_use: Lock, log: IO[bytes]) -> None:
    kept = [
        Kept("valkey", lambda: valkey.start(here, log=log), valkey.stop),
        Kept("postgresql", lambda: postgresql.start(here, log=log), postgresql.stop),
    ]
    try:
        for server in kept:
            server.look_after(now=time.monotonic())
        _wait_for_first_answer(here, kept[-1].process)
        while not in_use.try_exclusive():
            for server in kept:
                server.look_after(now=time.monotonic())
            time.sleep(PAUSE_SECONDS)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for server in kept:
            if server.process is not None:
                server.stop(server.process)


def _wait_for_first_answer(here: Places, process: subprocess.Popen[bytes] | None) -> None:
    """Raises StartFailed if the server ends instead, which starting it again would not mend."""
    is_up = wait_until(lambda: postgresql.answers(here) or _has_ended(process), seconds=60)
    if not is_up or _has_ended(process):
        raise StartFailed(f"PostgreSQL did not start: see {here.log}.")


def _has_ended(process: subprocess.Popen[bytes] | None) -> bool:
    return process is None or process.poll() is not None


if __name__ == "__main__":
    sys.exit(main())
