"""This will say whether the machine is stopped: by a no-go or by the guard, with no go since."""

from config.accounts.models import Project
from moderation.models import PeriodDecision, PeriodOutcome


class NeedsGo(Exception):
    """The machine was stopped, and only a new go lets a policy that acts come into force."""


def standing(project: Project) -> PeriodDecision | None:
    """Return the no-go, or the stop by the guard, that stands; None where a go came after it or none was given.

    Whoever acts on the answer holds the project's lock, under which decisions are written.
    """
    decisive = [PeriodOutcome.GO, PeriodOutcome.NO_GO, PeriodOutcome.STOPPED]
    last = PeriodDecision.objects.filter(project=project, outcome__in=decisive).order_by("-id").first()
    return None if last is None or last.outcome == PeriodOutcome.GO else last


def refuse_acting(project: Project) -> None:
    """Raises NeedsGo where the machine is stopped; called for every policy whose mode is not MANUAL."""
    stop = standing(project)
    if stop is not None:
        raise NeedsGo(
            f"The machine was stopped on {stop.created_at:%Y-%m-%d}. A policy that acts needs a new go first."
        )
