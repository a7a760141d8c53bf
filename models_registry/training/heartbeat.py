"""This will show that a run's worker lives: a thread that renews the row, and notices when it was taken away."""

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from django.db import Error, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from models_registry.models import Run, RunStatus

BEAT_SECONDS = 10
SILENCE_SECONDS = 120


class RunLost(Exception):
    """The run was canceled, or another worker has taken it over; what this one still does is void."""


class Heartbeat:
    """Renews ``heartbeat_at`` while its block runs, for the worker that holds the run by a token.

    ``check`` and ``holding`` raise RunLost once the token no longer holds: ``check`` costs nothing and is late by a
    beat at most; ``holding`` asks the row, and is exact.
    """

    def __init__(self, run_id: int, token: uuid.UUID, *, seconds: float = BEAT_SECONDS) -> None:
        self.run_id = run_id
        self.token = token
        self.seconds = seconds
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
            raise RunLost(f"Run {self.run_id} was canceled, or taken over by another worker.")

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Write about the run in one transaction, during which nobody can take it over. Raises RunLost."""
        with transaction.atomic():
            if self._mine().select_for_update(no_key=True).first() is None:
                self._is_lost = True
            self.check()
            yield

    def _mine(self) -> QuerySet[Run]:
        return Run.objects.filter(pk=self.run_id, token=self.token, status=RunStatus.RUNNING)

    def _beat(self) -> None:
        try:
            while not self._over.wait(self.seconds):
                self._renew()
        finally:
            connection.close()

    def _renew(self) -> None:
        try:
            self._is_lost = self._mine().update(heartbeat_at=timezone.now()) == 0
        except Error:
            # The database is away: the next beat tries again on a fresh connection.
            connection.close()
