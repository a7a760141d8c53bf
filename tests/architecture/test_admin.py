"""The admin shows every model: it lists, it searches, and what only rooms write cannot be changed by hand."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db.models import CompositePrimaryKey
from django.test import Client
from django.urls import reverse

from config.accounts.models import ApiKey, User
from config.accounts.staff import ReadOnly
from moderation.models import PolicyVersion
from tests.moderation.builders import World, screened, world

FLOORS = ["moderation", "annotation", "models_registry", "accounts", "wiring"]
# Django's admin shows no tables whose key is made of two columns.
OURS = [
    model
    for label in FLOORS
    for model in apps.get_app_config(label).get_models()
    if not isinstance(model._meta.pk, CompositePrimaryKey)
]


@pytest.fixture
def staff(client: Client, db: None) -> Client:
    person = User.objects.create(username="staff", is_staff=True, is_superuser=True)
    client.force_login(person)
    return client


@pytest.fixture(scope="module")
def place(module_db: None) -> World:
    place = world()
    screened(place)
    return place


def address(model: Any, page: str) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}")


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_every_model_is_listed_and_searched(model: Any, staff: Client, place: World) -> None:
    assert staff.get(address(model, "changelist")).status_code == 200
    assert staff.get(address(model, "changelist"), {"q": "1"}).status_code == 200


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_rows_that_only_rooms_write_cannot_be_added_by_hand(model: Any, staff: Client, place: World) -> None:
    is_read_only = isinstance(admin.site._registry[model], ReadOnly)
    expected = 403 if is_read_only or model.__name__ in {"Project", "Detector"} else 200
    assert staff.get(address(model, "add")).status_code == expected


def test_a_new_key_is_shown_once_and_kept_as_a_hash(staff: Client, place: World) -> None:
    holder = place.client if hasattr(place, "client") else place.project.clients.get()
    page = staff.post(address(ApiKey, "add"), {"name": "new", "client": holder.pk, "user": ""}, follow=True)
    key = ApiKey.objects.get(name="new")
    assert page.content.decode().count(f"The token is {key.prefix}") == 1
    assert key.token_sha256 not in page.content.decode()


def test_odd_rules_are_said_beside_the_field_and_nothing_is_saved(staff: Client, place: World) -> None:
    before = PolicyVersion.objects.count()
    draft = {"project": place.project.pk, "mode": "assisted", "rules": '{"classes": {}}', "reason": "a try"}
    page = staff.post(address(PolicyVersion, "add"), draft)
    assert page.status_code == 200
    assert page.context["adminform"].form.errors["rules"]
    assert PolicyVersion.objects.count() == before
