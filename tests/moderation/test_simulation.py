"""A season from end to end, small enough for every run of the tests, and what it says of itself."""

import json

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from annotation.models import Purpose, Question, QuestionStatus
from config.accounts.models import Project
from models_registry.models import Deployment
from moderation.models import Complaint, DayViews, Post, ViewDraw
from moderation.simulation import Plant
from tests.moderation.builders import DARK, WHITE, photo

# A run's heartbeat has a connection of its own, which sees only what is committed.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """A folder with as many white photos as dark ones; the white ones violate."""
    folder = tmp_path_factory.mktemp("images")
    for name, level in (("white", WHITE), ("dark", DARK)):
        (folder / name).mkdir()
        for number in range(170):
            (folder / name / f"{number}.jpg").write_bytes(photo(level, seed=level * 1000 + number))
    return folder


def season(images, tmp_path, **options):
    """Play a season of one day; returns what its report says."""
    path = tmp_path / "season.json"
    wanted = {
        "history": 160,
        "history_violations": 0.5,
        "days": 1,
        "posts_per_day": 60,
        "prevalence": 0.2,
        "audits_per_day": 30,
        "complaints": 0.05,
        "retrain_every": 0,
        "seed": 1,
    }
    call_command("simulate", images=images, violations="white", json=path, verbosity=0, **(wanted | options))
    return json.loads(path.read_text())


def test_a_season_is_played_to_its_end_and_holds_each_truth_beside_its_interval(images, tmp_path, capsys):
    report = season(images, tmp_path)
    printed = capsys.readouterr().out
    assert [one["day"] for one in report["days"]] == [1]
    whole = report["totals"]
    assert whole["posts"] == 60
    assert whole["views"] == sum(DayViews.objects.values_list("views", flat=True)) > 0
    assert whole["complaints"] == Complaint.objects.count() > 0
    assert whole["metrics"]["prevalence"]["true"] == whole["violations"] / 60
    assert all("is_inside" in one for one in whole["metrics"].values())
    assert len(report["criteria"]) > 5
    assert report["guard"] is None
    assert "Machine recall" in printed
    assert "decided as recommended: " in printed
    assert report["mode"] == "automatic"
    assert max(map(len, printed.splitlines())) <= 160
    _is_closed()


def _is_closed():
    """Whoever was seen is drawn by views, and nothing that measures waits for an answer."""
    seen = Post.objects.filter(seen__views__gt=0)
    assert ViewDraw.objects.count() > 0.8 * seen.count()
    assert not Question.objects.filter(status=QuestionStatus.OPEN).exclude(purpose=Purpose.LABEL).exists()


def test_a_canary_in_the_middle_is_measured_in_both_arms_and_ends(images, tmp_path, capsys):
    report = season(images, tmp_path, days=2, posts_per_day=40, prevalence=0.25, canary=0.5)
    tried = report["canary"]
    assert tried["challenger"] > tried["champion"]
    assert tried["status"] in ("promoted", "discarded", "stopped")
    assert tried["events"][0]["kind"] == "started"
    assert Post.objects.filter(arm__name="challenger").exists()
    assert Post.objects.filter(arm__name="champion").exists()
    recall = next(one for one in tried["metrics"] if one["metric"] == "machine_recall")
    assert all({"true", "low", "high", "is_inside"} <= set(recall[side]) for side in ("champion", "difference"))
    assert {one["key"] for one in tried["ratios"]} == {"flagged", "removed", "overturned", "missed", "complaints"}
    printed = capsys.readouterr().out
    assert "canary: model" in printed
    assert max(map(len, printed.splitlines())) <= 160


def test_a_planted_model_decides_by_a_waiver_and_is_stopped(images, tmp_path):
    report = season(images, tmp_path, plant=Plant.INVERTED)
    assert report["models"][0]["gate"] == "NOT_ENOUGH_DATA"
    assert Deployment.objects.get().reason.startswith("planted")
    assert report["totals"]["metrics"]["machine_recall"]["true"] < 0.5
    assert report["recommendation"] == "no_go"
    assert report["mode"] == "manual"


def test_a_constant_model_is_refused_by_the_gate_and_decides_by_force(images, tmp_path):
    report = season(images, tmp_path, plant=Plant.CONSTANT, posts_per_day=20)
    assert report["models"][0]["gate"] == "FAIL"
    assert Deployment.objects.get().reason.startswith("planted by force")


def test_a_season_that_needs_more_images_than_there_are_writes_nothing(images, tmp_path):
    with pytest.raises(CommandError, match="more"):
        season(images, tmp_path, posts_per_day=4000)
    with pytest.raises(CommandError, match="at least 6"):
        season(images, tmp_path, reviewers=5)
    assert not Project.objects.filter(slug__startswith="season").exists()
