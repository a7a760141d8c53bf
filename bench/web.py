"""This will run the web server as ``manage.py up`` does, and read what processor time it and the database took."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

import psutil
from django.db import connection

from config.supervision.services import services

WORKERS = 2


@dataclass(frozen=True)
class Web:
    port: int
    process: psutil.Process

    def cpu_seconds(self) -> float:
        """Processor time of the web processes so far."""
        return _cpu_seconds(self.process)


@contextmanager
def served() -> Iterator[Web]:
    """Serve the scratch data on a free port until the end of the block."""
    port = _free_port()
    [command] = [one.command for one in services(host="127.0.0.1", port=port, web_workers=WORKERS) if one.name == "web"]
    process = subprocess.Popen(command)
    try:
        _wait_for(port)
        yield Web(port, psutil.Process(process.pid))
    finally:
        process.terminate()
        process.wait()


def database_cpu_seconds() -> float:
    """Processor time of the database server and its children so far."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [backend] = cursor.fetchone()
    postmaster = psutil.Process(backend).parent()
    return _cpu_seconds(postmaster) if postmaster else 0.0


def _cpu_seconds(process: psutil.Process) -> float:
    total = 0.0
    for one in [process, *process.children(recursive=True)]:
        try:
            times = one.cpu_times()
        except psutil.NoSuchProcess:
            continue
        # Of those that ended already, too.
        total += times.user + times.system + times.children_user + times.children_system
    return total


def _free_port() -> int:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait_for(port: int) -> None:
    for _ in range(300):
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("The web server did not come up.")
