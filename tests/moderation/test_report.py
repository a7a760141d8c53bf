"""The report of a period: one object, as CSV and as JSON."""

import csv
import io
import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client as Browser

from config.accounts.models import Role
from moderation import journal
from moderation.measurement.periods import Period
from moderation.models import DailyMeasurement, DayLooks, Investigation, Note, StepKind
from moderation.overview.trends import Line, days_of
from moderation.report import Report, drawing, files, report, showing
from tests.moderation.builders import NOW, World, person, world

MARCH = Period.of_days(date(2026, 3, 1), date(2026, 3, 28))
ADDRESS = "/measure/report/?from=2026-03-01&to=2026-03-28"


@pytest.fixture
def place(db: None) -> World:
    return world()


def looks(place: World, part: str, value: str = "") -> None:
    sums = {"stratum": "s0", "score_sum": 9.0, "lost": 0}
    flagged = {"side": "flagged", "probability": 1.0, "posts": 50, "drawn": 50, "answered": 50, "found": 40}
    passed = {"side": "passed", "probability": 0.5, "posts": 800, "drawn": 400, "answered": 400, "found": 12}
    for one in (flagged, passed):
        DayLooks.objects.create(project=place.project, day=date(2026, 3, 2), part=part, value=value, **sums, **one)


def written(place: World) -> Report:
    """A report with figures of the whole and of two parts, with notes and an investigation."""
    manager = person(place.project, Role.MANAGER)
    counts = {"posts": 850, "hours_to_action": [1, 2]}
    DailyMeasurement.objects.create(
        project=place.project, day=date(2026, 3, 2), counts=counts, metrics={}, measured_at=NOW
    )
    for part, value in (("all", ""), ("class", "bright"), ("slice", "place==HYPERLINK(1)")):
        looks(place, part, value)
    journal.report_incident(place.project, title="=1+1", note="@SUM(A1)", at=NOW, by=manager, now=NOW)
    journal.add_note(place.project, MARCH, text="+cmd|' /C calc'!A0", by=manager, now=NOW)
    opened = journal.investigate(place.project, MARCH, hypothesis="Dark photos.", by=manager, now=NOW)
    journal.add_step(place.project, opened.pk, kind=StepKind.ACTION, text="Labeled 500.", by=manager, now=NOW)
    return report(place.project, MARCH, now=NOW + timedelta(days=30))


def table(found: Report) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files.to_csv(found).removeprefix("\ufeff"))))


def test_both_files_have_every_figure_with_its_interval(place: World) -> None:
    found = written(place)
    shown = files.to_json(found)
    recall = next(one for one in shown["metrics"] if one["key"] == "machine_recall")
    assert recall["low"] < recall["estimate"] < recall["high"]
    rows = table(found)
    (row,) = [one for one in rows if one["section"] == "metric" and one["key"] == "machine_recall"]
    assert [float(row[key]) for key in ("estimate", "low", "high")] == [
        recall[key] for key in ("estimate", "low", "high")
    ]
    assert (row["finds"], row["looks"], row["enough"]) == ("12", "400", "true")
    assert {one["section"] for one in rows} >= {"period", "metric", "class", "slice", "count", "cost", "mark", "note"}
    assert [one["name"] for one in shown["parts"]["class"]] == ["Too bright"]


def test_what_is_not_enough_has_bounds_and_no_estimate(place: World) -> None:
    found = report(place.project, MARCH, now=NOW)
    recall = next(one for one in files.to_json(found)["metrics"] if one["key"] == "machine_recall")
    assert (recall["estimate"], recall["enough"]) == (None, False)


def test_no_cell_is_a_formula_and_numbers_stay_numbers(place: World) -> None:
    found = written(place)
    for row in table(found):
        for value in row.values():
            if value.startswith(("=", "+", "-", "@", "\t", "\r")):
                float(value)
    assert any(row["title"] == "'=1+1" and row["text"] == "'@SUM(A1)" for row in table(found))
    assert files.safe(-0.5) == -0.5
    assert files.safe("\t=1") == "'\t=1"


def test_the_json_is_json(place: World) -> None:
    text = json.dumps(files.to_json(written(place)), allow_nan=False)
    assert json.loads(text)["investigations"][0]["steps"][0]["text"] == "Labeled 500."


def test_a_line_is_drawn_in_its_box_with_gaps_where_nothing_is_known() -> None:
    points = [(0.8, 0.7, 0.9), (0.82, 0.7, 0.95), (None, None, None), (None, 0.6, 0.9), (0.8, 0.7, 0.9)]
    drawn = drawing.draw(Line("machine_recall", "Machine recall", "share", points), marks=[(1, 1), (1, 2), (4, 3)])
    assert drawn is not None
    assert (len(drawn.bands), len(drawn.lines)) == (2, 2)
    assert [numbers for _, numbers in drawn.marks] == ["1 2", "3"]
    for pair in " ".join([*drawn.bands, *drawn.lines]).split():
        x, y = (float(one) for one in pair.split(","))
        assert 0 <= x <= drawing.WIDTH
        assert 0 <= y <= drawing.HEIGHT
    assert drawing.draw(Line("machine_recall", "", "share", [(None, None, None)])) is None


@pytest.fixture
def manager(place: World) -> Browser:
    browser = Browser()
    browser.force_login(person(place.project, Role.MANAGER))
    return browser


def test_the_page_shows_what_people_wrote_as_text(place: World, manager: Browser) -> None:
    journal.add_note(place.project, MARCH, text="<script>x</script>", by=person(place.project), now=NOW)
    page = manager.get(ADDRESS)
    assert page.status_code == 200
    assert "&lt;script&gt;x&lt;/script&gt;" in page.content.decode()


def test_files_are_downloaded_under_the_name_of_project_and_period(place: World, manager: Browser) -> None:
    for kind, sort in (("csv", "text/csv"), ("json", "application/json")):
        told = manager.get(f"{ADDRESS}&format={kind}")
        assert told["Content-Type"].startswith(sort)
        name = f"report-{place.project.slug}-2026-03-01-2026-03-28.{kind}"
        assert name in told["Content-Disposition"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("from=x", "not_a_date"),
        ("from=2026-03-02&to=2026-03-01", "reversed"),
        ("from=1969-01-01&to=1969-02-01", "too_early"),
        ("to=9999-12-31", "too_far_ahead"),
        ("from=2001-01-01&to=2026-01-01", "too_long"),
    ],
)
def test_bad_dates_are_a_problem_for_a_file_and_a_sentence_on_the_page(manager: Browser, query: str, code: str) -> None:
    told = manager.get(f"/measure/report/?format=json&{query}")
    assert (told.status_code, told.json()["code"]) == (400, code)
    page = manager.get(f"/measure/report/?{query}")
    assert page.status_code == 200
    assert f'data-code="{code}"' in page.content.decode()


def test_a_manager_writes_a_note_and_an_investigation(place: World, manager: Browser) -> None:
    days = {"first": "2026-03-01", "last": "2026-03-28", "next": ADDRESS}
    told = manager.post("/measure/report/notes/", {**days, "text": "Holidays."})
    assert (told.status_code, told["Location"]) == (302, ADDRESS)
    manager.post("/measure/report/investigations/", {**days, "text": "Dark photos."})
    opened = Investigation.objects.get()
    manager.post(f"/measure/report/investigations/{opened.pk}/steps/", {"kind": "effect", "text": "Better."})
    assert [one.text for one in journal.notes(place.project, MARCH)] == ["Holidays."]
    assert [(one.kind, one.text) for one in opened.steps.all()] == [("effect", "Better.")]


@pytest.mark.parametrize(
    "more",
    [{"text": ""}, {"text": "x" * 4001}, {"text": "x", "first": "2026-04-01"}, {"text": "x", "last": "9999-12-31"}],
)
def test_what_is_empty_too_long_or_of_no_days_is_refused(manager: Browser, more: dict[str, Any]) -> None:
    said = {"first": "2026-03-01", "last": "2026-03-28", **more}
    told = manager.post("/measure/report/notes/", said, follow=True)
    assert "Nothing was kept" in told.content.decode()
    assert not Note.objects.exists()


def test_an_investigation_of_another_project_is_not_there(manager: Browser) -> None:
    other = world()
    opened = journal.investigate(other.project, MARCH, hypothesis="x", by=person(other.project), now=NOW)
    told = manager.post(f"/measure/report/investigations/{opened.pk}/steps/", {"kind": "action", "text": "x"})
    assert told.status_code == 404


def test_the_lines_of_a_long_report_have_a_point_a_week_and_the_last_day_is_one_of_them(place: World) -> None:
    years = Period.of_days(NOW.date() - timedelta(days=729), NOW.date())
    assert (showing.spacing(years), showing.spacing(MARCH)) == (7, 1)
    found = report(place.project, years, now=NOW, every=7)
    assert days_of(years, every=7)[-1] == NOW.date()
    assert {len(line.points) for line in found.lines} == {105}
    assert {day for day, _ in showing._marks(found)} == {104}
