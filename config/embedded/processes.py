"""This will start child processes that cannot outlive us, and end them with patience first and force last."""

import ctypes
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

_PR_SET_PDEATHSIG = 1


def dies_with_parent(signal_number: int) -> Callable[[], None] | None:
    """Return a ``preexec_fn`` that has the kernel signal the child when its parent dies, even by SIGKILL.

    Linux only; None elsewhere. The bond is with the *thread* that forks, so call it from the main thread of a
    process without other threads (a preexec function is not safe beside them either).
    """
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def bond() -> None:
        prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0)

    return bond


def end(process: subprocess.Popen[bytes], *, steps: Sequence[tuple[int, float]]) -> None:
    """Send each signal in turn, waiting its seconds, until the process is gone; SIGKILL is the last step."""
    for signal_number, seconds in [*steps, (signal.SIGKILL, 5.0)]:
        if process.poll() is not None:
            return
        process.send_signal(signal_number)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            continue


def wait_until(is_so: Callable[[], bool], *, seconds: float, pause_seconds: float = 0.03) -> bool:
    """Ask again and again; return whether it became so in time."""
    end_at = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end_at:
            return False
        time.sleep(pause_seconds)
    return True
