"""This will be the process that ends what a killed supervisor left behind.

It reads process groups from a pipe (``+123`` started, ``-123`` ended). The kernel closes the pipe when the
supervisor ends, however it ends; whatever is still listed is then asked to stop, and after a grace time made
to. The kernel's own parent-death signal would reach only each group's first process, and none of them on
macOS.

Run as ``python -m config.supervision.reaper``; the supervisor does it.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

GRACE_SECONDS = 5.0


class Reaper:
    """The supervisor's end of the pipe."""

    def __init__(self) -> None:
        # A session of its own, so that a signal to the supervisor's whole group does not end the reaper too.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "config.supervision.reaper"],
            cwd=Path(__file__).resolve().parent.parent.parent,
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    def started(self, group: int) -> None:
        self._tell(f"+{group}\n")

    def ended(self, group: int) -> None:
        self._tell(f"-{group}\n")

    def dismiss(self) -> None:
        """Close the pipe and wait; it ends whatever is still listed."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(GRACE_SECONDS + 5)

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode())
        self._process.stdin.flush()


def signal_group(group: int, signal_number: int) -> bool:
    """Signal a process group; returns whether it had anybody in it."""
    try:
        os.killpg(group, signal_number)
    except ProcessLookupError:
        return False
    except PermissionError:
        # macOS answers so for a group in which only a dead, uncollected process is left.
        return False
    return True


def end_groups(groups: Iterable[int], *, grace_seconds: float) -> None:
    """Ask every group to stop, wait until they are empty, and kill what is left after the grace time."""
    left = [group for group in groups if signal_group(group, signal.SIGTERM)]
    end_at = time.monotonic() + grace_seconds
    while left and time.monotonic() < end_at:
        time.sleep(0.05)
        left = [group for group in left if signal_group(group, 0)]
    for group in left:
        signal_group(group, signal.SIGKILL)


def main() -> None:
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    listed: set[int] = set()
    for line in sys.stdin:
        group = int(line[1:])
        (listed.add if line.startswith("+") else listed.discard)(group)
    end_groups(listed, grace_seconds=GRACE_SECONDS)


if __name__ == "__main__":
    main()
