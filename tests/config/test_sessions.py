"""What a session tells: who is signed in, and what they hold, in one question to the database beside its own."""

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config.accounts.models import Membership, Role, User
from tests.annotation.builders import project_of

pytestmark = pytest.mark.django_db
HERE = "/api/v1/posts/"


@pytest.fixture
def fox() -> User:
    person = User.objects.create_user(username="fox")
    project = project_of()
    for role in (Role.MODERATOR, Role.MANAGER):
        Membership.objects.create(user=person, project=project, role=role)
    return person


def signed_in(person: User) -> Browser:
    browser = Browser()
    browser.force_login(person)
    return browser


def ask(browser: Browser) -> int:
    return browser.get("/api/v1/me/preferences/").status_code


def test_who_is_signed_in_and_what_they_hold_are_one_question(fox: User) -> None:
    browser = signed_in(fox)
    assert ask(browser) == 200
    with CaptureQueriesContext(connection) as queries:
        assert ask(browser) == 200
    asked = [one["sql"] for one in queries if one["sql"].startswith("SELECT")]
    assert sum("django_session" in sql for sql in asked) == 1
    assert sum('"accounts_membership"' in sql or 'FROM "accounts_user"' in sql for sql in asked) == 1


def test_what_a_person_no_longer_holds_is_gone_with_the_next_request(fox: User) -> None:
    browser = signed_in(fox)
    assert browser.get(HERE).status_code == 200
    fox.memberships.all().delete()
    assert browser.get(HERE).status_code == 403


def test_somebody_without_a_part_in_anything_is_signed_in_all_the_same() -> None:
    person = User.objects.create_user(username="stray")
    answer = signed_in(person).get("/accounts/password/change/")
    assert answer.status_code in (200, 302)
    assert "login" not in answer.headers.get("Location", "")


def test_a_session_ends_when_it_runs_out_is_deleted_or_its_person_is_switched_off_or_gets_a_new_password(
    fox: User,
) -> None:
    for end in ("out", "deleted", "password", "off"):
        browser = signed_in(fox)
        assert ask(browser) == 200
        if end == "out":
            Session.objects.update(expire_date=timezone.now())
        elif end == "deleted":
            Session.objects.all().delete()
        elif end == "password":
            fox.set_password("another one, long enough")
            fox.save()
        else:
            User.objects.filter(pk=fox.pk).update(is_active=False)
        assert ask(browser) in (401, 403), end
