"""A study tries config after config, goes on after a crash, gives up what leads nowhere, and tells what mattered."""

import pytest
from django.utils import timezone

from models_registry import canceling, config_files, registry, studies, tasks, training
from models_registry.models import ModelVersion, Pruning, RunEpoch, RunStatus, Study, StudyStatus, Trial
from models_registry.studies import searching
from models_registry.studies.pruning import give_up_if_hopeless
from models_registry.studies.results import AIM, State, best, results, stages
from tests.models_registry.builders import CANVAS_PX, NOW, Place, dataset, each_in_a_thread, person
from tests.models_registry.builders import place as new_place

pytestmark = pytest.mark.django_db(transaction=True)
TEXT = f"""canvas: {{size_px: {CANVAS_PX}}}
optimizer:
  learning_rate: {{low: 1e-4, high: 1e-2, scale: log}}   # this one
batch_size: {{choices: [16, 32]}}
epochs: 1
threads: 1
study: {{trials: 3}}
"""


@pytest.fixture
def place(transactional_db: None) -> Place:
    return new_place()


def requested(place: Place, text: str = TEXT) -> Study:
    return studies.request(place.detector, dataset(place), config_text=text, now=NOW)


def pretend(study: Study, *curve: float, epochs: int | None = None) -> Trial:
    """Ask for the next trial and write down what its run would have measured."""
    studies.advance(now=NOW)
    trial = study.trials.order_by("-number").first()
    measured(trial, *curve, epochs=epochs)
    status = RunStatus.SUCCEEDED if epochs is None else RunStatus.RUNNING
    type(trial.run).objects.filter(pk=trial.run_id).update(status=status)
    return trial


def measured(trial: Trial, *curve: float, epochs: int | None = None) -> None:
    for index, value in enumerate(curve, start=1):
        metrics = {"epoch": index, "epochs": epochs or len(curve), AIM: value}
        RunEpoch.objects.create(run=trial.run, epoch=index, metrics=metrics)


def states(study: Study) -> list[str]:
    return [one.state.value for one in results(study)]


def test_a_study_runs_its_trials_one_after_another_and_ends_with_a_config_that_is_ready(place: Place) -> None:
    study = requested(place)
    tasks.train()
    study.refresh_from_db()
    assert study.status == StudyStatus.FINISHED, study.error
    assert states(study) == ["fitted"] * 3
    assert not ModelVersion.objects.exists()
    for one in results(study):
        assert list(one.trial.run.steps.values_list("name", flat=True))[-1] == "fit"
        assert one.trial.run.config["fit"]["learning_rate"] == one.trial.values["optimizer.learning_rate"]
        assert config_files.read(one.trial.run.config_text).config == one.trial.run.config
        assert "# this one" in one.trial.run.config_text
    run = studies.train_best(study, now=NOW)
    found = best(results(study))
    assert found is not None
    assert run.config == found.trial.run.config
    done = training.execute(run.pk, now=timezone.now())
    assert done.status == RunStatus.SUCCEEDED, done.error
    assert ModelVersion.objects.get().run == run
    assert run.steps.get(name="fit").reused_from.run == found.trial.run


def test_what_is_tried_follows_from_the_rows_alone(place: Place) -> None:
    study = requested(place)
    for value in (0.2, 0.5):
        pretend(study, value)
    file, over = config_files.read(TEXT), results(study)
    expected = searching.next_values(study.pk, file, over)
    assert expected == searching.next_values(study.pk, file, results(study))
    assert expected not in [one.trial.values for one in over]
    studies.advance(now=NOW)
    assert study.trials.get(number=3).values == expected


def test_a_search_moves_to_where_it_is_good() -> None:
    text = "canvas: {size_px: 16}\naugmentation: {flip: {low: 0, high: 1}}\nstudy: {trials: 40}\n"
    file, place = config_files.read(text), new_place()
    study = studies.request(place.detector, dataset(place, []), config_text=text, now=NOW)
    for _ in range(24):
        trial = pretend(study)
        measured(trial, 1 - abs(trial.values["augmentation.flip"] - 0.8))
    late = [one.values["augmentation.flip"] for one in study.trials.filter(number__gt=14)]
    assert sum(abs(one - 0.8) < 0.2 for one in late) >= 6
    assert searching.importances(file, results(study)) == {"augmentation.flip": 1.0}


def test_importances_name_what_mattered() -> None:
    text = "canvas: {size_px: 16}\naugmentation: {flip: {low: 0, high: 1}, jitter: {low: 0, high: 1}}\nstudy: {}\n"
    place = new_place()
    study = studies.request(place.detector, dataset(place, []), config_text=text, now=NOW)
    for _ in range(19):
        trial = pretend(study)
        measured(trial, trial.values["augmentation.flip"] ** 2)
    studies.advance(now=NOW)
    study.refresh_from_db()
    assert list(study.importances)[0] == "augmentation.flip"
    assert sum(study.importances.values()) == pytest.approx(1)


def test_of_two_workers_one_asks_for_the_next_trial(place: Place) -> None:
    study = requested(place)
    calls = [lambda: studies.advance(now=NOW)] * 4
    assert sorted(each_in_a_thread(*calls))[-1] == 1
    assert study.trials.count() == 1
    assert not studies.are_waiting()


def test_a_killed_study_goes_on_from_its_rows(place: Place) -> None:
    study = requested(place)
    pretend(study, 0.4)
    studies.advance(now=NOW)
    lost = study.trials.get(number=2)
    type(lost.run).objects.filter(pk=lost.run_id).update(status=RunStatus.RUNNING, attempts=1, heartbeat_at=None)
    assert not studies.are_waiting()
    tasks.recover()
    tasks.train()
    study.refresh_from_db()
    assert (study.status, states(study)) == (StudyStatus.FINISHED, ["fitted"] * 3)


def test_a_canceled_study_cancels_its_trial_and_asks_for_no_other(place: Place) -> None:
    study, engineer = requested(place), person(place.project)
    pretend(study, 0.4)
    studies.advance(now=NOW)
    studies.cancel(study, by=engineer, now=NOW)
    assert (study.status, study.canceled_by, states(study)) == (StudyStatus.CANCELED, engineer, ["fitted", "canceled"])
    assert studies.advance(now=NOW) == 0
    with pytest.raises(studies.StudyRefused, match="over"):
        studies.cancel(study, by=engineer, now=NOW)


def test_a_trial_that_a_person_cancels_counts_and_the_study_goes_on(place: Place) -> None:
    study = requested(place)
    studies.advance(now=NOW)
    canceling.cancel(study.trials.get().run, by=person(place.project), now=NOW)
    studies.advance(now=NOW)
    assert states(study) == ["canceled", "waiting"]


def test_a_study_whose_trials_all_fail_ends_and_says_why(place: Place) -> None:
    study = requested(place, TEXT.replace("trials: 3", "trials: 50"))
    for _ in range(3):
        studies.advance(now=NOW)
        last = study.trials.order_by("-number").first()
        type(last.run).objects.filter(pk=last.run_id).update(status=RunStatus.FAILED, error="No image can be read.")
    studies.advance(now=NOW)
    study.refresh_from_db()
    assert (study.status, study.error) == (StudyStatus.FAILED, "No image can be read.")
    with pytest.raises(studies.StudyRefused) as refused:
        studies.train_best(study, now=NOW)
    assert refused.value.code == "nothing_finished"


def test_a_trial_below_the_median_is_given_up_and_one_above_is_not(place: Place) -> None:
    study = requested(place, TEXT.replace("trials: 3", "trials: 20"))
    for level in (0.5, 0.6, 0.7, 0.8, 0.9):
        pretend(study, *(level * share for share in (0.4, 0.6, 0.8, 1.0)))
    good = pretend(study, 0.35, 0.6, epochs=4)
    assert not give_up_if_hopeless(good.run, now=NOW)
    canceling.cancel(good.run, by=None, now=NOW)
    bad = pretend(study, 0.1, 0.2, epochs=4)
    assert give_up_if_hopeless(bad.run, now=NOW)
    assert Pruning.objects.get().reached == 0.2
    assert states(study)[-1] == "pruned"
    assert not give_up_if_hopeless(bad.run, now=NOW)
    assert studies.advance(now=NOW) == 1


def test_nothing_is_given_up_after_its_last_epoch_or_where_the_study_says_so(place: Place) -> None:
    for text in (TEXT.replace("trials: 3", "trials: 20"), TEXT.replace("trials: 3", "trials: 20, pruning: false")):
        study = requested(place, text)
        for _ in range(5):
            pretend(study, 0.9, 0.9, 0.9, 0.9)
        is_over = "pruning" not in text
        bad = pretend(study, *[0.1] * (4 if is_over else 3), epochs=4)
        assert not give_up_if_hopeless(bad.run, now=NOW)
        canceling.cancel(bad.run, by=None, now=NOW)


def test_a_pruned_trial_stops_while_it_is_fitted(place: Place) -> None:
    study = requested(place, TEXT.replace("trials: 3", "trials: 6").replace("epochs: 1", "epochs: 30"))
    for _ in range(5):
        pretend(study, *[2.0] * 30)
    tasks.train()
    assert states(study)[-1] == State.PRUNED
    pruned = study.trials.get(number=6)
    assert pruned.run.epochs.count() < 30
    assert pruned.pruning.epoch == pruned.run.epochs.count()


def test_fits_of_different_lengths_are_compared_at_the_same_share() -> None:
    def epochs(*values: float) -> list[RunEpoch]:
        metrics = [{"epoch": at, "epochs": len(values), AIM: value} for at, value in enumerate(values, start=1)]
        return [RunEpoch(epoch=one["epoch"], metrics=one) for one in metrics]

    assert stages(epochs(0.5, 0.7)) == {5: 0.5, 6: 0.5, 7: 0.5, 8: 0.5, 9: 0.5, 10: 0.7}
    assert stages(epochs(*[0.1 * n for n in range(1, 11)]))[5] == pytest.approx(0.5)
    assert stages(epochs(0.9, 0.1)) == {5: 0.9, 6: 0.9, 7: 0.9, 8: 0.9, 9: 0.9, 10: 0.9}
    assert stages([]) == {}


def test_a_text_without_ranges_is_no_study_and_one_with_ranges_no_run(place: Place) -> None:
    with pytest.raises(studies.StudyRefused) as refused:
        requested(place, f"canvas: {{size_px: {CANVAS_PX}}}\n")
    assert refused.value.code == "no_ranges"
    with pytest.raises(registry.RunRefused) as told:
        registry.request_runs(place.detector, dataset(place), config_text=TEXT, now=NOW)
    assert told.value.code == "is_a_study"


def test_seeds_make_one_run_each_with_the_text_kept(place: Place) -> None:
    text = f"canvas: {{size_px: {CANVAS_PX}}}\nseeds: [4, 5]\n"
    runs = registry.request_runs(place.detector, dataset(place), config_text=text, now=NOW)
    assert [one.config["fit"]["seed"] for one in runs] == [4, 5]
    assert {one.config_text for one in runs} == {text}
    assert len({one.config_hash for one in runs}) == 2
