"""What a key tells: whose it is, and what they hold, in one question to the database."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config.accounts.models import ApiKey, Client, Membership, Project, Role, User

pytestmark = pytest.mark.django_db
HERE = "/api/v1/jobs/claim/"


@pytest.fixture
def fox() -> User:
    return User.objects.create_user(username="fox")


def join(person: User, slug: str, *roles: Role) -> Project:
    project, _ = Project.objects.get_or_create(slug=slug, defaults={"name": slug.title()})
    for role in roles:
        Membership.objects.create(user=person, project=project, role=role)
    return project


def ask(token: str, path: str = HERE) -> Any:
    return Browser().post(path, headers={"authorization": f"Token {token}"}, content_type="application/json")


def test_a_key_and_what_its_person_holds_everywhere_are_one_question(fox: User) -> None:
    join(fox, "forest", Role.ENGINEER, Role.MANAGER)
    join(fox, "meadow", Role.ENGINEER)
    _, token = ApiKey.issue(name="desk", user=fox)
    ask(token)
    with CaptureQueriesContext(connection) as queries:
        assert ask(token).status_code == 204
    assert sum("accounts_" in one["sql"] and "SELECT" in one["sql"] for one in queries) == 1
    assert ask(token, f"{HERE}?project=forest").status_code == 204
    assert ask(token, f"{HERE}?project=meadow").status_code == 403
    assert ask(token, f"{HERE}?project=elsewhere").status_code == 404


def test_what_a_person_no_longer_holds_is_gone_with_the_next_request(fox: User) -> None:
    join(fox, "forest", Role.MODERATOR)
    _, token = ApiKey.issue(name="desk", user=fox)
    assert ask(token).status_code == 204
    fox.memberships.all().delete()
    assert ask(token).status_code == 403


def test_a_revoked_key_one_of_somebody_switched_off_and_one_of_a_client_open_no_desk(fox: User) -> None:
    project = join(fox, "forest", Role.MODERATOR)
    key, token = ApiKey.issue(name="desk", user=fox)
    _, of_client = ApiKey.issue(name="platform", client=Client.objects.create(project=project, name="Platform"))
    assert ask(of_client).status_code == 403
    fox.is_active = False
    fox.save()
    assert ask(token).status_code == 401
    fox.is_active = True
    fox.save()
    key.revoke(now=timezone.now())
    assert ask(token).status_code == 401


def test_a_program_gets_no_session_and_a_browser_its_policy(fox: User) -> None:
    join(fox, "forest", Role.MODERATOR)
    _, token = ApiKey.issue(name="desk", user=fox)
    browser = Browser()
    browser.force_login(User.objects.create_user(username="owl"))
    answered = browser.post(HERE, headers={"authorization": f"Token {token}"}, content_type="application/json")
    assert (answered.status_code, answered.cookies) == (204, {})
    assert "Cookie" not in answered.headers.get("Vary", "")
    page = browser.get("/accounts/login/", headers={"authorization": f"Token {token}"})
    assert "default-src 'self'" in page["Content-Security-Policy"]
    assert browser.get("/accounts/password/set/", headers={"authorization": f"Token {token}"}).status_code == 200
