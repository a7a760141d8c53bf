"""The page of a run: every step in its state, the checks with their waivers, what happened."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import translation

from models_registry import data_waivers, overview, run_page
from models_registry.models import Run, RunStatus, RunStep
from models_registry.run_page import RunPage
from models_registry.training import plan
from models_registry.validation import NAMES
from tests.models_registry.builders import NOW, Place, person, requested
from tests.models_registry.builders import place as new_place

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(seconds=100)
LEAK = {
    "name": "leakage",
    "outcome": "failed",
    "value": 3,
    "limit": 0,
    "sentence": "3 images that calibrate or measure have a relative on another side.",
    "said": [
        {"text": "%(n)s images that calibrate or measure have a relative on another side.", "places": {"n": "3"}},
    ],
}


@pytest.fixture
def place(db: None) -> Place:
    return new_place()


def run_with(place: Place, status: RunStatus, *steps: tuple[str, str, float | None], **outputs: Any) -> Run:
    """Write a run with some steps, each (name, status, seconds)."""
    run = requested(place, [])
    for name, state, seconds in steps:
        RunStep.objects.create(
            run=run,
            name=name,
            position=plan.NAMES.index(name),
            status=state,
            seconds=seconds,
            started_at=NOW,
            outputs=outputs,
        )
    Run.objects.filter(pk=run.pk).update(status=status, started_at=NOW, finished_at=LATER)
    return run


def shown(run: Run) -> RunPage:
    return run_page.shown(overview.run(run.detector.project, run.pk), now=LATER)


def test_every_step_and_every_check_has_its_words() -> None:
    assert set(run_page.STEPS) == set(plan.NAMES)
    assert set(run_page.CHECKS) == set(NAMES)


def test_a_run_that_waits_shows_all_steps_not_begun(place: Place) -> None:
    page = run_page.shown(requested(place, []), now=NOW)
    assert [one.name for one in page.steps] == list(plan.NAMES)
    assert {one.state for one in page.steps} == {"waiting"}
    assert run_page.outcome_in_words(page) == "It waits for a training worker to take it up."
    assert (page.is_live, page.took, page.stopped_at) == (True, "", None)


def test_a_step_under_way_is_open_and_its_time_runs(place: Place) -> None:
    run = run_with(place, RunStatus.RUNNING, ("extract", "done", 25.0), ("validate", "running", None))
    page = shown(run)
    extract, validate = page.steps[:2]
    assert (validate.is_open, validate.took, extract.is_open) == (True, "1 min 40 s", False)
    assert (extract.start, extract.share, validate.start, validate.share) == (0, 20, 20, 80)
    assert run_page.outcome_in_words(page) == "1 of 10 steps are done."


def test_a_failed_run_says_where_it_stopped_and_what_its_data_failed(place: Place) -> None:
    steps = (("extract", "done", 1.0), ("validate", "failed", 1.0))
    page = shown(run_with(place, RunStatus.FAILED, *steps, checks=[LEAK]))
    assert page.stopped_at == page.steps[1]
    assert [one.title for one in page.standing_failures] == ["Leakage"]
    assert not page.is_all_waived
    assert run_page.outcome_in_words(page) == "It stopped in step Validate; 1 of 10 steps are done."


def test_a_waived_check_is_shown_with_who_and_why(place: Place) -> None:
    steps = (("extract", "done", 1.0), ("validate", "failed", 1.0))
    run = run_with(place, RunStatus.FAILED, *steps, checks=[LEAK])
    engineer = person(place.project)
    data_waivers.waive(run, check="leakage", by=engineer, reason="A pilot.", now=NOW)
    page = shown(run)
    [check] = page.checks
    assert check.waiver is not None
    assert (check.state, check.waiver.person, check.waiver.reason) == ("waived", engineer, "A pilot.")
    assert page.is_all_waived
    assert [one.kind for one in page.events] == ["waived", "requested"]


def test_sentences_and_numbers_of_checks_are_in_the_language_of_whoever_reads(place: Place) -> None:
    share = LEAK | {"name": "near_duplicates", "value": 0.0042, "limit": 0.01, "outcome": "warning"}
    run = run_with(place, RunStatus.FAILED, ("validate", "done", 1.0), checks=[LEAK, share])
    english = shown(run).checks
    assert [(one.value, one.limit) for one in english] == [("3", "0"), ("0.42 %", "1.0 %")]
    assert english[0].sentence == LEAK["sentence"]
    with translation.override("ja"):
        japanese = shown(run).checks[0]
    assert japanese.title != english[0].title
    assert "3枚" in japanese.sentence


def test_a_run_of_before_a_step_existed_shows_those_that_it_had(place: Place) -> None:
    run = run_with(place, RunStatus.SUCCEEDED, ("extract", "done", 1.0), ("fit", "done", 3.0))
    page = shown(run)
    assert [one.name for one in page.steps] == ["extract", "fit"]
    assert run_page.outcome_in_words(page) == "All 2 steps are done."


def test_a_step_that_was_taken_over_names_the_run(place: Place) -> None:
    earlier = run_with(place, RunStatus.SUCCEEDED, ("fit", "done", 3.0))
    run = run_with(place, RunStatus.SUCCEEDED, ("fit", "done", 0.1))
    run.steps.update(reused_from=earlier.steps.get())
    assert shown(run).steps[0].reused_from == earlier.pk


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.04, "0.0 s"), (9.94, "9.9 s"), (48.4, "48 s"), (200, "3 min 20 s"), (7500, "2 h 5 min")]
)
def test_a_duration_is_written_as_people_say_it(seconds: float, words: str) -> None:
    assert run_page.took(seconds) == words
