"""Tests of what is shown after an answer, and not before: the poster's other posts, and decisions on images like it."""

from typing import Any

import numpy as np
import pytest
from django.test import Client as Browser

from annotation import neighbors, perceptual, questions
from annotation.models import Image, Lane, Purpose
from annotation.questions import Ask
from config.accounts.models import Membership, Role
from moderation import intake, revealing, sight
from moderation.models import Post
from moderation.sight import WHOLE, Sight, of_roles
from tests.annotation.builders import encoded, image_of, picture, project_of
from tests.moderation.builders import NOW, World, answer, later, person, photo, post, question_of, screened, world

pytestmark = pytest.mark.django_db
NOTHING = {"posts": 0, "removed": 0, "strikes": 0, "recent": []}


@pytest.fixture
def place() -> World:
    return world()


def decided(place: World, image: bytes | None = None, *classes: str, **said: Any) -> Post:
    made = screened(place, image, **said)
    answer(person(place.project), question_of(made), *classes)
    made.refresh_from_db()
    return made


def history(post: Post, *, sight: Sight) -> dict[str, Any]:
    return dict(revealing.beside(post, sight=sight, now=later(minutes=9))["poster_history"])


def similar(post: Post, *, sight: Sight) -> list[dict[str, Any]]:
    return list(revealing.beside(post, sight=sight, now=later(minutes=9))["similar"])


def test_a_posters_other_posts_are_counted_and_the_newest_shown(place: World) -> None:
    old = decided(place, None, "bright", poster="user-7", now=NOW)
    new = decided(place, poster="user-7", now=later(minutes=1))
    gone = screened(place, poster="user-7", now=later(minutes=2))
    intake.withdraw(gone.pk, client=place.client, now=later(minutes=3))
    decided(place, None, "bright", poster="user-8")
    made = screened(place, poster="user-7", now=later(minutes=4))
    told = history(made, sight=WHOLE)
    assert (told["posts"], told["removed"], told["strikes"]) == (3, 1, 1)
    assert [one["post_id"] for one in told["recent"]] == [gone.pk, new.pk, old.pk]
    assert told["recent"][2]["publication"] == "unpublished"
    assert told["recent"][2]["thumbnail_url"] == f"/images/{old.image_id}/thumbnail/"


def test_a_post_without_a_poster_has_no_history(place: World) -> None:
    screened(place)
    assert history(screened(place), sight=WHOLE) == NOTHING


def test_posters_of_other_projects_are_other_people(place: World) -> None:
    screened(world(), poster="user-7")
    assert history(screened(place, poster="user-7"), sight=WHOLE)["posts"] == 0


def test_decisions_on_the_same_and_on_similar_images_are_shown_the_nearest_first(place: World) -> None:
    data, smaller = encoded(picture(1)), encoded(picture(1, size=(72, 48)), quality=60)
    near = decided(place, smaller, "bright")
    same = decided(place, data)
    decided(place, encoded(picture(2)), "bright")
    screened(place, encoded(picture(1, size=(90, 60))))
    shown = similar(screened(place, data), sight=WHOLE)
    assert [(one["post_id"], one["decision"], one["classes"]) for one in shown] == [
        (same.pk, "keep", []),
        (near.pk, "remove", ["bright"]),
    ]


def test_only_six_are_shown(place: World) -> None:
    data = encoded(picture(1))
    for _ in range(8):
        decided(place, data)
    assert len(similar(screened(place, data), sight=WHOLE)) == 6


def ask_again(place: World, made: Post) -> None:
    """Ask once more, blindly, about the image of a post that is decided."""
    ask = Ask(image=made.image, schema=place.schema, purpose=Purpose.AUDIT, lane=Lane.DRAWN, due_at=later(hours=1))
    questions.open_questions([ask], now=NOW)


def test_posts_that_somebody_may_still_be_asked_about_are_no_part_of_a_history(place: World) -> None:
    asked, known = decided(place, None, "bright", poster="user-7"), decided(place, None, "bright", poster="user-7")
    ask_again(place, asked)
    made = screened(place, poster="user-7")
    moderator = history(made, sight=of_roles([Role.MODERATOR]))
    assert (moderator["posts"], moderator["removed"]) == (1, 1)
    assert [one["post_id"] for one in moderator["recent"]] == [known.pk]
    assert history(made, sight=WHOLE)["removed"] == 2


def test_what_may_be_seen_of_a_post_is_said_by_the_roles_held_in_its_own_project(place: World) -> None:
    both = person(place.project)
    Membership.objects.create(user=both, project=world().project, role=Role.ADMIN)
    assert sight.of(both, project_id=place.project.pk) == of_roles([Role.MODERATOR])


def test_posts_that_somebody_may_still_be_asked_about_are_not_shown_as_similar(place: World) -> None:
    asked = decided(place, encoded(picture(1, size=(72, 48)), quality=60), "bright")
    known = decided(place, encoded(picture(1, size=(90, 60))), "bright")
    made = decided(place, encoded(picture(1)))
    ask_again(place, asked)
    shown = similar(made, sight=of_roles([Role.MODERATOR]))
    assert [one["post_id"] for one in shown] == [known.pk]
    assert {one["post_id"] for one in similar(made, sight=WHOLE)} == {
        asked.pk,
        known.pk,
    }


def test_neighbors_are_found_by_bits_in_their_own_project() -> None:
    project = project_of()
    mine = bytes(np.random.default_rng(0).integers(0, 256, 32, dtype=np.uint8))

    def near(bits: int, seed: int, **changed: Any) -> Image:
        flipped = np.unpackbits(np.frombuffer(mine, np.uint8))
        flipped[:bits] ^= 1
        digest = np.packbits(flipped).tobytes()
        return image_of(changed.pop("project", project), seed, pdq=digest, pdq_bands=perceptual.bands(digest))

    image, far, closer = near(0, 1), near(60, 2), near(3, 3)
    near(70, 4)
    near(0, 5, project=project_of("other"))
    found = neighbors.of(image, limit=5)
    assert [(one.image_id, one.bits) for one in found] == [(closer.pk, 3), (far.pk, 60)]
    assert len(neighbors.of(image, limit=1)) == 1
    assert neighbors.of(image_of(project, 6), limit=5) == []


def test_all_of_it_comes_with_the_answer_and_not_before(place: World) -> None:
    data = encoded(picture(1))
    before = decided(place, data, "bright", poster="user-7")
    made = post(place, data, poster="user-7")
    from tests.moderation.builders import screen_all

    screen_all(place)
    browser = Browser()
    browser.force_login(person(place.project))
    job = browser.post("/api/v1/jobs/claim/", {}, content_type="application/json").json()["jobs"][0]
    assert "user-7" not in str(job)
    said = {"lease_token": job["lease_token"], "answer": {"classes": ["bright"]}}
    told = browser.post(f"/api/v1/jobs/{job['id']}/label/", said, content_type="application/json").json()["revealed"]
    assert told["post_id"] == made.pk
    assert (told["poster_history"]["posts"], told["poster_history"]["removed"]) == (1, 1)
    assert [one["post_id"] for one in told["similar"]] == [before.pk]


def test_an_image_too_flat_for_a_hash_is_like_none_but_itself(place: World) -> None:
    decided(place, photo(10, seed=1))
    assert similar(screened(place, photo(10, seed=2)), sight=WHOLE) == []
