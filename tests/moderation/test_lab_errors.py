"""Reviewers' errors in what the lab says: as `measurement` carries them, monotone, and wide enough."""

from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest

from moderation.lab.curves import curve, thresholds
from moderation.lab.days import together
from moderation.lab.differences import differences
from moderation.lab.evidence import Evidence
from moderation.lab.whatif import Effort, Measure, Mode, Setting, what_if
from moderation.measurement.estimating import estimate
from moderation.statistics.reviewer_error import panel
from moderation.statistics.sufficiency import Interval
from tests.moderation.lab_worlds import KEYS, Known, known_day, measured, truly

ERRS = {"posts": 3000, "size": 3000, "error": 0.05, "again": 0.3}
KEPT = (Measure.MACHINE_RECALL, Measure.FLAG_PRECISION, Measure.CAUGHT, Measure.MISSED)


def days(seed: int, n: int = 5, **said: float) -> list[Known]:
    chance = np.random.default_rng(seed)
    return [known_day(chance, **(ERRS | said)) for _ in range(n)]  # type: ignore[arg-type]


def evidence(known: list[Known]) -> Evidence:
    found = together(one.day for one in known)
    assert found is not None
    return found


def asked(review: float, remove: float = 0.9) -> Setting:
    return Setting(Mode.AUTOMATIC, remove=dict.fromkeys(KEYS, remove), review=dict.fromkeys(KEYS, review))


def whole(found: Evidence) -> Effort:
    return Effort(posts_per_day=found.count)


def told(found: Evidence, review: float) -> dict[Measure, Interval]:
    return what_if(found, asked(review), whole(found))


def ends(one: Interval) -> tuple[float | None, float | None, float | None]:
    return one.estimate, one.low, one.high


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("gold", [(0, 0), (200, 188)])
def test_at_the_thresholds_in_force_the_lab_says_what_was_measured(seed: int, gold: tuple[int, int]) -> None:
    known = days(seed)
    metrics = estimate(measured(known, gold=gold[0], gold_found=gold[1]))
    found = replace(evidence(known), reviewers=panel(gold=gold[0], found=gold[1]))
    lab = told(found, 0.3)
    assert metrics.carries_errors
    assert found.answers() is not None
    assert ends(lab[Measure.MISSED]) == pytest.approx(ends(metrics.missed), rel=1e-6)
    for key in ("machine_recall", "flag_precision"):
        assert ends(lab[Measure(key)]) == pytest.approx(ends(metrics.intervals[key]), rel=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_few_second_looks_make_both_as_wide(seed: int) -> None:
    known = days(seed, n=4, posts=1000, again=0.03)
    metrics, found = estimate(measured(known)), evidence(known)
    assert metrics.carries_errors
    # The lab also knows that a removal which somebody found fine is no violation: a hair narrower.
    lab = told(found, 0.3)
    for key in ("machine_recall", "flag_precision"):
        assert ends(lab[Measure(key)]) == pytest.approx(ends(metrics.intervals[key]), rel=1e-4)


def test_without_second_looks_answers_are_taken_as_they_are_in_both() -> None:
    known = days(1, n=1, posts=400, again=0.0)
    metrics, found = estimate(measured(known)), evidence(known)
    assert not metrics.carries_errors
    assert found.answers() is None
    assert told(found, 0.3)[Measure.MACHINE_RECALL].low == pytest.approx(metrics.intervals["machine_recall"].low)


@pytest.mark.parametrize("review", [0.3, 0.5, 0.7])
def test_the_interval_holds_what_is_true_where_single_answers_err(review: float) -> None:
    held = defaultdict(list)
    for seed in range(200):
        known = days(seed, n=3, posts=1500)
        found = evidence(known)
        one, true = told(found, review), truly(known, review=review, remove=0.9)
        changed = differences(found, later=asked(review), earlier=asked(0.3), effort=whole(found))
        before = truly(known, review=0.3, remove=0.9)
        for key in KEPT:
            for name, said, value in (
                (key, one[key], true[key]),
                (f"{key}, changed", changed[key], true[key] - before[key]),
            ):
                if said.low is not None and said.high is not None:
                    held[name].append(said.low - 1e-6 <= value <= said.high + 1e-6)
    coverage = {key: float(np.mean(one)) for key, one in held.items()}
    assert min(coverage.values()) >= 0.93, coverage


def test_without_second_looks_the_same_periods_are_believed_too_much() -> None:
    inside = []
    for seed in range(60):
        known = days(seed, n=3, posts=1500)
        one = told(replace(evidence(known), again=None), 0.3)[Measure.CAUGHT]
        assert one.low is not None
        assert one.high is not None
        inside.append(one.low <= truly(known, review=0.3, remove=0.9)["caught"] <= one.high)
    assert np.mean(inside) < 0.8


def test_a_lower_threshold_never_catches_less() -> None:
    found = evidence(days(3))
    every = [told(found, review) for review in np.arange(0.05, 0.9, 0.02)]
    caught, missed, recall = (
        [one[key].estimate for one in every] for key in (Measure.CAUGHT, Measure.MISSED, Measure.MACHINE_RECALL)
    )
    assert np.all(np.diff(np.array(caught, dtype=float)) <= 1e-6)
    assert np.all(np.diff(np.array(missed, dtype=float)) >= -1e-6)
    assert np.all(np.diff(np.array(recall, dtype=float)) <= 1e-3)


def test_a_curve_of_recall_only_falls_bounds_and_all() -> None:
    for seed in range(5):
        drawn = curve(evidence(days(seed)), "blood", thresholds()).recall
        for end in (drawn.estimate, drawn.low, drawn.high):
            known = np.asarray(end)[~np.isnan(end)]
            assert np.all(np.diff(known) <= 1e-9)


def test_the_fewer_posts_the_wider_what_is_said_of_their_answers() -> None:
    found = evidence(days(4))
    widths = [told(found, review)[Measure.FLAG_PRECISION].width for review in (0.3, 0.6, 0.85)]
    relative = [one for one in widths if one is not None]
    assert relative == sorted(relative)
