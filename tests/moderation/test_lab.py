"""Tests of the lab on real rows: what is kept of a day, what is read of a period, drafts and putting them in force."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.forms import model_to_dict

from annotation.models import Purpose
from config.accounts.models import Role
from moderation import policies, second_looks, settlements
from moderation.lab import drafts, gathering, page, reading
from moderation.lab.drafts import InForceChanged, NotADraft, Wanted
from moderation.lab.evidence import ANY_CLASS, Mark, Zone
from moderation.lab.whatif import Measure, Mode, what_if
from moderation.measurement import daily, figures
from moderation.measurement.periods import Period
from moderation.models import Override, OverrideKind, PolicyMode, PolicyStatus, Post, ScoredDay
from moderation.policy import BadRules
from tests.moderation.builders import (
    DARK,
    NOW,
    WHITE,
    World,
    answer,
    change_policy,
    deploy,
    later,
    person,
    photo,
    post,
    question_of,
    rules,
    screen_all,
    world,
)

pytestmark = pytest.mark.django_db
TODAY = Period.of_days(NOW.date(), NOW.date())


@pytest.fixture
def place(white_is_bright: Path) -> World:
    """Flags white photos, removes nothing by itself, and has every passed post audited."""
    place = world(remove=None)
    deploy(place, white_is_bright)
    return place


def posts(place: World, *levels: int, **said: Any) -> list[Post]:
    made = [post(place, photo(level), **said) for level in levels]
    screen_all(place)
    return made


def audit(place: World, made: Post, *classes: str) -> None:
    question = question_of(made, Purpose.AUDIT)
    while question.status == "open":
        answer(person(place.project), question, *classes)
        question.refresh_from_db()
    settlements.sweep(now=NOW, project=place.project)


def past(place: World) -> reading.Past:
    gathering.refresh(place.project, NOW.date())
    return reading.past(place.project, TODAY, version=place.version)


def told(place: World, mode: Mode = Mode.ASSISTED, **percent: float | None) -> dict[Measure, Any]:
    found = past(place)
    assert found.evidence is not None
    assert found.version is not None
    wanted = Wanted(mode, {"bright": percent})
    limits = policies.limits(place.policy, found.version)
    assert limits is not None
    changed = drafts.rules_for(wanted, like=place.policy, limits=limits)
    setting = drafts.setting(mode, page.policy.thresholds(changed, report=found.version.report))
    return what_if(found.evidence, setting, found.effort)


def test_what_is_in_force_is_told_as_measurement_tells_it(place: World) -> None:
    flagged, passed = posts(place, *[WHITE] * 4), posts(place, *[DARK] * 4)
    for made in flagged[:3]:
        answer(person(place.project), question_of(made), "bright")
    answer(person(place.project), question_of(flagged[3]))
    audit(place, passed[0], "bright")
    for made in passed[1:]:
        audit(place, made)
    found = told(place)
    assert found[Measure.FLAG_PRECISION].estimate == pytest.approx(0.75)
    assert found[Measure.MACHINE_RECALL].estimate == pytest.approx(0.75)
    assert found[Measure.MACHINE_RECALL].low == found[Measure.MACHINE_RECALL].high
    assert (found[Measure.REVIEWS].estimate, found[Measure.MISSED].estimate) == (4, 1)
    daily.refresh(place.project, NOW.date(), now=NOW)
    measured = figures.figures(place.project, TODAY).intervals
    for key in ("flag_precision", "machine_recall"):
        assert found[Measure(key)].estimate == pytest.approx(measured[key].estimate)


def test_second_looks_are_carried_as_measurement_carries_them(place: World) -> None:
    given = rules(remove=None)
    given["audit"]["second_looks"] = {"flagged_violation": 1.0, "flagged_fine": 1.0}
    draft = policies.draft(place.project, mode=PolicyMode.ASSISTED, rules=given, now=NOW)
    place.policy = policies.put_in_force(draft, now=NOW)
    flagged, passed = posts(place, *[WHITE] * 5), posts(place, DARK)
    for made, said in zip(flagged, (["bright"], ["bright"], ["bright"], [], []), strict=True):
        answer(person(place.project), question_of(made), *said)
    audit(place, passed[0], "bright")
    second_looks.draw(place.project, now=later(minutes=15))
    # One of the violations was none, and one of the fine was one; one nobody has looked at again yet.
    for made, truth in zip(flagged[:4], ([], ["bright"], ["bright"], ["bright"]), strict=True):
        question = question_of(made, Purpose.SECOND_LOOK)
        while question.status == "open":
            answer(person(place.project), question, *truth, now=later(minutes=15))
            question.refresh_from_db()
    found, shown = told(place), past(place)
    daily.refresh(place.project, NOW.date(), now=later(minutes=15))
    measured = figures.figures(place.project, TODAY)
    assert shown.carries_errors
    assert measured.estimates.carries_errors
    for key in ("flag_precision", "machine_recall"):
        one, other = found[Measure(key)], measured.intervals[key]
        assert (one.estimate, one.low, one.high) == pytest.approx((other.estimate, other.low, other.high))


def test_a_day_is_written_anew_when_somebody_looked_again(place: World) -> None:
    given = rules(remove=None)
    given["audit"]["second_looks"] = {"flagged_violation": 1.0}
    draft = policies.draft(place.project, mode=PolicyMode.ASSISTED, rules=given, now=NOW)
    policies.put_in_force(draft, now=NOW)
    made = posts(place, WHITE)[0]
    answer(person(place.project), question_of(made), "bright")
    second_looks.draw(place.project, now=later(minutes=15))
    daily.refresh(place.project, NOW.date(), now=NOW)
    assert NOW.date() in gathering.refresh_stale(place.project, now=later(days=9))
    answer(person(place.project), question_of(made, Purpose.SECOND_LOOK), "bright", now=later(minutes=15))
    daily.refresh(place.project, NOW.date(), now=NOW)
    assert NOW.date() in gathering.refresh_stale(place.project, now=later(days=9))
    assert NOW.date() not in gathering.refresh_stale(place.project, now=later(days=9)), "nothing has changed since"
    assert ScoredDay.objects.get().second_looks == 1


def test_a_violation_that_would_have_passed_counts_when_it_is_confirmed(white_is_bright: Path) -> None:
    manual = world(mode=PolicyMode.MANUAL)
    deploy(manual, white_is_bright)
    made = posts(manual, DARK)[0]
    answer(person(manual.project), question_of(made), "bright")
    second_looks.draw(manual.project, now=later(minutes=15))
    before = past(manual).evidence
    assert before is not None
    assert not before.looks.violate().any()
    question = question_of(made, Purpose.SECOND_LOOK)
    while question.status == "open":
        answer(person(manual.project), question, "bright", now=later(minutes=15))
        question.refresh_from_db()
    after = past(manual).evidence
    assert after is not None
    assert after.looks.violate().tolist() == [True]
    assert after.zone.tolist() == [Zone.ANYWAY]


def test_flagging_everything_misses_nothing(place: World) -> None:
    passed = posts(place, DARK, DARK)
    audit(place, passed[0], "bright")
    audit(place, passed[1])
    found = told(place, review=0.0)
    assert (found[Measure.REVIEWS].estimate, found[Measure.MISSED].estimate) == (2, 0)
    assert found[Measure.CAUGHT].estimate == 1


def test_removals_are_known_by_their_second_looks(white_is_bright: Path) -> None:
    place = world()
    deploy(place, white_is_bright)
    for n, made in enumerate(posts(place, *[WHITE] * 4)):
        answer(person(place.project), question_of(made, Purpose.SECOND_LOOK), *(["bright"] if n else []))
    found = told(place, Mode.AUTOMATIC)
    assert (found[Measure.REMOVALS].estimate, found[Measure.WRONGFUL].estimate) == (4, 1)
    assert found[Measure.TAKEDOWN_PRECISION].estimate == pytest.approx(0.75)
    assert told(place, Mode.AUTOMATIC, remove=None)[Measure.REMOVALS].estimate == 0


def test_counting_a_day_anew_gives_the_same_rows(place: World) -> None:
    for made in posts(place, WHITE, WHITE, DARK):
        if made.status == "in_review":
            answer(person(place.project), question_of(made), "bright")
    gathering.refresh(place.project, NOW.date())
    once = [model_to_dict(row, exclude=["id"]) for row in ScoredDay.objects.order_by("model_version")]
    gathering.refresh(place.project, NOW.date())
    again = [model_to_dict(row, exclude=["id"]) for row in ScoredDay.objects.order_by("model_version")]
    assert once == again
    assert [bytes(row.sample) for row in ScoredDay.objects.all()][0]


def test_a_day_whose_looks_were_answered_since_is_written_anew(place: World) -> None:
    old = NOW.date()
    flagged = posts(place, WHITE, WHITE)
    daily.refresh(place.project, old, now=NOW)
    assert old in gathering.refresh_stale(place.project, now=later(days=9))
    assert old not in gathering.refresh_stale(place.project, now=later(days=9)), "nothing has changed since"
    answer(person(place.project), question_of(flagged[0]), "bright")
    daily.refresh(place.project, old, now=NOW)
    assert old in gathering.refresh_stale(place.project, now=later(days=9))


def test_answers_taken_since_are_there_after_counting_anew(place: World) -> None:
    flagged = posts(place, WHITE)
    before = past(place).evidence
    answer(person(place.project), question_of(flagged[0]), "bright")
    after = past(place).evidence
    assert before is not None
    assert after is not None
    assert (before.answered, after.answered) == (0, 1)
    assert after.looks.violate().tolist() == [True]
    assert (int(after.looks.classes[0]) & 1, int(after.looks.classes[0]) >> ANY_CLASS) == (1, 1)


def test_posts_that_nothing_scored_are_only_counted(place: World, white_is_bright: Path) -> None:
    bare = world()
    posts(bare, DARK)
    found = past(bare)
    assert (found.evidence, found.posts, found.left_out) == (None, 1, 1)


def test_each_version_is_told_apart(place: World, white_is_bright: Path) -> None:
    first = place.version
    posts(place, WHITE)
    deploy(place, white_is_bright, now=later(minutes=1))
    posts(place, WHITE, DARK)
    found = past(place)
    assert found.version == place.version != first
    assert found.evidence is not None
    assert (found.evidence.count, found.left_out, found.posts) == (2, 1, 3)
    assert found.effort.posts_per_day == 3


def test_a_trusted_poster_is_never_flagged_and_another_always_seen(place: World) -> None:
    owner = person(place.project)
    for kind, poster in ((OverrideKind.TRUSTED_POSTER, "ann"), (OverrideKind.ALWAYS_A_PERSON, "bob")):
        Override.objects.create(
            project=place.project, kind=kind, poster=poster, owner=owner, reason="tests", created_at=NOW,
            expires_at=NOW + timedelta(days=1),
        )  # fmt: skip
    posts(place, WHITE, poster="ann")
    posts(place, DARK, poster="bob")
    found = past(place).evidence
    assert found is not None
    assert sorted(found.posts.mark.tolist()) == [Mark.TRUSTED, Mark.ALWAYS_A_PERSON]
    assert set(found.zone.tolist()) == {Zone.PASSED, Zone.ANYWAY}
    assert told(place)[Measure.REVIEWS].estimate == 1


def wanted(**percent: float | None) -> Wanted:
    return Wanted(Mode.ASSISTED, {"bright": percent})


def save(place: World, given: Wanted, **said: Any) -> Any:
    said = {"based_on": place.policy.pk, "reason": "Fewer looks.", "by": person(place.project), "now": NOW, **said}
    return drafts.save(place.project, given, version=place.version, **said)


def test_a_draft_keeps_what_nobody_moved(place: World) -> None:
    change_policy(place, mode=PolicyMode.AUTOMATIC)
    draft = save(place, wanted(review=30.0, remove=90.0))
    assert draft.status == PolicyStatus.DRAFT
    assert draft.rules["classes"]["bright"]["review"] == {"threshold": 0.3}
    assert draft.rules["classes"]["bright"]["remove"] == place.policy.rules["classes"]["bright"]["remove"]
    assert draft.rules["audit"] == place.policy.rules["audit"]
    assert (draft.mode, policies.in_force(place.project)) == ("assisted", place.policy)


def test_a_rule_that_is_not_moved_stays_a_rule(place: World) -> None:
    version = place.version
    assert version is not None
    given = rules()
    given["classes"]["bright"]["review"] = {"required_recall": 0.5}
    place.policy = policies.put_in_force(
        policies.draft(place.project, mode=PolicyMode.ASSISTED, rules=given, now=NOW), now=NOW
    )
    limits = policies.limits(place.policy, version)
    assert limits is not None
    shown = drafts.percent(limits.review["bright"])
    kept = drafts.rules_for(wanted(review=shown), like=place.policy, limits=limits)
    assert kept["classes"]["bright"]["review"] == {"required_recall": 0.5}
    assert (
        drafts.rules_for(wanted(review=None), like=place.policy, limits=limits)["classes"]["bright"]["review"] is None
    )


def test_a_draft_is_refused_where_another_policy_came_into_force_meanwhile(place: World) -> None:
    seen = place.policy.pk
    other = change_policy(place, mode=PolicyMode.MANUAL)
    with pytest.raises(InForceChanged) as refused:
        save(place, wanted(review=30.0), based_on=seen)
    assert refused.value.current == other


def test_a_draft_comes_into_force_once_and_only_over_the_policy_that_was_seen(place: World) -> None:
    one, other = (save(place, wanted(review=percent)) for percent in (30.0, 40.0))
    manager = person(place.project, Role.MANAGER)
    drafts.put_in_force(one, seen=place.policy.pk, by=manager, now=NOW)
    with pytest.raises(InForceChanged):
        drafts.put_in_force(other, seen=place.policy.pk, by=manager, now=NOW)
    with pytest.raises(NotADraft):
        drafts.put_in_force(one, seen=one.pk, by=manager, now=NOW)
    assert policies.in_force(place.project) == one
    assert one.starts.get().started_by == manager


def test_rules_that_cannot_be_are_refused(place: World) -> None:
    with pytest.raises(BadRules):
        save(place, wanted(review=130.0))


def test_the_page_compares_what_is_tried_with_what_is_in_force(place: World) -> None:
    posts(place, WHITE, DARK)
    gathering.refresh(place.project, NOW.date())
    shown = page.shown(place.project, TODAY, wanted=wanted(review=100.0, remove=None))
    assert [(one.class_name, one.band, one.before, one.after) for one in shown.changes] == [
        ("Too bright", "review", 50.0, 100.0)
    ]
    by_key = {row.shown.key: row for row in shown.rows}
    reviews = by_key[Measure.REVIEWS]
    assert (reviews.in_force.estimate, reviews.tried.estimate, reviews.change.estimate) == (1, 0, -1)
    assert not reviews.is_same
    charts = page.charts(place.project, TODAY, key="bright")
    assert charts is not None
    assert sum(charts["spread"]["posts"]) == 2
    assert page.charts(place.project, TODAY, key="nothing") is None


def test_reading_a_period_takes_few_queries(place: World, django_assert_max_num_queries: Callable[..., Any]) -> None:
    posts(place, WHITE, DARK)
    gathering.refresh(place.project, NOW.date())
    with django_assert_max_num_queries(16):
        page.shown(place.project, TODAY, wanted=None)
