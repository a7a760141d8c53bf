"""Tests of keeping policy versions: exactly one in force, whoever changes it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from config.accounts.models import Role
from models_registry.models import Detector
from moderation import founding, policies
from moderation.go_no_go import deciding
from moderation.models import PolicyMode, PolicyStart, PolicyStatus, PolicyVersion
from moderation.policies import NoPolicy
from moderation.policy import BadRules
from tests.moderation.builders import CLASSES, NOW, World, person, rules, world


def draft(place: World) -> PolicyVersion:
    return policies.draft(place.project, mode=PolicyMode.ASSISTED, rules=rules(), now=NOW)


def in_force(place: World) -> list[PolicyVersion]:
    return list(PolicyVersion.objects.filter(project=place.project, status=PolicyStatus.IN_FORCE))


@pytest.mark.django_db
def test_putting_a_version_in_force_retires_the_one_before() -> None:
    place = world()
    new = policies.put_in_force(draft(place), now=NOW)
    assert in_force(place) == [new]
    place.policy.refresh_from_db()
    assert (place.policy.status, place.policy.retired_at) == (PolicyStatus.RETIRED, NOW)


@pytest.mark.django_db
def test_a_retired_version_can_come_back_also_when_what_one_holds_is_stale() -> None:
    place = world()
    stale = PolicyVersion.objects.get(pk=place.policy.pk)
    policies.put_in_force(draft(place), now=NOW)
    back = policies.put_in_force(stale, now=NOW)
    assert in_force(place) == [back]
    assert back.retired_at is None


@pytest.mark.django_db
def test_a_version_written_for_other_classes_cannot_come_into_force() -> None:
    place = world()
    old = draft(place)
    founding.change_classes(place.project, classes=CLASSES[:1], now=NOW)
    [current] = in_force(place)
    with pytest.raises(BadRules, match="exactly bright"):
        policies.put_in_force(old, now=NOW)
    assert in_force(place) == [current]


@pytest.mark.django_db
def test_putting_the_same_version_in_force_twice_changes_nothing() -> None:
    place = world()
    again = policies.put_in_force(place.policy, now=NOW)
    assert (again.pk, again.in_force_at) == (place.policy.pk, NOW)
    assert in_force(place) == [again]


@pytest.mark.django_db
def test_rules_that_do_not_fit_the_schema_are_never_written() -> None:
    place = world()
    with pytest.raises(BadRules):
        policies.draft(place.project, mode=PolicyMode.MANUAL, rules={"classes": {}}, now=NOW)
    assert PolicyVersion.objects.filter(project=place.project).count() == 1


@pytest.mark.django_db
def test_the_gate_compares_at_the_lowest_flag_precision_that_the_policy_in_force_requires() -> None:
    place = world()
    wanted = rules()
    for key, precision in zip(wanted["classes"], (0.9, 0.8), strict=False):
        wanted["classes"][key] |= {"remove": {"required_precision": 0.5}, "review": {"required_precision": precision}}
    new = policies.draft(place.project, mode=PolicyMode.ASSISTED, rules=wanted, now=NOW)
    policies.put_in_force(new, now=NOW)
    required = Detector.objects.filter(project=place.project).values_list("required_precision", flat=True)
    assert set(required) == {0.8 if len(wanted["classes"]) > 1 else 0.9}


@pytest.mark.django_db
def test_a_project_without_a_policy_says_so() -> None:
    place = world()
    PolicyVersion.objects.filter(project=place.project).update(status=PolicyStatus.RETIRED)
    with pytest.raises(NoPolicy):
        policies.in_force(place.project)


@pytest.mark.django_db(transaction=True)
def test_of_changes_at_once_exactly_one_is_in_force() -> None:
    place = world()

    def change(_: int) -> None:
        try:
            policies.put_in_force(draft(place), now=NOW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(change, range(8)))
    assert len(in_force(place)) == 1
    numbers = PolicyVersion.objects.filter(project=place.project).values_list("number", flat=True)
    assert sorted(numbers) == list(range(1, 10))


@pytest.mark.django_db
def test_every_time_a_version_comes_into_force_it_is_kept_who_did_it() -> None:
    place = world()
    manager = person(place.project, Role.MANAGER)
    policies.put_in_force(draft(place), by=manager, now=NOW)
    policies.put_in_force(place.policy, now=NOW)
    policies.put_in_force(place.policy, by=manager, now=NOW)
    kept = PolicyStart.objects.for_member(manager).order_by("id")
    assert [(one.policy_version.number, one.started_by) for one in kept] == [(1, None), (2, manager), (1, None)]


@pytest.mark.django_db
def test_a_change_of_classes_and_a_stop_keep_who_did_it() -> None:
    place = world()
    manager = person(place.project, Role.MANAGER)
    founding.change_classes(place.project, classes=CLASSES[:1], by=manager, now=NOW)
    deciding.stop(place.project, reason="Too many misses.", by=manager, now=NOW)
    newest = PolicyStart.objects.order_by("-id")[:2]
    assert [(one.policy_version.mode, one.started_by) for one in newest] == [
        (PolicyMode.MANUAL, manager),
        (place.policy.mode, manager),
    ]
