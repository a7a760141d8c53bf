"""Tests of deciding about a period: criteria before it, evidence that can be recomputed, a no-go that bites."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, InternalError, ProgrammingError, connections, transaction

from config.accounts.models import Role, User
from moderation import founding, go_no_go, policies, stops
from moderation.go_no_go import CriteriaRefused, DecisionRefused, criteria, deciding, evidence, judging, wording
from moderation.go_no_go.criteria import Span, Target
from moderation.go_no_go.deciding import Wish
from moderation.go_no_go.judging import Judgement, Recommendation
from moderation.measurement.periods import Period
from moderation.models import (
    CriteriaVersion,
    DailyCost,
    DailyOutput,
    Direction,
    Guarded,
    PeriodDecision,
    PeriodOutcome,
    PolicyMode,
    PolicyStatus,
    PolicyVersion,
    Price,
    Resource,
)
from moderation.statistics.sufficiency import Interval
from moderation.stops import NeedsGo
from tests.moderation.builders import CLASSES, NOW, World, change_policy, person, rules
from tests.moderation.guarded_worlds import (
    FIRST,
    LAST,
    OVER,
    PERIOD,
    RECALL_OF_60,
    SET_AT,
    assisted,
    count,
    count_days,
    hold_to,
    manager,
    mode,
)

pytestmark = pytest.mark.django_db


def interval(low: float, high: float) -> Interval:
    return Interval((low + high) / 2, low, high, finds=10, looks=100, enough=True, effective_finds=10)


@pytest.mark.parametrize(
    ("low", "high", "direction", "judgement"),
    [
        (0.7, 0.9, "at_least", Judgement.PASS),
        (0.6, 0.9, "at_least", Judgement.PASS),
        (0.5, 0.9, "at_least", Judgement.NOT_ENOUGH_DATA),
        (0.5, 0.6, "at_least", Judgement.NOT_ENOUGH_DATA),
        (0.3, 0.59, "at_least", Judgement.FAIL),
        (0.3, 0.59, "at_most", Judgement.PASS),
        (0.3, 0.6, "at_most", Judgement.PASS),
        (0.5, 0.7, "at_most", Judgement.NOT_ENOUGH_DATA),
        (0.61, 0.7, "at_most", Judgement.FAIL),
    ],
)
def test_only_the_cautious_bound_passes(low: float, high: float, direction: str, judgement: Judgement) -> None:
    assert judging.judge(interval(low, high), direction=direction, target=0.6) == judgement


def test_nothing_measured_is_not_enough_data_and_never_a_pass() -> None:
    empty = Interval(None, None, None, finds=0, looks=0, enough=False, effective_finds=None)
    for found in (None, empty):
        assert judging.judge(found, direction="at_most", target=1.0) == Judgement.NOT_ENOUGH_DATA


def test_a_bound_that_is_known_alone_can_fail_and_not_pass() -> None:
    """What was spent at least is known before every price is."""
    least = Interval(None, 70.0, None, finds=0, looks=0, enough=False, effective_finds=None)
    assert judging.judge(least, direction="at_most", target=60.0) == Judgement.FAIL
    assert judging.judge(least, direction="at_most", target=80.0) == Judgement.NOT_ENOUGH_DATA


def test_the_looks_until_it_can_be_told_grow_as_the_target_comes_near() -> None:
    far, near = (judging.looks_to_tell(interval(0.5, 0.7), target=one) for one in (0.45, 0.58))
    assert far == 0
    assert near is not None
    assert near > 1000
    assert judging.looks_to_tell(None, target=0.5) is None


def test_one_failure_is_a_no_go_and_one_doubt_an_extension() -> None:
    passes, fails, doubts = Judgement.PASS, Judgement.FAIL, Judgement.NOT_ENOUGH_DATA
    assert judging.recommend([passes, passes]) == Recommendation.GO
    assert judging.recommend([passes, doubts]) == Recommendation.EXTEND
    assert judging.recommend([passes, doubts, fails]) == Recommendation.NO_GO
    assert judging.recommend([]) == Recommendation.EXTEND


def test_criteria_are_numbered_and_count_from_their_first_day_on() -> None:
    place = assisted()
    first, second = hold_to(place), hold_to(place, span=Span(FIRST + timedelta(days=7), days=14))
    assert (first.number, second.number) == (1, 2)
    assert criteria.in_force(place.project, now=NOW) is None
    assert criteria.coming(place.project, now=NOW) == [first, second]
    assert criteria.in_force(place.project, now=PERIOD.start) == first
    assert criteria.in_force(place.project, now=PERIOD.start + timedelta(days=7)) == second


def test_criteria_for_a_day_that_has_begun_are_refused() -> None:
    place = assisted()
    with pytest.raises(CriteriaRefused) as refused:
        hold_to(place, span=Span(NOW.date(), days=14))
    assert refused.value.code == "criteria_set_too_late"


def test_a_period_from_before_the_criteria_were_set_is_never_judged_by_them() -> None:
    place = assisted()
    version = hold_to(place)
    count_days(place)
    before = Period.of_days(FIRST - timedelta(days=2), LAST)
    with pytest.raises(CriteriaRefused) as refused:
        go_no_go.evaluate(place.project, version, before, now=OVER)
    assert refused.value.code == "criteria_set_too_late"


def test_even_the_database_holds_criteria_to_come_first() -> None:
    place = assisted()
    with pytest.raises(IntegrityError, match="criteria_come_before_the_period"):
        CriteriaVersion.objects.create(
            project=place.project, number=9, starts_at=NOW - timedelta(days=1), period_days=7,
            created_at=NOW, created_by=manager(place),
        )  # fmt: skip


@pytest.mark.parametrize(
    ("target", "code"),
    [
        (Target("happiness", Direction.AT_LEAST, 0.5), "unknown_metric"),
        (Target("machine_recall", Direction.AT_MOST, 0.5), "bad_target"),
        (Target("machine_recall", Direction.AT_LEAST, 50.0), "bad_target"),
        (Target("violating_view_rate", Direction.AT_LEAST, 0.5), "bad_target"),
        (Target("hours_to_action", Direction.AT_MOST, -1.0), "bad_target"),
    ],
)
def test_odd_targets_are_refused(target: Target, code: str) -> None:
    with pytest.raises(CriteriaRefused) as refused:
        hold_to(assisted(), target)
    assert refused.value.code == code


def test_only_managers_and_admins_set_criteria() -> None:
    place = assisted()
    with pytest.raises(CriteriaRefused) as refused:
        criteria.set_criteria(
            place.project, span=Span(FIRST, days=7), targets=RECALL_OF_60, limits={},
            by=person(place.project, Role.ENGINEER), now=NOW,
        )  # fmt: skip
    assert refused.value.code == "not_allowed"


def test_periods_follow_each_other_and_an_extension_moves_the_end() -> None:
    place = assisted()
    version = hold_to(place, span=Span(FIRST, days=7))
    during = PERIOD.start + timedelta(days=10)
    assert criteria.periods(version, now=NOW) == []
    assert [one.first for one in criteria.periods(version, now=during)] == [FIRST + timedelta(days=7), FIRST]
    week = Period.of_days(FIRST, FIRST + timedelta(days=6))
    longer = FIRST + timedelta(days=9)
    wish = Wish(PeriodOutcome.EXTEND, "too few looks", after=0, saw="extend", until=longer)
    deciding.decide(place.project, version, week, wish=wish, by=manager(place), now=during)
    assert criteria.periods(version, now=during)[1] == Period.of_days(FIRST, longer)


def held(place: World, **facts: Any) -> tuple[CriteriaVersion, User]:
    """A project with criteria and a finished period."""
    version = hold_to(place)
    count_days(place, **facts)
    return version, manager(place)


def go(**more: Any) -> Wish:
    return Wish(PeriodOutcome.GO, "it works", after=0, saw="go", plan="Fewer wrongful flags of cats.", **more)


def no_go(**more: Any) -> Wish:
    return Wish(PeriodOutcome.NO_GO, "it misses too much", **{"after": 0, "saw": "no_go", **more})


def test_a_good_period_is_recommended_a_go() -> None:
    place = assisted()
    version, _ = held(place, found=0)
    found = go_no_go.evaluate(place.project, version, PERIOD, now=OVER)
    assert found.recommendation == Recommendation.GO
    assert found.is_final
    [judged] = found.judged
    assert judged.interval is not None
    assert judged.interval.low is not None
    assert judged.interval.low >= 0.6


def test_a_bad_period_is_recommended_a_no_go() -> None:
    place = assisted()
    version, _ = held(place, found=3)
    assert go_no_go.evaluate(place.project, version, PERIOD, now=OVER).recommendation == Recommendation.NO_GO


def test_a_go_is_recorded_with_evidence_that_gives_every_figure_again() -> None:
    place = assisted()
    version, boss = held(place)
    made = deciding.decide(place.project, version, PERIOD, wish=go(), by=boss, now=OVER)
    made.refresh_from_db()
    assert (made.outcome, made.person, made.is_final) == (PeriodOutcome.GO, boss, True)
    content = json.loads(made.evidence)
    assert content["policy"]["number"] == place.policy.number
    assert content["criteria"]["lines"][0]["target"] == 0.6
    assert content["code_commit"]
    assert evidence.verify(made).is_same
    assert mode(place) == PolicyMode.ASSISTED


def test_what_a_thousand_posts_cost_is_evidence_line_by_line() -> None:
    place = assisted()
    first = FIRST + timedelta(days=1)
    Price.objects.create(
        project=place.project, resource=Resource.MODERATOR, amount=30, valid_from=FIRST, created_at=NOW
    )
    version = hold_to(place, Target("cost_per_thousand_posts", Direction.AT_MOST, 50.0))
    count_days(place)
    DailyCost.objects.create(
        project=place.project, day=first, resource=Resource.MODERATOR, source="review", quantity=3_600_000,
        low=3_600_000, high=3_600_000, rows=900, measured_rows=900,
    )  # fmt: skip
    DailyOutput.objects.create(
        project=place.project, day=first, posts=1000, decisions=900, removals=0, machine_removals=0,
        complaint_removals=0, complaints=0,
    )  # fmt: skip
    found = go_no_go.evaluate(place.project, version, PERIOD, now=OVER)
    assert found.judged[0].interval is not None
    assert found.judged[0].interval.high == pytest.approx(30)
    made = deciding.decide(place.project, version, PERIOD, wish=go(), by=manager(place), now=OVER)
    assert json.loads(made.evidence)["costs"]["lines"][0]["estimate"] == pytest.approx(30)
    assert evidence.verify(made).is_same


def test_tampered_evidence_is_noticed_even_where_the_checksum_was_made_to_fit() -> None:
    place = assisted()
    version, boss = held(place)
    made = deciding.decide(place.project, version, PERIOD, wish=go(), by=boss, now=OVER)
    content = json.loads(made.evidence)
    content["figures"]["machine_recall"]["low"] = 0.99
    forged = evidence.freeze(content)
    touched = PeriodDecision(evidence=forged.text, checksum=made.checksum)
    assert not evidence.verify(touched).is_untouched
    resigned = evidence.verify(PeriodDecision(evidence=forged.text, checksum=forged.checksum))
    assert (resigned.is_untouched, resigned.differences) == (True, ["machine_recall"])
    content["sums"]["flagged"]["violations"] = 0
    again = evidence.freeze(content)
    assert not evidence.verify(PeriodDecision(evidence=again.text, checksum=again.checksum)).is_same


def test_a_decision_cannot_be_changed_or_removed() -> None:
    place = assisted()
    version, boss = held(place)
    made = deciding.decide(place.project, version, PERIOD, wish=go(), by=boss, now=OVER)
    for change in (lambda: PeriodDecision.objects.filter(pk=made.pk).update(reason="other"), made.delete):
        with pytest.raises((InternalError, ProgrammingError)), transaction.atomic():
            change()


def test_a_no_go_puts_manual_in_force_with_the_same_rules() -> None:
    place = assisted()
    version, boss = held(place, found=3)
    made = deciding.decide(place.project, version, PERIOD, wish=no_go(), by=boss, now=OVER)
    current = policies.in_force(place.project)
    assert (current.mode, current.rules) == (PolicyMode.MANUAL, place.policy.rules)
    assert (made.policy_version, current.created_by) == (current, boss)
    place.policy.refresh_from_db()
    assert place.policy.status == PolicyStatus.RETIRED


def test_after_a_no_go_no_policy_acts_until_a_new_go() -> None:
    place = assisted()
    version, boss = held(place, found=3)
    made = deciding.decide(place.project, version, PERIOD, wish=no_go(), by=boss, now=OVER)
    for acting in (PolicyMode.ASSISTED, PolicyMode.AUTOMATIC):
        with pytest.raises(NeedsGo):
            change_policy(place, mode=acting, now=OVER)
    with pytest.raises(NeedsGo):
        policies.put_in_force(place.policy, now=OVER)
    assert mode(place) == PolicyMode.MANUAL
    change_policy(place, mode=PolicyMode.MANUAL, now=OVER)
    founding.change_classes(place.project, classes=CLASSES[:1], now=OVER)
    founding.change_classes(place.project, classes=CLASSES, now=OVER)
    assert mode(place) == PolicyMode.MANUAL
    wish = replace(go(), after=made.pk, saw="no_go")
    deciding.decide(place.project, version, PERIOD, wish=wish, by=boss, now=OVER)
    assert stops.standing(place.project) is None
    assert change_policy(place, mode=PolicyMode.AUTOMATIC, now=OVER).mode == PolicyMode.AUTOMATIC


def test_an_extension_lifts_no_stop() -> None:
    place = assisted()
    version, boss = held(place, found=3)
    made = deciding.decide(place.project, version, PERIOD, wish=no_go(), by=boss, now=OVER)
    wish = Wish(PeriodOutcome.EXTEND, "let us see", after=made.pk, saw="no_go", until=LAST + timedelta(days=20))
    deciding.decide(place.project, version, PERIOD, wish=wish, by=boss, now=OVER)
    with pytest.raises(NeedsGo):
        change_policy(place, mode=PolicyMode.ASSISTED, now=OVER)


@pytest.mark.parametrize(
    "wish",
    [
        Wish(PeriodOutcome.GO, "it works", after=0, saw="go", plan="  "),
        Wish(PeriodOutcome.NO_GO, " ", after=0, saw="go"),
        Wish(PeriodOutcome.EXTEND, "more", after=0, saw="go"),
        Wish(PeriodOutcome.EXTEND, "more", after=0, saw="go", until=LAST),
        Wish(PeriodOutcome.NO_GO, "more", after=0, saw="go", until=LAST + timedelta(days=3)),
        Wish(PeriodOutcome.STOPPED, "by hand", after=0, saw="go"),
    ],
)
def test_a_decision_without_what_belongs_to_it_is_refused(wish: Wish) -> None:
    place = assisted()
    version, boss = held(place)
    with pytest.raises(DecisionRefused) as refused:
        deciding.decide(place.project, version, PERIOD, wish=wish, by=boss, now=OVER)
    assert refused.value.code == "bad_decision"
    assert not PeriodDecision.objects.exists()


@pytest.mark.parametrize("role", [Role.ENGINEER, Role.MODERATOR, Role.ANNOTATOR])
def test_only_managers_and_admins_decide(role: Role) -> None:
    place = assisted()
    version, _ = held(place)
    with pytest.raises(CriteriaRefused) as refused:
        deciding.decide(place.project, version, PERIOD, wish=go(), by=person(place.project, role), now=OVER)
    assert refused.value.code == "not_allowed"


def test_a_manager_of_another_project_decides_nothing_here() -> None:
    place, elsewhere = assisted(), assisted()
    version, _ = held(place)
    with pytest.raises(CriteriaRefused):
        deciding.decide(place.project, version, PERIOD, wish=go(), by=manager(elsewhere), now=OVER)
    with pytest.raises(CriteriaRefused) as refused:
        deciding.decide(elsewhere.project, version, PERIOD, wish=go(), by=manager(elsewhere), now=OVER)
    assert refused.value.code == "not_a_period_of_these_criteria"


def test_days_that_are_no_period_of_the_criteria_are_refused() -> None:
    place = assisted()
    version, boss = held(place)
    other = Period.of_days(FIRST, LAST - timedelta(days=1))
    with pytest.raises(CriteriaRefused) as refused:
        deciding.decide(place.project, version, other, wish=go(), by=boss, now=OVER)
    assert refused.value.code == "not_a_period_of_these_criteria"


def test_a_go_on_a_period_with_pending_looks_must_say_so() -> None:
    place = assisted()
    version = hold_to(place)
    boss = manager(place)
    count_days(place, 27)
    count(place, LAST, pending=2)
    found = go_no_go.evaluate(place.project, version, PERIOD, now=OVER)
    assert (found.pending, found.is_final) == (2, False)
    with pytest.raises(DecisionRefused) as refused:
        deciding.decide(place.project, version, PERIOD, wish=go(), by=boss, now=OVER)
    assert refused.value.code == "not_final"
    made = deciding.decide(place.project, version, PERIOD, wish=go(accepts_open=True), by=boss, now=OVER)
    assert not made.is_final


def test_a_go_before_the_period_is_over_must_say_so_too() -> None:
    place = assisted()
    version, boss = held(place)
    early = PERIOD.end - timedelta(days=1)
    with pytest.raises(DecisionRefused) as refused:
        deciding.decide(place.project, version, PERIOD, wish=go(), by=boss, now=early)
    assert refused.value.code == "not_final"


def test_who_decides_on_figures_that_have_changed_since_is_told() -> None:
    place = assisted()
    version, boss = held(place, found=3)
    with pytest.raises(DecisionRefused) as refused:
        deciding.decide(place.project, version, PERIOD, wish=go(), by=boss, now=OVER)
    assert refused.value.code == "evidence_changed"


def test_a_decision_sent_twice_is_recorded_once() -> None:
    place = assisted()
    version, boss = held(place, found=3)
    deciding.decide(place.project, version, PERIOD, wish=no_go(), by=boss, now=OVER)
    with pytest.raises(DecisionRefused) as refused:
        deciding.decide(place.project, version, PERIOD, wish=no_go(), by=boss, now=OVER)
    assert refused.value.code == "decided_meanwhile"
    assert PeriodDecision.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_managers_at_once_the_second_is_told_what_the_first_decided() -> None:
    place = assisted()
    version, _ = held(place, found=3)
    bosses = [manager(place) for _ in range(6)]

    def decide(boss: User) -> str:
        try:
            deciding.decide(place.project, version, PERIOD, wish=no_go(), by=boss, now=OVER)
        except DecisionRefused as refused:
            return refused.code
        finally:
            connections.close_all()
        return "decided"

    with ThreadPoolExecutor(6) as pool:
        told = sorted(pool.map(decide, bosses))
    assert told == ["decided"] + ["decided_meanwhile"] * 5
    assert PeriodDecision.objects.count() == 1
    assert PolicyVersion.objects.filter(project=place.project, mode=PolicyMode.MANUAL).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_no_go_and_an_engineer_putting_a_policy_in_force_at_once_end_in_manual() -> None:
    for _ in range(5):
        place = assisted()
        version, boss = held(place, found=3)
        draft = policies.draft(place.project, mode=PolicyMode.AUTOMATIC, rules=rules(), now=OVER)

        def decide(place: World = place, version: CriteriaVersion = version, boss: User = boss) -> None:
            try:
                deciding.decide(place.project, version, PERIOD, wish=no_go(), by=boss, now=OVER)
            finally:
                connections.close_all()

        def put(draft: PolicyVersion = draft) -> None:
            try:
                policies.put_in_force(draft, now=OVER)
            except NeedsGo:
                pass
            finally:
                connections.close_all()

        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(put), pool.submit(decide)]:
                done.result()
        assert mode(place) == PolicyMode.MANUAL


def test_default_limits_are_half_of_what_the_policy_asks_for() -> None:
    place = assisted()
    place.policy.rules["classes"]["bright"]["review"] = {"required_recall": 0.8}
    place.policy.rules["classes"]["bright"]["remove"] = {"required_precision": 0.9}
    limits = criteria.default_limits(place.policy)
    assert limits[Guarded.MACHINE_RECALL] == pytest.approx(0.4)
    assert limits[Guarded.TAKEDOWN_PRECISION] == pytest.approx(0.45)
    assert PERIOD.start > SET_AT


@pytest.mark.parametrize(
    ("share", "said"), [(1.0, "100 %"), (0.0, "0 %"), (0.9999, "99.99 %"), (0.00004, "0.004 %"), (0.6, "60 %")]
)
def test_a_share_reads_as_none_or_all_only_where_it_is(share: float, said: str) -> None:
    assert wording.share(share) == said
