"""This will cancel a run that is waited for or under way, so that its worker stops.

The row is the truth: from the moment it says so the run is canceled, whatever its worker still does. The worker holds
the run no longer, notices at its next heartbeat, which it looks at between images and between batches, and before it
writes anything.
"""

from datetime import datetime

from django.db import transaction

from config.accounts.models import User
from models_registry.models import Run, RunEventKind, RunStatus, RunStep, StepStatus
from models_registry.registry import RunRefused

IN_FLIGHT = (RunStatus.REQUESTED, RunStatus.RUNNING)


@transaction.atomic
def cancel(run: Run, *, by: User | None, reason: str = "", now: datetime) -> Run:
    """Cancel a run; it can be resumed from the step that was under way.

    Of two callers at once, or of a caller and the worker that just finishes, one wins. Raises RunRefused where the run
    is over.
    """
    in_flight = Run.objects.filter(pk=run.pk, status__in=IN_FLIGHT)
    if not in_flight.update(status=RunStatus.CANCELED, token=None, finished_at=now, error=""):
        raise RunRefused("not_in_flight", f"Run {run.pk} is over, so there is nothing to cancel.")
    for step in RunStep.objects.filter(run=run, status=StepStatus.RUNNING):
        step.status, step.seconds = StepStatus.CANCELED, (now - step.started_at).total_seconds()
        step.save(update_fields=["status", "seconds"])
    run.note(RunEventKind.CANCELED, by=by, detail=reason, at=now)
    run.refresh_from_db()
    return run
