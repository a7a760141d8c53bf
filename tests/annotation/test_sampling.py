"""The images that would teach the most, within the day's budget."""

from datetime import timedelta

import pytest

from annotation import questions, sampling
from annotation.models import Prediction, Purpose, Question
from tests.annotation.builders import (
    NOW,
    ask_about,
    failures,
    image_of,
    model_version_of,
    project_of,
    schema_of,
    together,
    truth_of,
)

pytestmark = pytest.mark.django_db
MIDNIGHT = NOW.replace(hour=0)
LAST_HOUR = NOW.replace(hour=23, minute=59)
BANDS = {"gruesome": [0.3]}


@pytest.fixture
def project():
    return project_of(labels_per_day=240)


@pytest.fixture
def version(project):
    return model_version_of(project)


def predict(version, seed, score, **image):
    scored = image_of(version.detector.project, seed, **image)
    return Prediction.objects.create(
        image=scored, model_version=version, scores={"gruesome": score, "no_animal": 0.01}, created_at=NOW
    )


def open_for_hour(version, now=NOW, bands=BANDS):
    return sampling.open_for_hour(version, bands=bands, schema=schema_of(version.detector.project), now=now)


def many(version, n):
    for seed in range(n):
        predict(version, seed, (seed + 0.5) / n)


def test_the_days_budget_is_spread_over_its_hours(version):
    many(version, 300)
    assert len(open_for_hour(version, now=MIDNIGHT)) == 10
    assert len(open_for_hour(version, now=MIDNIGHT)) == 0
    assert len(open_for_hour(version, now=MIDNIGHT + timedelta(hours=1))) == 10
    assert len(open_for_hour(version, now=LAST_HOUR)) == 220
    assert len(open_for_hour(version, now=LAST_HOUR)) == 0
    assert len(open_for_hour(version, now=MIDNIGHT + timedelta(days=1))) == 10


def test_no_image_is_asked_about_twice(version):
    many(version, 15)
    opened = [one.image_id for day in range(3) for one in open_for_hour(version, now=NOW + timedelta(days=day))]
    assert len(opened) == len(set(opened)) == 15


def test_without_a_budget_nothing_is_asked(version):
    many(version, 5)
    version.detector.project.labels_per_day = 0
    version.detector.project.save(update_fields=["labels_per_day"])
    assert open_for_hour(version) == []


def test_nine_in_ten_are_nearest_to_where_the_policy_changes_its_mind(version):
    many(version, 300)
    scores = dict(Prediction.objects.values_list("image_id", "scores"))
    opened = open_for_hour(version, now=MIDNIGHT)
    near = [one for one in opened if abs(scores[one.image_id]["gruesome"] - 0.3) < 0.03]
    assert len(near) >= 9


def test_one_in_ten_is_any_image_and_another_one_every_hour(version):
    many(version, 300)
    lucky = {open_for_hour(version, now=MIDNIGHT + timedelta(days=day))[0].image_id for day in range(5)}
    assert len(lucky) > 1
    scores = dict(Prediction.objects.values_list("image_id", "scores"))
    assert any(abs(scores[one]["gruesome"] - 0.3) > 0.1 for one in lucky)


def test_what_is_known_asked_or_useless_is_left_out(version):
    truth_of(predict(version, 1, 0.3).image)
    questions.open_questions([ask_about(predict(version, 2, 0.3).image)], now=NOW)
    predict(version, 3, 0.3, straddles_split=True)
    wanted = predict(version, 4, 0.99)
    assert [one.image_id for one in open_for_hour(version)] == [wanted.image_id]


def test_the_question_goes_to_the_label_desk_and_measures_nothing(version):
    predict(version, 1, 0.3)
    question = open_for_hour(version)[0]
    assert (question.purpose, question.desk, question.rule) == (Purpose.LABEL, "label", "TWO_THEN_THIRD")
    assert (question.inclusion_probability, question.stratum) == (None, "")


def test_another_projects_images_and_another_versions_scores_are_left_alone(project, version):
    predict(model_version_of(project_of("other")), 1, 0.3)
    predict(model_version_of(project, number=2), 2, 0.3)
    assert open_for_hour(version) == []


def test_without_thresholds_something_is_asked_all_the_same(version):
    many(version, 30)
    assert len(open_for_hour(version, now=MIDNIGHT, bands={})) == 10


@pytest.mark.django_db(transaction=True)
def test_two_at_once_keep_to_one_budget(version):
    many(version, 60)
    opened = together(lambda _: open_for_hour(version, now=MIDNIGHT), 4)
    assert failures(opened) == []
    assert Question.objects.filter(purpose=Purpose.LABEL).count() == 10
