"""Tests of second looks: who is tossed for, when and once; that they are blind; and what becomes of what they find."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from annotation import labels, queue
from annotation.consensus import Rule
from annotation.models import Desk, Lane, Purpose, Question, QuestionStatus, Truth
from annotation.serializers import JobOut
from config.accounts.models import Project, Role, User
from moderation import audits, decisions, intake, policies, policy, second_looks, settlements, tasks
from moderation.measurement import again as sums
from moderation.measurement import daily
from moderation.measurement.months import spans
from moderation.measurement.periods import WHOLE, Part, PartKind, Period
from moderation.models import FirstAnswer, PolicyMode, Post, Publication, SecondLook
from moderation.statistics.reviewer_error import reviewed_precision
from tests.annotation.builders import failures, together
from tests.moderation.builders import (
    DARK,
    NOW,
    ROLES,
    WHITE,
    World,
    answer,
    claim,
    deploy,
    later,
    person,
    photo,
    post,
    question_of,
    rules,
    screen_all,
    screened,
    world,
)

pytestmark = pytest.mark.django_db
ALL = {"flagged_violation": 1.0, "flagged_fine": 1.0, "audited_fine": 1.0}
# From here on no answer of NOW can be taken back.
FINAL = later(minutes=15)
PERIOD = Period.of_days(NOW.date(), NOW.date())


def founded(white_is_bright: Path, **rates: float) -> World:
    """A project in which people decide what is flagged, all that passes is audited, and answers are looked at again
    with these rates."""
    place = world(mode=PolicyMode.ASSISTED)
    change_rates(place, **rates)
    deploy(place, white_is_bright)
    return place


def change_rates(place: World, **rates: float) -> None:
    wanted = rules()
    wanted["audit"]["second_looks"] = rates
    draft = policies.draft(place.project, mode=PolicyMode.ASSISTED, rules=wanted, now=NOW)
    place.policy = policies.put_in_force(draft, now=NOW)


@pytest.fixture
def place(white_is_bright: Path) -> World:
    return founded(white_is_bright, **ALL)


def flagged(place: World, *classes: str, by: User | None = None, image: bytes | None = None) -> Post:
    """A post that the machine flagged, and what one person answered."""
    made = screened(place, image or photo(WHITE))
    answer(by or person(place.project), question_of(made), *classes)
    return made


def audited(place: World, *, by: User | None = None) -> Post:
    """A post that passed, was drawn, and that one person found fine."""
    made = screened(place, photo(DARK))
    answer(by or person(place.project), question_of(made, Purpose.AUDIT))
    return made


def draw(place: World, *, now: Any = FINAL) -> int:
    return second_looks.draw(place.project, now=now)


def found_of(project: Project, period: Period, *, part: Part = WHOLE) -> second_looks.Found:
    return second_looks.of_kinds(project, period, [part.kind])[part.kind].get(part.value, second_looks.Found())


def again(made: Post) -> Any:
    return question_of(made, Purpose.SECOND_LOOK)


def look(question: Question, *said: Iterable[str], now: Any = FINAL) -> Any:
    """Have one person after the other answer; returns what the last one settled."""
    truth = None
    for classes in said:
        truth = answer(person(question.project), question, *classes, now=now).accepted.truth
    return truth


def state(made: Post) -> tuple[str, str]:
    made.refresh_from_db()
    return made.status, made.publication


BAD, FINE = ("bright",), ()


def test_another_person_is_asked_blind_about_an_answer_that_was_drawn(place: World) -> None:
    first = person(place.project)
    made = flagged(place, "bright", by=first)
    assert draw(place) == 1
    question, row = again(made), SecondLook.objects.get()
    assert (question.lane, question.desk, question.rule) == (Lane.DRAWN, Desk.REVIEW, Rule.TWO_THEN_THIRD)
    assert (question.inclusion_probability, question.stratum) == (None, "")
    assert (row.group, row.probability, row.is_drawn) == (FirstAnswer.FLAGGED_VIOLATION, 1.0, True)
    assert (row.question, row.first.classes, row.draw.post) == (question, ["bright"], made)
    assert claim_all(first, place) == [], "who answered first is not asked again"
    assert question.pk in claim_all(person(place.project), place)


def claim_all(user: User, place: World) -> list[int]:
    jobs: list[Any] = queue.claim(user, project=place.project, roles=ROLES, count=60, now=FINAL)
    for job in jobs:
        queue.release(job.pk, person=user, token=job.lease_token, now=FINAL)
    return [job.question_id for job in jobs]


def test_the_job_of_a_second_look_looks_like_that_of_an_audit(place: World) -> None:
    made, other = flagged(place, "bright"), screened(place, photo(DARK))
    draw(place)
    user = person(place.project)
    shown, audit = (claim(user, one, now=FINAL) for one in (again(made), question_of(other, Purpose.AUDIT)))
    assert shown.lane == audit.lane
    a, b = JobOut(shown).data, JobOut(audit).data
    unlike = {key for key in a if a[key] != b[key]}
    assert unlike <= {"id", "lease_token", "lease_until", "image_url", "thumbnail_url", "full_url"}


def test_answers_that_can_still_be_taken_back_are_not_tossed_for(place: World) -> None:
    flagged(place, "bright")
    assert draw(place, now=later(minutes=9)) == 0
    assert draw(place, now=later(minutes=10)) == 1


def test_an_answer_that_was_taken_back_is_never_looked_at_again(place: World) -> None:
    user = person(place.project)
    made = screened(place, photo(WHITE))
    given = answer(user, question_of(made), "bright")
    decisions.retract(given.accepted.label.pk, person=user, now=later(minutes=5))
    assert draw(place) == 0


def test_each_answer_is_tossed_for_once(place: World) -> None:
    flagged(place, "bright")
    flagged(place)
    audited(place)
    assert (draw(place), draw(place), draw(place, now=later(hours=2))) == (3, 0, 0)
    assert Question.objects.filter(purpose=Purpose.SECOND_LOOK).count() == 3
    groups = SecondLook.objects.values_list("group", flat=True)
    assert set(groups) == {"flagged_violation", "flagged_fine", "audited_fine"}


def test_batches_go_on_until_nothing_waits(place: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_looks, "_BATCH", 2)
    for _ in range(5):
        flagged(place, "bright")
    assert draw(place) == 5


def test_what_nobody_flagged_and_what_several_agreed_on_is_not_looked_at_again(place: World) -> None:
    found = screened(place, photo(DARK))
    question = question_of(found, Purpose.AUDIT)
    look(question, BAD, BAD, BAD, now=NOW)
    assert Truth.objects.get(question=question).votes == 3
    change = policies.draft(place.project, mode=PolicyMode.MANUAL, rules=place.policy.rules, now=NOW)
    policies.put_in_force(change, now=NOW)
    answer(person(place.project), question_of(screened(place, photo(DARK))))
    assert draw(place) == 0


def test_the_toss_follows_the_policy_of_the_day_and_its_coin_is_foreseeable_to_nobody_else(
    white_is_bright: Path,
) -> None:
    place = founded(white_is_bright, flagged_violation=0.3, flagged_fine=0.0)
    made, fine = flagged(place, "bright"), flagged(place)
    change_rates(place, **ALL)
    draw(place)
    row, other = SecondLook.objects.get(draw__post=made), SecondLook.objects.get(draw__post=fine)
    expected = audits.toss_again(
        0.3, stratum="flagged_violation", secret=bytes(place.project.secret), post_key=str(made.pk)
    )
    assert (row.probability, row.coin, row.is_drawn) == (0.3, expected.coin, expected.is_drawn)
    assert (other.probability, other.is_drawn, other.question) == (0.0, False, None)


def test_tosses_keep_their_promise() -> None:
    drawn = [
        audits.toss_again(0.2, stratum="flagged_fine", secret=b"secret", post_key=str(n)).is_drawn for n in range(5000)
    ]
    assert abs(sum(drawn) - 1000) < 4 * (5000 * 0.2 * 0.8) ** 0.5


def test_people_who_toss_at_once_toss_for_each_once(transactional_db: None, white_is_bright: Path) -> None:
    place = founded(white_is_bright, **ALL)
    for _ in range(3):
        flagged(place, "bright")
    results = together(lambda _: second_looks.draw(place.project, now=FINAL), 4)
    assert failures(results) == []
    assert sum(results) == SecondLook.objects.count() == 3
    assert Question.objects.filter(purpose=Purpose.SECOND_LOOK).count() == 3


def test_a_sweep_that_was_killed_between_batches_is_finished_by_the_next(place: World, monkeypatch: Any) -> None:
    monkeypatch.setattr(second_looks, "_BATCH", 1)
    flagged(place, "bright")
    flagged(place)
    second_looks._draw_some(place.project, now=FINAL)
    assert (draw(place), SecondLook.objects.count()) == (1, 2)


def test_after_days_without_a_sweep_nothing_is_left_out(place: World) -> None:
    flagged(place, "bright")
    draw(place)
    made = screened(place, photo(WHITE), now=later(hours=1))
    answer(person(place.project), question_of(made), "bright", now=later(hours=1))
    assert draw(place, now=later(days=30)) == 1


def test_two_posts_of_one_photo_are_tossed_for_apart_and_asked_about_together(place: World) -> None:
    image = photo(WHITE)
    made, copy = post(place, image), post(place, image)
    screen_all(place)
    answer(person(place.project), question_of(made), "bright")
    assert draw(place) == 2
    coins = set(SecondLook.objects.values_list("coin", flat=True))
    assert len(coins) == 2
    assert {row.question for row in SecondLook.objects.all()} == {again(made)} == {again(copy)}


def test_while_a_removal_of_the_same_photo_is_looked_at_the_toss_waits(white_is_bright: Path) -> None:
    place = founded(white_is_bright, **ALL)
    image = photo(WHITE)
    made = flagged(place, "bright", image=image)
    draft = policies.draft(place.project, mode=PolicyMode.AUTOMATIC, rules=place.policy.rules, now=NOW)
    policies.put_in_force(draft, now=NOW)
    screened(place, image)
    assert again(made).confirms is None
    assert draw(place) == 0
    look(again(made), BAD)
    assert draw(place) == 1
    assert again(made).confirms is not None


def test_a_post_that_was_withdrawn_is_tossed_for_and_not_shown_again(place: World) -> None:
    made = flagged(place, "bright")
    intake.withdraw(made.pk, client=place.client, now=NOW)
    assert draw(place) == 1
    assert SecondLook.objects.get().question is None
    assert not Question.objects.filter(purpose=Purpose.SECOND_LOOK).exists()


def test_a_post_that_is_withdrawn_while_asked_about_is_no_longer_asked_about(place: World) -> None:
    made = flagged(place, "bright")
    draw(place)
    intake.withdraw(made.pk, client=place.client, now=FINAL)
    assert Question.objects.get(purpose=Purpose.SECOND_LOOK).status == QuestionStatus.CLOSED
    found = found_of(place.project, PERIOD)
    assert (found.violations.looks, found.violations.pending) == (0, 0)


@pytest.mark.parametrize(
    ("first", "said", "settled"),
    [
        (BAD, [BAD], ["bright"]),
        (BAD, [FINE], None),
        (BAD, [FINE, FINE], []),
        (BAD, [FINE, BAD], ["bright"]),
        (BAD, [("grave",)], None),
        (FINE, [FINE], []),
        (FINE, [BAD], None),
        (FINE, [BAD, BAD], ["bright"]),
        (FINE, [BAD, FINE], []),
    ],
)
def test_where_two_differ_about_a_flagged_post_a_third_decides(
    place: World, first: tuple[str, ...], said: list[tuple[str, ...]], settled: list[str] | None
) -> None:
    made = flagged(place, *first)
    draw(place)
    truth = look(again(made), *said)
    assert (truth.classes if truth else None) == settled


@pytest.mark.parametrize(
    ("said", "settled"),
    [
        ([FINE], []),
        ([BAD], None),
        ([BAD, FINE], []),
        ([BAD, BAD], None),
        ([BAD, BAD, BAD], None),
        ([BAD, BAD, BAD, BAD], ["bright"]),
        ([BAD, BAD, BAD, FINE], []),
    ],
)
def test_where_one_fine_ended_an_audit_four_of_five_have_to_see_a_violation(
    place: World, said: list[tuple[str, ...]], settled: list[str] | None
) -> None:
    made = audited(place)
    draw(place)
    truth = look(again(made), *said)
    assert (truth.classes if truth else None) == settled


@pytest.mark.parametrize("first", [BAD, FINE])
def test_somebody_who_is_unsure_settles_nothing(place: World, first: tuple[str, ...]) -> None:
    made = flagged(place, *first)
    draw(place)
    user, question = person(place.project), again(made)
    job: Any = claim(user, question, now=FINAL)
    unsure = labels.Answer((), is_unsure=True)
    given = decisions.answer(job.pk, person=user, token=job.lease_token, answer=unsure, now=FINAL)
    assert given.accepted.truth is None
    assert look(question, first).votes == 2


@pytest.mark.parametrize(
    ("first", "said"),
    [(BAD, [FINE, FINE]), (FINE, [BAD, BAD])],
)
def test_a_second_look_that_contradicts_opens_a_review_for_others_and_turns_nothing_round(
    place: World, first: tuple[str, ...], said: list[tuple[str, ...]]
) -> None:
    user = person(place.project)
    made = flagged(place, *first, by=user)
    before = state(made)
    draw(place)
    question = again(made)
    look(question, *said)
    assert state(made) == before, "nothing is decided by the answers themselves"
    settlements.sweep(now=later(hours=1), project=place.project)
    assert state(made) == ("in_review", before[1])
    review = question_of(made)
    judged = {user.pk, *question.labels.values_list("person_id", flat=True)}
    assert set(review.exclusions.values_list("person_id", flat=True)) == judged
    answer(person(place.project), review, *said[-1], now=later(hours=2))
    assert state(made)[1] == (Publication.UNPUBLISHED if any(said[-1]) else Publication.PUBLISHED)
    assert draw(place, now=later(hours=5)) == 0, "the review is no first answer"


def test_an_auditor_is_not_asked_to_review_what_second_looks_found(place: World) -> None:
    auditor = person(place.project)
    made = audited(place, by=auditor)
    draw(place)
    look(again(made), BAD, BAD, BAD, BAD)
    settlements.sweep(now=later(hours=1), project=place.project)
    assert auditor.pk in question_of(made).exclusions.values_list("person_id", flat=True)


def test_a_second_look_that_agrees_changes_nothing(place: World) -> None:
    made = flagged(place, "bright")
    before = state(made)
    draw(place)
    look(again(made), BAD)
    settlements.sweep(now=later(hours=1), project=place.project)
    assert state(made) == before


def test_what_two_people_agree_on_is_the_newest_truth_and_has_no_weight_of_its_own(place: World) -> None:
    made = flagged(place, "bright")
    draw(place)
    truth = look(again(made), BAD)
    assert (truth.purpose, truth.votes, truth.inclusion_probability) == (Purpose.SECOND_LOOK, 2, None)


def test_second_looks_of_a_period_are_told_by_first_answer_outcome_and_probability(white_is_bright: Path) -> None:
    place = founded(white_is_bright, flagged_violation=1.0, flagged_fine=1.0, audited_fine=1.0)
    posts: list[Any] = [
        flagged(place, "bright"),
        flagged(place, "bright"),
        flagged(place),
        audited(place),
        flagged(place),
    ]
    draw(place)
    answers: list[list[tuple[str, ...]]] = [[BAD], [FINE, FINE], [BAD, BAD], [FINE]]
    for made, said in zip(posts[:4], answers, strict=True):
        look(again(made), *said)
    found = found_of(place.project, PERIOD)
    assert found.violations == second_looks.Again(((1.0, 1),), ((1.0, 1),), 0)
    assert found.fine == second_looks.Again(((1.0, 1),), (), 1)
    assert found.audited == second_looks.Again((), ((1.0, 1),), 0)
    elsewhere = Period.of_days(NOW.date() + timedelta(days=1), NOW.date() + timedelta(days=9))
    assert found_of(place.project, elsewhere) == second_looks.Found()


def test_second_looks_are_told_apart_by_part(place: World) -> None:
    made = flagged(place, "bright", "grave")
    draw(place)
    look(again(made), ("bright", "grave"))
    assert place.version
    version, number = str(place.version.pk), str(place.policy.number)

    def of(kind: PartKind, value: str) -> second_looks.Again:
        return found_of(place.project, PERIOD, part=Part(kind, value)).violations

    assert of(PartKind.MODEL, version).looks == of(PartKind.POLICY, number).looks == 1
    assert of(PartKind.CLASS, "bright").violations == ((1.0, 1),)
    assert of(PartKind.CLASS, "grave").looks == 0, "nothing was flagged for it"
    for kind in (PartKind.MODEL, PartKind.POLICY, PartKind.CLASS):
        told = second_looks.of_kinds(place.project, PERIOD, [kind])[kind]
        assert len(told) == 1
        assert all(found == found_of(place.project, PERIOD, part=Part(kind, key)) for key, found in told.items())
    assert of(PartKind.POLICY, "99").looks == of(PartKind.SLICE, "place=indoors").looks == 0


def test_what_is_found_goes_into_the_estimator_as_it_is() -> None:
    again = second_looks.Again(violations=((0.5, 30),), others=((0.5, 10),))
    fine = second_looks.Again(others=((0.25, 20),))
    found = reviewed_precision(violations=again.among(80), others=fine.among(80))
    assert found.estimate == pytest.approx(0.5 * 0.75)


def test_rates_are_checked_where_the_rules_are(place: World) -> None:
    for wrong in ({"flagged": 0.1}, {"flagged_fine": 1.1}, {"flagged_fine": "all"}, [0.1]):
        wanted = rules()
        wanted["audit"]["second_looks"] = wrong
        with pytest.raises(policy.BadRules, match="rules.audit.second_looks"):
            policy.check_rules(wanted, class_keys=["bright", "grave"])
    assert policy.second_look_rate(rules(), "flagged_fine") == policy.SECOND_LOOKS["flagged_fine"]


def test_the_task_draws_in_every_project(place: World) -> None:
    assert tasks.look_again() == 0


def test_managers_are_asked_as_everybody_is(place: World) -> None:
    made = flagged(place, "bright")
    draw(place)
    manager = person(place.project, Role.MANAGER)
    assert claim(manager, again(made), now=FINAL)


def test_days_add_up_to_the_second_looks_of_a_period_also_when_one_is_settled_later(place: World) -> None:
    def are_the_same() -> bool:
        summed = sums.of_kinds(place.project, spans(place.project, PERIOD), sums.KINDS)
        return summed == second_looks.of_kinds(place.project, PERIOD, sums.KINDS)

    def whole() -> second_looks.Found:
        return sums.of_kinds(place.project, spans(place.project, PERIOD), [PartKind.ALL])[PartKind.ALL][""]

    posts = [flagged(place, "bright", "grave"), flagged(place)]
    draw(place)
    daily.refresh_stale(place.project, now=FINAL)
    assert whole().violations.pending == 1
    assert are_the_same()
    look(again(posts[0]), ("bright", "grave"), now=later(days=3))
    assert not are_the_same()
    assert PERIOD.first in daily.refresh_stale(place.project, now=later(days=3))
    assert whole().violations.violations == ((1.0, 1),)
    assert are_the_same()
