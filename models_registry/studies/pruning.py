"""This will give a trial up, after an epoch, that does worse than the others did at the same point."""

from datetime import datetime

from django.db import transaction

from models_registry import canceling, config_files
from models_registry.models import Pruning, Run, Trial
from models_registry.registry import RunRefused
from models_registry.studies.results import result, results


def give_up_if_hopeless(run: Run, *, now: datetime) -> bool:
    """Cancel a trial's run where the epochs so far say that it leads nowhere; returns whether it did.

    Does nothing for a run that is no trial, in a study without pruning, and after the last epoch: what is fitted to the
    end counts. A trial that was given up once and resumed by a person is left alone.
    """
    trial = Trial.objects.select_related("study", "run").filter(run=run, pruning__isnull=True).first()
    if trial is None:
        return False
    file, so_far = config_files.read(trial.study.config_text), result(trial)
    last = run.epochs.order_by("epoch").last()
    if last is None or last.metrics["epoch"] >= last.metrics["epochs"] or so_far.value is None:
        return False
    if not file.study or not file.study.prunes:
        return False
    others = [one for one in results(trial.study) if one.trial.pk != trial.pk]
    # Optuna is for the training worker only.
    from models_registry.studies import searching

    if not searching.is_hopeless(file, others, under_way=so_far):
        return False
    return _give_up(trial, epoch=last.epoch, reached=so_far.value, now=now)


def _give_up(trial: Trial, *, epoch: int, reached: float, now: datetime) -> bool:
    reason = f"Given up after epoch {epoch}: below the median of the trials before it."
    try:
        with transaction.atomic():
            canceling.cancel(trial.run, by=None, reason=reason, now=now)
            Pruning.objects.create(trial=trial, epoch=epoch, reached=reached, at=now)
    except RunRefused:
        # Somebody else has just ended the run.
        return False
    return True
