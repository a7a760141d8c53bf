"""Tests of gold items: who is asked, how often, as what; and that nothing comes of the answers but a measurement."""

import random
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from annotation import blindness, gold, labels, lanes, questions, queue, tasks
from annotation.labels import Answer
from annotation.models import (
    Desk,
    Exclusion,
    GoldItem,
    GoldSource,
    Job,
    JobStatus,
    Label,
    Lane,
    Purpose,
    Question,
    QuestionStatus,
    Truth,
)
from annotation.serializers import JobOut
from config.accounts.models import Project, Role, User
from tests.annotation.builders import (
    NOW,
    accept,
    ask_about,
    failures,
    image_of,
    people_of,
    person_of,
    project_of,
    question_of,
    schema_of,
    together,
    truth_of,
)

pytestmark = pytest.mark.django_db
EVERYBODY = frozenset({Role.MODERATOR, Role.ANNOTATOR})
ORIGIN = {"title": "A fox", "description": "in the snow", "external_id": "p-1"}


class Always(random.Random):
    """A chance in which every toss falls on gold."""

    def random(self) -> float:
        return 0.0


@pytest.fixture
def project() -> Project:
    return project_of(gold_rate=0.1)


def item_of(project: Project, seed: int, *classes: str, desk: Desk = Desk.REVIEW) -> GoldItem:
    facts: dict[str, Any] = {"schema": schema_of(project), "source": GoldSource.CHOSEN, "now": NOW}
    return gold.add(
        image_of(project, seed), classes=classes, desk=desk, origin=ORIGIN, attributes={"place": "snow"}, **facts
    )


def claim(person: User, *, count: int = 1, now: Any = NOW, chance: random.Random | None = None, **more: Any) -> Any:
    project = Project.objects.get()
    facts = {"desk": Desk.REVIEW, "chance": chance or Always(), **more}
    return queue.claim(person, project=project, roles=EVERYBODY, count=count, now=now, **facts)


def work(project: Project, n: int, *, first: int = 100) -> list[Question]:
    return [question_of(project, first + one) for one in range(n)]


def is_gold(job: Job) -> bool:
    return job.question.purpose == Purpose.GOLD


def say(job: Any, *classes: str, now: Any = NOW, **more: Any) -> labels.Accepted:
    return accept(job.pk, person=job.person, token=job.lease_token, answer=Answer(classes, **more), now=now)


def test_gold_comes_in_place_of_a_job_which_waits_again(project: Project) -> None:
    item_of(project, 1, "gruesome")
    [real] = work(project, 1)
    [job] = claim(person_of(project, "a"))
    assert is_gold(job)
    assert (job.desk, job.lane, job.status) == (Desk.REVIEW, Lane.DRAWN, JobStatus.LEASED)
    assert Job.objects.get(question=real).status == JobStatus.WAITING
    [next_job] = claim(person_of(project, "a"))
    assert next_job.question == real, "there is one item, and it was asked"


def test_each_person_is_asked_once_about_an_item_and_everybody_about_the_same(project: Project) -> None:
    item = item_of(project, 1, "gruesome")
    work(project, 20)
    people = people_of(project, 3)
    for person in people:
        assert [is_gold(job) for job in claim(person, count=3)].count(True) == 1
        assert not any(map(is_gold, claim(person, count=3)))
    assert sorted(item.question.jobs.values_list("person", flat=True)) == [one.pk for one in people]


def test_without_a_rate_there_is_no_gold_and_no_query_more(project: Project) -> None:
    item_of(project, 1)
    work(project, 3)
    person = person_of(project, "a")
    Project.objects.update(gold_rate=0)
    with CaptureQueriesContext(connection) as queries:
        assert not is_gold(claim(person)[0])
    assert not [one for one in queries if "annotation_golditem" in one["sql"]]


def test_the_share_of_gold_is_the_rate(project: Project) -> None:
    for seed in range(40):
        item_of(project, seed)
    work(project, 200)
    person, chance, got = person_of(project, "a"), random.Random(5), []
    Project.objects.update(gold_rate=0.2)
    for job in (job for _ in range(20) for job in claim(person, count=8, chance=chance)):
        got.append(is_gold(job))
        say(job)
    assert len(got) == 160
    assert abs(sum(got) - 32) < 4 * (160 * 0.2 * 0.8) ** 0.5


def test_who_has_no_work_gets_no_gold(project: Project) -> None:
    item_of(project, 1)
    assert claim(person_of(project, "a")) == []


def test_gold_is_asked_at_the_desk_where_a_person_works(project: Project) -> None:
    item_of(project, 1, desk=Desk.LABEL)
    work(project, 1)
    assert not is_gold(claim(person_of(project, "a"))[0])
    question_of(project, 200, Purpose.LABEL)
    [job] = claim(person_of(project, "a"), desk=Desk.LABEL)
    assert is_gold(job)
    assert job.desk == Desk.LABEL


def test_cases_are_never_replaced_by_gold(project: Project) -> None:
    item_of(project, 1)
    question_of(project, 100, Purpose.COMPLAINT)
    assert not is_gold(claim(person_of(project, "a"), desk=Desk.COMPLAINT)[0])


def test_a_gold_job_looks_like_any_other(project: Project) -> None:
    item_of(project, 1, "gruesome")
    question_of(project, 100, Purpose.AUDIT, origin=ORIGIN, attributes={"place": "snow"})
    hidden, [plain] = claim(person_of(project, "a"))[0], claim(person_of(project, "b"), chance=random.Random(1))
    assert [is_gold(hidden), is_gold(plain)] == [True, False]
    a, b = JobOut(hidden).data, JobOut(plain).data
    unlike = {key for key in a if a[key] != b[key]}
    assert unlike <= {"id", "lease_token", "image_url", "thumbnail_url", "full_url"}


def test_the_queue_holds_no_gold_that_nobody_claimed(project: Project) -> None:
    item_of(project, 1)
    assert not Job.objects.exists()
    roles = frozenset({Role.MANAGER})
    assert sum(lane.waiting for lane in lanes.waiting(project, desk=Desk.REVIEW, roles=roles, now=NOW)) == 0


def test_an_answer_settles_nothing_and_the_next_person_is_asked_the_same(project: Project) -> None:
    item = item_of(project, 1, "gruesome")
    work(project, 4)
    for person, said in zip(people_of(project, 2), (("gruesome",), ()), strict=True):
        [job] = claim(person)
        assert say(job, *said).truth is None
    item.question.refresh_from_db()
    assert item.question.status == QuestionStatus.OPEN
    assert (Truth.objects.count(), Label.objects.filter(question=item.question).count()) == (0, 2)


def test_three_unsure_people_escalate_no_gold(project: Project) -> None:
    item = item_of(project, 1)
    work(project, 4)
    for person in people_of(project, 3):
        say(claim(person)[0], is_unsure=True)
    item.question.refresh_from_db()
    assert (item.question.is_escalated, item.question.jobs.count()) == (False, 3)


def test_who_skips_or_hands_up_gold_is_not_asked_again_and_no_manager_is(project: Project) -> None:
    item = item_of(project, 1)
    work(project, 4)
    for person, leave in zip(people_of(project, 4), (queue.skip, queue.skip, queue.skip, queue.hand_up), strict=True):
        [job] = claim(person, chance=Always())
        assert is_gold(job)
        leave(job.pk, person=person, token=job.lease_token, reason="hard", now=NOW)
        assert not is_gold(claim(person)[0])
        queue.release_expired(now=NOW + timedelta(hours=1))
        gold.tend(project_of(), now=NOW)
    item.question.refresh_from_db()
    assert (item.question.is_escalated, item.question.lane) == (False, Lane.DRAWN)


def test_an_answer_can_be_taken_back_as_from_an_audit(project: Project) -> None:
    """What seemed to go on is asked again; what seemed to end was revealed, and is not."""
    item_of(project, 1, "gruesome")
    work(project, 4)
    for person, said in zip(people_of(project, 2), (("no_animal",), ()), strict=True):
        given = say(claim(person)[0], *said)
        back = labels.retract(given.label.pk, person=person, now=NOW)
        assert (back.job is not None) == bool(said)
        if back.job:
            assert say(back.job, "gruesome").label.classes == ["gruesome"]
        assert not is_gold(claim(person, chance=Always())[0])


def test_who_judged_the_image_is_not_asked(project: Project) -> None:
    before, after, fresh = people_of(project, 3)
    image = image_of(project, 1)
    with transaction.atomic():
        asked = questions.open_questions([ask_about(image)], now=NOW)[0]
    say(claim(before)[0])
    assert Label.objects.get().question == asked
    facts: dict[str, Any] = {"schema": schema_of(project), "origin": {}, "attributes": {}, "desk": Desk.REVIEW}
    gold.add(image, classes=(), source=GoldSource.CHOSEN, now=NOW, **facts)
    with transaction.atomic():
        questions.open_questions([ask_about(image, Purpose.COMPLAINT)], now=NOW)
    say(claim(after, desk=Desk.COMPLAINT)[0])
    work(project, 3)
    assert [is_gold(claim(person)[0]) for person in (before, after, fresh)] == [False, False, True]


def test_who_judged_gold_is_asked_no_blind_question_about_its_image(project: Project) -> None:
    item = item_of(project, 1)
    work(project, 1)
    person = person_of(project, "a")
    say(claim(person)[0])
    with transaction.atomic():
        audit = questions.open_questions([ask_about(item.question.image, Purpose.AUDIT)], now=NOW)[0]
    assert Exclusion.objects.filter(question=audit, person=person).exists()
    assert blindness.is_blind(item.question)


def test_people_who_claim_at_once_are_each_asked_once(transactional_db: None) -> None:
    project = project_of(gold_rate=0.1)
    for seed in range(3):
        item_of(project, seed)
    work(project, 100)
    people = people_of(project, 4)

    def some(number: int) -> list[Any]:
        return [job for _ in range(3) for job in claim(people[number % 4], count=4)]

    results = together(some, 8)
    assert failures(results) == []
    held = [job.pk for jobs in results for job in jobs]
    assert len(held) == len(set(held)) == 8 * 12
    sat = Job.objects.filter(question__purpose=Purpose.GOLD).values_list("question", "person")
    assert len(sat) == len(set(sat)) == 12, "three items, four people"


def test_a_lease_that_ran_out_is_given_to_others_or_closed_within_the_hour(project: Project) -> None:
    item_of(project, 1)
    work(project, 1)
    claim(person_of(project, "a"))
    assert queue.release_expired(now=NOW + timedelta(minutes=6)) == 1
    tasks.tend_gold()
    assert Job.objects.get(question__purpose=Purpose.GOLD).status == JobStatus.CLOSED
    [again] = claim(person_of(project, "a"))
    assert is_gold(again), "they did not answer it"


def test_a_retired_item_is_asked_of_nobody_else(project: Project) -> None:
    item = item_of(project, 1)
    work(project, 2)
    [held] = claim(person_of(project, "a"))
    gold.retire(item, now=NOW)
    gold.retire(item, now=NOW)
    with pytest.raises(queue.LeaseLost):
        say(held)
    assert not is_gold(claim(person_of(project, "b"))[0])


def test_an_image_is_a_gold_item_once(project: Project) -> None:
    item = item_of(project, 1)
    facts: dict[str, Any] = {"schema": item.question.schema, "origin": {}, "attributes": {}, "desk": Desk.REVIEW}
    for _ in range(2):
        with pytest.raises(gold.AlreadyGold):
            gold.add(item.question.image, classes=(), source=GoldSource.CHOSEN, now=NOW, **facts)
        gold.retire(item, now=NOW)


def test_two_who_add_an_image_at_once_make_one_item(transactional_db: None) -> None:
    project = project_of(gold_rate=0.1)
    image, schema = image_of(project, 1), schema_of(project)
    facts: dict[str, Any] = {"schema": schema, "origin": {}, "attributes": {}, "desk": Desk.REVIEW, "now": NOW}
    results = together(lambda _: gold.add(image, classes=(), source=GoldSource.CHOSEN, **facts), 4)
    assert [type(one) for one in failures(results)] == [gold.AlreadyGold] * 3
    assert GoldItem.objects.count() == 1


def test_while_gold_is_asked_for_a_pool_is_kept_of_what_is_known(project: Project) -> None:
    imported = truth_of(image_of(project, 1), "gruesome")
    truth_of(image_of(project, 2))
    assert gold.tend(project, now=NOW) == 2
    assert gold.tend(project, now=NOW) == 0
    item = GoldItem.objects.get(truth=imported)
    assert (item.source, item.question.desk, item.classes, item.question.origin) == (
        GoldSource.IMPORTED,
        Desk.LABEL,
        ["gruesome"],
        {},
    )


def test_what_three_people_agreed_on_is_gold_for_the_desk_where_they_did(project: Project) -> None:
    question = question_of(project, 1, Purpose.AUDIT, origin=ORIGIN | {"case": {}}, attributes={"place": "snow"})
    for person in people_of(project, 3):
        say(claim(person)[0], "gruesome")
    assert gold.tend(project, now=NOW) == 1
    item = GoldItem.objects.get()
    assert (item.source, item.classes, item.question.desk) == (GoldSource.AGREED, ["gruesome"], Desk.REVIEW)
    assert (item.question.origin, item.question.attributes) == (ORIGIN, {"place": "snow"})
    assert item.question != question


def test_without_a_rate_no_pool_is_kept(project: Project) -> None:
    truth_of(image_of(project, 1))
    project.gold_rate = 0
    assert gold.tend(project, now=NOW) == 0


def test_the_pool_has_an_end(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gold, "POOL", 4)
    for seed in range(8):
        truth_of(image_of(project, seed), *(["gruesome"] if seed % 2 else []))
    assert gold.tend(project, now=NOW) == 4
    assert GoldItem.objects.filter(classes=[]).count() == 2


def test_one_open_question_about_an_image_is_gold_at_most(project: Project) -> None:
    item = item_of(project, 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Question.objects.create(
            project=project,
            image=item.question.image,
            schema=item.question.schema,
            purpose=Purpose.GOLD,
            desk=Desk.REVIEW,
            lane=Lane.DRAWN,
            rule="NEVER",
            due_at=NOW,
            opened_at=NOW,
        )
