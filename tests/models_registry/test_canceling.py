"""A run can be canceled by an engineer, stops, and can be resumed from where it was."""

from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from config.embedded.processes import wait_until
from models_registry import canceling, registry, training
from models_registry.models import RunEpoch, RunStatus, RunStep, StepStatus
from models_registry.registry import RunRefused
from tests.models_registry.builders import CONFIG, FIT, NOW, Place, each_in_a_thread, person, requested
from tests.models_registry.builders import place as new_place

pytestmark = pytest.mark.django_db(transaction=True)
LONG = {"canvas": CONFIG["canvas"], "fit": {**FIT, "epochs": 3000}}


@pytest.fixture
def place(transactional_db: None) -> Place:
    return new_place()


def in_the_background(work: Any) -> tuple[Thread, list[Any]]:
    ended: list[Any] = []

    def run() -> None:
        try:
            ended.append(work())
        except BaseException as error:
            ended.append(error)
        finally:
            connection.close()

    thread = Thread(target=run)
    thread.start()
    return thread, ended


def test_a_run_that_waits_is_canceled_and_no_worker_takes_it(place: Place) -> None:
    run, engineer = requested(place, []), person(place.project)
    canceling.cancel(run, by=engineer, reason="a wrong config", now=NOW)
    assert (run.status, run.finished_at) == (RunStatus.CANCELED, NOW)
    assert training.waiting() is None
    assert training.execute(run.pk, now=NOW).attempts == 0
    event = run.events.order_by("id").last()
    assert event is not None
    assert (event.kind, event.actor, event.detail, event.at) == ("canceled", engineer, "a wrong config", NOW)


def test_a_run_that_fits_stops_and_goes_on_from_its_checkpoint_when_resumed(place: Place) -> None:
    run, engineer = requested(place, config=LONG), person(place.project)
    thread, ended = in_the_background(lambda: training.execute(run.pk, now=NOW))
    assert wait_until(lambda: run.epochs.count() >= 2, seconds=120)
    canceling.cancel(run, by=engineer, now=timezone.now())
    thread.join(60)
    assert [getattr(one, "status", one) for one in ended] == [RunStatus.CANCELED]
    step = run.steps.get(name="fit")
    assert step.status == StepStatus.CANCELED
    assert step.seconds is not None
    reached, first = run.epochs.count(), RunEpoch.objects.get(run=run, epoch=1).metrics

    registry.resume_run(run, by=engineer, now=NOW)
    thread, ended = in_the_background(lambda: training.execute(run.pk, now=NOW))
    assert wait_until(lambda: run.epochs.count() > reached, seconds=120)
    canceling.cancel(run, by=engineer, now=timezone.now())
    thread.join(60)
    assert RunEpoch.objects.get(run=run, epoch=1).metrics == first
    kinds = list(run.events.order_by("id").values_list("kind", flat=True))
    assert kinds == ["requested", "started", "canceled", "resumed", "started", "canceled"]


def test_between_two_batches_a_worker_looks_whether_its_run_is_still_wanted(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One epoch may take an hour: here the row says at the first batch that nobody wants it."""
    from models_registry.training.heartbeat import Heartbeat, RunLost

    run = requested(place, config=LONG)

    def check(self: Heartbeat) -> None:
        # Whoever writes about the run holds its row, and nobody can cancel it in that moment.
        fitting = RunStep.objects.filter(run=run, name="fit", status=StepStatus.RUNNING)
        if not connection.in_atomic_block and fitting.exists():
            canceling.cancel(run, by=None, now=timezone.now())
            raise RunLost(f"Run {run.pk} was canceled.")

    monkeypatch.setattr(Heartbeat, "check", check)
    assert training.execute(run.pk, now=NOW).status == RunStatus.CANCELED
    assert not run.epochs.exists()


def test_a_run_that_is_over_cannot_be_canceled(place: Place) -> None:
    run = training.execute(requested(place, []).pk, now=NOW)
    assert run.status == RunStatus.FAILED
    with pytest.raises(RunRefused) as refused:
        canceling.cancel(run, by=None, now=NOW)
    assert refused.value.code == "not_in_flight"


def test_of_two_who_cancel_at_once_one_does(place: Place) -> None:
    run = requested(place, [])
    results = each_in_a_thread(*[lambda: canceling.cancel(run, by=None, now=NOW)] * 2)
    assert sorted(type(one).__name__ for one in results) == ["Run", "RunRefused"]
    assert run.events.filter(kind="canceled").count() == 1


def test_a_canceled_run_is_not_taken_for_a_silent_one(place: Place) -> None:
    run = requested(place, [])
    canceling.cancel(run, by=None, now=NOW)
    assert training.recover(now=timezone.now() + timedelta(days=1)) == []
    assert registry.resume_run(run, now=NOW).status == RunStatus.REQUESTED
