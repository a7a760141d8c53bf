"""From a decision to the model version, run, config, dataset and labels behind it."""

from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from annotation import datasets
from annotation.models import Purpose
from config.accounts.models import ApiKey, Project, Role
from models_registry.models import ModelVersion, Run
from moderation import lineage
from moderation.models import Decision
from tests.moderation.builders import NOW, WHITE, World, answer, deploy, person, photo, question_of, screened, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(db: None, white_is_bright: Path) -> World:
    made = world()
    deploy(made, white_is_bright)
    return made


def api(project: Project, *roles: Role) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {ApiKey.issue(name='t', user=person(project, *roles))[1]}")
    return client


def test_a_removal_by_the_machine_leads_to_its_version_run_and_dataset(place: World) -> None:
    post = screened(place, photo(WHITE))
    decision = Decision.objects.get(post=post)
    found = lineage.of_decision(decision)
    assert found.origin is not None
    assert found.verdict is not None
    assert (found.origin.version, found.origin.is_deployed) == (place.version, True)
    assert (found.decision.person, found.taught) == (None, None)


def test_a_decision_by_a_person_leads_to_the_machine_that_flagged_and_to_what_their_answer_taught(
    white_is_bright: Path,
) -> None:
    place = world(remove=None)
    deploy(place, white_is_bright)
    post = screened(place, photo(WHITE))
    answer(person(place.project), question_of(post, Purpose.REVIEW), "bright")
    dataset = datasets.freeze(place.schema, now=NOW)
    [decision], taught = lineage.of_post(post)
    assert decision.origin is not None
    assert decision.taught is not None
    assert decision.origin.version == place.version
    assert [one.dataset for one in decision.taught.held] == [one.dataset for one in taught.held] == [dataset]


def test_a_decision_of_before_any_model_has_none(db: None) -> None:
    place = world()
    post = screened(place)
    answer(person(place.project), question_of(post, Purpose.REVIEW))
    [found], _ = lineage.of_post(post)
    assert found.origin is None


def test_programs_and_pages_tell_it_to_those_who_see_everything(place: World, client: Any) -> None:
    post = screened(place, photo(WHITE))
    decision = Decision.objects.get(post=post)
    address = f"/api/v1/decisions/{decision.pk}/lineage/"
    told = api(place.project, Role.MANAGER).get(address).json()
    version = ModelVersion.objects.get(pk=told["model_version"]["id"])
    assert told["model_version"]["run"]["id"] == version.run_id == Run.objects.get(model_version=version).pk
    assert told["model_version"]["dataset_version"]["id"] == version.dataset_id
    assert (told["verdict"], told["person"], told["label_lineage"]) == ("remove", None, None)
    assert api(place.project, Role.MODERATOR).get(address).status_code == 403
    assert api(world().project, Role.ADMIN).get(address).status_code == 404
    client.force_login(person(place.project, Role.ENGINEER))
    page = client.get(f"/posts/{post.pk}/lineage/")
    assert page.status_code == 200
    assert str(version) in page.content.decode()
