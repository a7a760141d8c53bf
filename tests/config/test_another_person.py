"""A page of somebody who left the browser to another person does nothing in the other's name."""

import json
from typing import Any

import pytest
from django.test import Client as Browser

from config.accounts.models import Preferences, User
from tests.annotation.builders import person_of, project_of

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/me/preferences/"


@pytest.fixture
def person() -> User:
    return person_of(project_of(), "mo")


@pytest.fixture
def other() -> User:
    return person_of(project_of(), "other")


def change(signed_in: User, **headers: str) -> Any:
    browser = Browser()
    browser.force_login(signed_in)
    said = json.dumps({"theme": "dark"})
    return browser.patch(ADDRESS, said, content_type="application/json", headers=headers)


def test_a_page_made_for_who_is_signed_in_is_heard(person: User) -> None:
    assert change(person, **{"X-Person": str(person.pk)}).status_code == 200


def test_a_program_that_names_nobody_is_heard(person: User) -> None:
    assert change(person).status_code == 200


@pytest.mark.parametrize("said", ["other", "", "0", "mo"])
def test_a_page_made_for_anybody_else_is_refused_and_changes_nothing(person: User, other: User, said: str) -> None:
    refused = change(person, **{"X-Person": str(other.pk) if said == "other" else said})
    assert (refused.status_code, refused["Content-Type"]) == (403, "application/problem+json")
    assert refused.json()["code"] == "another_person"
    assert not Preferences.objects.exists()
