"""This will keep what people write beside the numbers: incidents, notes, and investigations.

Notes, investigations and their steps are append-only: a report that was read can be read again. A correction is
another note or step. Incidents are marks on a chart; the admin may correct them.
"""

from datetime import datetime

from config.accounts.models import Project, User
from moderation.measurement.periods import Period
from moderation.models import Incident, Investigation, InvestigationStep, Note, StepKind


class NoSuchInvestigation(Exception):
    """This project has no such investigation."""


def report_incident(project: Project, *, title: str, note: str, at: datetime, by: User, now: datetime) -> Incident:
    return Incident.objects.create(project=project, title=title, note=note, at=at, by=by, created_at=now)


def add_note(project: Project, period: Period, *, text: str, by: User, now: datetime) -> Note:
    """Keep a note about all days of a period."""
    return Note.objects.create(project=project, first=period.first, last=period.last, text=text, by=by, created_at=now)


def investigate(project: Project, period: Period, *, hypothesis: str, by: User, now: datetime) -> Investigation:
    """Open an investigation about the days of a period."""
    return Investigation.objects.create(
        project=project, first=period.first, last=period.last, hypothesis=hypothesis, by=by, created_at=now
    )


def add_step(
    project: Project, investigation_id: int, *, kind: StepKind, text: str, by: User, now: datetime
) -> InvestigationStep:
    """Add what was done, or what was seen, to an investigation; raises NoSuchInvestigation."""
    found = Investigation.objects.filter(project=project, pk=investigation_id).first()
    if found is None:
        raise NoSuchInvestigation(f"There is no investigation {investigation_id}.")
    return InvestigationStep.objects.create(investigation=found, kind=kind, text=text, by=by, created_at=now)


def notes(project: Project, period: Period) -> list[Note]:
    """Return the notes about any day of a period, oldest first."""
    inside = Note.objects.filter(project=project, first__lte=period.last, last__gte=period.first)
    return list(inside.select_related("by").order_by("created_at", "id"))


def investigations(project: Project, period: Period) -> list[Investigation]:
    """Return the investigations about any day of a period with their steps, oldest first."""
    inside = Investigation.objects.filter(project=project, first__lte=period.last, last__gte=period.first)
    return list(inside.select_related("by").prefetch_related("steps__by").order_by("created_at", "id"))
