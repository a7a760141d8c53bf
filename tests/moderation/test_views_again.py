"""Errors of single answers carried into the views of violations, in small worlds of which everything is known."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from moderation import second_looks, view_draws
from moderation.measurement import daily, figures, views_again
from moderation.measurement.estimating import estimate
from moderation.measurement.evidence import Evidence, ViewRow, ViewsAgain, from_dict
from moderation.measurement.periods import Period
from moderation.models import DayViewsAgain, Post
from tests.moderation.builders import NOW, World, person
from tests.moderation.test_second_looks import ALL, FINAL, again, flagged, founded, look
from tests.moderation.test_view_draws import CUT_OFF, see

SHOWN = Period(NOW.replace(hour=0), NOW.replace(hour=0) + timedelta(days=1))
BAD, FINE = ("bright",), ()
# 1,000 flagged posts with ten views each: 500 said to violate, a tenth of either looked at again.
ROW = ViewRow(False, "known", 3, 1000, 1000.0, 500.0, 10_000, 100_000.0, 1000, 1000, 0, 5_000)


def group(*, said: bool, violating: int, looks: int = 50) -> ViewsAgain:
    return ViewsAgain(said, 500, 5_000, 5_000 * said, looks, looks * 10, looks * 100.0, violating * 100.0, looks * 1e4)


@pytest.fixture
def place(db: None, white_is_bright: Path) -> World:
    return founded(white_is_bright, **ALL)


def seen(place: World, *made: tuple[Post, int]) -> None:
    """Report views, of the first post one more on the next day, and draw by them."""
    see(place, *made)
    view_draws.draw(place.project, now=CUT_OFF)


def test_wrong_answers_are_weighed_by_the_views_of_their_posts(place: World) -> None:
    wrong, right, overlooked = flagged(place, *BAD), flagged(place, *BAD), flagged(place)
    second_looks.draw(place.project, now=FINAL)
    look(again(wrong), FINE, FINE)
    look(again(right), BAD)
    look(again(overlooked), BAD, BAD)
    seen(place, (wrong, 300), (right, 100), (overlooked, 50))
    said_bad, said_fine = views_again.gather(place.project, SHOWN)
    assert (said_bad.posts, said_bad.looks, said_bad.views, said_bad.seen_views) == (2, 2, 401, 401)
    assert (said_bad.weight, said_bad.weight_of_violations) == pytest.approx((401, 100))
    assert (said_fine.views, said_fine.weight_of_violations) == pytest.approx((50, 50))


def test_a_look_that_is_not_settled_yet_says_nothing(place: World) -> None:
    waiting = flagged(place, *BAD)
    second_looks.draw(place.project, now=FINAL)
    seen(place, (waiting, 30))
    (found,) = views_again.gather(place.project, SHOWN)
    assert (found.posts, found.looks, found.weight, found.counted_views) == (1, 0, 0, 31)


def test_days_keep_it_and_a_period_measures_by_it(place: World) -> None:
    made = [flagged(place, *BAD) for _ in range(3)]
    second_looks.draw(place.project, now=FINAL)
    for number, one in enumerate(made):
        look(again(one), *([FINE, FINE] if not number else [BAD]))
    seen(place, *[(one, 100) for one in made])
    for _ in range(2):
        daily.count_day(place.project, NOW.date(), now=CUT_OFF)
    assert DayViewsAgain.objects.for_member(person(place.project)).count() == 1
    measured = figures.figures(place.project, SHOWN)
    assert from_dict(json.loads(json.dumps(measured.evidence.to_dict()))) == measured.evidence
    found = measured.intervals["views_before_takedown"]
    assert (found.estimate, found.low, found.high) == pytest.approx((200, 200, 200))


def test_an_interval_says_how_sure_single_answers_are() -> None:
    evidence = Evidence(views=(ROW,), views_again=(group(said=True, violating=48), group(said=False, violating=1)))
    found = estimate(evidence).intervals["views_before_takedown"]
    assert found.estimate == pytest.approx(5_000 * 48 / 50 + 5_000 / 50)
    assert found.low < found.estimate < found.high
    rate = estimate(evidence).intervals["violating_view_rate"]
    assert (rate.low, rate.high) == pytest.approx((found.low / 10_000, found.high / 10_000))


def test_few_second_looks_say_little_and_none_say_nothing() -> None:
    few = group(said=True, violating=3, looks=3), group(said=False, violating=0, looks=0)
    found = estimate(Evidence(views=(ROW,), views_again=few)).intervals["views_before_takedown"]
    assert found.estimate == 5_000
    assert found.low is not None
    assert found.low < 2_500
    assert found.high == 10_000
    none = group(said=True, violating=0, looks=0), group(said=False, violating=0, looks=0)
    found = estimate(Evidence(views=(ROW,), views_again=none)).intervals["views_before_takedown"]
    assert (found.estimate, found.low, found.high) == (5_000, 5_000, 5_000)


def test_evidence_from_before_is_read_as_it_was() -> None:
    stored = Evidence(views=(ROW,)).to_dict()
    del stored["views_again"]
    assert from_dict(stored) == Evidence(views=(ROW,))
