"""This will gather what the page of one run shows: its steps in time, the checks of its data, what happened to it.

Pure reading; sentences that rows keep are worded in the language of whoever reads.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext, gettext_lazy, ngettext

from models_registry import data_waivers
from models_registry.models import DataWaiver, Run, RunEvent, RunStatus, RunStep, StepStatus
from models_registry.training import plan

# What a step is called and does, by its name.
STEPS = {
    "extract": (gettext_lazy("Extract"), gettext_lazy("fetch manifest and originals, try each image")),
    "validate": (gettext_lazy("Validate"), gettext_lazy("check the data before anything is fitted to it")),
    "preprocess": (gettext_lazy("Preprocess"), gettext_lazy("decode every image on to its canvas")),
    "fit": (gettext_lazy("Fit"), gettext_lazy("train the network, epoch by epoch")),
    "calibrate": (gettext_lazy("Calibrate"), gettext_lazy("make scores hold as probabilities of the traffic")),
    "export": (gettext_lazy("Export"), gettext_lazy("write the one file that serving loads")),
    "parity": (gettext_lazy("Parity"), gettext_lazy("compare that file with the network")),
    "evaluate": (gettext_lazy("Evaluate"), gettext_lazy("measure that file on the hold-out")),
    "register": (gettext_lazy("Register"), gettext_lazy("give it its number as a model version")),
    "gate": (gettext_lazy("Gate"), gettext_lazy("compare it with the champion, check by check")),
}
CHECKS = {
    "schema": gettext_lazy("Sound rows"),
    "unreadable_images": gettext_lazy("Unreadable images"),
    "few_positives": gettext_lazy("Enough of every class"),
    "class_balance": gettext_lazy("Class balance"),
    "label_drift": gettext_lazy("Label drift"),
    "image_drift": gettext_lazy("Image drift"),
    "duplicates": gettext_lazy("Duplicates"),
    "near_duplicates": gettext_lazy("Near-duplicates across the split"),
    "annotator_imbalance": gettext_lazy("Annotator imbalance"),
    "leakage": gettext_lazy("Leakage"),
}
SHARES = {"unreadable_images", "class_balance", "near_duplicates", "annotator_imbalance"}
INDICES = {"label_drift", "image_drift"}
WAITING = "waiting"
# What other parts of the page show already, or nobody reads.
_HIDDEN = {"files", "checks"}


@dataclass(frozen=True)
class StepShown:
    """One step, done or not; ``share`` is its time in percent of all steps' time, ``start`` what went before."""

    name: str
    title: str
    does: str
    state: str
    row: RunStep | None
    took: str
    start: float
    share: float
    facts: list[tuple[str, Any]]
    reused_from: int | None
    is_open: bool


@dataclass(frozen=True)
class CheckShown:
    """One check of the data; ``state`` is its outcome, or "waived"."""

    name: str
    title: str
    sentence: str
    value: str
    limit: str
    state: str
    waiver: DataWaiver | None


@dataclass(frozen=True)
class RunPage:
    run: Run
    steps: list[StepShown]
    checks: list[CheckShown]
    events: list[RunEvent]
    is_live: bool
    took: str

    @property
    def done(self) -> int:
        return sum(one.state == StepStatus.DONE for one in self.steps)

    @property
    def standing_failures(self) -> list[CheckShown]:
        return [one for one in self.checks if one.state == "failed"]

    @property
    def is_all_waived(self) -> bool:
        """Whether the data stopped the run, and nothing stands in its way any more."""
        is_stopped = self.stopped_at is not None and self.stopped_at.name == "validate"
        return is_stopped and any(one.waiver for one in self.checks) and not self.standing_failures

    @property
    def stopped_at(self) -> StepShown | None:
        """The step that a run which is over did not finish."""
        if self.run.status not in (RunStatus.FAILED, RunStatus.CANCELED):
            return None
        return next((one for one in self.steps if one.state != StepStatus.DONE), None)


def shown(run: Run, *, now: datetime) -> RunPage:
    """Gather the page of a run whose steps are prefetched; ``now`` is the real time."""
    is_live = run.status in (RunStatus.REQUESTED, RunStatus.RUNNING)
    ended = now if is_live else run.finished_at
    return RunPage(
        run=run,
        steps=_steps(run, now=now),
        checks=checks(run),
        events=list(run.events.select_related("actor").order_by("-id")),
        is_live=is_live,
        took=took((ended - run.started_at).total_seconds()) if ended and run.started_at else "",
    )


def _steps(run: Run, *, now: datetime) -> list[StepShown]:
    rows = {row.name: row for row in run.steps.all()}
    seconds = {name: _seconds(row, now=now) for name, row in rows.items()}
    total, before, made = max(sum(seconds.values()), 1e-9), 0.0, []
    for name in _names(run, rows):
        row, mine = rows.get(name), seconds.get(name, 0.0)
        made.append(_step(name, row, seconds=mine, start=100 * before / total, share=100 * mine / total))
        before += mine
    return made


def _names(run: Run, rows: Mapping[str, RunStep]) -> list[str]:
    """Return all steps in order; of a run that succeeded, before some step existed, those that it has."""
    is_over = run.status == RunStatus.SUCCEEDED
    planned = plan.OF_A_TRIAL if hasattr(run, "trial") else plan.STEPS
    known = [step.name for step in planned if step.name in rows or not is_over]
    return known + [name for name in rows if name not in plan.NAMES]


def _seconds(row: RunStep, *, now: datetime) -> float:
    if row.seconds is not None:
        return row.seconds
    return max(0.0, (now - row.started_at).total_seconds()) if row.status == StepStatus.RUNNING else 0.0


def _step(name: str, row: RunStep | None, *, seconds: float, start: float, share: float) -> StepShown:
    title, does = STEPS.get(name, (name, ""))
    state = str(row.status) if row else WAITING
    return StepShown(
        name=name,
        title=str(title),
        does=str(does),
        state=state,
        row=row,
        took=took(seconds) if row else "",
        start=start,
        share=share,
        facts=[one for one in row.outputs.items() if one[0] not in _HIDDEN] if row else [],
        reused_from=row.reused_from.run_id if row and row.reused_from else None,
        is_open=state in (StepStatus.RUNNING, StepStatus.FAILED),
    )


def took(seconds: float) -> str:
    """Write a duration as people say it: ``0.4 s``, ``48 s``, ``3 min 20 s``, ``2 h 5 min``."""
    if seconds < 10:
        return gettext("%(seconds)s s") % {"seconds": f"{seconds:.1f}"}
    minutes, left = divmod(round(seconds), 60)
    if not minutes:
        return gettext("%(seconds)s s") % {"seconds": left}
    if minutes < 60:
        return gettext("%(minutes)s min %(seconds)s s") % {"minutes": minutes, "seconds": left}
    return gettext("%(hours)s h %(minutes)s min") % {"hours": minutes // 60, "minutes": minutes % 60}


def checks(run: Run) -> list[CheckShown]:
    """Return the checks of a run's data, with what was waived of them, worded for whoever reads."""
    waivers = data_waivers.waivers_of(run.dataset)
    return [_check(one, waivers.get(one["name"])) for one in data_waivers.checks_of(run)]


def _check(found: Mapping[str, Any], waiver: DataWaiver | None) -> CheckShown:
    is_waived = waiver is not None and found["outcome"] == "failed"
    parts = [gettext(text) % places for text, places in ((one["text"], one["places"]) for one in found["said"])]
    return CheckShown(
        name=found["name"],
        title=str(CHECKS.get(found["name"], found["name"])),
        sentence=" ".join(parts) or found["sentence"],
        value=_number(found["name"], found["value"]),
        limit=_number(found["name"], found["limit"]),
        state="waived" if is_waived else found["outcome"],
        waiver=waiver if is_waived else None,
    )


def _number(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    if name in SHARES:
        return f"{100 * value:.{1 if value >= 0.01 or value == 0 else 2}f} %"
    return f"{value:.2f}" if name in INDICES else f"{value:,.0f}"


def outcome_in_words(page: RunPage) -> str:
    """Say in a sentence how the run stands."""
    if page.run.status == RunStatus.REQUESTED:
        return gettext("It waits for a training worker to take it up.")
    n, total = page.done, len(page.steps)
    if page.run.status == RunStatus.RUNNING:
        return gettext("%(done)s of %(total)s steps are done.") % {"done": n, "total": total}
    if page.stopped_at is None:
        return ngettext("%(total)s step is done.", "All %(total)s steps are done.", total) % {"total": total}
    stopped = {"step": page.stopped_at.title, "done": n, "total": total}
    if page.run.status == RunStatus.CANCELED:
        return gettext("Canceled in step %(step)s; %(done)s of %(total)s steps are done.") % stopped
    return gettext("It stopped in step %(step)s; %(done)s of %(total)s steps are done.") % stopped
