"""This will save what a small statement costs besides itself; Django finds this class by the name of its module.

Three things, measured on answers to jobs: a round trip at the start of every request; the making of a cursor, and of
all it learns of the types it reads, for every statement; reading times in Python where the driver reads them in C.
"""

import select
from datetime import UTC, datetime
from typing import Any

import psycopg
from django.db.backends.postgresql import base

_TIMES = psycopg.adapters.types["timestamptz"].oid
_QUICK: Any = psycopg.adapters.get_loader(_TIMES, psycopg.pq.Format.TEXT)


class InUtc(psycopg.adapt.Loader):
    """The driver's own reader of times, whose zone is always UTC, as Django has it."""

    timezone = UTC

    def __init__(self, oid: int, context: Any = None) -> None:
        super().__init__(oid, context)
        self._read = _QUICK(oid, context).load

    def load(self, data: Any) -> datetime:
        found: datetime = self._read(data)
        return found.replace(tzinfo=UTC)


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, but for what is said above."""

    _kept: Any = None

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        made = super().get_new_connection(conn_params)
        made.adapters.register_loader("timestamptz", InUtc)
        return made

    def kept_cursor(self) -> Any:
        """Return a cursor that is used again and again, and knows already how to read what it read before.

        Whoever executes with it takes all rows at once, and leaves it open.
        """
        self.close_if_health_check_failed()
        self.ensure_connection()
        if self._kept is None or self._kept.connection is not self.connection:
            with self.wrap_database_errors:
                self._kept = self.create_cursor()
        return self._prepare_cursor(self._kept)  # type: ignore[attr-defined]

    def is_usable(self) -> bool:
        """Return whether the server is still there, as far as can be known without a question.

        Whoever hangs up is heard: the socket has something to read. Where it has not, the next query tells as well as
        a question before it would (Django's is ``SELECT 1``); where it has, or something went wrong before, we ask.
        """
        return self._is_quiet() or super().is_usable()

    def _is_quiet(self) -> bool:
        if self.connection is None or self.connection.closed or self.errors_occurred:
            return False
        line = select.poll()
        line.register(self.connection.fileno(), select.POLLIN)
        return not line.poll(0)
