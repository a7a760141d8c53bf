"""What was true of a period, from facts of which one can see it at a glance."""

import pytest

from moderation.simulation import truth
from moderation.simulation.truth import Fact


def fact(*, violates=False, machine="pass", views=10, hours=None, removals=0, put_back=0):
    is_down = removals > put_back
    return Fact(violates, machine, machine, views, hours, is_down, removals, put_back)


# Four violations: removed at once, reviewed after three hours, found after thirty, never found.
KNOWN = [
    fact(violates=True, machine="remove", views=1, hours=0, removals=1),
    fact(violates=True, machine="review", views=9, hours=3, removals=1),
    fact(violates=True, views=40, hours=30, removals=1),
    fact(violates=True, views=50),
    fact(machine="remove", views=0, hours=0, removals=1, put_back=1),
    fact(machine="review"),
    *[fact() for _ in range(14)],
]


def test_each_metric_has_the_truth_that_its_words_say():
    assert truth.metrics(KNOWN, hours_allowed=24) == pytest.approx(
        {
            "takedown_precision": 1 / 2,
            "flag_precision": 2 / 4,
            "machine_recall": 2 / 4,
            "system_recall": 2 / 4,
            "f1": 4 / 8,
            "accuracy": 16 / 20,
            "prevalence": 4 / 20,
            "missed_per_thousand": 100,
            "violating_view_rate": 100 / 250,
            "views_before_takedown": 10,
            "views_of_missed": 90,
            "hours_to_action": 3,
            "overturned_share": 1 / 4,
        }
    )


def test_where_there_is_nothing_a_share_is_unknown():
    found = truth.metrics([], hours_allowed=24)
    assert found["machine_recall"] is found["takedown_precision"] is found["hours_to_action"] is None
