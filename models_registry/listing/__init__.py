"""This will find the runs of a project, each with the model version that it made: filtered, sorted, a page at a time.

One query for a page and one that counts, however many runs there are. What lists sort by is a column: the database
reads it off the reports (models/figures).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    Count,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    FloatField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce

from config.accounts.models import Project
from models_registry.listing.wanted import COMPACT, Deployed, Made, Wanted
from models_registry.models import Deployment, Evaluation, ModelVersion, Run, RunStep, Scorecard, StepStatus
from models_registry.run_page import took

__all__ = ["SORTS", "Deployed", "Made", "Page", "Row", "Wanted", "page", "row", "runs", "versions"]

PAGE = 50
# The field of the query by which each name of ``sort`` sorts; nulls come last either way.
SORTS = {
    "number": "pk",
    "version": "model_version__number",
    "requested": "requested_at",
    "average_precision": "average_precision",
    "machine_recall": "recall_at_tenth",
    "seconds": "took",
}


@dataclass(frozen=True)
class Page:
    """One page of the list: ``number`` counts from 1, ``count`` is of all pages."""

    runs: list[Run]
    number: int
    count: int

    @property
    def last(self) -> int:
        return max(1, -(-self.count // PAGE))

    @property
    def before(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def after(self) -> int | None:
        return self.number + 1 if self.number < self.last else None


def page(project: Project, wanted: Wanted, *, number: int = 1) -> Page:
    """Return a page of the list; the last one where ``number`` is beyond it."""
    found = runs(project, wanted)
    count = found.count()
    number = min(max(1, number), max(1, -(-count // PAGE)))
    beside = ("detector", "dataset", "requested_by", "model_version__detector", "trial__study")
    shown = found.select_related(*beside).annotate(steps_done=_STEPS_DONE)
    return Page(list(shown[(number - 1) * PAGE : number * PAGE]), number, count)


def runs(project: Project, wanted: Wanted) -> QuerySet[Run]:
    """Return the runs asked for, in the order asked for, which ends with the id.

    Each has ``average_precision`` and ``recall_at_tenth`` (shares), ``took`` (a duration), ``gate`` (the newest
    outcome, empty before) and ``is_deployed``.
    """
    found = Run.objects.filter(detector__project=project).annotate(**_figures("pk"))
    found = found.filter(_conditions(wanted)).defer("config_text", "environment")
    return found.order_by(*_order(wanted.sort, SORTS))


def versions(project: Project, wanted: Wanted) -> QuerySet[ModelVersion]:
    """Return the model versions of the runs asked for, in the order asked for, with the same figures."""
    made = runs(project, wanted).order_by().values("pk")
    found = ModelVersion.objects.filter(run__in=made).select_related("detector").annotate(**_figures("run_id"))
    return found.order_by(*_order(wanted.sort, _SORTS_OF_VERSIONS))


_SORTS_OF_VERSIONS = SORTS | {"version": "number", "requested": "run__requested_at"}


def _order(sort: str, sorts: Mapping[str, str]) -> tuple[Any, str]:
    field, is_descending = F(sorts[sort.removeprefix("-")]), sort.startswith("-")
    by = field.desc(nulls_last=True) if is_descending else field.asc(nulls_last=True)
    return by, "-pk" if is_descending else "pk"


def _deployments(run: str) -> QuerySet[Deployment]:
    return Deployment.objects.filter(model_version__run=OuterRef(run))


def _figures(run: str) -> dict[str, Any]:
    """Return what rows of runs, or of versions, are annotated with; ``run`` is where a row has its run's id."""
    own = Evaluation.objects.filter(model_version__run=OuterRef(run), dataset=OuterRef("dataset"))
    cards = Scorecard.objects.filter(model_version__run=OuterRef(run)).order_by("-id")
    path = "" if run == "pk" else "run__"
    took = F(f"{path}finished_at") - F(f"{path}started_at")
    return {
        "average_precision": Subquery(own.values("average_precision")[:1], output_field=FloatField()),
        "recall_at_tenth": Subquery(own.values("recall_at_tenth")[:1], output_field=FloatField()),
        "took": ExpressionWrapper(took, output_field=DurationField()),
        "gate": Coalesce(Subquery(cards.values("outcome")[:1]), Value("")),
        "is_deployed": Exists(_deployments(run).filter(ended_at__isnull=True)),
    }


_DONE = RunStep.objects.filter(run=OuterRef("pk"), status=StepStatus.DONE).order_by().values("run")
_STEPS_DONE = Coalesce(Subquery(_DONE.values(n=Count("pk"))), Value(0))


def _conditions(wanted: Wanted) -> Q:
    plain = {
        "status": wanted.status,
        "detector": wanted.detector,
        "dataset": wanted.dataset,
        "requested_by": wanted.person,
        "requested_at__gte": wanted.since,
        "requested_at__lt": wanted.until,
        "gate": wanted.gate,
    }
    asked = Q(**{name: value for name, value in plain.items() if value not in (None, "")})
    return asked & _by_backbone(wanted.backbone) & _by_deployment(wanted.deployed) & _BY_MADE[wanted.made]


def _by_backbone(backbone: str) -> Q:
    """A config of before backbones had names trained the compact network."""
    if not backbone:
        return Q()
    named = Q(config__fit__backbone=backbone)
    return named | Q(config__fit__backbone__isnull=True) if backbone == COMPACT else named


def _by_deployment(deployed: str) -> Q:
    ever = Q(Exists(_deployments("pk")))
    return {"": Q(), Deployed.NOW: Q(is_deployed=True), Deployed.EVER: ever, Deployed.NEVER: ~ever}[deployed]


_BY_MADE = {
    "": Q(trial__isnull=True),
    Made.VERSION: Q(model_version__isnull=False),
    Made.NOTHING: Q(model_version__isnull=True, trial__isnull=True),
    Made.TRIAL: Q(trial__isnull=False),
}


@dataclass(frozen=True)
class Row:
    """A run as the list writes it; shares in percent, None where nothing was measured."""

    run: Run
    backbone: str
    average_precision: float | None
    machine_recall: float | None
    took: str


def row(run: Any) -> Row:
    """Lay out a run that ``page`` found."""
    return Row(
        run=run,
        backbone=(run.config.get("fit") or {}).get("backbone", COMPACT),
        average_precision=_percent(run.average_precision),
        machine_recall=_percent(run.recall_at_tenth),
        took=took(run.took.total_seconds()) if run.took else "",
    )


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share
