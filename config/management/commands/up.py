"""This will run all of Second Look in one terminal; one Ctrl-C or SIGTERM ends all of it.

Database and broker (unless the environment names others), migrations, the demo project if the database is
empty, web, workers and beat; prints where to go and who may enter once everything answers.
"""

import os
import signal
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, OperationalError, connections
from django.utils import timezone

from config import demo_access, embedded, env
from config.celery import app
from config.embedded.paths import places
from config.supervision.printing import Follower, is_news, say
from config.supervision.readiness import is_healthy, is_port_taken, silent_workers
from config.supervision.services import WORKERS, services
from config.supervision.supervisor import Supervisor
from models_registry.models import Run

GRACE_SECONDS = 10.0
TURN_SECONDS = 0.2
SERVERS_LOOK_SECONDS = 1.0
REMIND_SECONDS = 15.0


@dataclass
class Ending:
    """Counts the requests to stop: the first ends everything politely, the second at once."""

    times: int = 0
    is_preparing: bool = True

    def __call__(self, signal_number: int, frame: object) -> None:
        self.times += 1
        if self.is_preparing:
            raise KeyboardInterrupt


@dataclass
class House:
    """What runs, and what of it has answered so far. Times are monotonic seconds."""

    supervisor: Supervisor
    host: str
    port: int
    waiting_for: list[str] = field(default_factory=lambda: ["web", *WORKERS])
    servers_log: Follower = field(default_factory=lambda: Follower(places().log))
    started_at: float = field(default_factory=time.monotonic)
    opened_at: datetime = field(default_factory=timezone.now)
    look_at: float = 0.0
    remind_at: float = field(default_factory=lambda: time.monotonic() + REMIND_SECONDS)

    def turn(self) -> None:
        """Pass on output, restart what died, see to the servers, and ask whoever has not answered yet."""
        self.supervisor.turn(seconds=TURN_SECONDS)
        for line in filter(is_news, self.servers_log.new_lines()):
            say("servers", line)
        if embedded.are_needed() and time.monotonic() >= self.look_at:
            self._look_after_servers()
        if self.waiting_for:
            self._ask()

    def _look_after_servers(self) -> None:
        self.look_at = time.monotonic() + SERVERS_LOOK_SECONDS
        if embedded.is_kept():
            return
        say("servers", "database and broker are down; starting them again")
        try:
            embedded.ensure()
        except embedded.ServersFailed as error:
            say("servers", str(error))

    def _ask(self) -> None:
        silent = silent_workers(app, [name for name in self.waiting_for if name != "web"])
        as_host = next((name for name in settings.ALLOWED_HOSTS if "*" not in name), self.host)
        if "web" in self.waiting_for and not is_healthy(self.host, self.port, as_host=as_host.lstrip(".")):
            silent.insert(0, "web")
        if "training" in silent and has_heartbeat(since=self.opened_at):
            silent.remove("training")
        self.waiting_for = silent
        if not silent:
            announce(self.host, self.port, seconds=time.monotonic() - self.started_at)
        elif time.monotonic() >= self.remind_at:
            self.remind_at = time.monotonic() + REMIND_SECONDS
            say("up", f"still waiting for: {', '.join(silent)}")


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = env.text("SECOND_LOOK_HOST", "127.0.0.1"), settings.PORT
        if is_port_taken(host, port):
            raise CommandError(f"Port {port} is in use: stop what uses it, or choose another with PORT={port + 1}.")
        os.chdir(settings.BASE_DIR)
        ending = Ending()
        for signal_number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signal_number, ending)
        try:
            with embedded.servers():
                prepare()
                ending.is_preparing = False
                run(host, port, ending=ending)
        except embedded.ServersFailed as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError("Stopped before it was up.", returncode=130) from None


def prepare() -> None:
    """Migrate, and load the demo project into an empty database (not with SECOND_LOOK_DEMO=0)."""
    say("up", "bringing the database up to date")
    # WhiteNoise warns where the folder for collected files is missing, and nothing need ever be collected here.
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    try:
        call_command("migrate", verbosity=0)
        if has_demo():
            call_command("demo", "--if-empty")
    except OperationalError as error:
        raise CommandError(f"The database cannot be reached: {error}") from error
    # Nobody here needs the database any more, and the workers' connections are counted.
    connections.close_all()


def has_heartbeat(*, since: datetime) -> bool:
    """Tell whether a run has shown life: a worker busy training answers no ping, but a thread of it beats."""
    try:
        return Run.objects.filter(heartbeat_at__gte=since).exists()
    except DatabaseError:
        return False
    finally:
        connections.close_all()


def has_demo() -> bool:
    return env.flag("SECOND_LOOK_DEMO", default=not settings.IS_PRODUCTION)


def run(host: str, port: int, *, ending: Ending) -> None:
    """Supervise until asked to stop, then end everything."""
    web_workers = env.integer("WEB_WORKERS", 2, low=1, high=64)
    supervisor = Supervisor(services(host=host, port=port, web_workers=web_workers), say=say)
    house = House(supervisor, host=host, port=port)
    try:
        while not ending.times:
            house.turn()
    finally:
        say("up", "stopping")
        supervisor.stop(grace_seconds=GRACE_SECONDS, is_impatient=lambda: ending.times > 1)
        say("up", "stopped")


def announce(host: str, port: int, *, seconds: float) -> None:
    """Print where to go and who may enter."""
    print(f"\n  Second Look is up ({seconds:.1f} s):  http://{host}:{port}/\n", flush=True)
    if not has_demo():
        return
    access = demo_access.read_or_make()
    print(f"  Demo accounts:  {', '.join(demo_access.ROLES)}")
    print(f"  Password:       {access.password}")
    print(f"  API token:      {access.token}")
    print("  Ctrl-C stops everything.\n", flush=True)
