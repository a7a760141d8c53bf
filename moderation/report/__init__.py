"""This will put together the report of a period: everything that was measured, decided and written about it.

Pure reading. The page, the CSV and the JSON are made from the same object, so that they cannot differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from config.accounts.models import Project
from moderation import costs, journal
from moderation.costs import Costs
from moderation.measurement.periods import Period
from moderation.models import Investigation, Note, PeriodDecision
from moderation.overview import Overview, beside_costs, trends
from moderation.overview.trends import Line


@dataclass(frozen=True)
class Report:
    """Everything about a period, as known at ``written_at``; ``lines`` have a point for ``every`` so many days."""

    project: Project
    period: Period
    overview: Overview
    lines: Sequence[Line]
    costs: Costs
    decisions: Sequence[PeriodDecision]
    notes: Sequence[Note]
    investigations: Sequence[Investigation]
    written_at: datetime
    every: int

    @property
    def file_name(self) -> str:
        """What a file of it is called, without its ending."""
        return f"report-{self.project.slug}-{self.period.first}-{self.period.last}"


def report(project: Project, period: Period, *, now: datetime, every: int = 1) -> Report:
    """Return the report of a period; what is drawn over time has a point for ``every`` so many days."""
    spent = costs.of_period(project, period)
    return Report(
        project=project,
        period=period,
        overview=beside_costs(project, period, book=spent.book, spent=spent.per_thousand_posts),
        lines=trends.lines(project, period, currency=spent.currency, every=every),
        costs=spent,
        decisions=_decisions(project, period),
        notes=journal.notes(project, period),
        investigations=journal.investigations(project, period),
        written_at=now,
        every=every,
    )


def _decisions(project: Project, period: Period) -> list[PeriodDecision]:
    """Return what was decided about any day of the period, whenever that was."""
    about = PeriodDecision.objects.filter(project=project, starts_at__lt=period.end, ends_at__gt=period.start)
    return list(about.select_related("person", "criteria", "policy_version").defer("evidence").order_by("id"))
