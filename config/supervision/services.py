"""This will list the processes that Second Look consists of, besides its database and broker."""

import sys

from config.supervision.supervisor import Service

WORKERS = ("screening", "training", "default")
# Training takes only what screening and people leave of the machine.
TRAINING_NICENESS = 10


def services(*, host: str, port: int, web_workers: int) -> list[Service]:
    """Return web, the three workers and beat, as commands of the Python that runs us."""
    return [
        Service("web", _web(host=host, port=port, workers=web_workers)),
        Service("screening", _worker("screening", "--pool=solo")),
        Service("training", _worker("training", "--pool=solo"), niceness=TRAINING_NICENESS),
        Service("default", _worker("default", "--concurrency=2")),
        Service("beat", [*_celery(), "beat", "--loglevel=WARNING", "--pidfile="]),
    ]


def _web(*, host: str, port: int, workers: int) -> list[str]:
    # One blocking thread per worker keeps one database connection open for good, which was measured to be
    # worth a factor of eleven; that thread must not end when idle, or its connection ends with it.
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)),
        *("--workers", str(workers), "--blocking-threads", "1", "--blocking-threads-idle-timeout", "600"),
        *("--respawn-failed-workers", "--workers-kill-timeout", "5", "--no-ws", "--log-level", "warning"),
        "config.wsgi:application",
    ]


def _worker(queue: str, pool: str) -> list[str]:
    name = f"{queue}@%h"
    return [
        *_celery(),
        "worker",
        "-Q",
        queue,
        "-n",
        name,
        pool,
        "--without-mingle",
        "--without-gossip",
        "--loglevel=WARNING",
    ]


def _celery() -> list[str]:
    # Celery's warning not to be root is for servers; here root is somebody who tries it in a container.
    quiet = "ignore:You're running the worker with superuser privileges"
    return [sys.executable, "-W", quiet, "-m", "celery", "-A", "config", "--quiet"]
