"""Tests of the playground: pictures are taken in like posts' are, versions answer, and what is deleted is gone."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from PIL import Image as Picture

from annotation import playground
from annotation.images import ImageRefused
from annotation.models import Image, PlaygroundImage, PlaygroundScore
from annotation.playground import PlaygroundRefused
from annotation.playground.asking import FILES
from config.accounts.models import Role, User
from models_registry import serving
from models_registry.models import ModelVersion
from tests.models_registry import networks
from tests.moderation.builders import NOW, World, half_jpeg, later, person, photo, register, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def place() -> World:
    return world()


@pytest.fixture
def engineer(place: World) -> User:
    return person(place.project, Role.ENGINEER)


@pytest.fixture
def versions(place: World, tmp_path: Path) -> Iterator[list[ModelVersion]]:
    yield [register(place, networks.says(share, to=tmp_path / f"{share}.onnx")) for share in (0.25, 0.75)]
    serving.loaded.cache_clear()


def bring(place: World, by: User, versions: list[ModelVersion], data: bytes | None = None, **said: Any) -> Any:
    data = photo(seed=7) if data is None else data
    return playground.bring(place.project, data, versions=versions, by=by, now=NOW, **said)


def told(image: PlaygroundImage) -> dict[int, float | None]:
    return {one.model_version_id: round(one.scores["bright"], 3) if one.scores else None for one in image.scores.all()}


def test_versions_answer_side_by_side_and_a_new_one_is_asked_about_the_history(
    place: World, engineer: User, versions: list[ModelVersion]
) -> None:
    first, second = versions
    drawn, is_new = bring(place, engineer, [first], is_drawn=True)
    other, _ = bring(place, engineer, [first], photo(seed=8))
    assert is_new
    assert playground.are_waiting()
    assert playground.answer(now=NOW) == 2
    assert playground.answer(now=NOW) == 0
    assert told(drawn) == {first.pk: 0.25}
    asked = playground.ask([drawn, other], versions, project=place.project, now=NOW)
    assert asked == 2, "one answer each is there already"
    playground.answer(now=NOW)
    assert told(drawn) == told(other) == {first.pk: 0.25, second.pk: 0.75}
    assert not Image.objects.exists(), "nothing of it becomes history"
    item = playground.one(place.project, engineer, drawn.pk)
    assert (item.is_mine, item.is_waiting, len(item.scores)) == (True, False, 2)


def test_the_same_bytes_are_one_picture_of_a_person(place: World, engineer: User, versions: list[ModelVersion]) -> None:
    first, _ = bring(place, engineer, versions[:1], name="C:\\photos\\cat\x00.jpg")
    again, is_new = bring(place, engineer, versions)
    assert (again, is_new, again.name) == (first, False, "cat.jpg")
    assert again.scores.count() == 2
    assert bring(place, person(place.project, Role.ADMIN), versions)[1], "another person's is their own"


def test_people_see_no_metadata_and_never_the_bytes_that_came(
    place: World, engineer: User, versions: list[ModelVersion]
) -> None:
    out, exif = io.BytesIO(), Picture.Exif()
    exif[0x010E] = "35.0116 N, 135.7681 E"
    Picture.new("RGB", (64, 48), "olive").save(out, "JPEG", exif=exif, comment=b"home")
    made, _ = bring(place, engineer, versions, out.getvalue())
    assert playground.file_of(made, "view") is None
    playground.answer(now=NOW)
    shown = playground.one(place.project, engineer, made.pk).image
    assert playground.file_of(shown, "original") is None
    for kind in playground.KINDS:
        with default_storage.open(str(playground.file_of(shown, kind))) as file:
            data = file.read()
        assert b"35.0116" not in data
        assert b"home" not in data


@pytest.mark.parametrize("data", [b"", b"no image", b"%PDF-1.4", photo(seed=1) + b"<script>"])
def test_what_no_post_may_be_is_refused_and_nothing_is_stored(
    place: World, engineer: User, versions: list[ModelVersion], data: bytes
) -> None:
    with pytest.raises(ImageRefused):
        bring(place, engineer, versions, data)
    assert not PlaygroundImage.objects.exists()


def test_a_hostile_image_fails_alone_and_says_why(place: World, engineer: User, versions: list[ModelVersion]) -> None:
    broken, _ = bring(place, engineer, versions, half_jpeg())
    fine, _ = bring(place, engineer, versions)
    playground.answer(now=NOW)
    broken.refresh_from_db()
    assert broken.failure_code == "truncated_image"
    assert not playground.are_waiting()
    assert told(fine) == {versions[0].pk: 0.25, versions[1].pk: 0.75}
    assert playground.ask([broken], versions, project=place.project, now=NOW) == 0


def test_a_damaged_version_is_named_beside_the_others(
    place: World, engineer: User, versions: list[ModelVersion], tmp_path: Path
) -> None:
    damaged = register(place, networks.says(0.456, to=tmp_path / "damaged.onnx"))
    default_storage.delete(damaged.artifact)
    made, _ = bring(place, engineer, [versions[0], damaged])
    playground.answer(now=NOW)
    assert told(made) == {versions[0].pk: 0.25, damaged.pk: None}
    assert "no longer in storage" in made.scores.get(model_version=damaged).failure


def test_a_picture_whose_worker_died_is_tried_again_and_given_up_after_three(
    place: World, engineer: User, versions: list[ModelVersion]
) -> None:
    made, _ = bring(place, engineer, versions[:1])
    for one in range(3):
        (held,) = playground.answering._claim(now=later(minutes=10 * one))
        assert held == made
        assert playground.answering._claim(now=later(minutes=10 * one + 4)) == [], "it is in somebody's hands"
    assert playground.answer(now=later(hours=1)) == 0
    made.refresh_from_db()
    assert made.failure_code == "playground_crashed"
    assert not playground.are_waiting()


def test_what_is_deleted_is_gone_even_while_a_worker_has_it(
    place: World, engineer: User, versions: list[ModelVersion], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, _ = bring(place, engineer, versions)
    develop = playground.answering._develop

    def deleted_meanwhile(*facts: Any) -> Any:
        found = develop(*facts)
        playground.delete(made)
        return found

    monkeypatch.setattr(playground.answering, "_develop", deleted_meanwhile)
    playground.answer(now=NOW)
    assert not PlaygroundImage.objects.exists()
    assert not PlaygroundScore.objects.exists()
    assert not any(default_storage.exists(f"{made.folder}/{name}") for name in FILES)


def test_there_is_an_end_to_it(
    place: World, engineer: User, versions: list[ModelVersion], monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign = ModelVersion.objects.get(pk=versions[0].pk)
    foreign.detector = world().detector
    for wrong in ([], [foreign], versions * 5):
        with pytest.raises(PlaygroundRefused, match="version"):
            bring(place, engineer, wrong)
    monkeypatch.setattr(playground.asking, "MOST_IMAGES", 1)
    made, _ = bring(place, engineer, versions)
    with pytest.raises(PlaygroundRefused, match="Delete some"):
        bring(place, engineer, versions, photo(seed=9))
    monkeypatch.setattr(playground.asking, "MOST_WAITING", 2)
    with pytest.raises(PlaygroundRefused, match="wait already"):
        playground.ask([made], versions[:1], project=place.project, now=NOW)


def caller(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


def test_the_api_takes_tells_runs_again_and_deletes(
    place: World, engineer: User, versions: list[ModelVersion], settings: Any
) -> None:
    api, first, second = caller(engineer), *(one.pk for one in versions)
    file = SimpleUploadedFile("cat.jpg", photo(seed=3), "image/jpeg")
    made = api.post("/api/v1/playground/", {"image": file, "versions": [first]})
    assert (made.status_code, made.json()["name"], made.json()["scores"][0]["answered_at"]) == (201, "cat.jpg", None)
    pk = made.json()["id"]
    again = api.post("/api/v1/playground/run/", json.dumps({"versions": [second]}), content_type="application/json")
    assert (again.status_code, again.json()) == (202, {"asked": 1})
    playground.answer(now=NOW)
    found = api.get(f"/api/v1/playground/{pk}/").json()["scores"]
    assert [round(one["scores"]["bright"], 3) for one in found] == [0.25, 0.75]
    assert api.get(f"/models/playground/{pk}/view/")["Content-Type"] == "image/jpeg"
    assert api.get(f"/models/playground/{pk}/original/").status_code == 404
    assert caller(person(place.project, Role.ADMIN)).delete(f"/api/v1/playground/{pk}/").status_code == 403
    assert api.delete(f"/api/v1/playground/{pk}/").status_code == 204
    assert api.get("/api/v1/playground/").json()["results"] == []
    settings.IMAGE_MAX_BYTES = 100
    huge = SimpleUploadedFile("cat.jpg", photo(seed=4), "image/jpeg")
    refused = api.post("/api/v1/playground/", {"image": huge, "versions": [first]})
    assert (refused.status_code, refused.json()["code"]) == (422, "image_too_large")
    unknown = api.post("/api/v1/playground/run/", json.dumps({"versions": [10**6]}), content_type="application/json")
    assert unknown.status_code == 404
