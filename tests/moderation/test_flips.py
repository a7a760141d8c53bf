"""Tests of what flips: the database judges as the policy does, galleries go on, and what is sent is sent once."""

import random
import uuid
from pathlib import Path
from typing import Any

import pytest

from annotation import rescoring
from annotation.models import Prediction, Purpose, Question, Rescoring
from annotation.rescoring import Scope
from config.accounts.models import Role, User
from models_registry import serving
from models_registry.models import ModelVersion
from moderation import flips, policies, policy
from moderation.flips import BadPlace, FlipsRefused, Order
from moderation.models import BulkItem, Draw, Flip, FlipComparison, FlipKind, PolicyMode, Post, Verdict
from tests.models_registry import networks
from tests.moderation.builders import (
    NOW,
    World,
    answer,
    change_policy,
    deploy,
    person,
    photo,
    post,
    question_of,
    register,
    screen_all,
    world,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def place() -> World:
    return world(mode=PolicyMode.ASSISTED)


@pytest.fixture
def engineer(place: World) -> User:
    return person(place.project, Role.ENGINEER)


@pytest.fixture
def versions(place: World, tmp_path: Path) -> tuple[ModelVersion, ModelVersion, ModelVersion]:
    """An old version, the champion, and another; their files are never asked, for all scores are written by hand."""
    files = [networks.says(0.1 + one / 10, to=tmp_path / f"{one}.onnx") for one in range(3)]
    old, champion = deploy(place, files[0]), deploy(place, files[1])
    return old, champion, register(place, files[2])


def scores(chance: random.Random) -> dict[str, float]:
    drawn = {"bright": chance.choice([0.0, 0.5, 0.9, chance.random()]), "grave": chance.random()}
    return {key: value for key, value in drawn.items() if chance.random() < 0.95}


def past(place: World, versions: Any, *, n: int, seed: int = 1) -> list[Post]:
    """Write posts of the past, as screening under three versions and some re-scorings leave them."""
    old, champion, other = versions
    chance = random.Random(seed)
    posts = [post(place, photo(chance.randrange(256))) for _ in range(n)]
    Post.objects.filter(pk__in=[one.pk for one in posts]).update(status="passed")
    for one in posts:
        for version, likely in ((old, 0.6), (champion, 0.6), (other, 0.9)):
            if chance.random() < likely:
                Prediction.objects.create(image=one.image, model_version=version, scores=scores(chance), created_at=NOW)
        for version in chance.choices([old, champion, None], k=chance.randrange(3)):
            told = scores(chance) if version else {}
            Verdict.objects.create(
                post=one, project=place.project, outcome="pass", machine_outcome="", classes=[], reason="",
                scores=told, policy_version=place.policy, model_version=version, created_at=NOW,
            )  # fmt: skip
    return posts


def rescored(version: ModelVersion, by: User, **scope: Any) -> Rescoring:
    """Have a re-scoring over that found every score already there; images without one are of no file."""
    made = rescoring.request(version, Scope(**scope), by=by, now=NOW)
    Rescoring.objects.filter(pk=made.pk).update(
        status="done", started_at=NOW, finished_at=NOW, after_image_id=made.until_image_id
    )
    made.refresh_from_db()
    return made


def compared(one: Rescoring) -> FlipComparison:
    flips.compare_all(now=NOW)
    found = flips.latest(one)
    assert found is not None
    assert found.finished_at == NOW
    return found


def by_hand(place: World, versions: Any, posts: list[Post], other: ModelVersion) -> dict[int, tuple[str, str]]:
    """Judge every post twice, in Python: {post id: (before, after)}; what nothing stands beside is left out."""
    champion = versions[1]
    policy_version = policies.in_force(place.project)

    def outcome(version: ModelVersion, told: Any) -> str:
        limits = policies.limits(policy_version, version)
        evidence = policy.Evidence(scores=told)
        return policy.judge("automatic", policy_version.rules, limits, evidence).machine_outcome

    said = {(one.image_id, one.model_version_id): one.scores for one in Prediction.objects.all()}
    found = {}
    for one in posts:
        after = said.get((one.image_id, other.pk))
        verdict = Verdict.objects.filter(post=one, model_version__isnull=False).order_by("-id").first()
        standing = said.get((one.image_id, champion.pk)) if other != champion else None
        if after is None or (standing is None and verdict is None):
            continue
        before = outcome(champion, standing) if standing is not None else outcome(verdict.model_version, verdict.scores)
        found[one.pk] = before, outcome(other, after)
    return found


@pytest.mark.parametrize("which", [1, 2])
@pytest.mark.parametrize("remove", [0.9, None])
def test_the_database_judges_as_the_policy_does(
    place: World, versions: Any, engineer: User, monkeypatch: pytest.MonkeyPatch, which: int, remove: float | None
) -> None:
    monkeypatch.setattr(flips.comparing, "CHUNK_IMAGES", 17)
    change_policy(place, mode=PolicyMode.ASSISTED, remove=remove, review=0.5)
    posts = past(place, versions, n=120)
    found = compared(rescored(versions[which], engineer))
    expected = by_hand(place, versions, posts, versions[which])
    assert (found.champion, found.policy_version) == (versions[1], place.policy)
    told = {one.post_id: (one.outcome_before, one.outcome_after) for one in found.flips.all()}
    flipped = {key: one for key, one in expected.items() if (one[0] == "pass") != (one[1] == "pass")}
    assert told == flipped
    assert flipped
    kinds = {one.post_id: one.kind for one in found.flips.all()}
    assert kinds == {key: "flagged" if one[0] == "pass" else "cleared" for key, one in flipped.items()}
    assert found.posts == len(expected)
    assert found.stay_clear == sum(one == ("pass", "pass") for one in expected.values())
    assert found.newly_flagged == sum(kind == "flagged" for kind in kinds.values())
    assert found.newly_cleared == sum(kind == "cleared" for kind in kinds.values())
    with_score = Prediction.objects.filter(model_version=versions[which]).count()
    assert found.incomparable == with_score - len(expected)


def test_a_flip_names_the_class_that_made_it_and_galleries_go_on_from_the_farthest(
    place: World, versions: Any, engineer: User
) -> None:
    past(place, versions, n=60)
    found = compared(rescored(versions[2], engineer))
    assert set(found.flips.values_list("class_key", flat=True)) == {"bright"}, "grave has no threshold"
    for kind in FlipKind:
        everything = sorted(found.flips.filter(kind=kind), key=lambda one: (-one.moved, -one.pk))
        first = flips.page(found, kind, size=4)
        assert [one.post for one in first.found] == [one.post for one in everything[:4]]
        seen, place_in = list(first.flips), first.after
        while place_in:
            page = flips.page(found, kind, place=place_in, size=4)
            seen, place_in = seen + page.flips, page.after
        assert seen == everything
        second = flips.page(found, kind, place=str(first.after), size=4)
        assert flips.page(found, kind, place=str(second.before), size=4).flips == first.flips
    for odd in ("a:1", "x:0x0p+0:1", "a:nan:1", "a:0x1p+0:-1", "b:0x1p+5:1", "a:zz:1"):
        with pytest.raises(BadPlace):
            flips.page(found, FlipKind.FLAGGED, place=odd)


def test_flips_follow_a_rescoring_under_way_and_keep_to_its_share(place: World, versions: Any, engineer: User) -> None:
    posts = past(place, versions, n=40)
    middle = posts[19].image_id
    one = rescored(versions[2], engineer, share=0.5)
    Rescoring.objects.filter(pk=one.pk).update(status="running", after_image_id=middle)
    flips.compare_all(now=NOW)
    under_way = flips.latest(one)
    assert under_way is not None
    assert under_way.finished_at is None
    chosen = set(rescoring.images_of(one).values_list("pk", flat=True))
    assert set(under_way.flips.values_list("post__image_id", flat=True)) <= {pk for pk in chosen if pk <= middle}
    with pytest.raises(FlipsRefused, match="not over"):
        flips.send(under_way, Order(uuid.uuid4(), FlipKind.FLAGGED, None, "why"), by=engineer, now=NOW)
    Rescoring.objects.filter(pk=one.pk).update(status="done", after_image_id=posts[-1].image_id)
    done = compared(one)
    assert done.posts > under_way.posts
    assert set(done.flips.values_list("post__image_id", flat=True)) <= chosen


def test_another_policy_asks_for_another_comparison(place: World, versions: Any, engineer: User) -> None:
    past(place, versions, n=20)
    one = rescored(versions[2], engineer)
    first = compared(one)
    assert not flips.is_outdated(first)
    change_policy(place, mode=PolicyMode.ASSISTED, review=0.1)
    assert flips.is_outdated(first)
    assert flips.begin(one, now=NOW) == flips.begin(one, now=NOW) != first
    assert compared(one).policy_version == place.policy
    assert first.flips.exists(), "what was compared before stays"


def ready(place: World, versions: Any, by: User, *, n: int = 40) -> FlipComparison:
    """Posts that nobody flagged, all of which the other version flags."""
    champion, other = versions[1], versions[2]
    posts = [post(place, photo()) for _ in range(n)]
    Post.objects.filter(pk__in=[one.pk for one in posts]).update(status="passed")
    for version, value in ((champion, 0.1), (other, 0.8)):
        Prediction.objects.bulk_create(
            Prediction(image=one.image, model_version=version, scores={"bright": value}, created_at=NOW)
            for one in posts
        )
    return compared(rescored(other, by))


def asked_about(place: World) -> set[int]:
    return set(Post.objects.filter(project=place.project, status="in_review").values_list("pk", flat=True))


def test_a_sample_has_its_recorded_chance_and_asking_twice_asks_once(
    place: World, versions: Any, engineer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flips.sending, "PART_POSTS", 4)
    found = ready(place, versions, engineer)
    order = Order(uuid.uuid4(), FlipKind.FLAGGED, 10, "the first look")
    sending = flips.send(found, order, by=engineer, now=NOW)
    assert flips.send(found, order, by=engineer, now=NOW) == sending
    assert (sending.posts, sending.probability) == (10, 0.25)
    with pytest.raises(FlipsRefused, match="right now"):
        flips.send(found, Order(uuid.uuid4(), FlipKind.FLAGGED, 5, "again"), by=engineer, now=NOW)
    assert flips.send_all(now=NOW) == 10
    assert flips.send_all(now=NOW) == 0
    sending.refresh_from_db()
    assert (sending.done, sending.already, sending.finished_at) == (10, 0, NOW)
    lowest = set(found.flips.order_by("coin").values_list("post_id", flat=True)[:10])
    assert asked_about(place) == lowest
    again = flips.send(found, Order(uuid.uuid4(), FlipKind.FLAGGED, 12, "some more"), by=engineer, now=NOW)
    flips.send_all(now=NOW)
    again.refresh_from_db()
    assert (again.done, again.already) == (2, 10)
    items = BulkItem.objects.filter(code="done").select_related("action")
    assert {(one.action.person, one.action.reason) for one in items} == {
        (engineer, "the first look"),
        (engineer, "some more"),
    }
    with pytest.raises(FlipsRefused, match="no such"):
        flips.send(found, Order(uuid.uuid4(), FlipKind.CLEARED, None, "none"), by=engineer, now=NOW)


def test_all_are_sent_and_none_of_it_enters_an_estimator(place: World, versions: Any, engineer: User) -> None:
    found = ready(place, versions, engineer, n=6)
    flips.send(found, Order(uuid.uuid4(), FlipKind.FLAGGED, None, "all"), by=engineer, now=NOW)
    flips.send_all(now=NOW)
    asked = Question.objects.filter(project=place.project)
    assert asked.count() == 6
    assert set(asked.values_list("purpose", "inclusion_probability")) == {(Purpose.REVIEW, None)}
    one = Post.objects.get(pk=min(asked_about(place)))
    answer(person(place.project), question_of(one), "bright")
    one.refresh_from_db()
    assert one.publication == "unpublished"
    assert not Draw.objects.filter(post=one).exists()
    assert not one.image.truths.exclude(inclusion_probability=None).exists()


def test_a_part_that_was_lost_with_its_worker_is_sent_by_the_next(
    place: World, versions: Any, engineer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flips.sending, "PART_POSTS", 3)
    found = ready(place, versions, engineer, n=7)
    sending = flips.send(found, Order(uuid.uuid4(), FlipKind.FLAGGED, None, "all"), by=engineer, now=NOW)
    flips.send_some(sending.pk, now=NOW)

    class Killed(Exception):
        pass

    def die(*_: Any, **__: Any) -> None:
        raise Killed

    with monkeypatch.context() as broken:
        broken.setattr(flips.sending.FlipSending, "save", die)
        with pytest.raises(Killed):
            flips.send_some(sending.pk, now=NOW)
    flips.send_all(now=NOW)
    sending.refresh_from_db()
    assert (sending.done, sending.already, sending.parts) == (7, 0, 3)
    assert len(asked_about(place)) == 7


def test_a_real_rescoring_flips_what_the_new_version_sees(
    place: World, engineer: User, white_is_bright: Path, all_is_fine: Path
) -> None:
    deploy(place, all_is_fine)
    white, _ = post(place, photo(245)), post(place, photo(10))
    screen_all(place)
    other = register(place, white_is_bright)
    made = rescoring.request(other, Scope(), by=engineer, now=NOW)
    while rescoring.score_chunk(now=NOW):
        pass
    serving.loaded.cache_clear()
    found = compared(Rescoring.objects.get(pk=made.pk))
    (flip,) = Flip.objects.all()
    assert (flip.post, flip.kind, flip.class_key, flip.outcome_after) == (white, "flagged", "bright", "remove")
    assert flip.score_before < 0.02 < 0.98 < flip.score_after
    assert (found.posts, found.stay_clear, found.newly_flagged) == (2, 1, 1)
