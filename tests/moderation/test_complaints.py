"""Tests of complaints: what follows from each, who is asked, and that audits stay blind."""

from typing import Any

import pytest
from django.test import Client as Browser

from annotation import labels, queue
from annotation.models import Desk, Exclusion, Job, Lane, Purpose, Question, Truth
from annotation.serializers import JobOut
from config.accounts.models import Role, User
from moderation import complaints, decisions, impressions, intake, settlements
from moderation.complaints import ComplaintIdConflict, Said, UnknownPost
from moderation.impressions import Counted
from moderation.models import Asked, Complaint, ComplaintOutcome, PolicyMode, Post, PostStatus
from tests.annotation.builders import failures, together
from tests.moderation.builders import (
    DARK,
    NOW,
    ROLES,
    World,
    answer,
    claim,
    deploy,
    half_jpeg,
    later,
    person,
    photo,
    post,
    question_of,
    screen_all,
    screened,
    world,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def place() -> World:
    return world(webhook_url="https://example.com/hook")


def complain(place: World, about: Post, *, reason: str = "bright", now: Any = NOW, **said: Any) -> Complaint:
    return complaints.submit(place.client, Said(about.external_id, reason, **said), now=now)[0]


def passed(place: World, machine: Any) -> Post:
    """A post that the machine let through, and that was drawn for an audit."""
    deploy(place, machine)
    return screened(place, photo(DARK))


def kept(place: World, by: User) -> Post:
    """A post that a person has decided is fine."""
    made = screened(place)
    answer(by, question_of(made))
    made.refresh_from_db()
    return made


def open_complaints(about: Post) -> list[Question]:
    return list(Question.objects.filter(image=about.image_id, purpose=Purpose.COMPLAINT, status="open"))


def test_a_post_that_a_person_kept_is_judged_by_another(place: World) -> None:
    first, second = person(place.project), person(place.project)
    made = kept(place, first)
    assert complain(place, made, text="Much too bright.").outcome == ComplaintOutcome.ASKED
    (question,) = open_complaints(made)
    assert (question.desk, question.lane, question.inclusion_probability) == (Desk.COMPLAINT, Lane.NORMAL, None)
    assert queue.claim(first, project=place.project, roles=ROLES, now=NOW) == []
    answer(second, question, "bright", now=later(minutes=1))
    made.refresh_from_db()
    assert (made.status, made.publication) == ("decided", "unpublished")
    assert made.deliveries.latest("id").payload["type"] == "post.unpublished"
    assert made.decisions.latest("id").reason == "complaint answered"


def test_an_open_review_becomes_urgent_and_nothing_else_is_asked(place: World) -> None:
    made = screened(place)
    before = question_of(made)
    complained = complain(place, made)
    after = question_of(made)
    assert complained.outcome == ComplaintOutcome.HURRIED
    assert (after.lane, after.pk) == (Lane.URGENT, before.pk)
    assert after.jobs.get().lane == Lane.URGENT
    assert open_complaints(made) == []


def test_more_complaints_bring_the_day_forward(place: World) -> None:
    made = kept(place, person(place.project))
    dues = []
    for reason in ("bright", "spam", "spam"):
        complain(place, made, reason=reason)
        dues.append(open_complaints(made)[0].due_at)
    assert dues == [later(hours=24), later(hours=12), later(hours=8)]


def test_a_grave_reason_is_urgent(place: World) -> None:
    made = kept(place, person(place.project))
    complain(place, made, reason="grave")
    (question,) = open_complaints(made)
    assert (question.lane, question.due_at) == (Lane.URGENT, later(hours=8))


def test_what_comes_while_people_are_asked_joins_and_is_shown(place: World) -> None:
    made = kept(place, person(place.project))
    complain(place, made, reason="bright", text="Too bright.")
    assert complain(place, made, reason="spam", text="An advertisement.").outcome == ComplaintOutcome.JOINED
    (question,) = open_complaints(made)
    case = question.origin["case"]
    assert case["kind"] == "complaint"
    assert [(one["reason"], one["text"]) for one in case["entries"]] == [
        ("bright", "Too bright."),
        ("spam", "An advertisement."),
    ]
    assert [(one["kind"], one["actor"], one["classes"]) for one in case["history"]] == [("keep", "person", [])]


def test_the_same_reason_is_judged_once_and_a_new_one_again(place: World) -> None:
    people = [person(place.project) for _ in range(3)]
    made = kept(place, people[0])
    complain(place, made)
    answer(people[1], open_complaints(made)[0])
    assert complain(place, made, reason=" Bright".strip()).outcome == ComplaintOutcome.JUDGED_BEFORE
    assert open_complaints(made) == []
    assert complain(place, made, reason="spam").outcome == ComplaintOutcome.ASKED
    (question,) = open_complaints(made)
    told = [(one["kind"], one["actor"], one["note"]) for one in question.origin["case"]["history"]]
    assert told.count(("complaint", "viewer", "bright")) == 1
    assert [one for one in told if one[0] == "keep"] == [("keep", "person", "")] * 2
    for done in people[:2]:
        assert queue.claim(done, project=place.project, roles=ROLES, now=NOW) == [], "they judged it before"
    assert claim(people[2], question)


def test_a_reason_that_was_judged_is_asked_again_each_time_the_views_have_doubled(place: World) -> None:
    made = kept(place, person(place.project))
    see(place, made, 150)
    complain(place, made)
    answer(person(place.project), open_complaints(made)[0])
    see(place, made, 149, days=1)
    again = later(days=1)
    assert complain(place, made, now=again).outcome == ComplaintOutcome.JUDGED_BEFORE
    see(place, made, 150, days=1)
    assert complain(place, made, now=again).outcome == ComplaintOutcome.ASKED
    assert complain(place, made, now=again).outcome == ComplaintOutcome.JOINED
    answer(person(place.project), open_complaints(made)[0], now=again)
    assert complain(place, made, now=later(days=2)).outcome == ComplaintOutcome.JUDGED_BEFORE
    see(place, made, 300, days=2)
    assert complain(place, made, now=later(days=2)).outcome == ComplaintOutcome.ASKED


def test_a_few_views_more_are_no_reason_to_ask_again(place: World) -> None:
    made = kept(place, person(place.project))
    see(place, made, 1)
    complain(place, made)
    answer(person(place.project), open_complaints(made)[0])
    see(place, made, 198, days=1)
    assert complain(place, made, now=later(days=1)).outcome == ComplaintOutcome.JUDGED_BEFORE
    see(place, made, 199, days=1)
    assert complain(place, made, now=later(days=1)).outcome == ComplaintOutcome.ASKED


def test_views_of_the_day_it_was_judged_on_are_no_news(place: World) -> None:
    made = kept(place, person(place.project))
    complain(place, made)
    answer(person(place.project), open_complaints(made)[0])
    see(place, made, 5000)
    assert complain(place, made).outcome == ComplaintOutcome.JUDGED_BEFORE


def see(place: World, about: Post, views: int, *, days: int = 0) -> None:
    """Report how often a post was seen on a day."""
    now = later(days=days)
    impressions.report(place.client, [Counted(about.external_id, now.date(), views)], now=now)


def test_an_answer_taken_back_lets_the_reason_be_asked_again(place: World) -> None:
    first, second = person(place.project), person(place.project)
    made = kept(place, first)
    complain(place, made)
    given = answer(second, open_complaints(made)[0])
    decisions.retract(given.accepted.label.pk, person=second, now=NOW)
    assert complain(place, made).outcome == ComplaintOutcome.JOINED


@pytest.mark.parametrize("how", ["removed", "withdrawn"])
def test_a_post_that_nobody_sees_is_only_recorded(place: World, how: str) -> None:
    made = screened(place)
    if how == "removed":
        answer(person(place.project), question_of(made), "bright")
    else:
        intake.withdraw(made.pk, client=place.client, now=NOW)
    assert complain(place, made).outcome == ComplaintOutcome.NOT_PUBLISHED
    assert not Question.objects.filter(status="open").exists()


def test_an_image_that_cannot_be_shown_is_only_recorded(place: World) -> None:
    made = screened(place, half_jpeg())
    assert made.status == PostStatus.FAILED
    assert complain(place, made).outcome == ComplaintOutcome.NOT_SHOWN


def test_what_is_not_screened_yet_waits_and_is_taken_up_afterwards(place: World, white_is_bright: Any) -> None:
    deploy(place, white_is_bright)
    made = post(place, photo(DARK))
    assert complain(place, made).outcome == ComplaintOutcome.WAITS
    assert complaints.sweep(now=NOW) == 0
    screen_all(place)
    assert complaints.sweep(now=NOW) == 1
    assert Complaint.objects.get().outcome == ComplaintOutcome.ASKED
    assert len(open_complaints(made)) == 1
    assert complaints.sweep(now=NOW) == 0


def test_an_audit_stays_as_it_was_and_blind(place: World, white_is_bright: Any) -> None:
    made = passed(place, white_is_bright)
    audit = question_of(made, Purpose.AUDIT)
    before = Question.objects.filter(pk=audit.pk).values().get()
    complain(place, made)
    reader, other = person(place.project), person(place.project)
    claimed = queue.claim(reader, project=place.project, roles=ROLES, desk=Desk.COMPLAINT, now=NOW)
    assert [job.question.purpose for job in claimed] == [Purpose.COMPLAINT]
    assert queue.claim(reader, project=place.project, roles=ROLES, desk=Desk.REVIEW, now=NOW) == []
    assert Question.objects.filter(pk=audit.pk).values().get() == before
    shown = JobOut(claim(other, audit)).data
    assert (shown["case"], "complain" in str(shown)) == (None, False)


def test_who_audits_already_keeps_the_seat_after_reading_a_complaint(place: World, white_is_bright: Any) -> None:
    made = passed(place, white_is_bright)
    reader = person(place.project)
    job = claim(reader, question_of(made, Purpose.AUDIT))
    complain(place, made)
    queue.claim(reader, project=place.project, roles=ROLES, desk=Desk.COMPLAINT, now=NOW)
    assert not Exclusion.objects.exists()
    assert queue.extend(job.pk, person=reader, token=job.lease_token, now=NOW)


def test_a_complaint_given_back_unread_leaves_its_person_free_to_audit(place: World, white_is_bright: Any) -> None:
    made = passed(place, white_is_bright)
    complain(place, made)
    reader = person(place.project)
    [job] = queue.claim(reader, project=place.project, roles=ROLES, desk=Desk.COMPLAINT, now=NOW)
    assert queue.claim(reader, project=place.project, roles=ROLES, desk=Desk.REVIEW, now=NOW) == []
    queue.release(job.pk, person=reader, token=job.lease_token, now=NOW)
    assert not Exclusion.objects.exists()
    assert queue.claim(reader, project=place.project, roles=ROLES, desk=Desk.REVIEW, now=NOW)


def test_a_complaint_and_the_audit_of_its_image_are_not_claimed_together(place: World, white_is_bright: Any) -> None:
    made = passed(place, white_is_bright)
    complain(place, made)
    claimed = queue.claim(person(place.project), project=place.project, roles=ROLES, count=9, now=NOW)
    assert [job.question.purpose for job in claimed] == [Purpose.COMPLAINT]
    assert Job.objects.filter(question=question_of(made, Purpose.AUDIT), status="waiting").exists()


@pytest.mark.parametrize("way", [queue.skip, queue.hand_up])
def test_who_reads_a_complaint_and_does_not_judge_it_is_not_asked_to_audit(
    place: World, white_is_bright: Any, way: Any
) -> None:
    made = passed(place, white_is_bright)
    complain(place, made)
    reader = person(place.project)
    [job] = queue.claim(reader, project=place.project, roles=ROLES, desk=Desk.COMPLAINT, now=NOW)
    way(job.pk, person=reader, token=job.lease_token, reason="a friend", now=NOW)
    assert queue.claim(reader, project=place.project, roles=ROLES, desk=Desk.REVIEW, now=NOW) == []


def test_who_judges_a_complaint_is_not_asked_to_audit_and_loses_a_seat_not_answered(
    place: World, white_is_bright: Any
) -> None:
    made = passed(place, white_is_bright)
    audit, reader, auditor = question_of(made, Purpose.AUDIT), person(place.project), person(place.project)
    job = claim(reader, audit)
    complain(place, made)
    answer(reader, open_complaints(made)[0])
    with pytest.raises(queue.LeaseLost):
        queue.extend(job.pk, person=reader, token=job.lease_token, now=NOW)
    assert claim(auditor, audit, now=later(minutes=6))


def test_what_a_complaint_finds_enters_no_sample(place: World, white_is_bright: Any) -> None:
    made = passed(place, white_is_bright)
    complain(place, made)
    answer(person(place.project), open_complaints(made)[0], "bright")
    truth = Truth.objects.get(purpose=Purpose.COMPLAINT)
    assert (truth.inclusion_probability, truth.stratum) == (None, "")


def test_when_three_auditors_agree_meanwhile_the_post_goes_and_nobody_else_is_asked(
    place: World, white_is_bright: Any
) -> None:
    made = passed(place, white_is_bright)
    complain(place, made)
    for _ in range(3):
        answer(person(place.project), question_of(made, Purpose.AUDIT), "bright")
    settlements.sweep(now=NOW, project=place.project)
    made.refresh_from_db()
    assert (made.status, made.publication) == ("decided", "unpublished")
    assert open_complaints(made) == []


def test_a_complaint_of_one_post_does_not_decide_another_of_the_same_bytes(place: World) -> None:
    data = photo()
    one, two = screened(place, data), screened(place, data)
    answer(person(place.project), question_of(one))
    complain(place, one)
    answer(person(place.project), open_complaints(one)[0], "bright")
    two.refresh_from_db()
    assert two.publication == "published"


def test_the_same_complaint_again_is_the_same_and_another_under_its_id_conflicts(place: World) -> None:
    made = kept(place, person(place.project))
    said = Said(made.external_id, "bright", text="x", complaint_id="c-1")
    first, is_new = complaints.submit(place.client, said, now=NOW)
    again, is_new_again = complaints.submit(place.client, said, now=later(hours=1))
    assert (first, is_new, is_new_again) == (again, True, False)
    for other in (Said(made.external_id, "grave", "x", "c-1"), Said(made.external_id, "bright", "y", "c-1")):
        with pytest.raises(ComplaintIdConflict):
            complaints.submit(place.client, other, now=NOW)
    assert Complaint.objects.count() == 1


def test_a_post_of_another_client_is_not_there(place: World) -> None:
    made = kept(place, person(place.project))
    with pytest.raises(UnknownPost):
        complain(world(), made)


@pytest.mark.django_db(transaction=True)
def test_complaints_at_once_open_one_question() -> None:
    place = world()
    made = kept(place, person(place.project))
    told = together(lambda n: complain(place, made, reason=["bright", "grave", "spam"][n % 3]).outcome, 6)
    assert failures(told) == []
    assert sorted(told) == [ComplaintOutcome.ASKED, *[ComplaintOutcome.JOINED] * 5]
    (question,) = open_complaints(made)
    assert (question.jobs.count(), Asked.objects.filter(question=question).count()) == (1, 1)
    assert len(question.origin["case"]["entries"]) == 6


@pytest.mark.django_db(transaction=True)
def test_one_complaint_sent_several_times_at_once_is_one() -> None:
    place = world()
    made = kept(place, person(place.project))
    said = Said(made.external_id, "bright", complaint_id="c-1")
    told = together(lambda _: complaints.submit(place.client, said, now=NOW)[1], 5)
    assert sorted(told) == [False] * 4 + [True]
    assert Complaint.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_complaint_and_the_answer_to_the_one_before_do_not_lose_each_other() -> None:
    place = world(mode=PolicyMode.MANUAL)
    for _ in range(4):
        made = kept(place, person(place.project))
        complain(place, made)
        (question,) = open_complaints(made)
        judge = person(place.project)
        job = claim(judge, question)
        acts = [
            lambda job=job, judge=judge: decisions.answer(
                job.pk, person=judge, token=job.lease_token, answer=labels.Answer(classes=()), now=NOW
            ),
            lambda made=made: complain(place, made, reason="spam").outcome,
        ]
        assert failures(together(lambda n, acts=acts: acts[n](), 2)) == []
        made.refresh_from_db()
        joined = Complaint.objects.get(post=made, reason="spam")
        # It joined before the answer, and is judged with it; or came after, and opened another question.
        assert (made.status, joined.outcome) in {("decided", "joined"), ("in_review", "asked")}


def send(place: World, said: dict[str, Any], path: str = "complaints") -> Any:
    return Browser().post(
        f"/api/v1/{path}/", said, content_type="application/json", headers={"Authorization": f"Token {place.token}"}
    )


def test_a_complaint_comes_in_over_http_and_its_case_goes_out(place: World) -> None:
    made = kept(place, person(place.project))
    said = {"external_id": made.external_id, "reason": "bright", "text": "Too bright.", "complaint_id": "c-1"}
    first, again = send(place, said), send(place, said)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert (first.json()["outcome"], first.json()["external_id"]) == ("asked", made.external_id)
    assert send(place, said | {"text": "other"}).json()["code"] == "complaint_id_conflict"
    unknown = send(place, said | {"external_id": "unheard-of", "complaint_id": ""})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_post")
    assert send(place, {"external_id": made.external_id}).json()["code"] == "invalid"
    browser = Browser()
    browser.force_login(person(place.project))
    job = browser.post("/api/v1/jobs/claim/", {"desk": "complaint"}, content_type="application/json").json()["jobs"][0]
    assert job["case"]["entries"][0]["text"] == "Too bright."
    assert "score" not in str(job["case"])


@pytest.mark.parametrize(("role", "may"), [(Role.MODERATOR, 200), (Role.ANNOTATOR, 204)])
def test_moderators_sit_at_the_desk_for_complaints_and_annotators_do_not(place: World, role: Role, may: int) -> None:
    complain(place, kept(place, person(place.project)))
    browser = Browser()
    browser.force_login(person(place.project, role))
    told = browser.post("/api/v1/jobs/claim/", {"desk": "complaint"}, content_type="application/json")
    assert told.status_code == may
    assert Job.objects.filter(desk=Desk.COMPLAINT).count() == 1
