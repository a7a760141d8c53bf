"""This will name what a project's runs can be filtered by."""

from dataclasses import dataclass
from typing import Any

from config.accounts.models import Project, User
from models_registry.listing.wanted import Deployed, Made
from models_registry.models import DatasetVersion, Detector, GateOutcome, Run, RunStatus

MOST_DATASETS = 200
Choices = list[tuple[str, Any]]


@dataclass(frozen=True)
class Offered:
    """Pairs of a value and what it is called."""

    statuses: Choices
    detectors: Choices
    datasets: Choices
    people: Choices
    gates: Choices
    deployed: Choices
    made: Choices


def of(project: Project) -> Offered:
    datasets = DatasetVersion.objects.filter(project=project).order_by("-number")
    asked = Run.objects.filter(detector__project=project, requested_by__isnull=False)
    people = User.objects.filter(pk__in=asked.values("requested_by")).order_by("username")
    return Offered(
        statuses=RunStatus.choices,
        detectors=[(str(one.pk), one.slug) for one in Detector.objects.filter(project=project).order_by("slug", "id")],
        datasets=[(str(pk), str(number)) for pk, number in datasets.values_list("pk", "number")[:MOST_DATASETS]],
        people=[(str(one.pk), one.get_username()) for one in people],
        gates=GateOutcome.choices,
        deployed=Deployed.choices,
        made=Made.choices,
    )
