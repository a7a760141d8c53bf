"""This will tell workers to look now, instead of at the next beat.

A nudge is never needed: whatever waits is a row, and the beat's sweep finds it. So a broker that is away is logged and
forgotten, and a request that wrote its row succeeds.
"""

import logging
import time
from typing import Any

from celery.exceptions import OperationalError
from django.db import transaction

log = logging.getLogger(__name__)

_last: dict[str, float] = {}


def nudge(task: Any, *, seconds: float = 1.0) -> None:
    """Send a task without arguments once the transaction commits; at most one per ``seconds`` and process."""
    transaction.on_commit(lambda: _send(task, seconds=seconds))


def _send(task: Any, *, seconds: float) -> None:
    if time.monotonic() - _last.get(task.name, -seconds) < seconds:
        return
    _last[task.name] = time.monotonic()
    try:
        task.delay()
    except OperationalError as error:
        log.warning("The broker is away, so %s waits for the next sweep: %s", task.name, error)
