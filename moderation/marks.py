"""This will list what happened in a period that numbers may answer to: deployments, policies, incidents, decisions."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from config.accounts.models import Project
from models_registry.models import Deployment
from moderation.measurement.periods import Period
from moderation.models import Incident, PeriodDecision, PolicyStart


class MarkKind(StrEnum):
    DEPLOYMENT = "deployment"
    POLICY = "policy"
    INCIDENT = "incident"
    DECISION = "decision"


@dataclass(frozen=True)
class Mark:
    """One point on the time axis; ``who`` is empty where no person is known."""

    kind: MarkKind
    at: datetime
    title: str
    detail: str = ""
    who: str = ""


def marks(project: Project, period: Period) -> list[Mark]:
    """Return the marks of a period, oldest first."""
    each = (_deployments, _policies, _incidents, _decisions)
    found = [mark for one in each for mark in one(project, period)]
    return sorted(found, key=lambda one: (one.at, one.kind, one.title))


def _deployments(project: Project, period: Period) -> Iterator[Mark]:
    started = Deployment.objects.filter(
        detector__project=project, started_at__gte=period.start, started_at__lt=period.end
    )
    for one in started.select_related("model_version__detector", "started_by"):
        said = _("%(version)s rolled back to") if one.is_roll_back else _("%(version)s deployed")
        title = said % {"version": one.model_version}
        yield Mark(MarkKind.DEPLOYMENT, one.started_at, title, one.reason, str(one.started_by or ""))


def _policies(project: Project, period: Period) -> Iterator[Mark]:
    inside = PolicyStart.objects.filter(
        policy_version__project=project, started_at__gte=period.start, started_at__lt=period.end
    )
    for one in inside.select_related("policy_version", "started_by"):
        version = one.policy_version
        facts = {"number": version.number, "mode": version.get_mode_display()}
        title = _("Policy %(number)s in force: %(mode)s") % facts
        yield Mark(MarkKind.POLICY, one.started_at, title, version.reason, str(one.started_by or ""))


def _incidents(project: Project, period: Period) -> Iterator[Mark]:
    inside = Incident.objects.filter(project=project, at__gte=period.start, at__lt=period.end)
    for one in inside.select_related("by"):
        yield Mark(MarkKind.INCIDENT, one.at, one.title, one.note, str(one.by))


def _decisions(project: Project, period: Period) -> Iterator[Mark]:
    inside = PeriodDecision.objects.filter(project=project, created_at__gte=period.start, created_at__lt=period.end)
    for one in inside.select_related("person").defer("evidence"):
        facts = {
            "outcome": one.get_outcome_display(),
            "first": date_format(one.starts_at),
            "last": date_format(one.last_day),
        }
        title = _("%(outcome)s, about %(first)s to %(last)s") % facts
        yield Mark(MarkKind.DECISION, one.created_at, title, one.reason, str(one.person or ""))
