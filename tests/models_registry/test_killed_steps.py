"""A worker killed with -9 in any step: another one goes on from there, and nothing is there twice."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from config.embedded.paths import CHECKOUT
from models_registry import training
from models_registry.models import Evaluation, ModelVersion, Run, RunStatus, StepStatus
from models_registry.training import plan
from models_registry.training.heartbeat import SILENCE_SECONDS
from tests.models_registry.builders import CONFIG, FIT, NOW, lines, place, requested
from tests.runtime.workers import database_url

pytestmark = pytest.mark.django_db(transaction=True)
SHORT = {"canvas": CONFIG["canvas"], "fit": {**FIT, "epochs": 1}}
# Loads torch once. Each worker is a child of its own, which does a step's work and is then held, before its row is
# written: that is when most would be lost. What it says is its process id.
NURSERY = """
import os, signal, sys, time
import django; django.setup()
from django.utils import timezone
from models_registry import training
from models_registry.training import steps

def held(do):
    def step(bench):
        do(bench)
        print(os.getpid(), flush=True)
        time.sleep(600)
    return step

signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for line in sys.stdin:
    run, name = line.split()
    if os.fork() == 0:
        steps.STEPS[name] = held(steps.STEPS[name])
        training.execute(int(run), now=timezone.now())
        print("The run ended.", flush=True)
        os._exit(1)
"""

Hold = Callable[[Run, str], int]


@pytest.fixture(scope="module")
def hold(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hold]:
    """Start a worker on a run and return its process id once it is held in a step."""
    log_path: Path = tmp_path_factory.mktemp("nursery") / "log"
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings", "DATABASE_URL": database_url()}
    with log_path.open("wb") as log:
        nursery = subprocess.Popen(
            [sys.executable, "-c", NURSERY],
            cwd=CHECKOUT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )

    def start(run: Run, name: str) -> int:
        assert nursery.stdin
        assert nursery.stdout
        print(run.pk, name, file=nursery.stdin, flush=True)
        said = nursery.stdout.readline().strip()
        assert said.isdigit(), (said, log_path.read_text())
        return int(said)

    yield start
    nursery.communicate(timeout=10)


@pytest.mark.parametrize("name", plan.NAMES)
def test_a_worker_killed_in_a_step_loses_that_step_and_another_finishes(hold: Hold, name: str) -> None:
    run = requested(place(), lines(n=120), config=SHORT)
    os.kill(hold(run, name), signal.SIGKILL)
    run.refresh_from_db()
    assert (run.status, run.steps.get(name=name).status) == (RunStatus.RUNNING, StepStatus.RUNNING)
    before = dict(run.steps.values_list("name", "started_at"))

    assert training.recover(now=timezone.now()) == []
    assert training.recover(now=timezone.now() + timedelta(seconds=SILENCE_SECONDS + 60)) == [run.pk]
    run = training.execute(run.pk, now=NOW)

    assert (run.status, run.error, run.attempts) == (RunStatus.SUCCEEDED, "", 2)
    after = dict(run.steps.values_list("name", "started_at"))
    assert [one for one in before if before[one] != after[one]] == [name]
    assert list(after) == list(plan.NAMES)
    assert set(run.steps.values_list("status", flat=True)) == {StepStatus.DONE}
    assert ModelVersion.objects.filter(run=run).count() == 1
    assert Evaluation.objects.filter(model_version__run=run).count() == 1
    assert run.model_version.scorecards.exists()
    assert [one.epoch for one in run.epochs.all()] == [1]


def test_a_worker_killed_in_the_same_step_each_time_fails_the_run_visibly(hold: Hold) -> None:
    run = requested(place(), lines(n=120), config=SHORT)
    for _ in range(training.MOST_ATTEMPTS):
        os.kill(hold(run, "preprocess"), signal.SIGKILL)
        training.recover(now=timezone.now() + timedelta(seconds=SILENCE_SECONDS + 60))
    run.refresh_from_db()
    assert (run.status, run.error) == (RunStatus.FAILED, "The worker fell silent in 3 attempts.")
    assert run.steps.get(name="preprocess").status == StepStatus.FAILED
    event = run.events.order_by("id").last()
    assert event is not None
    assert event.kind == "failed"
