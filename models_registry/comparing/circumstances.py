"""This will set side by side what runs were asked for and went through: configs, code, machines, time, data checks."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext

from models_registry import data_waivers
from models_registry.comparing.lines import Cell, Line, share, texts
from models_registry.config_files import writing
from models_registry.models import Run, RunStep, StepStatus
from models_registry.run_page import CHECKS, STEPS, took
from models_registry.training import plan

_TONES = {"passed": "good", "warning": "warn", "failed": "bad", "waived": "warn"}


def parameters(runs: Sequence[Run]) -> list[Line]:
    """Return a line for every value of the configs, by its dotted name, in the order of a config file."""
    every = [dict(writing.every(one.config)) for one in runs]
    names = list(dict.fromkeys(name for one in every for name in one))
    return [texts(name, [one.get(name, "") for one in every], is_code=True) for name in names]


def seconds(runs: Sequence[Run]) -> list[Line]:
    """Return how long each step took, then all of them: by the clock, of the processors, of a graphics processor."""
    rows = [{row.name: row for row in run.steps.all()} for run in runs]
    lines = [
        Line(str(STEPS[name][0]), [_step(one.get(name)) for one in rows])
        for name in plan.NAMES
        if any(name in one for one in rows)
    ]
    totals = {
        "seconds": gettext("All steps"),
        "cpu_seconds": gettext("All processors together"),
        "gpu_seconds": gettext("A graphics processor held"),
    }
    return lines + [texts(name, [_total(one, field) for one in rows]) for field, name in totals.items()]


def _step(row: RunStep | None) -> Cell:
    if row is None or row.seconds is None:
        return Cell()
    note = gettext("taken over") if row.reused_from_id else ""
    tone = "bad" if row.status == StepStatus.FAILED else ""
    return Cell(took(row.seconds), note, tone=tone)


def _total(rows: Mapping[str, RunStep], field: str) -> str:
    known = [getattr(row, field) for row in rows.values() if getattr(row, field) is not None]
    return took(sum(known)) if known else ""


def code(runs: Sequence[Run]) -> list[Line]:
    """Return the commit and, by name, what machine and which packages each run had."""
    lines = [texts(gettext("Code commit"), [one.code_commit[:12] for one in runs], is_code=True)]
    lines += [texts(gettext("Code of the steps"), [_code_version(one) for one in runs], is_code=True)]
    names = list(dict.fromkeys(name for one in runs for name in one.environment))
    lines += [texts(_called(name), [said(one.environment.get(name)) for one in runs]) for name in names]
    lines += [texts(gettext("First weights"), [_weights(one) for one in runs])]
    return [one for one in lines if one.is_known]


def _called(name: str) -> str:
    """Name a fact about the machine; packages are called as they are."""
    words = {
        "python": "Python",
        "platform": gettext("System"),
        "processor": gettext("Processor"),
        "cores": gettext("Cores"),
        "gpu": gettext("Graphics processor"),
    }
    return words.get(name, name)


def said(value: Any) -> str:
    """Write a fact about a machine; nothing where it is not known."""
    return "" if value in (None, "") else str(value)


def environment(run: Run) -> list[tuple[str, str]]:
    """Return what machine and which packages a run had, in words."""
    return [(_called(name), said(value)) for name, value in run.environment.items() if said(value)]


def _code_version(run: Run) -> str:
    """The hash of the sources that the newest step ran; the commit says nothing of what was not committed."""
    known = [row.inputs.get("code") for row in run.steps.all() if row.inputs.get("code")]
    return str(known[-1])[:12] if known else ""


def _weights(run: Run) -> str:
    first = next(iter(run.epochs.all()), None)
    return str(first.metrics.get("weights_source") or "") if first else ""


def learned(runs: Sequence[Run]) -> list[Line]:
    """Return, in numbers, what the learning curves show."""
    epochs = [[one.metrics for one in run.epochs.all()] for run in runs]
    aim = "validation_average_precision"
    reached = [next((one[aim] for one in reversed(those) if one.get(aim) is not None), None) for those in epochs]
    lines = [
        texts(gettext("Epochs"), [str(len(those)) if those else "" for those in epochs]),
        texts(gettext("Loss in the last epoch"), [_last(those, "loss") for those in epochs]),
        texts(gettext("Validation loss in the last epoch"), [_last(those, "validation_loss") for those in epochs]),
        texts(gettext("Lowest validation loss"), [_lowest(those) for those in epochs]),
        Line(gettext("Average precision in validation"), [share(one) for one in reached]),
    ]
    return [one for one in lines if one.is_known]


def _last(epochs: Sequence[Mapping[str, Any]], name: str) -> str:
    known = [one[name] for one in epochs if one.get(name) is not None]
    return f"{known[-1]:.4f}" if known else ""


def _lowest(epochs: Sequence[Mapping[str, Any]]) -> str:
    known = [(one["validation_loss"], n) for n, one in enumerate(epochs, 1) if one.get("validation_loss") is not None]
    if not known:
        return ""
    loss, epoch = min(known)
    return gettext("%(loss)s in epoch %(epoch)s") % {"loss": f"{loss:.4f}", "epoch": epoch}


def checks(runs: Sequence[Run]) -> list[Line]:
    """Return how each check of the data ended in each run."""
    waived = [data_waivers.waivers_of(one.dataset) for one in runs]
    found = [
        {one["name"]: _outcome(one, is_waived=one["name"] in those) for one in data_waivers.checks_of(run)}
        for run, those in zip(runs, waived, strict=True)
    ]
    return [
        Line(str(title), [one.get(name, Cell()) for one in found])
        for name, title in CHECKS.items()
        if any(name in one for one in found)
    ]


def _outcome(check: Mapping[str, Any], *, is_waived: bool) -> Cell:
    words = {
        "passed": gettext("Passed"),
        "warning": gettext("Warning"),
        "failed": gettext("Failed"),
        "waived": gettext("Failed, waived"),
        "skipped": gettext("Not compared"),
    }
    outcome = "waived" if is_waived and check["outcome"] == "failed" else check["outcome"]
    return Cell(words.get(outcome, outcome), tone=_TONES.get(outcome, ""))
