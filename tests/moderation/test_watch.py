"""What is watched of a version: counted days, references, drift, and alerts that are raised once."""

import io
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.test import Client
from PIL import Image as Picture

from annotation import predictions
from annotation.models import Image
from config.accounts.models import Role
from models_registry import deployment, serving
from models_registry.drift import bins, measures
from models_registry.drift import references as of_datasets
from models_registry.ml.preprocessing import decode, to_canvas
from models_registry.models import Evaluation, GateOutcome, ModelVersion, Run, RunStatus, Scorecard
from moderation.models import ModelAlert, ReferenceKind, ReplayedDay, WatchedDay, WatchFinding, WatchReference
from moderation.rollouts import alerts
from moderation.watch import again, alerting, gathering, judging, references, rounds, telling
from tests.moderation.builders import DARK, NOW, WHITE, World, deploy, later, person, photo, post, screen_all, world
from tests.moderation.watched_worlds import replayed, watched

TODAY = NOW.astimezone(UTC).date()
ANY = f"{bins.SCORES}{bins.ANY}"


@pytest.fixture
def place(db: None, white_is_bright: Path) -> World:
    made = world()
    deploy(made, white_is_bright)
    return made


def day(number: int) -> date:
    return TODAY + timedelta(days=number)


def noon(number: int) -> datetime:
    return later(days=number)


def colored(seed: int) -> bytes:
    """A photo whose red, green and blue are unlike, and that is not square; returns PNG bytes."""
    random = np.random.default_rng(seed)
    pixels = random.integers(0, 256, (30, 47, 3))
    pixels[..., 0] //= 3
    data = io.BytesIO()
    Picture.fromarray(pixels.astype(np.uint8)).save(data, "PNG")
    return data.getvalue()


def stay(place: World, first: int, last: int, **how: Any) -> None:
    assert place.version
    for number in range(first, last + 1):
        watched(place.version, day(number), **how)


def fixed(place: World, number: int) -> WatchReference | None:
    assert place.version
    return references.fix(place.version, today=day(number), now=noon(number))


def test_a_day_is_counted_from_what_was_scored_on_it(place: World) -> None:
    for level in (DARK, DARK, WHITE):
        post(place, photo(level, size_px=64))
    screen_all(place)
    post(place, photo(WHITE), now=noon(1))
    screen_all(place, now=noon(1))
    assert gathering.refresh(place.project, now=noon(1)) == [day(0), day(1)]
    first, second = WatchedDay.objects.filter(project=place.project).order_by("day")
    assert (first.posts, first.flagged) == (3, 1)
    assert (second.posts, second.flagged) == (1, 1)
    assert {key: sum(counts) for key, counts in first.histograms.items()} == dict.fromkeys(
        ["brightness", "size", "shape", ANY, "score:bright", "score:grave"], 3
    )
    assert bins.SIZE.median(first.histograms["size"]) == pytest.approx(64 * 64, rel=0.2)


def test_days_are_the_same_when_they_are_counted_from_scratch(place: World) -> None:
    def rows() -> list[tuple[object, ...]]:
        return list(
            WatchedDay.objects.filter(project=place.project).order_by("day").values_list("day", "posts", "histograms")
        )

    for number in range(3):
        post(place, photo(40 * number), now=noon(number))
        screen_all(place, now=noon(number))
        gathering.refresh(place.project, now=noon(number))
    before = rows()
    gathering.refresh(place.project, now=noon(2))
    assert rows() == before
    WatchedDay.objects.all().delete()
    gathering.refresh(place.project, now=noon(2))
    assert rows() == before
    assert len(before) == 3


def test_only_the_newest_days_are_counted_again(place: World) -> None:
    for number in range(4):
        post(place, photo(DARK), now=noon(number))
        screen_all(place, now=noon(number))
    gathering.refresh(place.project, now=noon(3))
    assert gathering.refresh(place.project, now=noon(3)) == [day(2), day(3)]


def test_nothing_is_counted_where_nothing_was_scored(db: None) -> None:
    place = world()
    post(place)
    screen_all(place)
    assert rounds.by_hour(place.project, now=noon(0)) == []


def test_the_first_whole_week_is_the_reference_where_the_dataset_tells_too_little(place: World) -> None:
    stay(place, 0, 5)
    assert fixed(place, 6) is None
    stay(place, 6, 8)
    found = fixed(place, 9)
    assert found is not None
    assert (found.kind, found.first, found.last) == (ReferenceKind.FIRST_DAYS, day(0), day(6))
    assert found.sizes["brightness"] == 7 * 120
    assert found.above == pytest.approx(0.05, abs=0.03)
    assert fixed(place, 10) == found


def test_today_is_never_part_of_a_reference(place: World) -> None:
    stay(place, 0, 6)
    assert fixed(place, 6) is None


def test_few_posts_a_day_need_more_days(place: World) -> None:
    stay(place, 0, 9, posts=20)
    found = fixed(place, 15)
    assert found is not None
    assert found.last == day(9)


def test_days_like_the_reference_raise_nothing(place: World) -> None:
    stay(place, 0, 20)
    fixed(place, 21)
    for number in range(8, 22):
        assert alerting.raise_all(place.project, now=noon(number)) == []


def test_darker_photos_raise_one_alert_that_says_what_changed(place: World) -> None:
    stay(place, 0, 7)
    stay(place, 8, 12, mean=0.3)
    fixed(place, 8)
    (finding,) = alerting.raise_all(place.project, now=noon(9))
    assert finding.day == day(8)
    assert [one["key"] for one in finding.quantities] == ["brightness"]
    assert finding.quantities[0]["value"] > finding.quantities[0]["bound"] >= measures.INDEX_LIMIT
    for number in range(9, 14):
        assert alerting.raise_all(place.project, now=noon(number)) == []
    assert ModelAlert.objects.filter(project=place.project).count() == 1


def test_an_alert_that_was_seen_comes_again_after_a_week_where_nothing_has_become_better(place: World) -> None:
    stay(place, 0, 7)
    stay(place, 8, 20, mean=0.3)
    fixed(place, 8)
    alerting.raise_all(place.project, now=noon(9))
    engineer = person(place.project, Role.ENGINEER)
    (alert,) = alerts.standing(engineer)
    alerts.see(alert, by=engineer, now=noon(9))
    assert alerts.standing(engineer) == []
    assert alerting.raise_all(place.project, now=noon(15)) == []
    assert len(alerting.raise_all(place.project, now=noon(17))) == 1


def test_something_else_that_changes_later_is_told_too(place: World) -> None:
    stay(place, 0, 7)
    stay(place, 8, 8, mean=0.3)
    fixed(place, 8)
    alerting.raise_all(place.project, now=noon(9))
    stay(place, 9, 9, mean=0.3)
    WatchedDay.objects.filter(day=day(9)).update(above=60)
    (finding,) = alerting.raise_all(place.project, now=noon(10))
    assert [one["key"] for one in finding.quantities] == [judging.ABOVE]


def test_today_is_not_judged_before_it_is_over(place: World) -> None:
    stay(place, 0, 7)
    stay(place, 8, 8, mean=0.3)
    fixed(place, 8)
    assert alerting.raise_all(place.project, now=noon(8)) == []


def test_too_few_posts_are_not_judged(place: World) -> None:
    stay(place, 0, 7)
    stay(place, 8, 8, mean=0.2, posts=20)
    reference = fixed(place, 8)
    assert reference is not None
    judged = judging.judge(reference, WatchedDay.objects.get(day=day(8)), None)
    assert set(judged.values()) == {None}


def _posted(place: World, count: int, *, number: int = 0) -> list[Image]:
    made = [post(place, colored(100 * number + seed), now=noon(number)) for seed in range(count)]
    return [one.image for one in made]


def test_serving_and_training_agree_about_the_same_images(place: World) -> None:
    _posted(place, 12)
    screen_all(place)
    gathering.refresh(place.project, now=noon(1))
    (row,) = again.catch_up(place.project, now=noon(1))
    assert (row.images, row.missing, row.beyond, row.worst) == (12, 0, 0, [])
    assert row.largest < 1e-4
    assert row.dimensions > 0
    assert len(bytes(row.embeddings)) == 2 * 12 * row.dimensions
    assert again.catch_up(place.project, now=noon(1)) == []


def test_another_filter_at_serving_is_found_and_the_images_are_named(place: World) -> None:
    serve_otherwise(place, filter="lanczos")
    pictures = _posted(place, 12)
    screen_all(place)
    rounds.by_night(place.project, now=noon(1))
    row = ReplayedDay.objects.get(project=place.project)
    assert row.beyond >= 10
    assert {one["image"] for one in row.worst} <= {one.pk for one in pictures}
    finding = WatchFinding.objects.get(project=place.project)
    assert [one["key"] for one in finding.quantities] == [judging.SKEW]


def test_other_padding_at_serving_is_found(place: World) -> None:
    serve_otherwise(place, padding=0)
    _posted(place, 12)
    screen_all(place)
    rounds.by_night(place.project, now=noon(1))
    assert WatchFinding.objects.filter(project=place.project).exists()


def test_blue_taken_for_red_at_serving_is_found(place: World) -> None:
    version = place.version
    assert version
    pictures = _posted(place, 12)
    spec = serving.spec_of(version)
    for one in pictures:
        canvas = to_canvas(decode(colored_of(one), max_pixels=10**6), spec)
        predictions.keep({one.pk: serving.predict(version, canvas[None, ..., ::-1])[0]}, version, now=NOW)
    screen_all(place)
    rounds.by_night(place.project, now=noon(1))
    row = ReplayedDay.objects.get(project=place.project)
    assert row.beyond >= again.skew.FEWEST_APART
    assert ModelAlert.objects.filter(finding__model_version=version).count() == 1


def colored_of(image: Image) -> bytes:
    from annotation import images

    return images.open_original(image)


def serve_otherwise(place: World, **changed: object) -> None:
    """Deploy the same file to be served on another canvas than the one it was exported with, as a fault would."""
    before = place.version
    assert before
    run = Run.objects.create(
        detector=place.detector,
        dataset=before.dataset,
        config={},
        config_hash="otherwise",
        status=RunStatus.SUCCEEDED,
        requested_at=NOW,
    )
    fields = ("detector", "schema", "dataset", "artifact", "artifact_sha256", "calibration", "parity", "created_at")
    version = ModelVersion.objects.create(
        **{name: getattr(before, name) for name in fields},
        number=before.number + 1,
        run=run,
        preprocessing={**before.preprocessing, **changed},
    )
    Evaluation.objects.create(model_version=version, dataset=before.dataset, report=before.report, created_at=NOW)
    Scorecard.objects.create(
        model_version=version, champion=before, checks=[], outcome=GateOutcome.PASS, created_at=NOW
    )
    deployment.deploy(version, by=None, now=NOW)
    place.version = version


def test_an_original_that_is_gone_is_counted_as_missing(place: World) -> None:
    pictures = _posted(place, 3)
    screen_all(place)
    gathering.refresh(place.project, now=noon(1))
    Image.objects.filter(pk=pictures[0].pk).update(original="nowhere.png")
    (row,) = again.catch_up(place.project, now=noon(1))
    assert (row.images, row.missing) == (2, 1)


def test_the_same_sample_is_chosen_whenever_it_is_asked_for(place: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(again, "SAMPLE", 4)
    _posted(place, 12)
    screen_all(place)
    assert place.version
    one, other = (again._sample(place.version, day(0)) for _ in range(2))
    assert one == other
    assert len(one) == 4


def test_embeddings_of_other_pictures_lie_far_from_those_of_the_first_week(place: World) -> None:
    stay(place, 0, 6)
    assert place.version
    for number in range(9):
        replayed(place.version, day(number), now=NOW, shift=2.0 if number == 8 else 0.0)
    fixed(place, 7)
    again.catch_up(place.project, now=noon(9))
    like, unlike = (judging.distance(ReplayedDay.objects.get(day=day(number))) for number in (7, 8))
    assert like is not None
    assert unlike is not None
    assert not like.is_beyond
    assert unlike.is_beyond


def test_a_version_without_a_manifest_has_no_reference_in_its_dataset(place: World) -> None:
    assert place.version
    assert of_datasets.of_dataset(place.version, threshold=0.5) is None


def test_the_api_tells_days_quantities_and_skew(place: World, client: Client) -> None:
    stay(place, 0, 7)
    assert place.version
    replayed(place.version, day(7), now=NOW)
    fixed(place, 8)
    told = telling.watched(place.project, now=noon(8))
    assert [one["version"] for one in told] == [place.version.pk]
    assert told[0]["reference"] == "first_days"
    last = told[0]["days"][-1]
    assert {one["key"] for one in last["quantities"]} >= {"brightness", "size", ANY}
    assert (last["skew"]["images"], last["skew"]["is_beyond"]) == (60, False)
    assert told[0]["days"][0]["quantities"] == []


def test_the_page_says_honestly_that_there_is_nothing_yet(db: None, client: Client) -> None:
    place = world()
    client.force_login(person(place.project, Role.ENGINEER))
    assert "Nothing to watch yet" in client.get("/models/watch/").content.decode()
    assert client.get("/models/watch/?version=1").status_code == 404
    assert client.get("/api/v1/watch/").json() == []
