"""This will search for the best config: a study asks for one trial after another, each a run that ends once fitted.

The rows are the truth: what a trial reached is read off its run's epochs, and a search that was killed goes on from
them. Trials are compared by the average precision on the calibration side of the split, never on the hold-out: what is
chosen by a set cannot be measured on it.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from config.accounts.models import User
from models_registry import canceling, config_files, registry
from models_registry.config_files import writing
from models_registry.models import DatasetVersion, Detector, Run, Study, StudyStatus, Trial
from models_registry.registry import RunRefused
from models_registry.studies.results import Result, State, best, results

__all__ = ["StudyRefused", "advance", "are_waiting", "cancel", "request", "train_best"]

# A study whose trials all fail will not be helped by more of them.
MOST_FAILURES = 3


class StudyRefused(Exception):
    """A study cannot do what was asked; ``code`` says why: wrong_schema, no_ranges, not_running, nothing_finished."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def request(
    detector: Detector, dataset: DatasetVersion, *, config_text: str, by: User | None = None, now: datetime
) -> Study:
    """Start a study; a training worker tries one config after another.

    Raises ConfigFileWrong, and StudyRefused where the text has no ranges or the dataset another schema.
    """
    if not config_files.read(config_text).is_study:
        raise StudyRefused("no_ranges", "The config has no ranges to search; request a run.")
    if dataset.schema_id != detector.schema_id:
        raise StudyRefused("wrong_schema", "The dataset was labeled under another schema than the detector's.")
    return Study.objects.create(
        detector=detector, dataset=dataset, config_text=config_text, requested_at=now, requested_by=by
    )


@transaction.atomic
def cancel(study: Study, *, by: User, now: datetime) -> Study:
    """End a study, and the trial that is under way; what is over stays. Raises StudyRefused where it is over."""
    running = Study.objects.filter(pk=study.pk, status=StudyStatus.RUNNING)
    if not running.update(status=StudyStatus.CANCELED, finished_at=now, canceled_by=by):
        raise StudyRefused("not_running", f"Study {study.pk} is over, so there is nothing to cancel.")
    for run in Run.objects.filter(trial__study=study, status__in=canceling.IN_FLIGHT):
        canceling.cancel(run, by=by, reason=f"Study {study.pk} was canceled.", now=now)
    study.refresh_from_db()
    return study


def train_best(study: Study, *, by: User | None = None, now: datetime) -> Run:
    """Request a whole run with the best config so far. Raises StudyRefused before any trial is over, and RunRefused."""
    found = best(results(study))
    if found is None:
        raise StudyRefused("nothing_finished", f"No trial of study {study.pk} has been fitted to the end yet.")
    return registry.request_runs(
        study.detector, study.dataset, config_text=found.trial.run.config_text, by=by, now=now
    )[0]


def are_waiting() -> bool:
    """Say whether a study wants another trial and none of its trials is under way."""
    return _waiting().exists()


def advance(*, now: datetime) -> int:
    """Request the next trial of every study that waits for one, or end it; returns how many went on.

    Of two callers at once each study goes on with one.
    """
    went_on = 0
    for pk in _waiting().order_by("id").values_list("pk", flat=True):
        went_on += _advance_one(pk, now=now)
    return went_on


def _waiting() -> "QuerySet[Study]":
    under_way = Run.objects.filter(trial__study=OuterRef("pk"), status__in=canceling.IN_FLIGHT)
    return Study.objects.filter(~Exists(under_way), status=StudyStatus.RUNNING)


@transaction.atomic
def _advance_one(pk: int, *, now: datetime) -> bool:
    # The table of trials is read anew under the lock: another worker may just have added one.
    study = Study.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=pk).first()
    if study is None or not _waiting().filter(pk=pk).exists():
        return False
    over = results(study)
    _tell_what_mattered(study, over)
    failures = [one for one in over[-MOST_FAILURES:] if one.state == State.FAILED]
    file = config_files.read(study.config_text)
    if len(failures) == MOST_FAILURES:
        _end(study, StudyStatus.FAILED, error=failures[-1].trial.run.error, now=now)
    elif file.study is None or len(over) >= file.study.trials:
        _end(study, StudyStatus.FINISHED, now=now)
    else:
        return _try_next(study, file, over, now=now)
    return True


def _try_next(study: Study, file: config_files.ConfigFile, over: list[Result], *, now: datetime) -> bool:
    # Optuna is for the training worker only.
    from models_registry.studies import searching

    values = searching.next_values(study.pk, file, over)
    by_place = {f"{one.part}.{one.name}": values[one.path] for one in file.ranges}
    try:
        with transaction.atomic():
            run = registry.request_run(
                study.detector,
                study.dataset,
                config=file.with_values(by_place),
                config_text=writing.with_values(study.config_text, values),
                by=study.requested_by,
                now=now,
            )
            Trial.objects.create(study=study, run=run, number=len(over) + 1, values=values)
    except RunRefused as error:
        # The very same config is being trained by itself; the next sweep tries again.
        if error.code == "run_in_flight":
            return False
        _end(study, StudyStatus.FAILED, error=str(error), now=now)
    return True


def _tell_what_mattered(study: Study, over: list[Result]) -> None:
    from models_registry.studies import searching

    study.importances = searching.importances(config_files.read(study.config_text), over)
    study.save(update_fields=["importances"])


def _end(study: Study, status: StudyStatus, *, error: str = "", now: datetime) -> None:
    study.status, study.error, study.finished_at = status, error, now
    study.save(update_fields=["status", "error", "finished_at"])
