"""This will gather what stands side by side when runs are compared. Pure reading, of one project.

Numbers compare where they are of the same images: all are read from the hold-out of one dataset version where every
one was measured on it, and else each from its own, which the page says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from config.accounts.models import Project
from models_registry.comparing import circumstances, measures
from models_registry.comparing.lines import Line
from models_registry.models import Evaluation, ModelVersion, Run

# Of a curve and of an epoch, so many digits are drawn.
_DIGITS = 4


@dataclass(frozen=True)
class Column:
    """One run of the comparison; ``shade`` is the number of its color."""

    run: Run
    shade: int
    version: ModelVersion | None
    report: dict[str, Any]
    measured_on: int | None
    gate: str
    is_champion: bool
    others: str


@dataclass(frozen=True)
class ComparePage:
    """``hold_outs`` are the numbers of the dataset versions that were measured on: one where numbers compare."""

    columns: list[Column]
    hold_outs: list[int]
    is_whole: bool
    whole: list[Line]
    classes: list[Line]
    parts: list[Line]
    parameters: list[Line]
    differing: int
    seconds: list[Line]
    code: list[Line]
    checks: list[Line]
    learned: list[Line]
    at_recalls: list[Line]
    names: dict[str, str]

    @property
    def ids(self) -> str:
        return ",".join(str(one.run.pk) for one in self.columns)

    @property
    def hold_out(self) -> int | None:
        return self.hold_outs[0] if len(self.hold_outs) == 1 else None

    def figures(self) -> dict[str, Any]:
        """Return what the charts draw, JSON."""
        return {"runs": [_drawn(one, self.names) for one in self.columns]}


def runs(project: Project, ids: Sequence[int]) -> list[Run]:
    """Return those of these runs that the project has, in the order asked for."""
    mine = Run.objects.filter(detector__project=project, pk__in=ids)
    beside = ("detector", "dataset__schema", "model_version__detector", "requested_by")
    found = {one.pk: one for one in mine.select_related(*beside).prefetch_related("steps", "epochs")}
    return [found[one] for one in ids if one in found]


def page(runs: Sequence[Run], *, is_whole: bool = False) -> ComparePage:
    """Set runs side by side; ``is_whole`` lists all parameters, not just those that differ."""
    columns = _columns(runs)
    reports = [one.report for one in columns]
    names = {one["key"]: one["name"] for run in runs for one in run.dataset.schema.classes}
    every = circumstances.parameters(runs)
    return ComparePage(
        columns=columns,
        hold_outs=sorted({one.measured_on for one in columns if one.measured_on is not None}),
        is_whole=is_whole,
        whole=measures.whole(reports),
        classes=measures.by_class(reports, names),
        parts=measures.by_part(reports),
        parameters=[one for one in every if is_whole or one.differs],
        differing=sum(one.differs for one in every),
        seconds=circumstances.seconds(runs),
        code=circumstances.code(runs),
        checks=circumstances.checks(runs),
        learned=circumstances.learned(runs),
        at_recalls=measures.at_recalls(reports),
        names=names,
    )


def _columns(runs: Sequence[Run]) -> list[Column]:
    versions = {one.pk: getattr(one, "model_version", None) for one in runs}
    known = [one.pk for one in versions.values() if one]
    evaluations: dict[int, dict[int, Evaluation]] = {}
    for one in Evaluation.objects.filter(model_version__in=known).select_related("dataset"):
        evaluations.setdefault(one.model_version_id, {})[one.dataset_id] = one
    common = _common(list(evaluations.values()) if len(evaluations) == len(known) else [])
    return [
        _column(run, shade, versions[run.pk], evaluations, common=common, every=runs)
        for shade, run in enumerate(runs, start=1)
    ]


def _common(evaluations: Sequence[dict[int, Evaluation]]) -> int | None:
    """Return the newest dataset version on whose hold-out all were measured; None where there is none."""
    shared = set.intersection(*(set(one) for one in evaluations)) if evaluations else set()
    numbers = {pk: one[pk].dataset.number for one in evaluations for pk in shared}
    return max(shared, key=lambda pk: numbers[pk], default=None)


def _column(
    run: Run,
    shade: int,
    version: ModelVersion | None,
    evaluations: dict[int, dict[int, Evaluation]],
    *,
    common: int | None,
    every: Sequence[Run],
) -> Column:
    mine = evaluations.get(version.pk, {}) if version else {}
    chosen = mine.get(run.dataset_id if common is None else common)
    card = version.scorecards.first() if version else None
    return Column(
        run=run,
        shade=shade,
        version=version,
        report=chosen.report if chosen else {},
        measured_on=chosen.dataset.number if chosen else None,
        gate=card.outcome if card else "",
        is_champion=bool(version and version.deployments.filter(ended_at__isnull=True, role="champion").exists()),
        others=",".join(str(one.pk) for one in every if one.pk != run.pk),
    )


def _drawn(column: Column, names: dict[str, str]) -> dict[str, Any]:
    report = column.report
    parts = {"": report.get("any") or {}} | {key: (report.get("classes") or {}).get(key) or {} for key in names}
    return {
        "run": column.run.pk,
        "shade": column.shade,
        "epochs": [
            [one.epoch, _short(one.metrics.get("loss")), _short(one.metrics.get("validation_loss"))]
            for one in column.run.epochs.all()
        ],
        "curves": {key: _curve(one.get("curve") or []) for key, one in parts.items()},
    }


def _curve(points: Sequence[dict[str, Any]]) -> list[list[float | None]]:
    known = [one for one in points if one.get("recall") is not None and one.get("precision") is not None]
    return [[_short(one["recall"]), _short(one["precision"]), _short(one["threshold"])] for one in known]


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)
