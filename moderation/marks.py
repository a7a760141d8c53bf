"""This will list what happened in a period that numbers may answer to: deployments, policies, incidents, decisions."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from config.accounts.models import Project
from config.compiled import Compiled, Given
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


_INSIDE = {"started_at__gte": Given("start"), "started_at__lt": Given("end")}
_DEPLOYMENTS = Compiled(
    lambda: Deployment.objects.filter(detector__project=Given("project"), **_INSIDE).select_related(
        "model_version__detector", "started_by"
    )
)
_POLICIES = Compiled(
    lambda: PolicyStart.objects.filter(policy_version__project=Given("project"), **_INSIDE).select_related(
        "policy_version", "started_by"
    )
)
_INCIDENTS = Compiled(
    lambda: Incident.objects.filter(
        project=Given("project"), at__gte=Given("start"), at__lt=Given("end")
    ).select_related("by")
)
_DECISIONS = Compiled(
    lambda: (
        PeriodDecision.objects.filter(
            project=Given("project"), created_at__gte=Given("start"), created_at__lt=Given("end")
        )
        .select_related("person")
        .defer("evidence")
    )
)


def _inside(project: Project, period: Period) -> dict[str, Any]:
    return {"project": project.pk, "start": period.start, "end": period.end}


def _deployments(project: Project, period: Period) -> Iterator[Mark]:
    for one in _DEPLOYMENTS.all(**_inside(project, period)):
        said = _("%(version)s rolled back to") if one.is_roll_back else _("%(version)s deployed")
        title = said % {"version": one.model_version}
        yield Mark(MarkKind.DEPLOYMENT, one.started_at, title, one.reason, str(one.started_by or ""))


def _policies(project: Project, period: Period) -> Iterator[Mark]:
    for one in _POLICIES.all(**_inside(project, period)):
        version = one.policy_version
        facts = {"number": version.number, "mode": version.get_mode_display()}
        title = _("Policy %(number)s in force: %(mode)s") % facts
        yield Mark(MarkKind.POLICY, one.started_at, title, version.reason, str(one.started_by or ""))


def _incidents(project: Project, period: Period) -> Iterator[Mark]:
    for one in _INCIDENTS.all(**_inside(project, period)):
        yield Mark(MarkKind.INCIDENT, one.at, one.title, one.note, str(one.by))


def _decisions(project: Project, period: Period) -> Iterator[Mark]:
    for one in _DECISIONS.all(**_inside(project, period)):
        facts = {
            "outcome": one.get_outcome_display(),
            "first": date_format(one.starts_at),
            "last": date_format(one.last_day),
        }
        title = _("%(outcome)s, about %(first)s to %(last)s") % facts
        yield Mark(MarkKind.DECISION, one.created_at, title, one.reason, str(one.person or ""))
