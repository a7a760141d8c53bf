"""This will write down how each task went: when it began, how long it took, what it returned or why it failed.

Celery's own signals, in the worker that did the task; nothing else rests on these rows. A database that is away costs
the row and never the task.
"""

import logging
import time
from datetime import timedelta
from typing import Any

from celery.signals import task_postrun, task_prerun
from celery.states import SUCCESS

log = logging.getLogger(__name__)

# Of each task so many successes and so many failures are kept, so that many of one push out none of the other.
KEPT = 20
_MOST_TOLD = 500
_began: dict[str, float] = {}


@task_prerun.connect
def begin(task_id: str, **_: Any) -> None:
    _began[task_id] = time.monotonic()


@task_postrun.connect
def end(task_id: str, task: Any, retval: Any, state: str | None = None, **_: Any) -> None:
    seconds = time.monotonic() - _began.pop(task_id, time.monotonic())
    keep(task.name, seconds=seconds, is_ok=state == SUCCESS, told=_told(retval))


def keep(task: str, *, seconds: float, is_ok: bool, told: str) -> None:
    """Keep a task's outcome that ends now, and forget the oldest of its kind."""
    # Signals are connected before Django knows its models.
    from django.db import DatabaseError, InterfaceError
    from django.utils import timezone

    from config.models import TaskOutcome

    started_at = timezone.now() - timedelta(seconds=seconds)
    try:
        TaskOutcome.objects.create(task=task, started_at=started_at, seconds=seconds, is_ok=is_ok, told=told)
        alike = TaskOutcome.objects.filter(task=task, is_ok=is_ok).order_by("-id")
        TaskOutcome.objects.filter(pk__in=alike.values("pk")[KEPT:]).delete()
    except (DatabaseError, InterfaceError) as error:
        log.warning("How %s went could not be written down: %s", task, error)


def _told(value: Any) -> str:
    if value is None:
        return ""
    said = f"{type(value).__name__}: {value}" if isinstance(value, BaseException) else str(value)
    return said[:_MOST_TOLD]
