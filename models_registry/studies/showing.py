"""This will gather what the page of a study shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from config.accounts.models import Project
from models_registry import config_files
from models_registry.config_files import writing
from models_registry.models import Study, StudyStatus
from models_registry.studies.results import Result, best, results


@dataclass(frozen=True)
class Row:
    """One trial; ``values`` in the order of the ranges, ``score`` in percent, None where it reached nothing."""

    result: Result
    values: list[str]
    score: float | None
    is_best: bool


@dataclass(frozen=True)
class StudyPage:
    """``mattered`` are ranges with the percentage of the differences that each explains, largest first."""

    study: Study
    ranges: list[str]
    trials: int
    rows: list[Row]
    best: Row | None
    mattered: list[tuple[str, float]]
    is_live: bool

    @property
    def is_over(self) -> int:
        return sum(one.result.is_over for one in self.rows)

    @property
    def best_values(self) -> list[tuple[str, str]]:
        return list(zip(self.ranges, self.best.values, strict=True)) if self.best else []


def of_project(project: Project) -> list[StudyPage]:
    """Return the newest studies of a project."""
    mine = Study.objects.filter(detector__project=project).select_related("detector", "dataset")
    return [_page(one) for one in mine.order_by("-requested_at", "-id")[:5]]


def page(project: Project, study_id: int) -> StudyPage:
    """Return everything about one study. Raises Study.DoesNotExist."""
    mine = Study.objects.filter(detector__project=project)
    return _page(mine.select_related("detector", "dataset", "requested_by", "canceled_by").get(pk=study_id))


def _page(study: Study) -> StudyPage:
    file, found = config_files.read(study.config_text), results(study)
    top = best(found)
    ranges = [one.path for one in file.ranges]
    rows = [_row(one, ranges, is_best=top is not None and one.trial.pk == top.trial.pk) for one in found]
    mattered = sorted(study.importances.items(), key=lambda one: (-one[1], one[0]))
    return StudyPage(
        study=study,
        ranges=ranges,
        trials=file.study.trials if file.study else 0,
        rows=rows,
        best=next((one for one in rows if one.is_best), None),
        mattered=[(name, 100 * share) for name, share in mattered],
        is_live=study.status == StudyStatus.RUNNING,
    )


def _row(found: Result, ranges: list[str], *, is_best: bool) -> Row:
    values = [writing.scalar(found.trial.values[path]) for path in ranges]
    return Row(found, values, None if found.value is None else 100 * found.value, is_best)


def figures(shown: StudyPage) -> Mapping[str, Any]:
    """Return what the charts draw: trials with what they reached, the best so far, and what mattered; shares 0 to 1."""
    trials = [
        {
            "number": one.result.trial.number,
            "run": one.result.trial.run_id,
            "state": one.result.state.value,
            "value": one.result.value,
            "values": dict(zip(shown.ranges, one.values, strict=True)),
        }
        for one in shown.rows
    ]
    mattered = [{"name": name, "share": share / 100} for name, share in shown.mattered]
    return {"trials": trials, "mattered": mattered, "is_live": shown.is_live}
