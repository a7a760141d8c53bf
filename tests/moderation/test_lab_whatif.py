"""Tests of what-ifs against made-up days of which everything is known."""

from collections import defaultdict

import numpy as np
import pytest

from moderation.lab import sample
from moderation.lab.curves import curve, spread, thresholds
from moderation.lab.days import Day, thinned, together
from moderation.lab.differences import differences
from moderation.lab.evidence import Evidence
from moderation.lab.totals import number, violations
from moderation.lab.whatif import NEVER, Effort, Measure, Mode, Setting, what_if
from moderation.statistics.intervals import exactly
from tests.moderation.lab_worlds import KEYS, known_day, truly

DAYS = 5


def same(review: float, remove: float, *, mode: Mode = Mode.AUTOMATIC) -> Setting:
    return Setting(mode, remove=dict.fromkeys(KEYS, remove), review=dict.fromkeys(KEYS, review))


def evidence(*days: Day) -> Evidence:
    found = together(days)
    assert found is not None
    return found


def whole(found: Evidence) -> Effort:
    """All posts a day, so that a day is the period."""
    return Effort(posts_per_day=found.count)


@pytest.mark.parametrize(
    ("review", "remove", "said"),
    [(0.5, 0.95, {}), (0.15, 0.8, {"answered": 0.9, "blind": 0.1, "size": 200})],
)
def test_intervals_hold_what_is_true_in_simulated_periods(review: float, remove: float, said: dict[str, float]) -> None:
    """500 periods of 4,000 posts; what is in force flags from .3 and removes from .9."""
    held, errors, truths = defaultdict(list), defaultdict(list), defaultdict(list)
    for seed in range(500):
        chance = np.random.default_rng(seed)
        days = [known_day(chance, posts=800, **said) for _ in range(DAYS)]  # type: ignore[arg-type]
        found = evidence(*(one.day for one in days))
        told = what_if(found, same(review, remove), whole(found))
        true, before = (truly(days, review=r, remove=m) for r, m in ((review, remove), (0.3, 0.9)))
        changed = differences(found, later=same(review, remove), earlier=same(0.3, 0.9), effort=whole(found))
        for key, value in true.items():
            one, change = told[Measure(key)], changed[Measure(key)]
            if one.low is not None and one.high is not None:
                held[key].append(one.low - 1e-6 <= value <= one.high + 1e-6)
            if change.low is not None and change.high is not None:
                held[f"{key}, changed"].append(change.low - 1e-6 <= value - before[key] <= change.high + 1e-6)
            if one.estimate is not None:
                errors[key].append(one.estimate - value)
                truths[key].append(value)
    coverage = {key: float(np.mean(one)) for key, one in held.items()}
    assert min(coverage.values()) >= 0.93, coverage
    for key in ("removals", "reviews", "caught", "missed", "flag_precision", "machine_recall"):
        error = np.std(errors[key]) / np.sqrt(len(errors[key])) + 1e-9
        bias = abs(np.mean(errors[key]))
        assert bias < 0.02 * np.mean(truths[key]) or bias < 3 * error, (key, bias, error)


def test_raising_thresholds_is_counted_exactly() -> None:
    days = [known_day(np.random.default_rng(seed), size=5000) for seed in range(DAYS)]
    found = evidence(*(one.day for one in days))
    told = what_if(found, same(0.6, NEVER), whole(found))
    true = truly(days, review=0.6, remove=2.0)
    assert told[Measure.REVIEWS].estimate == told[Measure.REVIEWS].low == pytest.approx(true["reviews"])
    assert told[Measure.REMOVALS].high == 0


def test_what_the_machine_flagged_is_kept_whole_while_it_fits() -> None:
    day = known_day(np.random.default_rng(1), posts=3000, size=700).day
    rate = sample.rates(day.posts["weight"], cut=day.cut)
    assert day.cut is not None
    assert np.all(rate[day.posts["weight"] == 1.0] == 1.0)
    assert rate.min() < 0.5, "and the rest is a sample"


def test_a_sample_counts_the_whole_day_and_so_does_a_part_of_it() -> None:
    known = known_day(np.random.default_rng(2), posts=20000, size=2000)
    for size in (2000, 500):
        part = evidence(thinned(known.day, size=size)).whole
        told = number(part)
        assert told.low <= 20000 <= told.high
        assert told.estimate == pytest.approx(20000, rel=0.2)


def test_in_manual_mode_people_see_everything() -> None:
    found = evidence(known_day(np.random.default_rng(3)).day)
    told = what_if(found, same(0.3, 0.9, mode=Mode.MANUAL), whole(found))
    assert told[Measure.REVIEWS].estimate == pytest.approx(found.count, rel=0.1)
    assert told[Measure.MISSED].estimate == told[Measure.MISSED].high == 0
    assert told[Measure.REMOVALS].estimate == 0


def test_assisted_mode_removes_nothing_and_asks_about_all_that_is_flagged() -> None:
    found = evidence(known_day(np.random.default_rng(4)).day)
    assisted, automatic = (
        what_if(found, same(0.3, 0.9, mode=mode), whole(found)) for mode in (Mode.ASSISTED, Mode.AUTOMATIC)
    )
    assert assisted[Measure.REMOVALS].estimate == 0
    flagged = sum(automatic[key].estimate or 0 for key in (Measure.REVIEWS, Measure.REMOVALS))
    assert assisted[Measure.REVIEWS].estimate == pytest.approx(flagged)
    assert assisted[Measure.MACHINE_RECALL] == automatic[Measure.MACHINE_RECALL]


def test_what_two_policies_share_is_no_difference() -> None:
    found = evidence(*(known_day(np.random.default_rng(seed)).day for seed in range(DAYS)))
    changed = differences(found, later=same(0.3, 0.9), earlier=same(0.3, 0.9), effort=whole(found))
    assert {(one.low, one.high) for one in changed.values()} == {(0.0, 0.0)}
    fewer = differences(found, later=same(0.5, 0.9), earlier=same(0.3, 0.9), effort=whole(found))
    apart = what_if(found, same(0.5, 0.9), whole(found))[Measure.MISSED]
    change = fewer[Measure.MISSED]
    assert change.is_more_than_noise
    assert apart.width is not None
    assert change.low is not None
    assert change.high is not None
    assert change.high - change.low < apart.width / 5, "people saw all that would pass now"


def test_hours_and_cost_follow_from_the_reviews() -> None:
    found = evidence(known_day(np.random.default_rng(5)).day)
    effort = Effort(posts_per_day=1000, seconds_per_look=exactly(6.0), price_per_hour=30.0)
    told = what_if(found, same(0.3, 0.9), effort)
    hours, reviews = told[Measure.REVIEW_HOURS].estimate, told[Measure.REVIEWS].estimate
    assert hours is not None
    assert reviews is not None
    assert hours == pytest.approx(reviews * 6 / 3600)
    assert told[Measure.COST].estimate == pytest.approx(hours * 30)
    assert Measure.COST not in what_if(found, same(0.3, 0.9), Effort(posts_per_day=1000))


def test_a_curve_agrees_with_each_of_its_thresholds() -> None:
    found = evidence(*(known_day(np.random.default_rng(seed)).day for seed in range(DAYS)))
    at = np.array([0.1, 0.3, 0.7])
    drawn = curve(found, "blood", at)
    alone = [curve(found, "blood", at[place : place + 1]) for place in range(3)]
    for name in ("precision", "recall"):
        for end in ("estimate", "low", "high"):
            together_ = np.asarray(getattr(getattr(drawn, name), end))
            apart = [float(getattr(getattr(one, name), end)[0]) for one in alone]
            assert together_ == pytest.approx(apart)
    assert np.all(np.diff(drawn.flagged) <= 0)


def test_a_class_is_judged_by_its_own_violations() -> None:
    known = [known_day(np.random.default_rng(seed), size=5000) for seed in range(DAYS)]
    found = evidence(*(one.day for one in known))
    drawn = curve(found, "blood", np.array([0.3]))
    scores, bad = (np.concatenate([getattr(one, name) for one in known])[:, 0] for name in ("scores", "violates"))
    assert drawn.precision.low <= bad[scores >= np.float32(0.3)].mean() <= drawn.precision.high
    assert drawn.recall.low <= (scores >= np.float32(0.3))[bad].mean() <= drawn.recall.high


def test_the_spread_of_scores_adds_up() -> None:
    found = evidence(known_day(np.random.default_rng(6), size=5000).day)
    shown = spread(found, "advert")
    assert shown.posts.sum() == pytest.approx(found.count)
    assert len(shown.edges) == len(shown.posts) + 1
    assert len(thresholds()) == len(set(thresholds().tolist()))


def test_without_an_answer_nothing_is_claimed() -> None:
    found = evidence(known_day(np.random.default_rng(7), answered=0.0).day)
    told = what_if(found, same(0.3, 0.9), whole(found))
    assert told[Measure.MISSED].estimate is None
    assert told[Measure.MISSED].low == 0
    assert not any(told[key].enough for key in (Measure.MISSED, Measure.CAUGHT, Measure.MACHINE_RECALL))
    assert told[Measure.REVIEWS].enough, "how many posts there are is known all the same"
    assert np.isnan(violations(found, found.whole).amount.estimate)


def test_no_posts_are_no_evidence() -> None:
    assert together([]) is None
