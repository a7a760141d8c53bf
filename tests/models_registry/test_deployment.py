"""What is deployed: the gate has the last word, two at once happen one after the other, rolling back goes back."""

from collections.abc import Callable

import pytest
from django.db import connection, transaction

from models_registry import deployment
from models_registry.deployment import DeploymentRefused
from models_registry.models import Deployment, GateOutcome, ModelVersion
from tests.models_registry.builders import NOW, Place, detector, each_in_a_thread, impatient, measured, person
from tests.models_registry.builders import place as new_place
from tests.models_registry.builders import version as new_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(db: None) -> Place:
    return new_place()


def deployed(place: Place) -> ModelVersion:
    """Deploy a version that has passed against whatever is champion."""
    made = new_version(place)
    measured(made, against=deployment.champion(place.detector))
    deployment.deploy(made, by=None, now=NOW)
    return made


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(DeploymentRefused) as refused:
        call()
    return refused.value.code


def roll_back(place: Place) -> ModelVersion:
    return deployment.roll_back(place.detector, by=None, now=NOW).model_version


def test_a_version_that_passed_the_gate_becomes_champion(place: Place) -> None:
    made = deployed(place)
    assert deployment.champion(place.detector) == made
    assert deployment.champion_of(place.project) == made


def test_nothing_is_deployed_at_first(place: Place) -> None:
    assert deployment.champion_of(place.project) is None


def test_a_new_champion_ends_the_one_before(place: Place) -> None:
    first, second = deployed(place), deployed(place)
    assert Deployment.objects.get(model_version=first).ended_at == NOW
    assert deployment.champion(place.detector) == second


def test_a_version_that_failed_the_gate_is_refused_with_the_reason(place: Place) -> None:
    made = new_version(place)
    measured(made, GateOutcome.FAIL)
    with pytest.raises(DeploymentRefused, match="It misses too much") as refused:
        deployment.deploy(made, by=None, now=NOW)
    assert refused.value.code == "gate_failed"
    assert not Deployment.objects.exists()


def test_a_version_the_gate_never_saw_is_refused(place: Place) -> None:
    assert refusal(lambda: deployment.deploy(new_version(place), by=None, now=NOW)) == "gate_missing"


def test_a_version_measured_against_another_champion_is_refused(place: Place) -> None:
    made = new_version(place)
    measured(made, against=None)
    deployed(place)
    assert refusal(lambda: deployment.deploy(made, by=None, now=NOW)) == "gate_outdated"


def test_the_newest_scorecard_counts(place: Place) -> None:
    made = new_version(place)
    measured(made)
    measured(made, GateOutcome.FAIL)
    assert refusal(lambda: deployment.deploy(made, by=None, now=NOW)) == "gate_failed"


def test_the_champion_cannot_be_deployed_again(place: Place) -> None:
    made = deployed(place)
    assert refusal(lambda: deployment.deploy(made, by=None, now=NOW)) == "already_champion"


def test_only_one_detector_of_a_project_decides(place: Place) -> None:
    deployed(place)
    other = new_version(place, of=detector(place.project, place.schema))
    measured(other)
    assert refusal(lambda: deployment.deploy(other, by=None, now=NOW)) == "other_detector_decides"


def test_too_little_data_is_refused_until_a_person_waives_it(place: Place) -> None:
    made, engineer = new_version(place), person(place.project)
    card = measured(made, GateOutcome.NOT_ENOUGH_DATA)
    assert refusal(lambda: deployment.deploy(made, by=engineer, now=NOW)) == "not_enough_data"
    deployment.waive(card, by=engineer, reason="The pilot has few posts.", now=NOW)
    assert deployment.deploy(made, by=engineer, now=NOW).model_version == made


def test_a_failed_check_cannot_be_waived(place: Place) -> None:
    card = measured(new_version(place), GateOutcome.FAIL)
    call = lambda: deployment.waive(card, by=person(place.project), reason="Please.", now=NOW)  # noqa: E731
    assert refusal(call) == "waiver_refused"


def test_a_waiver_needs_a_reason(place: Place) -> None:
    card = measured(new_version(place), GateOutcome.NOT_ENOUGH_DATA)
    call = lambda: deployment.waive(card, by=person(place.project), reason=" ", now=NOW)  # noqa: E731
    assert refusal(call) == "waiver_refused"


def test_a_second_waiver_says_that_there_is_one(place: Place) -> None:
    card = measured(new_version(place), GateOutcome.NOT_ENOUGH_DATA)
    deployment.waive(card, by=person(place.project), reason="The pilot has few posts.", now=NOW)
    call = lambda: deployment.waive(card, by=person(place.project), reason="Mine.", now=NOW)  # noqa: E731
    assert refusal(call) == "waiver_refused"
    assert card.waiver.reason == "The pilot has few posts."


def test_rolling_back_returns_to_the_champion_before(place: Place) -> None:
    first, _ = deployed(place), deployed(place)
    assert roll_back(place) == first
    assert Deployment.objects.get(ended_at__isnull=True).is_roll_back


def test_rolling_back_twice_goes_back_two_champions_and_never_forward(place: Place) -> None:
    first, second, _ = deployed(place), deployed(place), deployed(place)
    assert roll_back(place) == second
    assert roll_back(place) == first
    assert refusal(lambda: roll_back(place)) == "nothing_to_roll_back_to"


def test_after_rolling_back_a_new_champion_can_be_rolled_back_too(place: Place) -> None:
    first, _ = deployed(place), deployed(place)
    roll_back(place)
    deployed(place)
    assert roll_back(place) == first


def test_there_is_nothing_to_roll_back_to_without_a_champion_before(place: Place) -> None:
    assert refusal(lambda: roll_back(place)) == "nothing_to_roll_back_to"
    deployed(place)
    assert refusal(lambda: roll_back(place)) == "nothing_to_roll_back_to"


@pytest.mark.django_db(transaction=True)
def test_of_two_deployments_at_once_the_second_is_refused_as_outdated() -> None:
    place = new_place()
    versions = [new_version(place), new_version(place)]
    for one in versions:
        measured(one)
    calls = [lambda one=one: deployment.deploy(one, by=None, now=NOW) for one in versions]
    results = each_in_a_thread(*calls)
    refused = [one for one in results if isinstance(one, DeploymentRefused)]
    assert [one.code for one in refused] == ["gate_outdated"]
    assert Deployment.objects.filter(ended_at__isnull=True).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_deployment_waits_for_a_verdict_that_is_being_written() -> None:
    place = new_place()
    made = new_version(place)
    measured(made)
    with transaction.atomic():
        assert deployment.hold_still(place.project) is None

        def deploy() -> None:
            with impatient():
                deployment.deploy(made, by=None, now=NOW)

        [result] = each_in_a_thread(deploy)
    assert "lock timeout" in str(result)


@pytest.mark.django_db(transaction=True)
def test_two_verdicts_at_once_do_not_wait_for_each_other() -> None:
    place = new_place()
    made = deployed(place)
    with transaction.atomic():
        deployment.hold_still(place.project)

        def hold() -> ModelVersion | None:
            with impatient():
                return deployment.hold_still(place.project)

        assert each_in_a_thread(hold) == [made]


@pytest.mark.django_db(transaction=True)
def test_a_deployment_keeps_nobody_from_adding_rows_to_the_project() -> None:
    place = new_place()
    made = new_version(place)
    measured(made)
    with transaction.atomic():
        deployment.deploy(made, by=None, now=NOW)

        def add() -> None:
            with impatient():
                detector(place.project, place.schema)

        assert each_in_a_thread(add) == [None]
        assert connection.in_atomic_block
