"""Tests of re-scorings over HTTP and as pages: request, watch, stop, see what flips, send it."""

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from annotation import rescoring
from annotation.models import Prediction
from config.accounts.models import Role
from models_registry import serving
from moderation import flips
from moderation.models import BulkItem, PolicyMode, Post
from tests.models_registry import networks
from tests.moderation.builders import NOW, World, deploy, person, photo, post, register, screen_all, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def place() -> World:
    return world(mode=PolicyMode.ASSISTED)


def caller(place: World, *roles: Role) -> Browser:
    browser = Browser()
    browser.force_login(person(place.project, *roles))
    return browser


def send(browser: Browser, path: str, **body: Any) -> Any:
    return browser.post(f"/api/v1/{path}", json.dumps(body), content_type="application/json")


def test_history_is_rescored_and_what_flips_is_sent_over_the_api(place: World, tmp_path: Path) -> None:
    deploy(place, networks.says(0.1, to=tmp_path / "low.onnx"))
    posts = [post(place, photo()) for _ in range(3)]
    screen_all(place)
    other = register(place, networks.says(0.8, to=tmp_path / "high.onnx"))
    api = caller(place, Role.ENGINEER)
    asked = send(api, "rescorings/", model_version=other.pk)
    assert (asked.status_code, asked.json()["status"]) == (201, "requested")
    pk = asked.json()["id"]
    assert send(api, "rescorings/", model_version=other.pk).json()["code"] == "rescoring_in_flight"
    assert api.get(f"/api/v1/rescorings/{pk}/flips/").status_code == 404
    assert send(api, f"rescorings/{pk}/pause/").json()["status"] == "paused"
    assert send(api, f"rescorings/{pk}/pause/").json()["code"] == "not_under_way"
    assert send(api, f"rescorings/{pk}/resume/").json()["status"] == "requested"
    rescoring.score_chunk(now=timezone.now())
    flips.compare_all(now=NOW)
    serving.loaded.cache_clear()
    one = api.get(f"/api/v1/rescorings/{pk}/").json()
    assert (one["status"], one["scored"]) == ("done", 3)
    assert (one["flips"]["newly_flagged"], one["flips"]["is_over"]) == (3, True)
    assert [event["kind"] for event in one["events"]] == ["requested", "paused", "resumed", "started", "done"]
    listed = api.get(f"/api/v1/rescorings/{pk}/flips/", {"kind": "flagged"}).json()
    assert {flip["post"] for flip in listed["results"]} == {each.pk for each in posts}
    assert {(flip["outcome_before"], flip["outcome_after"]) for flip in listed["results"]} == {("pass", "review")}
    order = {"kind": "flagged", "sample": 2, "batch_id": str(uuid.uuid4()), "reason": "a look"}
    for _ in range(2):
        sent = send(api, f"rescorings/{pk}/flips/", **order)
        assert sent.status_code == 202
        assert sent.json()["probability"] == pytest.approx(2 / 3)
        flips.send_all(now=NOW)
    assert Post.objects.filter(status="in_review").count() == 2
    assert BulkItem.objects.count() == 2
    assert send(api, f"rescorings/{pk}/cancel/").json()["code"] == "rescoring_over"
    assert send(api, f"rescorings/{pk}/compare/").status_code == 202
    assert api.get(f"/api/v1/rescorings/{pk}/flips/", {"cursor": "odd"}).status_code == 404


def test_managers_watch_and_send_and_moderators_are_told_nothing_of_the_machine(place: World, tmp_path: Path) -> None:
    post(place, photo())
    version = register(place, networks.says(0.8, to=tmp_path / "high.onnx"))
    manager, moderator = caller(place, Role.MANAGER), caller(place, Role.MODERATOR)
    assert send(manager, "rescorings/", model_version=version.pk).status_code == 403
    made = send(caller(place, Role.ADMIN), "rescorings/", model_version=version.pk).json()["id"]
    assert manager.get(f"/models/rescorings/{made}/").status_code == 200
    for path in (
        f"models/rescorings/{made}/",
        f"models/rescorings/{made}/gallery/",
        f"api/v1/rescorings/{made}/flips/",
    ):
        assert moderator.get(f"/{path}").status_code == 403


def test_the_page_requests_one_and_says_what_is_wrong_with_a_request(place: World, tmp_path: Path) -> None:
    version = register(place, networks.says(0.8, to=tmp_path / "high.onnx"))
    page = caller(place, Role.ENGINEER)
    said = {"version": version.pk, "percent": "100"}
    assert "There are no images yet" in page.post("/models/rescorings/", said).content.decode()
    post(place, photo())
    wrong = page.post("/models/rescorings/", said | {"received_from": "2026-03-02", "received_until": "2026-03-01"})
    assert (wrong.status_code, "first day" in wrong.content.decode()) == (422, True)
    assert page.post("/models/rescorings/", said | {"percent": "0"}).status_code == 422
    made = page.post("/models/rescorings/", said | {"percent": "12.5"})
    assert made.status_code == 302
    assert "12.5 % of them" in page.get(made["Location"]).content.decode()
    assert page.get("/models/rescorings/").status_code == 200
    assert page.get(f"{made['Location']}?kind=flagged&cursor=odd").status_code == 200, "nothing is compared yet"


def test_the_galleries_page_shows_each_flip_with_its_post_as_it_is_now(place: World, tmp_path: Path) -> None:
    champion = deploy(place, networks.says(0.1, to=tmp_path / "low.onnx"))
    other = register(place, networks.says(0.8, to=tmp_path / "high.onnx"))
    posts = [post(place, photo(), title=f"title {one}") for one in range(35)]
    Post.objects.filter(project=place.project).update(status="passed")
    for version, value in ((champion, 0.1), (other, 0.8)):
        Prediction.objects.bulk_create(
            Prediction(image=one.image, model_version=version, scores={"bright": value}, created_at=NOW)
            for one in posts
        )
    page = caller(place, Role.ENGINEER)
    made = send(page, "rescorings/", model_version=other.pk).json()["id"]
    rescoring.score_chunk(now=NOW)
    flips.compare_all(now=NOW)
    shown = page.get(f"/models/rescorings/{made}/").content.decode()
    assert shown.count("card-post") == 30
    assert "10 %" in shown
    assert "<strong>80 %</strong>" in shown
    assert "Too bright" in shown
    following = shown.split('id="older"')[1].split('href="')[1].split("#")[0].replace("&amp;", "&")
    second = page.get(f"/models/rescorings/{made}/gallery/{following}").content.decode()
    assert second.count("card-post") == 5
    cleared = page.get(f"/models/rescorings/{made}/gallery/?kind=cleared").content.decode()
    assert "It would clear nothing that is flagged now." in cleared
