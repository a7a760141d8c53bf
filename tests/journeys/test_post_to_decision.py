"""A photo's journey: posted by a client, screened by a worker, judged by a moderator, taken down and put back."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import pytest

from config.accounts.models import Role
from moderation import tasks
from tests.journeys.travel import Caller, caller_of, eventually
from tests.moderation.builders import person, photo, world
from tests.moderation.receiver import Message, Receiver


def is_signed(message: Message, secret: str) -> bool:
    """Check as a client would, by the Standard Webhooks specification."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message.headers['webhook-id']}.{message.headers['webhook-timestamp']}.".encode() + message.body
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return f"v1,{wanted}" in message.headers["webhook-signature"].split()


@pytest.mark.django_db(transaction=True)
def test_a_photo_is_posted_judged_taken_down_and_put_back(live_server: Any, worker: Callable[..., Any]) -> None:
    with Receiver() as receiver:
        place = world(webhook_url=receiver.url)
        client = Caller(live_server, place.token)
        moderator = caller_of(live_server, person(place.project, Role.MODERATOR))
        worker("screening", "default")

        made = client.post_photo("photo-1", photo())
        address = f"posts/{made['id']}/"
        eventually(
            lambda: client.get(address)["status"] == "in_review", beat=tasks.screen, what="a worker screened the post"
        )

        (job,) = moderator.send("jobs/claim/", {})["jobs"]
        said = {"lease_token": job["lease_token"], "answer": {"classes": ["bright"]}}
        label = moderator.send(f"jobs/{job['id']}/label/", said)
        assert client.get(address)["publication"] == "unpublished"
        eventually(lambda: len(receiver.messages) == 1, beat=tasks.deliver, what="the takedown arrived")

        moderator.send(f"labels/{label['label_id']}/retract/", {})
        assert client.get(address)["publication"] == "published"
        eventually(lambda: len(receiver.messages) == 2, beat=tasks.deliver, what="the client was told to put it back")

        down, back = receiver.messages
        assert all(is_signed(message, place.client.webhook_secret) for message in (down, back))
        assert (down.data["external_id"], down.data["publication"], down.data["classes"]) == (
            "photo-1",
            "unpublished",
            ["bright"],
        )
        assert (back.data["publication"], back.data["publication_version"]) == ("published", 3)
