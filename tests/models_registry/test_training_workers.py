"""Runs and the workers that die, fall silent, or come at the same time."""

import os
import signal
import subprocess
import sys
import uuid
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from django.db import connection
from django.utils import timezone

from config.embedded.paths import CHECKOUT
from config.embedded.processes import wait_until
from models_registry import training
from models_registry.models import ModelVersion, Run, RunEpoch, RunStatus, RunStep, Scorecard, StepStatus
from models_registry.training.heartbeat import SILENCE_SECONDS, Heartbeat, RunLost
from tests.models_registry.builders import CONFIG, FIT, NOW, Place, each_in_a_thread, lines, requested
from tests.models_registry.builders import place as new_place
from tests.runtime.workers import database_url

pytestmark = pytest.mark.django_db(transaction=True)
WORKER = """
import django; django.setup()
from django.utils import timezone
from models_registry import training
training.execute({}, now=timezone.now())
"""
LONG = {"canvas": CONFIG["canvas"], "fit": {**FIT, "epochs": 3000}}


@pytest.fixture
def place(transactional_db: None) -> Place:
    return new_place()


def execute(run: Run) -> Run:
    return training.execute(run.pk, now=NOW)


def test_of_two_workers_one_executes_a_run(place: Place) -> None:
    run = requested(place, lines(n=80))
    results = each_in_a_thread(lambda: execute(run), lambda: execute(run))
    assert {type(one) for one in results} == {Run}
    run.refresh_from_db()
    assert (run.attempts, run.status) == (1, RunStatus.SUCCEEDED)
    assert ModelVersion.objects.filter(run=run).count() == 1
    assert Scorecard.objects.count() == 1


def test_a_worker_that_lost_its_run_ends_quietly_and_spoils_nothing(place: Place) -> None:
    run = requested(place, config=LONG)
    ended: list[object] = []

    def first_worker() -> None:
        try:
            ended.append(execute(run))
        except BaseException as error:
            ended.append(error)
        finally:
            connection.close()

    thread = Thread(target=first_worker)
    thread.start()
    assert wait_until(lambda: run.epochs.exists(), seconds=60)
    assert training.recover(now=timezone.now() + timedelta(seconds=SILENCE_SECONDS + 60)) == [run.pk]
    token = uuid.uuid4()
    place_of_second = training._take(run.pk, token=token, now=NOW)
    assert place_of_second is not None
    thread.join(60)
    assert [type(one) for one in ended] == [Run], ended
    run.refresh_from_db()
    assert (run.status, run.token, run.error) == (RunStatus.RUNNING, token, "")
    assert {"canvases.npy", "table.npz", "fit.checkpoint"} <= {one.name for one in place_of_second.iterdir()}
    assert run.steps.get(name="fit").status == StepStatus.RUNNING


def test_a_killed_worker_loses_nothing_and_another_goes_on_from_its_checkpoint(place: Place, tmp_path: Path) -> None:
    run = requested(place, config=LONG)
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings", "DATABASE_URL": database_url()}
    with (tmp_path / "log").open("wb") as log:
        worker = subprocess.Popen(
            [sys.executable, "-c", WORKER.format(run.pk)], cwd=CHECKOUT, env=environment, stdout=log, stderr=log
        )
    assert wait_until(lambda: run.epochs.count() >= 2, seconds=120), (tmp_path / "log").read_text()
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait(10)
    reached = run.epochs.count()
    assert training.recover(now=timezone.now()) == []
    assert training.recover(now=timezone.now() + timedelta(seconds=SILENCE_SECONDS + 60)) == [run.pk]
    before = RunEpoch.objects.get(run=run, epoch=1).metrics
    second = Thread(target=lambda: each_in_a_thread(lambda: execute(run)))
    second.start()
    assert wait_until(lambda: run.epochs.count() > reached + 1, seconds=120)
    Run.objects.filter(pk=run.pk).update(token=uuid.uuid4())
    second.join(60)
    assert RunEpoch.objects.get(run=run, epoch=1).metrics == before
    run.refresh_from_db()
    assert run.attempts == 2


def test_a_run_whose_workers_fall_silent_three_times_fails_visibly(place: Place) -> None:
    run = requested(place, [])
    for _ in range(training.MOST_ATTEMPTS):
        training._take(run.pk, token=uuid.uuid4(), now=NOW)
        RunStep.objects.update_or_create(
            run=run, name="extract", defaults={"position": 0, "status": StepStatus.RUNNING, "started_at": NOW}
        )
        training.recover(now=timezone.now() + timedelta(seconds=SILENCE_SECONDS + 60))
    run.refresh_from_db()
    assert (run.status, run.error) == (RunStatus.FAILED, "The worker fell silent in 3 attempts.")
    assert dict(run.steps.values_list("name", "status")) == {"extract": StepStatus.FAILED}


def test_a_run_whose_worker_lives_is_not_given_away(place: Place) -> None:
    run = requested(place, [])
    training._take(run.pk, token=uuid.uuid4(), now=NOW)
    assert training.recover(now=timezone.now() + timedelta(seconds=SILENCE_SECONDS - 60)) == []


def test_a_heartbeat_renews_the_row_and_notices_when_the_run_is_taken_away(place: Place) -> None:
    run, token = requested(place, []), uuid.uuid4()
    training._take(run.pk, token=token, now=NOW)
    Run.objects.filter(pk=run.pk).update(heartbeat_at=NOW)

    def is_lost() -> bool:
        try:
            heartbeat.check()
        except RunLost:
            return True
        return False

    with Heartbeat(run.pk, token, seconds=0.05) as heartbeat:
        assert wait_until(lambda: Run.objects.get(pk=run.pk).heartbeat_at > NOW, seconds=60)
        assert not is_lost()
        Run.objects.filter(pk=run.pk).update(token=uuid.uuid4())
        assert wait_until(is_lost, seconds=60)


def test_a_heartbeat_outlives_a_broken_connection(place: Place) -> None:
    run, token = requested(place, []), uuid.uuid4()
    training._take(run.pk, token=token, now=NOW)
    with Heartbeat(run.pk, token, seconds=0.05):
        beats = Run.objects.filter(pk=run.pk, heartbeat_at__gt=NOW)
        assert wait_until(beats.exists, seconds=60)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        Run.objects.filter(pk=run.pk).update(heartbeat_at=NOW)
        assert wait_until(beats.exists, seconds=60)
