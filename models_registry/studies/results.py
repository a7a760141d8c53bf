"""This will read off the rows what a study's trials have reached."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate

from models_registry.models import Run, RunEpoch, RunStatus, Study, Trial

AIM = "validation_average_precision"
# Trials with different numbers of epochs are compared at the same share of their fits.
STAGES = 10


class State(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    FITTED = "fitted"
    PRUNED = "pruned"
    FAILED = "failed"
    CANCELED = "canceled"


@dataclass(frozen=True)
class Result:
    """What came of one trial. ``value`` is what it reached in its last epoch, 0 to 1, None where nothing did;
    ``stages`` maps the tenth of the fit, 1 to 10, to the best value up to it."""

    trial: Trial
    state: State
    value: float | None
    stages: dict[int, float]
    epochs: int

    @property
    def is_over(self) -> bool:
        return self.state not in (State.WAITING, State.RUNNING)


def results(study: Study) -> list[Result]:
    """Return what came of every trial, in their order."""
    trials = study.trials.select_related("run", "pruning").prefetch_related("run__epochs").order_by("number")
    return [result(one) for one in trials]


def result(trial: Trial) -> Result:
    """Return what came of one trial."""
    epochs = list(trial.run.epochs.all())
    state = _state(trial.run, is_pruned=hasattr(trial, "pruning"))
    values = [one.metrics[AIM] for one in epochs if one.metrics.get(AIM) is not None]
    # A fit whose validation side has no violation reaches nothing that could be compared.
    if state == State.FITTED and not values:
        state = State.FAILED
    return Result(trial, state, values[-1] if values else None, stages(epochs), len(epochs))


def stages(epochs: Iterable[RunEpoch]) -> dict[int, float]:
    """Return the best value up to each tenth of a fit that its epochs have come to."""
    known = [one.metrics for one in epochs if one.metrics.get(AIM) is not None]
    best_so_far = accumulate((one[AIM] for one in known), max)
    reached = {stage_of(one): value for one, value in zip(known, best_so_far, strict=True)}
    # A fit of few epochs skips tenths; what it had reached before holds for them.
    return {
        stage: reached[max(one for one in reached if one <= stage)]
        for stage in range(min(reached, default=0), max(reached, default=-1) + 1)
    }


def stage_of(metrics: dict[str, float]) -> int:
    return max(1, int(STAGES * metrics["epoch"] / metrics["epochs"]))


def best(found: Sequence[Result]) -> Result | None:
    """Return the fitted trial that reached most, the earlier one of equals."""
    fitted = [one for one in found if one.state == State.FITTED and one.value is not None]
    return max(fitted, key=lambda one: (one.value, -one.trial.number), default=None)


def _state(run: Run, *, is_pruned: bool) -> State:
    if is_pruned and run.status == RunStatus.CANCELED:
        return State.PRUNED
    return {
        RunStatus.REQUESTED: State.WAITING,
        RunStatus.RUNNING: State.RUNNING,
        RunStatus.SUCCEEDED: State.FITTED,
        RunStatus.FAILED: State.FAILED,
        RunStatus.CANCELED: State.CANCELED,
    }[RunStatus(run.status)]
