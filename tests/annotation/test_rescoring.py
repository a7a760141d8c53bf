"""Tests of re-scoring history: in chunks, once each, within its share, stopped and gone on with."""

import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connections

from annotation import images, rescoring
from annotation.models import Image, Prediction, Rescoring, RescoringStatus, UnscoredImage
from annotation.rescoring import Pace, RescoringRefused, Scope
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
def version(place: World, tmp_path: Path) -> Iterator[ModelVersion]:
    yield register(place, networks.says(0.25, to=tmp_path / "quarter.onnx"))
    serving.loaded.cache_clear()


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rescoring.working, "CHUNK_IMAGES", 2)


def history(place: World, n: int) -> list[Image]:
    return [images.store(place.project, photo(20 * one), now=later(days=one)) for one in range(n)]


def ask(version: ModelVersion, by: User, **scope: Any) -> Rescoring:
    return rescoring.request(version, Scope(**scope), by=by, now=NOW)


def run_dry() -> None:
    while rescoring.score_chunk(now=NOW):
        pass


def kinds(one: Rescoring) -> list[str]:
    return [event.kind for event in one.events.all()]


def test_every_image_there_is_gets_the_versions_scores_once(
    place: World, version: ModelVersion, engineer: User, small_chunks: None
) -> None:
    stored = history(place, 5)
    asked = ask(version, engineer)
    newer = images.store(place.project, photo(), now=NOW)
    run_dry()
    asked.refresh_from_db()
    assert (asked.status, asked.images, asked.scored, asked.known, asked.unscored) == ("done", 5, 5, 0, 0)
    found = Prediction.objects.filter(model_version=version)
    assert sorted(found.values_list("image_id", flat=True)) == [one.pk for one in stored]
    assert found.first().scores["bright"] == pytest.approx(0.25)
    assert not found.filter(image=newer).exists(), "what came later is scored by what decides then"
    assert kinds(asked) == ["requested", "started", "done"]
    assert asked.events.get(kind="requested").actor == engineer


def test_what_the_version_has_scored_before_is_not_scored_again(
    place: World, version: ModelVersion, engineer: User
) -> None:
    first, _ = history(place, 2)
    Prediction.objects.create(image=first, model_version=version, scores={"bright": 0.9}, created_at=NOW)
    asked = ask(version, engineer)
    run_dry()
    asked.refresh_from_db()
    assert (asked.scored, asked.known) == (1, 1)
    assert Prediction.objects.get(image=first).scores == {"bright": 0.9}


def test_days_and_a_share_bound_what_is_scored(place: World, version: ModelVersion, engineer: User) -> None:
    stored = history(place, 6)
    ask(version, engineer, received_from=date(2026, 3, 2), received_until=date(2026, 3, 3))
    run_dry()
    assert set(Prediction.objects.values_list("image_id", flat=True)) == {stored[1].pk, stored[2].pk}
    half = ask(version, engineer, share=0.5)
    chosen = {one.pk for one in stored if int(one.sha256[:8], 16) < 2**31}
    assert set(rescoring.images_of(half).values_list("pk", flat=True)) == chosen
    half.share = 1 - 2**-40
    assert rescoring.images_of(half).count() == len(stored)


def test_an_image_that_cannot_be_decoded_is_named_and_left_behind(
    place: World, version: ModelVersion, engineer: User
) -> None:
    broken = images.store(place.project, half_jpeg(), now=NOW)
    lost = images.store(place.project, photo(), now=NOW)
    default_storage.delete(lost.original)
    history(place, 1)
    asked = ask(version, engineer)
    run_dry()
    asked.refresh_from_db()
    assert (asked.status, asked.scored, asked.unscored) == ("done", 1, 2)
    codes = dict(UnscoredImage.objects.values_list("image_id", "code"))
    assert codes == {broken.pk: "truncated_image", lost.pk: "original_missing"}


def test_it_is_paused_resumed_and_canceled_by_people_and_keeps_what_it_had(
    place: World, version: ModelVersion, engineer: User, small_chunks: None
) -> None:
    history(place, 5)
    asked = ask(version, engineer)
    rescoring.score_chunk(now=NOW)
    rescoring.pause(asked, by=engineer, now=NOW)
    assert not rescoring.score_chunk(now=NOW)
    rescoring.resume(asked, by=engineer, now=NOW)
    rescoring.score_chunk(now=NOW)
    canceled = rescoring.cancel(asked, by=engineer, now=NOW)
    assert not rescoring.score_chunk(now=NOW)
    assert (canceled.status, canceled.scored, Prediction.objects.count()) == (RescoringStatus.CANCELED, 4, 4)
    assert kinds(asked) == ["requested", "started", "paused", "resumed", "canceled"]
    for refused in (rescoring.pause, rescoring.resume, rescoring.cancel):
        with pytest.raises(RescoringRefused):
            refused(asked, by=engineer, now=NOW)


@pytest.mark.parametrize("way", ["pause", "cancel"])
def test_a_chunk_under_way_when_it_is_stopped_moves_nothing(
    place: World, version: ModelVersion, engineer: User, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    history(place, 3)
    asked = ask(version, engineer)
    see = rescoring.working._see

    def stopped_meanwhile(held: Rescoring) -> Any:
        seen = see(held)
        getattr(rescoring, way)(asked, by=engineer, now=NOW)
        return seen

    monkeypatch.setattr(rescoring.working, "_see", stopped_meanwhile)
    rescoring.score_chunk(now=NOW)
    asked.refresh_from_db()
    assert (asked.after_image_id, asked.done, asked.token) == (0, 0, None)
    monkeypatch.undo()
    if way == "pause":
        rescoring.resume(asked, by=engineer, now=NOW)
        run_dry()
        asked.refresh_from_db()
        assert (asked.status, asked.done, Prediction.objects.count()) == ("done", 3, 3)


def test_one_that_fell_silent_is_taken_up_where_it_was_and_fails_after_the_third_time(
    place: World, version: ModelVersion, engineer: User, small_chunks: None
) -> None:
    history(place, 3)
    asked = ask(version, engineer)
    rescoring.score_chunk(now=NOW)
    for one in range(3):
        # A worker takes a chunk and is never heard of again.
        assert rescoring.working._claim(now=later(minutes=5 * one))
        assert not rescoring.score_chunk(now=later(minutes=5 * one + 1)), "it may still live"
    assert rescoring.working._claim(now=later(hours=1)) is None
    asked.refresh_from_db()
    assert (asked.status, asked.scored) == ("failed", 2)
    assert "silent 3 times" in asked.error
    rescoring.resume(asked, by=engineer, now=NOW)
    run_dry()
    asked.refresh_from_db()
    assert (asked.status, asked.scored) == ("done", 3)


def test_a_damaged_file_fails_it_with_a_sentence(place: World, tmp_path: Path, engineer: User) -> None:
    history(place, 1)
    # No other test has had this file fetched.
    version = register(place, networks.says(0.123, to=tmp_path / "gone.onnx"))
    asked = ask(version, engineer)
    default_storage.delete(version.artifact)
    run_dry()
    asked.refresh_from_db()
    assert (asked.status, asked.error) == ("failed", f"The file of {version} is no longer in storage.")


def test_a_version_is_run_over_history_once_at_a_time(place: World, version: ModelVersion, engineer: User) -> None:
    with pytest.raises(RescoringRefused, match="no images"):
        ask(version, engineer)
    history(place, 1)
    asked = ask(version, engineer)
    with pytest.raises(RescoringRefused, match="already"):
        ask(version, engineer)
    run_dry()
    with pytest.raises(RescoringRefused, match="share"):
        ask(version, engineer, share=0)
    with pytest.raises(RescoringRefused, match="first day"):
        ask(version, engineer, received_from=date(2026, 3, 2), received_until=date(2026, 3, 1))
    assert ask(version, engineer) != asked


def test_a_share_of_the_time_is_kept_to() -> None:
    pace = Pace(0.25)
    assert pace.rest(at=0) == 0
    pace.worked(2, until=10)
    assert pace.rest(at=10) == pytest.approx(6)
    assert pace.rest(at=15) == pytest.approx(1)
    assert pace.rest(at=16) == 0
    whole = Pace(1)
    whole.worked(5, until=10)
    assert whole.rest(at=10) == 0


def test_a_worker_rests_after_each_chunk_as_long_as_its_share_says(
    place: World, version: ModelVersion, engineer: User, small_chunks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    history(place, 5)
    asked = ask(version, engineer)
    # So small a share that a rest outlasts the test.
    mine = Pace(1e-6)
    monkeypatch.setattr(rescoring.working, "pace", lambda: mine)
    rest = rescoring.work(gives_way=lambda: False, now=lambda: NOW)
    asked.refresh_from_db()
    assert asked.scored == 2
    assert rest is not None
    assert rest > asked.worked_seconds
    assert rescoring.work(gives_way=lambda: False, now=lambda: NOW) == pytest.approx(rest, rel=0.5)
    asked.refresh_from_db()
    assert asked.scored == 2


def test_it_gives_way_before_every_chunk(
    place: World, version: ModelVersion, engineer: User, small_chunks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    history(place, 5)
    asked = ask(version, engineer)
    mine = Pace(1)
    monkeypatch.setattr(rescoring.working, "pace", lambda: mine)
    answers = iter([False, False, True])
    assert rescoring.work(gives_way=lambda: next(answers), now=lambda: NOW) is None
    asked.refresh_from_db()
    assert asked.scored == 4


def test_progress_says_how_far_and_how_long(version: ModelVersion, engineer: User) -> None:
    one = Rescoring(model_version=version, images=1000, status="running", scored=200, worked_seconds=4.0, known=100)
    shown = rescoring.progress(one, share=0.5)
    assert (shown.percent, shown.rate, shown.seconds_left) == (30.0, 50.0, 28.0)
    one.status = "done"
    assert rescoring.progress(one, share=0.5).percent == 100
    assert rescoring.progress(Rescoring(status="requested"), share=0.5).percent is None


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_take_different_ones_and_score_nothing_twice(tmp_path: Path) -> None:
    places = [world(), world()]
    for number, place in enumerate(places):
        history(place, 12)
        version = register(place, networks.says(0.1 + number / 10, to=tmp_path / f"{number}.onnx"))
        ask(version, person(place.project, Role.ENGINEER))

    def work() -> None:
        while rescoring.score_chunk(now=NOW):
            pass
        connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    run_dry()
    serving.loaded.cache_clear()
    assert set(Rescoring.objects.values_list("status", "scored", "known")) == {("done", 12, 0)}
    assert Prediction.objects.count() == 24
