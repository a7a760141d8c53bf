"""Tests of posts over HTTP: what a client sends, is told, and can list."""

import base64
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser

from annotation.models import Image
from config.accounts.models import ApiKey, Client, Role
from moderation.models import Post
from tests.moderation.builders import World, answer, half_jpeg, person, photo, post, question_of, screen_all, world

pytestmark = pytest.mark.django_db
URL = "/api/v1/posts/"


class Platform:
    """A client's program: it sends posts with its key."""

    def __init__(self, token: str) -> None:
        self.browser = Browser()
        self.headers = {"Authorization": f"Token {token}"}

    def post(self, image: bytes | None = None, **said: Any) -> Any:
        file = SimpleUploadedFile("photo.jpg", photo() if image is None else image, "image/jpeg")
        return self.browser.post(URL, {"external_id": "photo-1", "image": file, **said}, headers=self.headers)

    def get(self, path: str = "", **query: Any) -> Any:
        return self.browser.get(URL + path, query, headers=self.headers)

    def delete(self, pk: int) -> Any:
        return self.browser.delete(f"{URL}{pk}/", headers=self.headers)


@pytest.fixture
def place() -> World:
    return world()


@pytest.fixture
def platform(place: World) -> Platform:
    return Platform(place.token)


def test_a_new_post_is_created_and_the_same_again_is_found(platform: Platform) -> None:
    data = photo()
    said = {"title": "A cat", "posted_at": "2026-02-01T10:00:00+09:00", "attributes": '{"place": "garden", "legs": 4}'}
    first, again = platform.post(data, **said), platform.post(data, **said)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["status"] == "waiting"
    assert first.json()["publication"] == "published"
    assert first.json()["posted_at"] == "2026-02-01T01:00:00Z"
    assert Post.objects.get().attributes == {"place": "garden", "legs": 4}


def test_other_content_under_the_same_id_is_a_conflict(platform: Platform) -> None:
    platform.post()
    refused = platform.post()
    assert (refused.status_code, refused.json()["code"]) == (409, "external_id_conflict")


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({"image": b""}, 422, "empty_image"),
        ({"image": b"hello"}, 422, "not_an_image"),
        ({"image": b"<svg xmlns='http://www.w3.org/2000/svg'/>"}, 422, "not_an_image"),
        ({"image": photo(1) + b"<script>"}, 422, "polyglot"),
        ({"external_id": ""}, 400, "invalid"),
        ({"external_id": "x" * 201}, 400, "invalid"),
        ({"external_id": "a\0b"}, 400, "invalid"),
        ({"title": "x" * 501}, 400, "invalid"),
        ({"posted_at": "yesterday"}, 400, "invalid"),
        ({"posted_at": "0001-01-01T00:00:00+14:00"}, 400, "invalid"),
        ({"attributes": "{"}, 400, "invalid"),
        ({"attributes": "[1]"}, 400, "invalid"),
        ({"attributes": '{"a": {"b": 1}}'}, 400, "invalid"),
        ({"attributes": '{"a": null}'}, 400, "invalid"),
        ({"attributes": '{"a": "\\u0000"}'}, 400, "invalid"),
        ({"attributes": '{"\\ud800": 1}'}, 400, "invalid"),
        ({"attributes": '{"a": 1e999}'}, 400, "invalid"),
        ({"attributes": '{"a": NaN}'}, 400, "invalid"),
        ({"attributes": f'{{"a": {"9" * 600}}}'}, 400, "invalid"),
        ({"attributes": json.dumps({str(n): n for n in range(51)})}, 400, "invalid"),
        ({"attributes": "[" * 20_000}, 400, "nested_too_deep"),
    ],
)
def test_what_is_refused_has_a_code_and_stores_nothing(
    platform: Platform, said: dict[str, Any], status: int, code: str
) -> None:
    refused = platform.post(**said)
    assert (refused.status_code, refused.json()["code"]) == (status, code), refused.content
    assert refused["Content-Type"] == "application/problem+json"
    assert not Post.objects.exists()
    assert not Image.objects.exists()


def test_a_post_without_image_or_as_json_is_refused(place: World, platform: Platform) -> None:
    without = platform.browser.post(URL, {"external_id": "photo-1"}, headers=platform.headers)
    assert (without.status_code, list(without.json()["errors"])) == (400, ["image"])
    as_json = platform.browser.post(URL, {"external_id": "1"}, "application/json", headers=platform.headers)
    assert (as_json.status_code, as_json.json()["code"]) == (415, "unsupported_media_type")


def test_too_many_bytes_are_refused_before_and_after_the_body_is_read(platform: Platform, settings: Any) -> None:
    settings.IMAGE_MAX_BYTES = 2000
    by_size = platform.post(photo(size_px=128))
    assert (by_size.status_code, by_size.json()["code"]) == (422, "image_too_large")
    announced = platform.browser.generic(
        "POST", URL, b"", "multipart/form-data; boundary=x", headers=platform.headers, CONTENT_LENGTH=str(10**9)
    )
    assert (announced.status_code, announced.json()["code"]) == (422, "image_too_large")
    assert not Image.objects.exists()


def test_a_post_tells_its_whole_story(place: World, platform: Platform) -> None:
    made = post(place)
    screen_all(place)
    answer(person(place.project), question_of(made), "bright")
    told = platform.get(f"{made.pk}/").json()
    assert (told["status"], told["publication"], told["publication_version"]) == ("decided", "unpublished", 2)
    assert [one["kind"] for one in told["events"]] == ["receive", "claim", "ask", "decide"]
    assert told["verdicts"][0]["reason"] == "no_deployment"
    assert (told["decisions"][0]["kind"], told["decisions"][0]["actor"]) == ("remove", "person")


def test_a_failed_post_says_why(place: World, platform: Platform) -> None:
    made = post(place, half_jpeg())
    screen_all(place)
    told = platform.get(f"{made.pk}/").json()
    assert (told["status"], told["failure_code"]) == ("failed", "truncated_image")


def test_a_client_sees_its_own_posts_and_nobody_elses(place: World, platform: Platform) -> None:
    mine, other = post(place), post(world())
    sibling = Client.objects.create(project=place.project, name="another platform")
    _, token = ApiKey.issue(name="tests", client=sibling)
    assert [one["id"] for one in platform.get().json()["results"]] == [mine.pk]
    assert platform.get(f"{other.pk}/").status_code == 404
    assert platform.delete(other.pk).status_code == 404
    assert Platform(token).get(f"{mine.pk}/").status_code == 404
    assert Platform(token).get().json()["results"] == []


def test_a_member_sees_all_posts_of_the_project_and_takes_none_in(place: World) -> None:
    made = post(place)
    browser = Browser()
    browser.force_login(person(place.project, Role.MANAGER))
    assert [one["id"] for one in browser.get(URL).json()["results"]] == [made.pk]
    assert browser.post(URL, {}).status_code == 403
    assert browser.delete(f"{URL}{made.pk}/").status_code == 403


def test_withdrawing_can_be_repeated(place: World, platform: Platform) -> None:
    made = post(place)
    first, again = platform.delete(made.pk), platform.delete(made.pk)
    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    assert first.json()["status"] == "withdrawn"


def test_lists_are_filtered(place: World, platform: Platform) -> None:
    decided, waiting = post(place), post(place)
    screen_all(place)
    answer(person(place.project), question_of(decided), "bright")

    def found(**query: Any) -> set[int]:
        return {one["id"] for one in platform.get(**query).json()["results"]}

    assert found(status="decided") == {decided.pk}
    assert found(publication="unpublished") == {decided.pk}
    assert found(**{"class": "bright"}) == {decided.pk}
    assert found(**{"class": "grave"}) == set()
    assert found(external_id=waiting.external_id) == {waiting.pk}
    assert found(received_after="2026-03-01T12:00:00Z") == {decided.pk, waiting.pk}
    assert found(received_before="2026-03-01T12:00:00Z") == set()


@pytest.mark.parametrize("query", [{"status": "odd"}, {"received_after": "soon"}, {"external_id": "a\0"}])
def test_an_odd_filter_is_a_problem(platform: Platform, query: dict[str, str]) -> None:
    refused = platform.get(**query)
    assert (refused.status_code, refused["Content-Type"]) == (400, "application/problem+json")


def test_pages_follow_each_other_without_gap_or_repeat_while_posts_come_in(place: World, platform: Platform) -> None:
    made = [post(place).pk for _ in range(5)]
    seen, page = [], platform.get(page_size=2).json()
    seen += [one["id"] for one in page["results"]]
    post(place)
    while page["next"]:
        page = platform.browser.get(page["next"], headers=platform.headers).json()
        seen += [one["id"] for one in page["results"]]
    assert seen == sorted(made, reverse=True)
    assert set(page) == {"next", "previous", "results"}


@pytest.mark.parametrize("said", ["p=soon", "p=\0", "o=x", "p=" + "9" * 40])
def test_a_made_up_cursor_is_a_problem(place: World, platform: Platform, said: str) -> None:
    post(place)
    refused = platform.get(cursor=base64.b64encode(said.encode()).decode())
    assert (refused.status_code, refused["Content-Type"]) == (404, "application/problem+json")
