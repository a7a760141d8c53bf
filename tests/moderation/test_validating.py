"""Tests of next-day validation: what was measured against what was promised, once a day, with one alert."""

from datetime import timedelta
from pathlib import Path

import pytest

from models_registry.models import ModelVersion
from moderation.measurement.gathering import Side
from moderation.measurement.periods import PartKind
from moderation.models import DayLooks, ModelAlert, Validation
from moderation.rollouts import alerts, promises, validating
from tests.moderation.builders import NOW, World, deploy, later, person, world

TODAY = NOW.date()
YESTERDAY = TODAY - timedelta(days=1)


def curve(*rows: tuple[float, float, float, float]) -> list[dict[str, float]]:
    """Rows of threshold, flagged share, precision and recall, each with bounds .05 to both sides."""
    return [
        {
            "threshold": at, "flagged_share": share,
            "precision": precision, "precision_low": precision - 0.05, "precision_high": precision + 0.05,
            "recall": recall, "recall_low": recall - 0.05, "recall_high": recall + 0.05,
        }
        for at, share, precision, recall in rows
    ]  # fmt: skip


REPORT = {"any": {"curve": curve((0.2, 0.3, 0.4, 0.9), (0.5, 0.1, 0.7, 0.8), (0.8, 0.02, 0.9, 0.5))}}


def test_one_threshold_is_looked_up_on_the_curve() -> None:
    found = promises.promised(REPORT, review={"bright": 0.5}, flagged_share=0.3)
    assert found is not None
    assert (found.by, found.metrics["machine_recall"]["estimate"]) == ("threshold", 0.8)


def test_thresholds_of_several_classes_are_looked_up_by_the_share_that_is_flagged() -> None:
    found = promises.promised(REPORT, review={"bright": 0.5, "grave": None}, flagged_share=0.29)
    assert found is not None
    assert (found.by, found.metrics["flag_precision"]["low"]) == ("share", pytest.approx(0.35))
    assert promises.promised(REPORT, review={"bright": None}, flagged_share=0.1) is None
    assert promises.promised({"any": {"curve": []}}, review={"bright": 0.5}, flagged_share=0.1) is None


def test_only_intervals_that_do_not_touch_are_clearly_below() -> None:
    assert promises.is_below({"high": 0.4}, {"low": 0.5})
    assert not promises.is_below({"high": 0.5}, {"low": 0.5})
    assert not promises.is_below({"high": None}, {"low": 0.5})
    assert not promises.is_below({}, {"low": 0.5})


def count(place: World, version: ModelVersion, *, right: int, found: int) -> None:
    """Write down yesterday: 100 flagged posts of which some violate, 1,000 that passed, all audited."""
    of_day = {
        "project": place.project, "day": YESTERDAY, "part": PartKind.MODEL, "value": str(version.pk), "lost": 0
    }  # fmt: skip
    DayLooks.objects.create(
        **of_day, side=Side.FLAGGED, stratum="flagged", probability=1.0, posts=100, score_sum=80,
        drawn=100, answered=100, found=right,
    )  # fmt: skip
    DayLooks.objects.create(
        **of_day, side=Side.PASSED, stratum="s1", probability=0.5, posts=1000, score_sum=10,
        drawn=500, answered=500, found=found,
    )  # fmt: skip


@pytest.fixture
def place(db: None, white_is_bright: Path) -> World:
    place = world()
    deploy(place, white_is_bright)
    return place


def promise(monkeypatch: pytest.MonkeyPatch) -> None:
    found = promises.promised(REPORT, review={"bright": 0.5}, flagged_share=None)
    monkeypatch.setattr(validating, "_promise", lambda *_, **__: found)


def test_a_version_that_keeps_its_promise_gets_a_row_and_no_alert(
    place: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    promise(monkeypatch)
    count(place, place.version, right=72, found=8)
    made = validating.validate(place.project, now=NOW)
    assert [(one.model_version, one.day, one.first, one.posts) for one in made] == [
        (place.version, YESTERDAY, YESTERDAY, 1100)
    ]
    assert made[0].below == []
    assert made[0].measured["machine_recall"]["looks"] > 0
    assert not ModelAlert.objects.exists()


def test_one_that_is_clearly_below_raises_one_alert_until_it_is_seen_and_a_week_after(
    place: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    promise(monkeypatch)
    count(place, place.version, right=40, found=80)
    [made] = validating.validate_day(place.project, YESTERDAY, now=NOW)
    assert made.below == ["machine_recall", "flag_precision"]
    validating.validate_day(place.project, YESTERDAY, now=later(hours=1))
    assert (Validation.objects.count(), ModelAlert.objects.count()) == (1, 1)
    engineer = person(place.project, "engineer")
    [alert] = alerts.standing(engineer)
    alerts.see(alert, by=engineer, now=NOW)
    assert alerts.standing(engineer) == []
    validating.validate_day(place.project, YESTERDAY, now=later(days=1))
    assert ModelAlert.objects.count() == 1


def test_who_does_not_answer_for_models_cannot_put_an_alert_away(place: World, monkeypatch: pytest.MonkeyPatch) -> None:
    promise(monkeypatch)
    count(place, place.version, right=40, found=80)
    validating.validate_day(place.project, YESTERDAY, now=NOW)
    with pytest.raises(alerts.AlertRefused):
        alerts.see(ModelAlert.objects.get(), by=person(place.project, "moderator"), now=NOW)


def test_days_on_which_nothing_decided_have_no_row(place: World) -> None:
    assert validating.validate(place.project, now=NOW) == []
