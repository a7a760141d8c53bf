"""This will start real Celery workers as child processes on the test database, and end them by process id."""

import os
import signal
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

from django.db import connection

from config.embedded.paths import CHECKOUT
from config.embedded.processes import wait_until

READY_SECONDS = 90


@dataclass
class Worker:
    """One running worker process."""

    name: str
    process: subprocess.Popen[bytes]
    log_path: Path

    @property
    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    def wait_until_ready(self) -> None:
        """Return once it answers a ping; fails with its log if it ends instead."""
        from config.celery import app

        def answers() -> bool:
            assert self.process.poll() is None, self.log
            return bool(app.control.ping(destination=[self.name], timeout=0.5, limit=1))

        assert wait_until(answers, seconds=READY_SECONDS), self.log

    def kill(self) -> None:
        """End it as a crash would, with its children: nothing is finished, nothing is acknowledged."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def end(self) -> None:
        """End it warmly; by force if it does not listen."""
        if self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()


def start_worker(*queues: str, pool: str, concurrency: int, folder: Path, broker_url: str) -> Worker:
    """Start one worker on ``queues`` (all three when none is named). Returns at once."""
    name = f"{uuid.uuid4().hex[:8]}@tests"
    log_path = folder / f"{name}.log"
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", "-n", name, "--pool", pool]
    command += [
        "-Q",
        ",".join(queues or ("screening", "training", "default")),
        "--concurrency",
        str(concurrency),
    ]
    command += ["--without-gossip", "--without-mingle", "-l", "INFO"]
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": database_url(),
        "CELERY_BROKER_URL": broker_url,
    }
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            command, cwd=CHECKOUT, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    return Worker(name=name, process=process, log_path=log_path)


def database_url() -> str:
    """Return the URL of the database that this test uses, for a process of its own."""
    found = connection.settings_dict
    login = ":".join(quote(part, safe="") for part in (found["USER"], found["PASSWORD"]) if part)
    where = {"host": found["HOST"], "port": found["PORT"]}
    query = urlencode({name: value for name, value in where.items() if value})
    return f"postgresql://{login}@/{found['NAME']}?{query}"
