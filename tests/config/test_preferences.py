"""What people chose for their screens: kept, checked, and found again on the next machine."""

import json
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.test import Client as Browser

from config.accounts import preferences
from config.accounts.models import Preferences, User
from tests.annotation.builders import NOW, failures, person_of, project_of, together

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/me/preferences/"
DEFAULTS = {
    "language": "",
    "theme": "",
    "wellness": {"blur": "never", "greyscale": "never", "mute": "never"},
    "grid_size": 24,
    "exposure_budget": {},
}


@pytest.fixture
def person() -> User:
    return person_of(project_of(), "mo")


@pytest.fixture
def browser(person: User) -> Browser:
    return signed_in(person)


def signed_in(person: User) -> Browser:
    browser = Browser()
    browser.force_login(person)
    return browser


def change(browser: Browser, said: Any) -> Any:
    return browser.patch(ADDRESS, json.dumps(said), content_type="application/json")


def test_somebody_who_chose_nothing_has_the_defaults(browser: Browser) -> None:
    assert browser.get(ADDRESS).json() == DEFAULTS
    assert not Preferences.objects.exists()


def test_what_is_named_changes_and_the_rest_stays(browser: Browser) -> None:
    change(browser, {"theme": "dark", "wellness": {"blur": ["gruesome", "indecent", "gruesome"], "mute": "always"}})
    changed = change(browser, {"grid_size": 60, "wellness": {"mute": "never"}})
    assert (
        changed.json()
        == browser.get(ADDRESS).json()
        == DEFAULTS
        | {
            "theme": "dark",
            "grid_size": 60,
            "wellness": {"blur": ["gruesome", "indecent"], "greyscale": "never", "mute": "never"},
        }
    )


def test_a_budget_is_set_and_taken_away(browser: Browser) -> None:
    assert change(browser, {"exposure_budget": {"gruesome": 20, "indecent": 0}}).json()["exposure_budget"] == {
        "gruesome": 20,
        "indecent": 0,
    }
    assert change(browser, {"exposure_budget": {"gruesome": None}}).json()["exposure_budget"] == {"indecent": 0}


def test_preferences_belong_to_one_person(browser: Browser) -> None:
    change(browser, {"theme": "dark"})
    other = signed_in(person_of(project_of(), "other"))
    assert other.get(ADDRESS).json() == DEFAULTS


@pytest.mark.parametrize(
    "said",
    [
        *({"language": one} for one in ("de", None, 3, ["en"])),
        *({"theme": one} for one in ("blue", None, {})),
        *({"grid_size": one} for one in (11, 61, "24", 24.5, True, None)),
        *({"wellness": one} for one in ("always", [], None)),
        *({"wellness": {"blur": one}} for one in ("sometimes", None, [1], [""], ["a\0b"], ["x" * 51], ["x"] * 51)),
        *({"exposure_budget": one} for one in ([], {"gruesome": -1}, {"gruesome": "2"}, {"": 2}, {"a\0": 2})),
        {"exposure_budget": {str(one): 1 for one in range(51)}},
        [],
        "dark",
        None,
    ],
)
def test_an_odd_value_is_refused_and_nothing_changes(browser: Browser, said: Any) -> None:
    refused = change(browser, said)
    assert (refused.status_code, refused.json()["code"]) == (400, "bad_preference")
    assert browser.get(ADDRESS).json() == DEFAULTS


@pytest.mark.parametrize(
    "said", [{"sound": "loud"}, {"theme": "dark", "Theme": "x"}, {"wellness": {"sepia": "always"}}]
)
def test_an_unknown_key_is_refused_and_nothing_changes(browser: Browser, said: Any) -> None:
    refused = change(browser, said)
    assert (refused.status_code, refused.json()["code"]) == (400, "unknown_preference")
    assert browser.get(ADDRESS).json() == DEFAULTS


def test_the_language_is_spoken_at_once_and_forgotten_at_once(browser: Browser) -> None:
    change(browser, {"language": "ja"})
    assert 'lang="ja"' in browser.get("/review/").content.decode()
    change(browser, {"theme": "dark"})
    assert 'lang="ja"' in browser.get("/review/").content.decode()
    change(browser, {"language": ""})
    assert 'lang="en"' in browser.get("/review/").content.decode()


def test_the_next_machine_speaks_the_language_and_shows_the_theme(person: User) -> None:
    User.objects.filter(pk=person.pk).update(password=make_password("a-long-password"))
    preferences.change(person, {"language": "ja", "theme": "dark"}, now=NOW)
    browser = Browser()
    browser.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    browser.post("/accounts/login/", {"login": "mo", "password": "a-long-password"})
    page = browser.get("/review/").content.decode()
    assert 'lang="ja"' in page
    assert 'data-chosen-theme="dark"' in page


@pytest.mark.django_db(transaction=True)
def test_two_changes_at_once_both_count(person: User) -> None:
    said: list[dict[str, Any]] = [
        {"theme": "dark"},
        {"grid_size": 12},
        {"wellness": {"blur": "always"}},
        {"wellness": {"mute": "always"}},
        {"exposure_budget": {"gruesome": 5}},
        {"exposure_budget": {"indecent": 6}},
    ]
    assert failures(together(lambda n: preferences.change(person, said[n], now=NOW), len(said))) == []
    assert preferences.to_json(preferences.of(person)) == {
        "language": "",
        "theme": "dark",
        "wellness": {"blur": "always", "greyscale": "never", "mute": "always"},
        "grid_size": 12,
        "exposure_budget": {"gruesome": 5, "indecent": 6},
    }
