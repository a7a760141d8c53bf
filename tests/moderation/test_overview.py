"""What the overview of a period gathers."""

from datetime import date, timedelta
from typing import Any

import pytest

from config.accounts.models import Role
from moderation import journal
from moderation.measurement.catalog import HEADLINES, METRIC
from moderation.measurement.evidence import Evidence, Looked, Passed, Passing, Removed, Weighed
from moderation.measurement.figures import Figures, everything, of_evidence
from moderation.measurement.periods import Part, PartKind, Period
from moderation.models import CostCurrency, DailyMeasurement, DayLooks
from moderation.overview import overview, tables, tiles, trends
from moderation.overview.confusion import DOT_PX, DOTS, DOTS_IN_ROW, confusion, rectangles
from moderation.statistics.comparison import Difference
from moderation.statistics.sufficiency import Interval
from tests.moderation.builders import NOW, World, person, world

NOTHING_REMOVED = Removed()
MARCH = Period.of_days(date(2026, 3, 1), date(2026, 3, 28))


def interval(estimate: float | None, low: float | None, high: float | None, *, enough: bool = True) -> Interval:
    return Interval(estimate, low, high, finds=12, looks=400, enough=enough, effective_finds=9.0)


def measured(*, finds: int = 20, removed: Removed = NOTHING_REMOVED, violations: int = 180) -> Figures:
    """200 flagged posts, all answered, and 9,800 that passed, 980 of them looked at."""
    cell = Passing("s0", posts=9800, probability=0.1, mean_score=0.01, drawn=980, answered=980, lost=0)
    evidence = Evidence(
        flagged=Looked(200, 200, violations),
        removed=removed,
        passed=Passed((cell,), (Weighed("s0", 0.1, finds),) if finds else ()),
    )
    return of_evidence(evidence, period=MARCH)


@pytest.fixture
def place(db: None) -> World:
    return world()


def looks(place: World, *, part: str = "all", value: str = "", **more: Any) -> DayLooks:
    known = {"side": "flagged", "stratum": "", "probability": 1.0, "posts": 50, "score_sum": 30.0, "lost": 0}
    known |= {"drawn": 50, "answered": 50, "found": 40} | more
    return DayLooks.objects.create(project=place.project, day=date(2026, 3, 2), part=part, value=value, **known)


def passed(place: World, *, found: int, **more: Any) -> DayLooks:
    sums = {"side": "passed", "stratum": "s0", "probability": 0.5, "posts": 800, "score_sum": 8.0}
    return looks(place, **sums, drawn=400, answered=400, found=found, **more)


def test_a_period_without_anything_says_so_of_every_headline(place: World) -> None:
    shown = overview(place.project, MARCH)
    assert [one.metric.key for one in shown.headlines] == list(HEADLINES)
    assert not any(one.tile and one.tile.is_enough for one in shown.headlines)
    assert shown.confusion is None


def test_a_metric_comes_with_its_interval_its_basis_and_its_drawing() -> None:
    made = tiles.tile("machine_recall", measured())
    assert made is not None
    assert made.is_enough
    assert made.basis == "20 missed violations found in 980 drawn looks at passed posts"
    assert made.bar is not None
    assert made.bar.point is not None
    assert made.reading.low is not None


def test_with_few_finds_there_is_a_bound_and_a_number_of_looks_instead_of_an_estimate() -> None:
    made = tiles.tile("machine_recall", measured(finds=1))
    assert made is not None
    assert not made.is_enough
    assert made.bound.startswith("at least") or made.bound.startswith("between")
    assert made.needed
    assert made.bar is not None
    assert made.bar.point is None


def test_a_change_is_better_or_worse_by_what_the_metric_means_and_noise_is_called_noise() -> None:
    rise = Difference(0.05, 0.02, 0.08, enough=True)
    recall, missed = METRIC["machine_recall"], METRIC["missed_per_thousand"]
    better, worse = tiles.changed(rise, recall), tiles.changed(rise, missed)
    assert better is not None
    assert worse is not None
    assert (better.is_better, worse.is_better, better.is_more_than_noise) == (True, False, True)
    noise = tiles.changed(Difference(0.01, -0.02, 0.04, enough=True), recall)
    assert noise is not None
    assert not noise.is_more_than_noise
    assert tiles.changed(Difference(0.01, -0.02, 0.04, enough=False), recall) is None


def test_the_period_before_is_drawn_on_the_same_axis() -> None:
    small, large = interval(0.002, 0.001, 0.004), interval(0.02, 0.01, 0.03)
    made = tiles.Tile(METRIC["violating_view_rate"], small, before=large)
    assert made.bar is not None
    assert made.earlier is not None
    assert made.bar.top == made.earlier.top


def test_a_thousand_dots_show_what_was_caught_missed_and_wrongly_flagged() -> None:
    drawn = confusion(measured())
    assert drawn is not None
    dots = {block.kind: block.dots for block in drawn.blocks}
    assert (dots["caught"], dots["wrongly"], dots["missed"]) == (18, 2, 20)
    assert dots["perhaps"] > 0
    assert sum(dots.values()) == DOTS
    covered = sum(w * h for block in drawn.blocks for _, _, w, h in block.rectangles)
    assert covered == DOTS * DOT_PX**2


def test_what_the_machine_removed_counts_as_its_second_looks_say() -> None:
    looked = (Weighed("removed", 0.5, 40),)
    removed = Removed(posts=100, violations=looked, others=(Weighed("removed", 0.5, 10),))
    drawn = confusion(measured(removed=removed))
    assert drawn is not None
    assert drawn.areas[0].posts == "260"
    assert confusion(measured(removed=Removed(posts=100))) is None


@pytest.mark.parametrize(("begin", "n"), [(0, 0), (0, 3), (49, 2), (10, 990), (0, 1000), (37, 113)])
def test_dots_are_covered_once_in_reading_order(begin: int, n: int) -> None:
    covered = set()
    for x, y, width, height in rectangles(begin, n):
        for row in range(y // DOT_PX, (y + height) // DOT_PX):
            for column in range(x // DOT_PX, (x + width) // DOT_PX):
                covered.add(row * DOTS_IN_ROW + column)
    assert covered == set(range(begin, begin + n))


def test_classes_stand_in_the_order_of_the_schema_by_their_names(place: World) -> None:
    for key in ("gone", "grave", "bright"):
        looks(place, part="class", value=key)
    looks(place)
    found = tables.classes(place.project, everything(place.project, MARCH).parts[PartKind.CLASS])
    assert [row.name for row in found.rows] == ["Too bright", "Grave", "gone"]
    assert found.rows[2].note
    assert [metric.key for metric in found.columns][0] == "machine_recall"


def test_the_worst_slice_comes_first_and_what_says_nothing_comes_last(place: World) -> None:
    for value, found in (("place=Kyoto", 6), ("place=Oslo", 30), ("place=Lima", 0)):
        looks(place, part="slice", value=value)
        passed(place, part="slice", value=value, found=found)
    whole = of_evidence(Evidence(), period=MARCH)
    slices = everything(place.project, MARCH).parts[PartKind.SLICE]
    assert [row.name for row in tables.slices(slices, whole=whole).rows] == ["Oslo", "Kyoto", "Lima"]


def test_only_what_stays_below_the_whole_when_many_were_compared_stands_out() -> None:
    def row(value: str, estimate: float, high: float) -> tables.Row:
        figures = of_evidence(Evidence(), period=MARCH, part=Part(PartKind.SLICE, value))
        figures.intervals["machine_recall"] = interval(estimate, estimate - 0.05, high)
        return tables.Row(value, value, "", 0, 0, [], figures)

    rows = [row("a=bad", 0.60, 0.65), row("a=hardly", 0.78, 0.84), *(row(f"a={n}", 0.9, 0.95) for n in range(18))]
    marked = tables._marked(rows, interval(0.9, 0.85, 0.93))
    assert [one.name for one in marked if one.stands_out] == ["a=bad"]
    assert not any(one.stands_out for one in tables._marked(rows, None))


def test_charts_have_a_point_for_every_day_and_numbered_marks(place: World) -> None:
    manager = person(place.project, Role.MANAGER)
    journal.report_incident(place.project, title="Outage", note="", at=NOW + timedelta(hours=1), by=manager, now=NOW)
    known = {"estimate": 0.8, "low": 0.7, "high": 0.9, "finds": 9, "looks": 90, "enough": False, "effective_finds": 8.0}
    DailyMeasurement.objects.create(
        project=place.project, day=date(2026, 3, 2), counts={}, metrics={"machine_recall": known}, measured_at=NOW
    )
    shown = trends.drawn(place.project, MARCH)
    assert len(shown["days"]) == MARCH.days
    line = next(one for one in shown["lines"] if one["key"] == "machine_recall")
    assert line["points"][:3] == [(None, None, None), (None, 0.7, 0.9), (None, None, None)]
    assert (shown["marks"][-1]["title"], shown["marks"][-1]["day"]) == ("Outage", "2026-03-01")


def test_the_cost_is_drawn_over_time_in_its_currency(place: World) -> None:
    CostCurrency.objects.create(project=place.project, code="EUR")
    spent = {
        "estimate": 14.2,
        "low": 13.0,
        "high": 15.5,
        "finds": 0,
        "looks": 900,
        "enough": True,
        "effective_finds": None,
    }
    DailyMeasurement.objects.create(
        project=place.project,
        day=date(2026, 3, 2),
        counts={},
        metrics={"cost_per_thousand_posts": spent},
        measured_at=NOW,
    )
    shown = trends.drawn(place.project, MARCH)
    lines = {one["key"]: one for one in shown["lines"]}
    assert lines["cost_per_thousand_posts"]["points"][1] == (14.2, 13.0, 15.5)
    assert [key for key, one in lines.items() if one["currency"]] == ["cost_per_thousand_posts"]
    assert lines["cost_per_thousand_posts"]["currency"] == "EUR"


def test_an_overview_reads_few_rows_however_long_the_period_is(
    place: World, django_assert_max_num_queries: Any
) -> None:
    for n in range(5):
        DailyMeasurement.objects.create(
            project=place.project, day=date(2026, 3, 2) + timedelta(days=n), counts={}, metrics={}, measured_at=NOW
        )
    with django_assert_max_num_queries(40):
        overview(place.project, MARCH)
