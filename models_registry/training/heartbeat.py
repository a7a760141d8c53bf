"""This will show that a run's worker lives: a thread that renews the row, and notices when it lost it."""

import threading
import uuid
from types import TracebackType

from django.db import DatabaseError, connection
from django.utils import timezone

from models_registry.models import Run, RunStatus

BEAT_SECONDS = 10
SILENCE_SECONDS = 120


class RunLost(Exception):
    """Another worker has taken this run over; what this one still does is void."""


class Heartbeat:
    """Renews ``heartbeat_at`` while its block runs. ``check`` raises RunLost once the token no longer holds."""

    def __init__(self, run_id: int, token: uuid.UUID) -> None:
        self.run_id = run_id
        self.token = token
        self._over = threading.Event()
        self._is_lost = False
        self._thread = threading.Thread(target=self._beat, name=f"heartbeat of run {run_id}", daemon=True)

    def __enter__(self) -> "Heartbeat":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def check(self) -> None:
        if self._is_lost:
            raise RunLost(f"Run {self.run_id} was taken over by another worker.")

    def _beat(self) -> None:
        try:
            while not self._over.wait(BEAT_SECONDS):
                self._renew()
        finally:
            connection.close()

    def _renew(self) -> None:
        mine = Run.objects.filter(pk=self.run_id, token=self.token, status=RunStatus.RUNNING)
        try:
            self._is_lost = mine.update(heartbeat_at=timezone.now()) == 0
        except DatabaseError:
            # The database is away: the next beat tries again on a fresh connection.
            connection.close()
