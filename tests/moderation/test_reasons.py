"""Tests of the texts that tell posters why: chosen with an answer, kept with the decision, sent to the client."""

from typing import Any

import pytest
from django.test import Client as Browser

from annotation import labels
from annotation.models import Label
from moderation import decisions, demo, founding, reasons
from moderation.decisions import Answered
from moderation.models import Decision, Post, ReasonTemplate
from moderation.reasons import BadReason
from tests.moderation.builders import CLASSES, NOW, World, claim, person, question_of, screened, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def place() -> World:
    place = world(webhook_url="https://example.com/hook")
    ReasonTemplate.objects.create(project=place.project, key="again", text="We took it down before.", position=9)
    return place


def give(place: World, about: Post, *classes: str, reason: str) -> Answered:
    moderator = person(place.project)
    job = claim(moderator, question_of(about))
    given = labels.Answer(classes=classes, reason=reason)
    return decisions.answer(job.pk, person=moderator, token=job.lease_token, answer=given, now=NOW)


def test_a_founded_project_has_a_reason_for_each_class(place: World) -> None:
    found = {one.key: (one.class_key, one.text) for one in reasons.listed(place.project)}
    assert found == {
        "bright": ("bright", "It breaks this rule: Too bright."),
        "grave": ("grave", "It breaks this rule: Grave."),
        "again": ("", "We took it down before."),
    }


def test_the_demo_speaks_of_its_own_classes(place: World) -> None:
    keys = {str(one["key"]) for one in demo.CLASSES}
    assert {one["class_key"] for one in demo.REASONS} == {*keys, ""}
    slug = "another"
    founded = founding.found(slug=slug, name=slug, classes=demo.CLASSES, why=demo.REASONS, now=NOW)
    assert [one.key for one in reasons.listed(founded.project)] == [one["key"] for one in demo.REASONS]


def test_a_new_class_gets_a_reason_and_the_others_keep_theirs(place: World) -> None:
    ReasonTemplate.objects.filter(key="bright").update(text="Our own words.")
    founding.change_classes(place.project, classes=[*CLASSES, {"key": "dull", "name": "Dull"}], now=NOW)
    found = {one.key: one.text for one in reasons.listed(place.project)}
    assert set(found) == {"bright", "grave", "again", "dull"}
    assert (found["bright"], found["dull"]) == ("Our own words.", "It breaks this rule: Dull.")


def test_the_reason_goes_with_the_decision_to_the_client(place: World) -> None:
    made = screened(place)
    decision = give(place, made, "bright", reason="bright").decisions[0]
    assert (decision.reason_key, decision.reason_text) == ("bright", "It breaks this rule: Too bright.")
    told = made.deliveries.latest("id").payload["data"]
    assert (told["reason"], told["reason_key"]) == ("review answered", "bright")
    assert told["reason_text"] == "It breaks this rule: Too bright."


def test_what_was_said_stays_said_when_the_text_changes(place: World) -> None:
    give(place, screened(place), "bright", reason="bright")
    ReasonTemplate.objects.filter(key="bright").update(text="Other words.")
    assert Decision.objects.get().reason_text == "It breaks this rule: Too bright."


def test_without_a_reason_there_are_no_words(place: World) -> None:
    made = screened(place)
    assert give(place, made, "bright", reason="").decisions[0].reason_text == ""
    assert made.deliveries.latest("id").payload["data"]["reason_text"] == ""


@pytest.mark.parametrize(
    ("classes", "reason"), [(["bright"], "unheard-of"), (["bright"], "grave"), ([], "bright"), (["bright"], "old")]
)
def test_a_reason_that_does_not_fit_is_refused_and_nothing_is_stored(
    place: World, classes: list[str], reason: str
) -> None:
    ReasonTemplate.objects.create(project=place.project, key="old", text="Out of use.", is_active=False)
    with pytest.raises(BadReason):
        give(place, screened(place), *classes, reason=reason)
    assert not Label.objects.exists()
    assert not Decision.objects.exists()


@pytest.mark.parametrize("classes", [["bright"], []])
def test_a_general_reason_fits_any_answer(place: World, classes: list[str]) -> None:
    assert give(place, screened(place), *classes, reason="again").decisions[0].reason_text == "We took it down before."


def test_the_reasons_of_the_project_are_listed_over_http_and_one_is_sent(place: World) -> None:
    world()
    screened(place)
    browser = Browser()
    browser.force_login(person(place.project))
    listed = browser.get("/api/v1/reasons/").json()
    assert [one["key"] for one in listed] == ["bright", "grave", "again"]
    assert listed[2] == {"key": "again", "class_key": None, "text": "We took it down before."}

    def send(address: str, said: dict[str, Any]) -> Any:
        return browser.post(address, said, content_type="application/json")

    job = send("/api/v1/jobs/claim/", {}).json()["jobs"][0]
    said = {"lease_token": job["lease_token"], "answer": {"classes": ["bright"]}}
    refused = send(f"/api/v1/jobs/{job['id']}/label/", said | {"reason": "grave"})
    assert (refused.status_code, refused.json()["code"]) == (422, "bad_reason")
    assert send(f"/api/v1/jobs/{job['id']}/label/", said | {"reason": "bright"}).status_code == 201
