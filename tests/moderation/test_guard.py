"""Tests of the guard: it stops a machine that has gone wrong by itself, once, and tells everybody who has to know."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connections

from annotation.models import Purpose
from config.accounts.models import Project, Role
from moderation import policies, stops
from moderation.go_no_go import CriteriaRefused, alerts, deciding, evidence, guard, mails, overview, seasons
from moderation.go_no_go.criteria import Span
from moderation.go_no_go.deciding import Wish
from moderation.measurement import daily
from moderation.models import (
    Alert,
    AlertMail,
    Guarded,
    PeriodDecision,
    PeriodOutcome,
    PolicyMode,
    PolicyVersion,
)
from moderation.stops import NeedsGo
from tests.moderation.builders import (
    DARK,
    NOW,
    WHITE,
    World,
    answer,
    change_policy,
    deploy,
    person,
    photo,
    post,
    question_of,
    screen_all,
    world,
)
from tests.moderation.guarded_worlds import FIRST, OVER, PERIOD, assisted, count, count_days, hold_to, manager, mode

pytestmark = pytest.mark.django_db
SOON = NOW + timedelta(days=5)
BAD: dict[str, Any] = {"flagged": 40, "right": 1, "found": 4}


@pytest.fixture
def stopped() -> World:
    """A project whose machine the guard has just stopped."""
    place = assisted()
    manager(place)
    count_days(place, 3, **BAD)
    assert guard.check(place.project, now=SOON)
    return place


def test_a_machine_that_misses_nearly_everything_is_stopped() -> None:
    place = assisted()
    count_days(place, 3, **BAD)
    alert = guard.check(place.project, now=SOON)
    assert alert is not None
    assert (alert.guarded, alert.limit) == (Guarded.MACHINE_RECALL, 0.5)
    assert alert.bound < 0.5
    assert mode(place) == PolicyMode.MANUAL
    assert policies.in_force(place.project).rules == place.policy.rules
    decision = alert.decision
    assert (decision.outcome, decision.person) == (PeriodOutcome.STOPPED, None)
    assert decision.policy_version == policies.in_force(place.project)
    assert evidence.verify(decision).is_same


def test_a_good_machine_is_left_alone() -> None:
    place = assisted()
    count_days(place, 28, flagged=40, right=20, found=0)
    assert guard.check(place.project, now=OVER) is None
    state = guard.state(place.project, now=OVER)
    assert state is not None
    assert (len(state.days), state.fired) == (28, None)
    assert mode(place) == PolicyMode.ASSISTED


def test_a_machine_that_flags_everything_is_stopped_before_anybody_has_answered() -> None:
    place = assisted()
    count(place, FIRST, flagged=4000, right=0, pending=4000, passed=10, drawn=0)
    alert = guard.check(place.project, now=SOON)
    assert alert is not None
    assert alert.guarded == Guarded.FLAGGED_SHARE


def test_the_evidence_of_a_stop_holds_the_days_it_was_read_off(stopped: World) -> None:
    content = json.loads(PeriodDecision.objects.get().evidence)
    assert [one["day"] for one in content["days"]] == [str(FIRST + timedelta(days=n)) for n in range(3)]
    assert content["days"][0]["sums"]["finds"] == [[0.025, 4]]
    content["days"][0]["sums"]["violations"] = 400
    forged = evidence.freeze(content)
    assert not evidence.verify(PeriodDecision(evidence=forged.text, checksum=forged.checksum)).is_same


def test_what_the_guard_saw_can_be_read_again_after_the_stop(stopped: World) -> None:
    stop = PeriodDecision.objects.get()
    state = guard.state_at(stop)
    assert (state.first, len(state.days)) == (stop.starts_at.date(), 3)
    assert state.fired is not None
    assert state.fired.guarded == Guarded.MACHINE_RECALL
    shown = overview.page(stopped.project, now=SOON).guard
    assert shown is not None
    assert shown.has_stopped


def test_evidence_beyond_all_numbers_is_still_shown() -> None:
    place = assisted()
    manager(place)
    count_days(place, 3, flagged=40, right=0, found=300)
    assert guard.check(place.project, now=SOON)
    shown = overview.page(place.project, now=SOON).guard
    assert shown is not None
    assert shown.watching[0].worth == "over a million"


def test_checking_again_raises_no_second_alert(stopped: World) -> None:
    for hours in range(3):
        assert guard.check(stopped.project, now=SOON + timedelta(hours=hours)) is None
    assert Alert.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_checks_at_once_raise_one_alert_and_one_manual_policy() -> None:
    place = assisted()
    manager(place)
    count_days(place, 3, **BAD)

    def check(_: int) -> bool:
        try:
            return guard.check(place.project, now=SOON) is not None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        raised = list(pool.map(check, range(8)))
    assert sum(raised) == 1
    assert (Alert.objects.count(), AlertMail.objects.count(), PeriodDecision.objects.count()) == (1, 1, 1)
    assert PolicyVersion.objects.filter(project=place.project, mode=PolicyMode.MANUAL).count() == 1


def test_while_people_look_at_everything_there_is_nothing_to_guard() -> None:
    place = world()
    change_policy(place, mode=PolicyMode.MANUAL)
    count_days(place, 3, **BAD)
    assert guard.state(place.project, now=SOON) is None
    assert guard.check(place.project, now=SOON) is None


def test_after_a_stop_nothing_acts_until_a_new_go_and_then_the_guard_begins_anew(stopped: World) -> None:
    with pytest.raises(NeedsGo):
        change_policy(stopped, mode=PolicyMode.ASSISTED, now=SOON)
    version = hold_to(stopped)
    boss = manager(stopped)
    last = PeriodDecision.objects.latest("id")
    wish = Wish(
        PeriodOutcome.GO, "a new model", after=last.pk, saw="no_go", plan="Train on what was missed.", accepts_open=True
    )
    deciding.decide(stopped.project, version, PERIOD, wish=wish, by=boss, now=SOON)
    assert stops.standing(stopped.project) is None
    change_policy(stopped, mode=PolicyMode.ASSISTED, now=SOON)
    season = seasons.running(stopped.project, now=SOON)
    assert season is not None
    assert season.first == SOON.date() + timedelta(days=1)
    assert guard.check(stopped.project, now=SOON) is None, "what it was stopped for does not count again"
    count_days(stopped, 4, first=season.first, **BAD)
    again = guard.check(stopped.project, now=SOON + timedelta(days=6))
    assert again is not None
    assert Alert.objects.count() == 2


def test_a_season_begins_where_manual_ended() -> None:
    place = world()
    change_policy(place, mode=PolicyMode.MANUAL)
    later = NOW + timedelta(days=10)
    change_policy(place, mode=PolicyMode.ASSISTED, now=later)
    change_policy(place, mode=PolicyMode.AUTOMATIC, now=later + timedelta(days=5))
    season = seasons.running(place.project, now=OVER)
    assert season is not None
    assert season.first == later.date(), "another policy that acts is no new season"


def test_new_criteria_begin_a_season_with_their_limits() -> None:
    place = assisted()
    version = hold_to(place, span=Span(FIRST + timedelta(days=3), days=14), machine_recall=0.3)
    season = seasons.running(place.project, now=OVER)
    assert season is not None
    assert (season.first, season.criteria) == (FIRST + timedelta(days=3), version)
    assert season.limits[Guarded.MACHINE_RECALL] == 0.3


def test_an_alert_stands_until_a_manager_acknowledges_it(stopped: World) -> None:
    moderator, boss = person(stopped.project, Role.MODERATOR), manager(stopped)
    [alert] = alerts.standing(moderator)
    with pytest.raises(CriteriaRefused):
        alerts.acknowledge(alert, by=moderator, now=SOON)
    seen = alerts.acknowledge(alert, by=boss, now=SOON)
    assert (seen.person, seen.created_at) == (boss, SOON)
    assert alerts.acknowledge(alert, by=manager(stopped), now=OVER) == seen, "the first counts"
    assert not alerts.standing(moderator)


def test_an_alert_is_not_shown_to_other_projects(stopped: World) -> None:
    assert not alerts.standing(manager(assisted()))


def test_managers_and_admins_get_one_mail_each(stopped: World) -> None:
    assert AlertMail.objects.count() == 1
    assert mails.send_due(now=SOON) == 1
    assert mails.send_due(now=SOON + timedelta(days=1)) == 0
    [message] = mail.outbox
    [row] = AlertMail.objects.all()
    assert message.to == [row.address]
    assert stopped.project.name in message.subject
    assert "Machine recall was at most" in message.body
    assert "/measure/decisions/" in message.body
    assert row.sent_at == SOON


def test_who_has_no_address_or_another_role_gets_none() -> None:
    place = assisted()
    person(place.project, Role.ADMIN)
    moderator = person(place.project, Role.MODERATOR)
    moderator.email = "moderator@example.org"
    moderator.save()
    count_days(place, 3, **BAD)
    assert guard.check(place.project, now=SOON)
    assert not AlertMail.objects.exists()


def test_mail_that_could_not_leave_is_tried_again(stopped: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: EmailBackend, messages: Any) -> int:
        raise ConnectionRefusedError("no mail server")

    with monkeypatch.context() as away:
        away.setattr(EmailBackend, "send_messages", refuse)
        assert mails.send_due(now=SOON) == 0
    row = AlertMail.objects.get()
    assert (row.sent_at, row.attempts, row.last_error) == (None, 1, "no mail server")
    assert mails.send_due(now=SOON) == 0, "not at once"
    assert mails.send_due(now=SOON + timedelta(minutes=10)) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_a_mail_once() -> None:
    place = assisted()
    manager(place)
    count_days(place, 3, **BAD)
    guard.check(place.project, now=SOON)

    def send(_: int) -> int:
        try:
            return mails.send_due(now=SOON)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(send, range(8))) == 1


def test_a_project_that_cannot_be_checked_keeps_no_other_from_it() -> None:
    broken, bad = assisted(), assisted()
    PolicyVersion.objects.filter(project=broken.project).update(rules={})
    count_days(bad, 3, **BAD)
    raised = guard.check_all(Project.objects.order_by("id"), now=SOON)
    assert [one.project for one in raised] == [bad.project]


def test_real_posts_and_answers_reach_the_guard(all_is_fine: Any) -> None:
    """A model that calls everything fine, with every passed post audited: its misses are counted, and it is stopped."""
    place = world(mode=PolicyMode.ASSISTED)
    deploy(place, all_is_fine)
    made = [post(place, photo(level)) for level in (WHITE, WHITE, WHITE, DARK, DARK, WHITE, WHITE, WHITE, WHITE, WHITE)]
    screen_all(place)
    people = [person(place.project) for _ in range(3)]
    for one, level in zip(made, (1, 1, 1, 0, 0, 1, 1, 1, 1, 1), strict=True):
        question = question_of(one, Purpose.AUDIT)
        for who in people[: 3 if level else 1]:
            answer(who, question, *(["bright"] if level else []))
    daily.refresh(place.project, NOW.date(), now=NOW)
    [today] = seasons.days(place.project, first=NOW.date(), last=NOW.date())
    assert (today.sums.passed, sum(n for _, n in today.sums.finds), today.pending) == (10, 8, 0)
    state = guard.state(place.project, now=NOW)
    assert state is not None
    recall = next(one for one in state.watched if one.guarded == Guarded.MACHINE_RECALL)
    assert recall.capital[-1] > 0
    assert replace(recall, fired_on=0).has_fired
