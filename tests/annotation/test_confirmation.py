"""A second, blind person about what measures models, and a third where the two differ."""

from datetime import timedelta

import pytest
from django.db import transaction

from annotation import confirmation, datasets, labels, questions, queue
from annotation.labels import Answer
from annotation.models import Desk, Image, Purpose, Question, Truth
from annotation.splits import Side, side
from config.accounts.models import Role
from tests.annotation.builders import (
    NOW,
    accept,
    ask_about,
    failures,
    image_of,
    people_of,
    person_of,
    project_of,
    schema_of,
    together,
)

pytestmark = pytest.mark.django_db
FINE, BAD = Answer(()), Answer(("gruesome",))
EVERYBODY = frozenset({Role.MODERATOR, Role.ANNOTATOR})
LATER = NOW + timedelta(hours=1)
HOLD_OUT = [n for n in range(200) if side(f"{n:064x}") is Side.HOLD_OUT]
FIT = next(n for n in range(200) if side(f"{n:064x}") is Side.FIT)


@pytest.fixture
def project():
    return project_of(confirmations_per_day=240)


def answered(person, seed, answer, *, purpose=Purpose.REVIEW, probability=1.0):
    """Ask about an image and answer; returns the truth."""
    asked = ask_about(image_of(project_of(), seed), purpose, stratum="flagged", inclusion_probability=probability)
    return say(person, opened(asked), answer).truth


def opened(asked):
    with transaction.atomic():
        return questions.open_questions([asked], now=NOW)[0]


def say(person, question, answer, *, now=NOW):
    desk = Desk(question.desk)
    jobs = queue.claim(person, project=question.project, roles=EVERYBODY, desk=desk, count=60, now=now)
    job = next(one for one in jobs if one.question_id == question.pk)
    for other in jobs:
        if other != job:
            queue.release(other.pk, person=person, token=other.lease_token, now=now)
    return accept(job.pk, person=person, token=job.lease_token, answer=answer, now=now)


def confirm(project, *, now=LATER):
    return confirmation.open_for_hour(project, now=now)


def test_a_second_person_confirms_what_one_said_of_a_hold_out_image(project):
    first, second = people_of(project, 2)
    truth = answered(first, HOLD_OUT[0], BAD, probability=0.25)
    [question] = confirm(project)
    assert (question.purpose, question.confirms, question.inclusion_probability) == ("label", truth, 0.25)
    assert queue.claim(first, project=project, roles=EVERYBODY, now=LATER) == [], "who judged it is not asked again"
    confirmed = say(second, question, BAD, now=LATER).truth
    assert (confirmed.classes, confirmed.votes, confirmed.stratum) == (["gruesome"], 2, "flagged")


def test_nobody_confirms_who_judged_the_image_in_whatever_question(project):
    first, second, third = people_of(project, 3)
    answered(first, HOLD_OUT[0], FINE)
    image = Image.objects.get()
    say(second, opened(ask_about(image, Purpose.COMPLAINT)), BAD)
    [question] = confirm(project, now=NOW + timedelta(minutes=15))[:1]
    for judge in (first, second):
        assert queue.claim(judge, project=project, roles=EVERYBODY, now=LATER) == []
    assert say(third, question, FINE, now=LATER)


def test_whoever_judges_the_image_meanwhile_does_not_confirm(project):
    first, second = people_of(project, 2)
    answered(first, HOLD_OUT[0], FINE)
    [question] = confirm(project)
    say(second, opened(ask_about(Image.objects.get(), Purpose.APPEAL)), BAD, now=LATER)
    assert question.exclusions.filter(person=second).exists()


def test_a_review_and_the_confirmation_of_its_image_are_not_claimed_together(project):
    first, second = people_of(project, 2)
    answered(first, HOLD_OUT[0], FINE)
    confirm(project)
    review = opened(ask_about(Image.objects.get(), not_for=frozenset({first.pk})))
    claimed = queue.claim(second, project=project, roles=EVERYBODY, count=9, now=LATER)
    assert [job.question for job in claimed] == [review]
    assert queue.claim(second, project=project, roles=EVERYBODY, now=LATER) == []


@pytest.mark.parametrize("purpose", [Purpose.AUDIT, Purpose.SECOND_LOOK])
def test_whoever_judged_an_image_is_in_no_blind_question_about_it_that_opens_later(project, purpose):
    first, second = people_of(project, 2)
    answered(first, FIT, FINE)
    question = opened(ask_about(Image.objects.get(), purpose))
    assert list(question.exclusions.values_list("person_id", flat=True)) == [first.pk]
    assert say(second, question, FINE)


def test_whoever_read_a_complaint_is_in_no_blind_question_about_the_image_that_opens_later(project):
    reader, image = person_of(project, "reader"), image_of(project, FIT)
    opened(ask_about(image, Purpose.COMPLAINT))
    [job] = queue.claim(reader, project=project, roles=EVERYBODY, now=NOW)
    queue.skip(job.pk, person=reader, token=job.lease_token, reason="too close", now=NOW)
    question = opened(ask_about(image, Purpose.AUDIT))
    assert list(question.exclusions.values_list("person_id", flat=True)) == [reader.pk]


def test_whoever_answered_an_audit_is_not_excluded_from_it_when_another_post_joins(project):
    first = person_of(project, "m")
    asked = ask_about(image_of(project, FIT), Purpose.AUDIT)
    question = opened(asked)
    label = say(first, question, BAD).label
    assert opened(asked) == question
    job = labels.retract(label.pk, person=first, now=NOW).job
    assert accept(job.pk, person=first, token=job.lease_token, answer=FINE, now=NOW).truth


@pytest.mark.parametrize(("third", "classes"), [(BAD, ["gruesome"]), (FINE, [])])
def test_where_the_two_differ_a_third_decides(project, third, classes):
    people = people_of(project, 3)
    answered(people[0], HOLD_OUT[0], FINE)
    [question] = confirm(project)
    assert say(people[1], question, BAD, now=LATER).truth is None
    decided = say(people[2], question, third, now=LATER).truth
    assert (decided.classes, decided.votes) == (classes, 3)


def test_only_what_rests_on_one_answer_and_has_a_weight_is_asked_again(project):
    first, second = people_of(project, 2)
    answered(first, FIT, BAD)
    answered(first, HOLD_OUT[0], BAD, probability=None)
    asked = ask_about(image_of(project, HOLD_OUT[1]), Purpose.LABEL, inclusion_probability=1.0)
    question = opened(asked)
    assert say(first, question, FINE).truth is None
    assert say(second, question, FINE).truth.votes == 2
    assert confirm(project) == []


def test_every_toss_is_made_once_and_recorded(project):
    person = person_of(project, "m")
    for seed in (FIT, *HOLD_OUT[:3]):
        answered(person, seed, FINE)
    assert len(confirm(project)) == 3
    assert confirm(project) == []
    tosses = Truth.objects.order_by("id").values_list("confirmation_probability", flat=True)
    assert list(tosses) == [0, 1, 1, 1]


def test_an_answer_that_may_still_be_taken_back_waits(project):
    answered(person_of(project, "m"), HOLD_OUT[0], FINE)
    assert confirm(project, now=NOW + timedelta(minutes=9)) == []
    assert len(confirm(project, now=NOW + timedelta(minutes=10))) == 1


def test_beyond_the_budget_violations_and_a_tenth_of_the_rest_are_asked_with_their_probability(project):
    project.confirmations_per_day = 0
    project.save(update_fields=["confirmations_per_day"])
    person = person_of(project, "m")
    for seed in HOLD_OUT[:20]:
        answered(person, seed, FINE, probability=0.5)
    answered(person, HOLD_OUT[20], BAD, probability=0.5)
    asked = confirm(project)
    assert [one.inclusion_probability for one in asked] == [0.5, 0.05, 0.05]
    assert [bool(one.confirms.classes) for one in asked] == [True, False, False]


def test_confirmations_leave_the_budget_of_sampling_alone_and_spread_over_the_day(project):
    project.confirmations_per_day = 24
    project.save(update_fields=["confirmations_per_day"])
    person = person_of(project, "m")
    for seed in HOLD_OUT[:40]:
        answered(person, seed, FINE)
    assert len(confirm(project, now=NOW.replace(hour=13))) == 14
    assert Question.objects.filter(confirms__isnull=False).count() == 14


def test_on_the_hold_out_side_a_dataset_takes_only_what_two_people_saw(project):
    first, second = people_of(project, 2)
    answered(first, FIT, FINE)
    answered(first, HOLD_OUT[0], FINE, probability=0.5)
    assert datasets.freeze(schema_of(project), now=LATER).counts.keys() == {"fit"}
    [question] = confirm(project)
    say(second, question, FINE, now=LATER)
    counts = datasets.freeze(schema_of(project), now=LATER).counts
    assert counts["hold_out"]["images"] == counts["hold_out"]["weighted"] == 1


def test_a_first_answer_taken_back_no_longer_counts(project):
    first, second = people_of(project, 2)
    truth = answered(first, HOLD_OUT[0], FINE)
    [question] = confirm(project, now=NOW + timedelta(minutes=10))
    label = truth.question.labels.get()
    labels.retract(label.pk, person=first, now=NOW + timedelta(minutes=10))
    assert say(second, question, FINE, now=LATER).truth is None, "one more is asked"


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_ask_once():
    place = project_of(confirmations_per_day=240)
    person = person_of(place, "m")
    for seed in HOLD_OUT[:5]:
        answered(person, seed, FINE)
    asked = together(lambda _: len(confirm(place)), 4)
    assert failures(asked) == []
    assert sorted(asked) == [0, 0, 0, 5]
