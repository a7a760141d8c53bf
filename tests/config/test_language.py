"""This will prove that people choose their language, before and after they sign in, and that it stays theirs."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.test import Client as Browser
from django.utils import translation
from django.utils.formats import date_format

from config.accounts import preferences
from config.accounts.models import Role, User
from tests.moderation.builders import person, world

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/login/"
PASSWORD = "a-long-password"


@pytest.fixture
def mo() -> User:
    found = person(world().project, Role.MODERATOR)
    User.objects.filter(pk=found.pk).update(password=make_password(PASSWORD))
    return found


def choose(browser: Browser, language: str, onward: str = LOGIN) -> Any:
    return browser.post("/language/", {"language": language, "next": onward})


def sign_in(browser: Browser, user: User) -> None:
    browser.post(LOGIN, {"login": user.username, "password": PASSWORD})


def spoken(browser: Browser, address: str) -> str:
    page = browser.get(address).content.decode()
    return page.split('<html lang="')[1][:2]


def test_a_language_can_be_chosen_at_the_door() -> None:
    browser = Browser()
    assert spoken(browser, LOGIN) == "en"
    assert choose(browser, "ja").url == LOGIN
    assert spoken(browser, LOGIN) == "ja"
    assert spoken(browser, "/nothing/") == "ja"


def test_what_was_chosen_at_the_door_holds_inside_for_somebody_who_never_chose(mo: User) -> None:
    browser = Browser()
    choose(browser, "ja")
    sign_in(browser, mo)
    assert spoken(browser, "/review/") == "ja"
    assert preferences.of(mo).language == ""


def test_a_persons_choice_is_remembered_on_the_next_machine_after_signing_out(mo: User) -> None:
    first, second = Browser(), Browser()
    sign_in(first, mo)
    choose(first, "ja", "/review/")
    first.post("/accounts/logout/")
    choose(second, "en")
    sign_in(second, mo)
    assert spoken(second, "/review/") == "ja"


@pytest.mark.parametrize("odd", ["", "xx", "fr", "ja\n", "<script>"])
def test_a_language_that_we_do_not_speak_changes_nothing(mo: User, odd: str) -> None:
    browser = Browser()
    sign_in(browser, mo)
    choose(browser, "ja", "/review/")
    choose(browser, odd, "/review/")
    assert spoken(browser, "/review/") == "ja"


def test_the_choice_leads_back_to_the_page_and_never_away_from_here(mo: User) -> None:
    browser = Browser()
    sign_in(browser, mo)
    assert choose(browser, "ja", "/posts/?q=heron").url == "/posts/?q=heron"
    assert choose(browser, "ja", "https://elsewhere.example/").url == "/"


def test_it_is_chosen_by_a_form_and_not_by_a_link() -> None:
    browser = Browser()
    assert browser.get("/language/", {"language": "ja"}).status_code == 405
    assert settings.LANGUAGE_COOKIE_NAME not in browser.cookies


@pytest.mark.parametrize(("language", "written"), [("en", "3 Mar 2026, 14:05"), ("ja", "2026年3月3日 14:05")])
def test_dates_are_written_as_the_language_does(language: str, written: str) -> None:

    with translation.override(language):
        assert date_format(datetime(2026, 3, 3, 14, 5, tzinfo=UTC), "DATETIME_FORMAT") == written
