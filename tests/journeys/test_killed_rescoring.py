"""A worker's end in the middle of a re-score: another goes on from there, and nothing is scored twice."""

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from annotation import images, rescoring
from annotation.models import Image, Prediction, Rescoring
from config.accounts.models import Role
from moderation import tasks
from tests.journeys.travel import eventually
from tests.models_registry import networks
from tests.moderation.builders import person, photo, register, world

N = 150


@pytest.mark.django_db(transaction=True)
def test_another_worker_goes_on_where_a_killed_one_stood(
    worker: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RESCORING_PERCENT", "100")
    place, now = world(), timezone.now()
    for one in range(N):
        images.store(place.project, photo(one, seed=one, size_px=256), now=now)
    version = register(place, networks.says(0.25, to=tmp_path / "quarter.onnx"))
    first = worker("screening")
    made = rescoring.request(version, rescoring.Scope(), by=person(place.project, Role.ENGINEER), now=now)
    tasks.rescore.delay()
    until = time.monotonic() + 60
    # In the middle of its second chunk: one is written, and it holds the next.
    while not Rescoring.objects.filter(pk=made.pk, scored__gt=0, token__isnull=False).exists():
        assert time.monotonic() < until, first.log
        time.sleep(0.002)
    first.kill()
    made.refresh_from_db()
    assert made.scored == Prediction.objects.count() == rescoring.CHUNK_IMAGES
    assert made.token, "it was killed with a chunk in hand"
    # As if its silence had lasted long enough.
    silence = timedelta(seconds=rescoring.SILENCE_SECONDS + 1)
    Rescoring.objects.filter(pk=made.pk).update(heartbeat_at=timezone.now() - silence)

    worker("screening")
    eventually(
        lambda: Rescoring.objects.filter(pk=made.pk, status="done").exists(),
        beat=tasks.rescore,
        what="history was re-scored",
    )
    made.refresh_from_db()
    assert (made.scored, made.known, made.unscored) == (N, 0, 0)
    assert Prediction.objects.filter(model_version=version).count() == Image.objects.count() == N
    kinds = [event.kind for event in made.events.all()]
    assert kinds == ["requested", "started", "given_back", "done"]
