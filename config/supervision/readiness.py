"""This will tell whether Second Look answers: its pages, and each of its workers."""

import errno
import http.client
import socket
from collections.abc import Iterable

from celery import Celery
from celery.exceptions import OperationalError

PING_SECONDS = 0.5


def is_port_taken(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as line:
        # As the web server does it: a port that only waits for its last packets to die is not in use.
        line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            line.bind((host, port))
        except OSError as error:
            return error.errno == errno.EADDRINUSE
    return False


def is_healthy(host: str, port: int, *, as_host: str) -> bool:
    """Tell whether ``GET /health/`` gives 200. ``as_host`` is the name that ALLOWED_HOSTS accepts."""
    line = http.client.HTTPConnection(host, port, timeout=2)
    try:
        line.request("GET", "/health/", headers={"Host": as_host})
        return line.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()


def silent_workers(app: Celery, names: Iterable[str]) -> list[str]:
    """Return those of ``names`` (the part before the @) that answer no ping here; waits up to 0.5 s."""
    here = socket.gethostname()
    wanted = {f"{name}@{here}": name for name in names}
    if not wanted:
        return []
    try:
        replies = app.control.ping(destination=list(wanted), timeout=PING_SECONDS, limit=len(wanted))
    except (OperationalError, OSError):
        return list(wanted.values())
    heard = {full_name for reply in replies for full_name in reply}
    return [name for full_name, name in wanted.items() if full_name not in heard]
