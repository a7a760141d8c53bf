"""A photo's journey through an S3 server: kept there, developed there, looked at by a presigned address."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
import requests
from django.core.files.storage import default_storage
from django.test import Client as Browser
from PIL import Image as Picture

from moderation import tasks
from moderation.models import Post
from tests.journeys.travel import Caller, eventually
from tests.moderation.builders import person, photo, world

BUCKET = "photos"


@pytest.fixture
def bucket(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An S3 server with one bucket, which this process and the workers it starts use for their files."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    url = "http://{}:{}".format(*server.get_host_and_port())
    environment = {"S3_BUCKET": BUCKET, "S3_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "key"}
    for name, value in (environment | {"AWS_SECRET_ACCESS_KEY": "secret"}).items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3", endpoint_url=url, region_name="us-east-1")
    client.create_bucket(Bucket=BUCKET)
    options = {
        "bucket_name": BUCKET,
        "endpoint_url": url,
        "region_name": "us-east-1",
        "querystring_auth": True,
        "querystring_expire": 900,
        "file_overwrite": True,
        "signature_version": "s3v4",
    }
    s3 = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
    settings.STORAGES = settings.STORAGES | {"default": s3}
    settings.S3_BUCKET = BUCKET
    yield client
    server.stop()


@pytest.mark.django_db(transaction=True)
def test_a_photo_lives_in_the_bucket_and_is_seen_by_a_presigned_address(
    bucket: Any, live_server: Any, worker: Callable[..., Any]
) -> None:
    place, data = world(), photo(120, size_px=600)
    client = Caller(live_server, place.token)
    worker("screening")
    made = client.post_photo("photo-1", data)
    eventually(
        lambda: client.get(f"posts/{made['id']}/")["status"] == "in_review",
        beat=tasks.screen,
        what="a worker screened the post",
    )
    image = Post.objects.get().image
    stored = {one["Key"] for one in bucket.list_objects_v2(Bucket=BUCKET)["Contents"]}
    assert stored == {image.original, image.thumbnail, image.view}
    with default_storage.open(image.original) as original:
        assert original.read() == data

    browser = Browser()
    browser.force_login(person(place.project))
    for kind, longest_px in (("thumbnail", 256), ("view", 600), ("full", 600)):
        led = browser.get(f"/images/{image.pk}/{kind}/")
        assert led.status_code == 302
        assert "X-Amz-Signature=" in led["Location"]
        assert "X-Amz-Expires=900" in led["Location"]
        assert "original" not in led["Location"]
        fetched = requests.get(led["Location"], timeout=30)
        assert fetched.status_code == 200
        with Picture.open(io.BytesIO(fetched.content)) as seen:
            assert (seen.format, max(seen.size)) == ("JPEG", longest_px)
    assert browser.get(f"/images/{image.pk}/original/").status_code == 404
