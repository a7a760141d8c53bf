"""What the database reads off a report is what the report says."""

from typing import Any

import numpy as np
import pytest

from models_registry.ml.evaluation import evaluate
from models_registry.models import Evaluation
from models_registry.operating_points import recall_at_share
from tests.models_registry.builders import place as new_place
from tests.models_registry.builders import version as new_version

pytestmark = pytest.mark.django_db


def kept(report: dict[str, Any]) -> Evaluation:
    return Evaluation.objects.get(model_version=new_version(new_place(), report=report))


@pytest.mark.parametrize("seed", range(4))
def test_the_database_reads_the_numbers_that_python_does(seed: int) -> None:
    chance = np.random.default_rng(seed)
    scores = chance.beta(0.3, 2, (300, 1))
    report = evaluate(scores, chance.random((300, 1)) < scores, chance.uniform(1, 9, 300), class_keys=["bright"])
    found = kept(report)
    assert found.average_precision == pytest.approx(report["any"]["average_precision"])
    assert found.recall_at_tenth == pytest.approx(recall_at_share(report["any"]["curve"], 0.1))


def test_a_score_that_flags_all_or_nothing_is_compared_by_tossing_a_coin() -> None:
    report = evaluate(np.full((40, 1), 0.5), np.arange(40)[:, None] < 8, np.ones(40), class_keys=["bright"])
    assert kept(report).recall_at_tenth == pytest.approx(0.1)


def test_a_report_without_violations_or_of_nothing_has_no_numbers() -> None:
    report = evaluate(np.full((9, 1), 0.5), np.zeros((9, 1)), np.ones(9), class_keys=["bright"])
    for found in (kept(report), kept({})):
        assert (found.average_precision, found.recall_at_tenth) == (None, None)
