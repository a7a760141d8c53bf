"""The proof of the estimators: that it plays what it says, and asks the very rooms that serve."""

import numpy as np
import pytest
from scipy.stats import norm

from bench import estimators_report as report
from bench import intervals, views
from bench.estimators import GRID, KINDS
from bench.seasons import WARM_UP_DAYS, Budget, Season, flags, outbreaks, play
from bench.traffic import GRID as RAW
from bench.traffic import Day, Traffic, drifting, ordinary
from moderation.estimation import Cell, accuracy, f1, machine_recall, missed_per_thousand, prevalence

TRAFFIC = Traffic(prevalence=0.02, recall=0.8)
BUDGET = Budget(posts_a_day=5_000, looks_a_day=150, days=30)


def played(season, *, seasons=12, seed=3):
    chance = np.random.default_rng(seed)
    factors = outbreaks(season, seasons=seasons, chance=chance)
    flagged = flags(season, factors=factors, chance=chance)
    return play(season, factors=factors, is_uniform=False, chance=chance), flagged, chance


def season(**changes):
    return Season(TRAFFIC, BUDGET, ordinary(TRAFFIC, n=BUDGET.days + WARM_UP_DAYS), **changes)


def test_many_periods_at_once_are_measured_as_the_service_measures_one():
    looks, flagged, chance = played(season())
    found = intervals.metrics(looks, flagged, chance=chance)
    for number in range(12):
        row = [field[number] for field in (looks.posts, looks.probability, looks.mean_score, looks.finds)]
        cells = [Cell(int(n), float(p), float(q)) for n, p, q, _ in zip(*row, strict=True)]
        finds = np.repeat(row[1], row[3]).tolist()
        tp, flags_of = int(flagged.violations[number]), int((flagged.violations + flagged.others)[number])
        posts = sum(cell.posts for cell in cells) + flags_of
        given = {"flagged_violations": tp, "finds": finds, "cells": cells}
        for name, one in {
            "machine recall": machine_recall(**given),
            "missed per 1,000": missed_per_thousand(finds, cells, posts=posts),
            "prevalence": prevalence(**given, posts=posts),
            "F1": f1(**given, flagged=flags_of),
            "accuracy": accuracy(**given, flagged=flags_of, posts=posts),
        }.items():
            amount = found[name].amount
            many = [float(end[number]) for end in (amount.estimate, amount.low, amount.high)]
            assert many == pytest.approx([one.estimate, one.low, one.high]), name


def test_the_looks_that_are_drawn_are_those_the_budget_pays_for():
    looks, _, _ = played(season(), seasons=100)
    assert looks.drawn.sum(axis=1).mean() / BUDGET.days == pytest.approx(BUDGET.looks_a_day, rel=0.02)


def test_the_machine_flags_the_share_of_violations_it_is_said_to():
    for traffic in (TRAFFIC, Traffic(0.01, 0.9, auc=0.995, blind=0.02), Traffic(0.01, 0.9, confidence=1.6)):
        assert traffic.violations_above(traffic.threshold) == pytest.approx(traffic.recall)
        fine, missed = traffic.shares(sunk=0.0, blind=traffic.blind)
        assert missed.sum() == pytest.approx(1 - traffic.recall)
        assert fine.sum() == pytest.approx(norm.cdf(traffic.threshold))


def test_a_calibrated_score_is_the_share_that_violates_and_an_over_confident_one_is_not():
    fine, missed = TRAFFIC.shares(sunk=0.0, blind=0.0)
    violating = 0.02 * missed / (0.02 * missed + 0.98 * fine)
    assert TRAFFIC.mean_scores == pytest.approx(violating, rel=0.02)
    sharp = Traffic(0.02, 0.8, confidence=1.6)
    assert sharp.mean_scores[0] < TRAFFIC.mean_scores[0]
    assert sharp.raw(sharp.score(RAW[9_000:11_000:100])) == pytest.approx(RAW[9_000:11_000:100])


def test_no_design_can_beat_uniform_looks_where_the_score_says_nothing():
    blind = Traffic(0.01, 0.3, auc=0.9, blind=1.0)
    assert blind.theoretical_limit([Day(blind=1.0)]) == pytest.approx(1, abs=0.01)


def test_the_limit_equals_the_published_one():
    # Estimation at an area under the curve of .98 and .995 and 1 % prevalence: .52, .65 and .32, .43 (small chances).
    for auc, recall, limit in ((0.98, 0.7, 0.52), (0.98, 0.9, 0.65), (0.995, 0.7, 0.32), (0.995, 0.9, 0.43)):
        assert Traffic(0.01, recall, auc=auc).theoretical_limit([Day()]) == pytest.approx(limit, abs=0.012)


def test_drift_ends_with_more_violations_deeper_in_what_passes():
    traffic = Traffic(0.01, 0.9, blind=0.02, sinks=0.5)
    days = drifting(traffic, n=60)
    assert days[-1].factor > days[0].factor
    assert traffic.violations_above(traffic.threshold, sunk=days[-1].sunk, blind=days[-1].blind) < 0.9


def test_bands_of_views_hold_every_post_and_every_view():
    band = views.bands()
    assert band.share.sum() == pytest.approx(1)
    assert (band.share * band.mean).sum() == pytest.approx(views.MEAN)
    assert (band.share * band.mean_square).sum() == pytest.approx(views.MEAN_SQUARE)


def test_a_draw_by_views_narrows_what_is_known_of_them():
    looks, _, chance = played(season(), seasons=300)
    drawn = views.by_second_draw(looks, season(), chance=chance)
    alone = views.by_audits_alone(looks, chance=chance)
    assert drawn.width < alone.width
    assert drawn.coverage > 0.9
    assert abs(drawn.bias) < 0.05


def test_people_who_err_are_allowed_for():
    looks, flagged, chance = played(season(error=0.02), seasons=300)
    carried = intervals.with_errors(looks, flagged, error=0.02, chance=chance)
    assert carried["machine recall"].coverage > 0.9
    taken = intervals.taken_for_true(looks, flagged, error=0.02, chance=chance)
    assert taken.width < carried["machine recall"].width


def test_the_same_cell_gives_the_same_numbers():
    one, other = (intervals.metrics(*played(season())[:2], chance=np.random.default_rng(1)) for _ in range(2))
    assert one["machine recall"].width == other["machine recall"].width


def test_the_grid_is_every_kind_of_traffic_at_every_prevalence_recall_and_budget():
    assert len(GRID) == len(KINDS) * 3 * 3 * 3
    assert len({cell.name for cell in GRID}) == len(GRID)
    assert all(cell.season().traffic.recall == cell.recall for cell in GRID)


def test_what_is_outside_a_limit_is_named():
    bad = report.Result(
        name="bad",
        kind="bad",
        recall=0.9,
        finds=20.0,
        looks=150.0,
        uniform_looks=150.0,
        limit=0.5,
        ratio=0.75,
        coverage={"machine recall": 0.92, "F1": 0.985, report.TAKEN_FOR_TRUE: 0.1},
        bias={"machine recall": 0.012, "F1": 0.0, report.TAKEN_FOR_TRUE: 0.5},
        width=0.1,
        seconds=1.0,
    )
    text, figures = report.tables([bad]), report.figures([bad])
    assert [line for line in text.splitlines() if line.startswith("- ")] == [
        "- coverage 92.00 %, machine recall: bad, 20.0 finds",
        "- coverage 98.50 %, F1: bad, 20.0 finds",
        "- bias +1.20 %, machine recall: bad, 20.0 finds",
        "- width 0.75, limit 0.50: bad, 20.0 finds",
    ]
    assert [figure.is_kept for figure in figures] == [False] * 4
