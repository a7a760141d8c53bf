"""This will let a person take responsibility for a failed check of a dataset, with a reason that is kept.

A waiver holds for that check on that dataset version, whichever run reads it. It changes no run: one that the check
has stopped is resumed by whoever wants it to go on.
"""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from config.accounts.models import User
from models_registry.models import DatasetVersion, DataWaiver, Run, RunEventKind
from models_registry.validation import Outcome


class WaiverRefused(Exception):
    """The check cannot be waived; ``code`` says why: reason_missing, check_not_failed, already_waived."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def checks_of(run: Run) -> list[dict[str, Any]]:
    """Return what the checks of a run's data found, as Finding.to_dict wrote it; empty before they were made."""
    step = next((one for one in run.steps.all() if one.name == "validate"), None)
    return list(step.outputs.get("checks", [])) if step else []


def waivers_of(dataset: DatasetVersion) -> dict[str, DataWaiver]:
    """Return what was waived of a dataset version, by the check's name."""
    return {one.check_name: one for one in DataWaiver.objects.filter(dataset=dataset).select_related("person")}


def standing_failures(run: Run) -> list[str]:
    """Return the failed checks of a run's data that nobody has waived, by name."""
    waived = waivers_of(run.dataset)
    return [one["name"] for one in checks_of(run) if one["outcome"] == Outcome.FAILED and one["name"] not in waived]


@transaction.atomic
def waive(run: Run, *, check: str, by: User, reason: str, now: datetime) -> DataWaiver:
    """Waive a check that failed in a run, for the run's dataset version. Raises WaiverRefused."""
    if not reason.strip():
        raise WaiverRefused("reason_missing", "A waiver needs a reason.")
    if not any(one["name"] == check and one["outcome"] == Outcome.FAILED for one in checks_of(run)):
        raise WaiverRefused("check_not_failed", f"No check {check!r} of run {run.pk} has failed.")
    try:
        with transaction.atomic():
            made = DataWaiver.objects.create(
                dataset=run.dataset, check_name=check, person=by, reason=reason.strip(), created_at=now
            )
    except IntegrityError:
        raise WaiverRefused("already_waived", f"{check} is waived for {run.dataset} already.") from None
    run.note(RunEventKind.WAIVED, by=by, detail=f"{check}: {made.reason}", at=now)
    return made
