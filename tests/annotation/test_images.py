"""One row per bytes, derivatives for people, and a split key that never changes."""

import io

import pytest
from django.core.files.storage import default_storage
from django.test import Client as Browser
from django.urls import reverse
from PIL import Image as Picture

from annotation import files, images, pixels
from annotation.models import Image
from annotation.splits import side
from config.accounts.models import Role
from tests.annotation.builders import (
    NOW,
    encoded,
    failures,
    image_of,
    kept_image,
    person_of,
    picture,
    project_of,
    together,
)

pytestmark = pytest.mark.django_db
with_threads = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _own_media(settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            **settings.STORAGES["default"],
            "OPTIONS": {**settings.STORAGES["default"]["OPTIONS"], "location": str(tmp_path / "media")},
        },
    }


def again(image, quality=60):
    return encoded(image.resize((image.width // 2, image.height // 2)), quality=quality)


def test_the_same_bytes_are_one_image_and_their_original_is_kept():
    data = encoded(picture())
    first, second = (images.store(project_of(), data, now=NOW) for _ in range(2))
    assert first == second
    assert images.open_original(first) == data
    assert (first.format, first.width_px, first.decoded_at) == ("JPEG", 96, None)


def test_two_projects_with_the_same_bytes_have_an_image_each():
    one, other = (images.store(project_of(slug), encoded(picture()), now=NOW) for slug in ("one", "other"))
    assert one != other
    assert one.original != other.original


def test_nothing_is_stored_of_what_is_refused(tmp_path):
    with pytest.raises(images.ImageRefused):
        images.store(project_of(), b"no image", now=NOW)
    assert not Image.objects.exists()
    assert not list(tmp_path.rglob("*.*"))


@with_threads
def test_the_same_bytes_from_eight_requests_at_once_are_one_image():
    project, data = project_of(), encoded(picture())
    found = together(lambda _: images.store(project, data, now=NOW), 8)
    assert failures(found) == []
    assert len({one.pk for one in found}) == Image.objects.count() == 1
    assert images.open_original(found[0]) == data


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path):
    files.write("a/b/key", b"one" * 1000)
    with default_storage.open("a/b/key") as reader:
        assert files.write("a/b/key", b"two") == "a/b/key"
        assert reader.read() == b"one" * 1000
    assert [one.read_bytes() for one in tmp_path.rglob("key*")] == [b"two"]


def test_a_file_is_written_and_read_in_a_store_that_is_no_folder(settings):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    }
    assert files.write("a/b/key", b"one") == "a/b/key"
    assert files.read("a/b/key") == b"one"


def test_a_file_that_is_not_there_cannot_be_read():
    with pytest.raises(FileNotFoundError):
        files.read("a/b/key")


def test_a_decoded_image_has_what_people_look_at():
    image = kept_image(project_of(), encoded(picture(size=(2000, 1000))))
    image.refresh_from_db()
    shown = {kind: Picture.open(default_storage.open(getattr(image, kind))).size for kind in ("thumbnail", "view")}
    assert shown == {"thumbnail": (256, 128), "view": (1280, 640)}
    assert (image.decoded_at, image.split_key, image.straddles_split) == (NOW, image.sha256, False)
    assert len(image.pdq) == 32
    assert len(image.pdq_bands) == 16


def test_a_near_duplicate_has_the_split_key_of_the_oldest():
    project, original = project_of(), picture(size=(400, 300))
    oldest = kept_image(project, encoded(original))
    kept_image(project, encoded(picture(9, (400, 300))))
    copy = kept_image(project, again(original))
    copy_of_copy = kept_image(project, again(original, quality=80))
    assert {one.split_key for one in (oldest, copy, copy_of_copy)} == {oldest.sha256}


def test_near_duplicates_of_one_batch_share_a_split_key():
    project, original = project_of(), picture(size=(400, 300))
    data = [encoded(original), again(original), encoded(picture(1))]
    stored = [images.store(project, one, now=NOW) for one in data]
    images.keep(stored, [pixels.develop(one, max_px=10**7) for one in data], now=NOW)
    keys = [one.split_key for one in Image.objects.order_by("id")]
    assert keys[0] == keys[1] == stored[0].sha256
    assert keys[2] == stored[2].sha256


@with_threads
def test_near_duplicates_that_are_decoded_at_the_same_moment_share_a_split_key():
    project, original = project_of(), picture(size=(400, 300))
    data = [encoded(original, quality=quality) for quality in range(60, 84, 4)]
    stored = [images.store(project, one, now=NOW) for one in data]
    developed = [pixels.develop(one, max_px=10**7) for one in data]
    done = together(lambda n: images.keep([stored[n]], [developed[n]], now=NOW), len(data))
    assert failures(done) == []
    assert len(set(Image.objects.values_list("split_key", flat=True))) == 1


def test_a_split_key_is_fixed_once_even_when_a_slow_worker_decodes_the_image_again():
    project, original = project_of(), picture(size=(400, 300))
    older = images.store(project, again(original), now=NOW)
    slow = images.store(project, encoded(original), now=NOW)
    kept_image(project, encoded(original))
    kept_image(project, again(original))
    images.keep([slow], [pixels.develop(encoded(original), max_px=10**7)], now=NOW)
    slow.refresh_from_db()
    assert slow.split_key == slow.sha256
    assert older.pk < slow.pk


def test_an_image_near_both_sides_is_marked():
    project, original = project_of(), picture(size=(400, 300))
    digest = pixels.develop(encoded(original), max_px=10**7).pdq
    keys = {side(f"{n}"): f"{n}" for n in range(50)}
    for seed, key in enumerate(keys.values()):
        bands = images.perceptual.bands(digest)
        image_of(project, seed, pdq=digest, pdq_bands=bands, split_key=key)
    assert kept_image(project, encoded(original)).straddles_split


def test_images_of_another_project_are_no_duplicates():
    original = picture(size=(400, 300))
    kept_image(project_of("one"), encoded(original))
    copy = kept_image(project_of("other"), again(original))
    assert copy.split_key == copy.sha256


def test_flat_images_are_not_duplicates_of_each_other():
    project = project_of()
    flat = [kept_image(project, encoded(Picture.new("RGB", (50, 50), color))) for color in ("white", "black", "red")]
    assert len({one.split_key for one in flat}) == 3
    assert not any(one.straddles_split for one in flat)


def test_keeping_twice_and_keeping_nothing_change_nothing():
    image = kept_image(project_of(), encoded(picture()))
    images.keep([image], [pixels.develop(encoded(picture(1)), max_px=10**6)], now=NOW)
    images.keep([], [], now=NOW)
    image.refresh_from_db()
    assert image.split_key == image.sha256


def signed_in(project, name="moderator"):
    browser = Browser()
    browser.force_login(person_of(project, name, Role.MODERATOR), backend="config.accounts.sessions.Backend")
    return browser


@pytest.mark.parametrize("kind", ["thumbnail", "view", "full"])
def test_a_member_sees_every_derivative(kind):
    image = kept_image(project_of(), encoded(picture(size=(300, 200)), comment=b"where I live"))
    answer = signed_in(image.project).get(images.url(image, kind))
    shown = b"".join(answer.streaming_content)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    assert "private" in answer["Cache-Control"]
    assert Picture.open(io.BytesIO(shown)).size == {"thumbnail": (256, 171)}.get(kind, (300, 200))
    assert b"where I live" not in shown


@pytest.mark.parametrize("kind", ["original", "sha256", "project", "..%2f", "x"])
def test_originals_and_everything_else_are_never_served(kind):
    image = kept_image(project_of(), encoded(picture()))
    assert signed_in(image.project).get(f"/images/{image.pk}/{kind}/").status_code == 404


def test_strangers_see_no_image():
    image = kept_image(project_of(), encoded(picture()))
    assert signed_in(project_of("other"), "stranger").get(images.url(image, "view")).status_code == 404
    assert Browser().get(images.url(image, "view")).status_code == 401


def test_an_image_that_was_not_decoded_yet_is_not_there():
    image = images.store(project_of(), encoded(picture()), now=NOW)
    assert signed_in(image.project).get(reverse("image", args=[image.pk, "full"])).status_code == 404


def test_an_original_that_no_longer_decodes_is_a_problem_and_no_crash():
    image = kept_image(project_of(), encoded(picture()))
    files.write(image.original, b"no image")
    answer = signed_in(image.project).get(images.url(image, "full"))
    assert (answer.status_code, answer.json()["code"]) == (422, "not_an_image")
    assert answer["Content-Type"] == "application/problem+json"
