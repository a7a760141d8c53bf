"""This will keep one day's costs and outputs in rows: counted anew from what happened, as often as one likes."""

from datetime import date, datetime

from django.db import transaction

from config.accounts.models import Project
from moderation.costs import outputs, usage, views_by_age
from moderation.models import DailyCost

_COUNTED = ["quantity", "low", "high", "squares", "rows", "measured_rows"]


@transaction.atomic
def refresh(project: Project, day: date, *, now: datetime) -> None:
    """Count a day of UTC anew; safe to repeat, and the same whenever it is done over the same rows.

    Stored bytes go on from the newest earlier day that was counted: count days in their order, or all anew. Two callers
    at once wait for each other's rows, and the later one's stay.
    """
    outputs.refresh(project, day)
    views_by_age.refresh(project, day, now=now)
    used = usage.of_day(project, day)
    rows = [
        DailyCost(
            project=project,
            day=day,
            resource=resource,
            source=source,
            **{name: getattr(one, name) for name in _COUNTED},
        )
        for (resource, source), one in sorted(used.items())
    ]
    for stale in DailyCost.objects.filter(project=project, day=day):
        if (stale.resource, stale.source) not in used:
            stale.delete()
    DailyCost.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["project", "day", "resource", "source"], update_fields=_COUNTED
    )
