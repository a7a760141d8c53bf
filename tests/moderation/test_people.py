"""Tests of what the page about people tells: whose work, of when, compared with what; and to whom."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from annotation import gold, labels, queue
from annotation.models import Desk, GoldItem, GoldSource, Purpose, Truth
from config.accounts import preferences
from config.accounts.models import Role, User
from moderation import decisions, gold_posts, second_looks, tasks
from moderation.measurement import daily
from moderation.measurement.periods import Period
from moderation.models import ExposureBudget, PersonDay, Post
from moderation.people import gathering as people
from moderation.people import showing as people_shown
from moderation.people import working_days
from tests.annotation.builders import failures, together
from tests.moderation.builders import (
    DARK,
    NOW,
    WHITE,
    World,
    answer,
    claim,
    later,
    person,
    photo,
    question_of,
    screened,
)
from tests.moderation.test_second_looks import ALL, FINAL, founded, look

pytestmark = pytest.mark.django_db
PERIOD = Period.of_days(NOW.date(), NOW.date() + timedelta(days=6))
TOMORROW = later(days=1)


@pytest.fixture
def place(white_is_bright: Path) -> World:
    return founded(white_is_bright, **ALL)


def reviewed(place: World, by: User, *classes: str, now: Any = NOW) -> Post:
    made = screened(place, photo(WHITE), now=now)
    answer(by, question_of(made), *classes, now=now)
    return made


def shown(place: World, *, viewer: User | None = None, now: Any = TOMORROW) -> people.People:
    viewer = viewer or person(place.project, Role.MANAGER)
    roles = {Role(one.role) for one in viewer.memberships.all()}
    return people.people(place.project, PERIOD, viewer=viewer, roles=roles, now=now)


def days_of(user: User) -> list[tuple[Any, ...]]:
    return list(PersonDay.objects.filter(person=user).order_by("day").values_list("day", "answers", "unsure", "seen"))


def test_a_day_is_what_a_person_answered_and_did_not_take_back(place: World) -> None:
    user = person(place.project)
    reviewed(place, user, "bright")
    reviewed(place, user, "bright", "grave", now=later(minutes=1))
    taken = screened(place, photo(WHITE), now=later(minutes=2))
    given = answer(user, question_of(taken), now=later(minutes=2))
    decisions.retract(given.accepted.label.pk, person=user, now=later(minutes=3))
    working_days.refresh(place.project, NOW.date())
    assert days_of(user) == [(NOW.date(), 2, 0, {"bright": 2, "grave": 1})]
    row = PersonDay.objects.get()
    assert (row.timed, row.seconds) == (2, 120.0)


def test_days_are_the_same_counted_twice_from_scratch_or_at_once(transactional_db: None, white_is_bright: Path) -> None:
    place = founded(white_is_bright, **ALL)
    user = person(place.project)
    for hours in (0, 1, 30):
        reviewed(place, user, "bright", now=later(hours=hours))
    working_days.refresh_all(place.project, now=later(days=3))
    first = days_of(user)
    assert [(day, n) for day, n, *_ in first] == [(NOW.date(), 2), (NOW.date() + timedelta(days=1), 1)]
    working_days.refresh_all(place.project, now=later(days=3))
    assert failures(together(lambda _: working_days.refresh_all(place.project, now=later(days=3)), 3)) == []
    assert days_of(user) == first
    PersonDay.objects.all().delete()
    working_days.refresh_all(place.project, now=later(days=3))
    assert days_of(user) == first


def test_an_answer_taken_back_after_midnight_is_taken_off_its_day(place: World) -> None:
    user, late = person(place.project), NOW.replace(hour=23, minute=58)
    made = screened(place, photo(WHITE), now=late)
    given = answer(user, question_of(made), "bright", now=late)
    working_days.refresh_all(place.project, now=late)
    decisions.retract(given.accepted.label.pk, person=user, now=late + timedelta(minutes=5))
    working_days.refresh_all(place.project, now=late + timedelta(minutes=6))
    assert days_of(user) == [(NOW.date(), 0, 0, {})]


def test_the_task_counts_every_project(place: World) -> None:
    reviewed(place, person(place.project), "bright")
    assert tasks.count_people() > 0


def test_people_come_in_the_order_of_their_names_with_what_they_did(place: World) -> None:
    for name, n in (("zoe", 3), ("Aiko", 1), ("ben", 2)):
        user = person(place.project, name=name)
        for _ in range(n):
            reviewed(place, user, "bright")
    working_days.refresh_all(place.project, now=NOW)
    found = shown(place).people
    assert [(str(one.person), one.answers, one.days) for one in found] == [("Aiko", 1, 1), ("ben", 2, 1), ("zoe", 3, 1)]
    assert [max(one.bars) for one in found] == [1 / 3, 2 / 3, 1.0]


def test_others_than_managers_see_themselves_alone_and_tests_up_to_midnight(place: World) -> None:
    mine, other = person(place.project, name="mine"), person(place.project, name="other")
    for user in (mine, other):
        reviewed(place, user, "bright")
    known(place, mine, right=1)
    working_days.refresh_all(place.project, now=NOW)
    assert [one.accuracy.n for one in shown(place, viewer=mine, now=later(hours=1)).people] == [0]
    assert [one.accuracy.n for one in shown(place, viewer=mine).people] == [1]
    assert len(shown(place, viewer=person(place.project, Role.ENGINEER)).people) == 0
    assert [one.accuracy.n for one in shown(place, now=later(hours=1)).people] == [1, 0]


def known(place: World, user: User, *, right: int = 0, wrong: int = 0) -> None:
    """Have a person answer gold items that violate, some rightly and some not."""
    for n in range(right + wrong):
        image = screened(place, photo(DARK)).image
        facts: dict[str, Any] = {"schema": place.schema, "desk": Desk.REVIEW, "origin": {}, "attributes": {}}
        item = gold.add(image, classes=["bright"], source=GoldSource.CHOSEN, now=NOW, **facts)
        job: Any = gold._seat(item.question, person=user, until=later(minutes=5), now=NOW)
        said = labels.Answer(("bright",) if n < right else ())
        decisions.answer(job.pk, person=user, token=job.lease_token, answer=said, now=NOW)


def test_accuracy_is_that_of_gold_items_with_its_interval(place: World) -> None:
    user = person(place.project)
    known(place, user, right=3, wrong=1)
    working_days.refresh_all(place.project, now=NOW)
    [found] = shown(place).people
    assert (found.accuracy.estimate, found.accuracy.n, found.accuracy.enough) == (0.75, 4, False)
    page = people_shown.page(
        place.project, PERIOD, viewer=person(place.project, Role.MANAGER), roles=[Role.MANAGER], now=TOMORROW
    )
    cell = page.rows[0].accuracy
    assert (cell.is_enough, cell.n) == (False, 4)
    assert "and" in cell.bound


def test_second_looks_and_agreement_are_counted_for_each(place: World) -> None:
    first = person(place.project, name="first")
    posts = [reviewed(place, first, "bright"), reviewed(place, first, "bright")]
    second_looks.draw(place.project, now=FINAL)
    for made, said in zip(posts, ([("bright",)], [(), ()]), strict=True):
        look(question_of(made, Purpose.SECOND_LOOK), *said)
    working_days.refresh_all(place.project, now=FINAL)
    daily.refresh_stale(place.project, now=FINAL)
    page = shown(place)
    mine = next(one for one in page.people if one.person == first)
    assert (mine.looked_at_again, mine.stood) == (2, 1)
    assert (mine.agreement.estimate, mine.agreement.n) == (0.5, 2)
    errors = page.quality.errors[0].share
    assert (errors.estimate, errors.finds, errors.looks) == (0.5, 1, 2)
    assert (page.quality.images, page.quality.raw.estimate) == (2, 0.5)
    assert page.quality.differing.keys == ["", "bright"]
    assert page.quality.differing.counts == [[1, 1], [1, 1]]


def test_exposure_is_told_against_the_smaller_budget(place: World) -> None:
    user = person(place.project)
    ExposureBudget.objects.create(project=place.project, class_key="bright", per_day=5)
    preferences.change(user, {"exposure_budget": {"bright": 2}}, now=NOW)
    for day in (0, 0, 1):
        reviewed(place, user, "bright", now=later(days=day))
    working_days.refresh_all(place.project, now=later(days=1))
    [found] = shown(place, now=later(days=2)).people
    assert found.exposure == [people.Exposure("bright", "Too bright", 3, 2, 2, 1)]


def test_none_and_all_of_a_few_is_not_said_as_a_share(place: World) -> None:
    user = person(place.project)
    known(place, user, right=20)
    working_days.refresh_all(place.project, now=NOW)
    manager = person(place.project, Role.MANAGER)
    page = people_shown.page(place.project, PERIOD, viewer=manager, roles=[Role.MANAGER], now=TOMORROW)
    assert page.rows[0].person.accuracy.enough
    assert not page.rows[0].accuracy.is_enough
    assert page.rows[0].accuracy.bound.startswith("at least")


def browser(user: User) -> Browser:
    found = Browser()
    found.force_login(user)
    return found


def test_the_page_names_others_to_managers_alone(place: World) -> None:
    mine, other = person(place.project, name="mine"), person(place.project, name="stranger")
    for user in (mine, other):
        reviewed(place, user, "bright")
    working_days.refresh_all(place.project, now=NOW)
    days = f"?from={NOW.date()}&to={NOW.date()}"
    seen = browser(mine).get(reverse("people") + days).content.decode()
    assert "stranger" not in seen
    assert "mine" in seen
    assert "stranger" in browser(person(place.project, Role.MANAGER)).get(reverse("people") + days).content.decode()


def test_a_manager_makes_a_gold_item_of_a_post_that_people_answered(place: World) -> None:
    manager = person(place.project, Role.MANAGER)
    made = reviewed(place, person(place.project), "bright")
    page = browser(manager)
    assert "Right would be: Too bright" in page.get(reverse("post", args=[made.pk])).content.decode()
    page.post(reverse("post_gold", args=[made.pk]))
    item = GoldItem.objects.get()
    assert (item.classes, item.source, item.added_by) == (["bright"], GoldSource.CHOSEN, manager)
    assert (item.truth, item.question.origin["external_id"]) == (Truth.objects.get(), made.external_id)
    assert "A gold item since" in page.get(reverse("post", args=[made.pk])).content.decode()
    again = page.post(reverse("post_gold", args=[made.pk]), follow=True).content.decode()
    assert "a gold item already" in again


def test_of_a_post_that_nobody_answered_no_gold_item_is_made(place: World) -> None:
    made = screened(place, photo(WHITE))
    assert gold_posts.standing(made) == gold_posts.Standing(None, None, None)
    with pytest.raises(gold_posts.NothingKnown):
        gold_posts.choose(made, by=person(place.project, Role.MANAGER), now=NOW)


def test_a_gold_answer_ends_as_an_audit_seems_to_and_decides_nothing(place: World) -> None:
    place.project.gold_rate = 0.2
    made = reviewed(place, person(place.project), "bright")
    gold_posts.choose(made, by=person(place.project, Role.MANAGER), now=NOW)
    before = Post.objects.values_list("status", "publication").get(pk=made.pk)
    for said, settles in (((), True), (("bright",), False)):
        user = person(place.project)
        question = GoldItem.objects.get().question
        job: Any = gold._seat(question, person=user, until=later(minutes=5), now=NOW)
        given = decisions.answer(job.pk, person=user, token=job.lease_token, answer=labels.Answer(said), now=NOW)
        assert (given.is_settled, given.decisions, given.accepted.truth) == (settles, [], None)
    assert Post.objects.values_list("status", "publication").get(pk=made.pk) == before
    assert Truth.objects.count() == 1


def test_what_is_shown_after_gold_is_what_is_shown_after_any_audit(place: World) -> None:
    made = reviewed(place, person(place.project), "bright")
    gold_posts.choose(made, by=person(place.project, Role.MANAGER), now=NOW)
    user = person(place.project)
    job: Any = gold._seat(GoldItem.objects.get().question, person=user, until=later(minutes=5), now=NOW)
    said = {"lease_token": str(job.lease_token), "answer": {"classes": [], "regions": [], "unsure": False}, "note": ""}
    # The lease is of another day than the server's clock.
    job.lease_until = later(days=100_000)
    job.save(update_fields=["lease_until"])
    body = browser(user).post(reverse("api_label", args=[job.pk]), said, content_type="application/json").json()
    assert body["settled"] is True
    assert body["revealed"]["post_id"] == made.pk
    assert body["revealed"]["decision"] is None
    other = screened(place, photo(DARK))
    auditor = person(place.project)
    audit = claim(auditor, question_of(other, Purpose.AUDIT))
    queue.release(audit.pk, person=auditor, token=audit.lease_token, now=NOW)  # type: ignore[arg-type]
    assert set(body) == {"label_id", "settled", "revealed", "next"}
