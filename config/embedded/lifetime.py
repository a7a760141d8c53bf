"""This will have the embedded servers running exactly as long as somebody uses them.

Safe for any number of processes at once: see ``keeper``. Where both ``DATABASE_URL`` and
``CELERY_BROKER_URL`` are set, nothing is ever started.
"""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator

from config.embedded import postgresql, valkey
from config.embedded.locks import Lock
from config.embedded.paths import CHECKOUT, Places, places

START_SECONDS = 90
_PAUSE_SECONDS = 0.03
_keepers: list[subprocess.Popen[bytes]] = []


class ServersFailed(RuntimeError):
    """The embedded servers could not be started; the message is one sentence for a person."""


def are_needed() -> bool:
    """Tell whether the environment leaves the database or the broker to us."""
    return not (os.environ.get("DATABASE_URL") and os.environ.get("CELERY_BROKER_URL"))


@contextlib.contextmanager
def servers() -> Iterator[None]:
    """Have the servers answer inside the block; the last one out stops them. Raises ServersFailed."""
    if not are_needed():
        yield
        return
    here = places()
    try:
        in_use = Lock(here.lock("in-use"))
    except OSError as error:
        raise ServersFailed(f"The embedded servers need {here.home}: {error}.") from error
    with in_use:
        in_use.share()
        ensure()
        try:
            yield
        finally:
            _leave(here, in_use)


def ensure() -> None:
    """Start the keeper if there is none and wait until both servers answer.

    For those inside ``servers``: without somebody who uses them the servers would end again at once. Two
    callers may race: one starts, the other waits. Raises ServersFailed.
    """
    here = places()
    with Lock(here.lock("start")) as starting:
        starting.exclude()
        if _answer(here):
            return
        keeper: subprocess.Popen[bytes] | None = None
        end_at = time.monotonic() + START_SECONDS
        while not _answer(here):
            # One that somebody else started may be about to go: it met a server that died, or nobody was left.
            if keeper is None and _is_keeper_gone(here):
                keeper = _spawn(here)
            if keeper is not None and keeper.poll() is not None:
                raise ServersFailed(_reason(here))
            if time.monotonic() > end_at:
                raise ServersFailed(f"The embedded servers did not answer in {START_SECONDS} s: see {here.log}.")
            time.sleep(_PAUSE_SECONDS)


def is_kept() -> bool:
    """Tell whether a keeper runs the servers, or starts them; cheap."""
    return not _is_keeper_gone(places())


def _answer(here: Places) -> bool:
    return valkey.answers(here) and postgresql.answers(here)


def _is_keeper_gone(here: Places) -> bool:
    with Lock(here.lock("keeper")) as keeper:
        return keeper.try_share()


def _spawn(here: Places) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C in our terminal must not end the servers before those who use them.
    with here.log.open("wb") as log:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "config.embedded.keeper"],
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    _keepers.append(keeper)
    return keeper


def _reason(here: Places) -> str:
    with contextlib.suppress(OSError):
        return here.failure.read_text()
    return f"The embedded servers ended while starting: see {here.log}."


def _leave(here: Places, in_use: Lock) -> None:
    """Let go; if nobody else is left, return only when the servers are gone.

    The keeper has the lock alone only while it stops. So if it cannot be had alone but can be shared, others
    are left, and the servers are theirs to wait for.
    """
    in_use.release()
    while not _is_keeper_gone(here):
        is_last = in_use.try_exclusive()
        in_use.release()
        if not is_last and in_use.try_share():
            break
        time.sleep(_PAUSE_SECONDS)
    for keeper in _keepers:
        keeper.poll()
