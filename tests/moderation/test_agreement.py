"""Agreement between people against published examples, and each person's accuracy."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.statistics.agreement import (
    accuracy_of_person,
    by_class,
    cohens_kappa,
    krippendorffs_alpha,
    raw_agreement,
)

steady = settings(deadline=None, derandomize=True, max_examples=50)
answers_of_images = st.lists(st.lists(st.sampled_from("abc"), max_size=4), max_size=20)

# Krippendorff 2011, Computing Krippendorff's Alpha-Reliability, example C: four people, twelve units, answers missing.
PEOPLE = ("12332141 2   ", "12332241 25 3", " 3332342 251 ", "12332441 251 ")
PUBLISHED = [[answer for answer in unit if answer != " "] for unit in zip(*PEOPLE, strict=True)]
YES_AND_NO = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15


def test_alpha_equals_the_published_example_with_missing_answers():
    alpha = krippendorffs_alpha(PUBLISHED)
    assert alpha.estimate == pytest.approx(0.743, abs=0.0005)
    assert alpha.n == 11
    assert alpha.low < alpha.estimate < alpha.high
    assert not alpha.enough


def test_kappa_takes_off_what_chance_would_give():
    kappa = cohens_kappa(YES_AND_NO)
    assert kappa.estimate == pytest.approx(0.4)
    assert (kappa.low, kappa.high) == pytest.approx((0.4 - 1.96 * 0.127, 0.4 + 1.96 * 0.127), abs=0.05)
    assert kappa.n == 50


def test_raw_agreement_counts_images_with_at_least_two_answers_on_which_all_are_the_same():
    raw = raw_agreement([["a", "a"], ["a", "b"], ["b", "b", "b"], ["a"], []])
    assert raw.estimate == pytest.approx(2 / 3)
    assert raw.n == 3


@pytest.mark.parametrize("measure", [raw_agreement, cohens_kappa, krippendorffs_alpha])
def test_without_answers_nothing_is_said(measure):
    found = measure([])
    assert (found.estimate, found.low, found.high, found.n, found.enough) == (None, None, None, 0, False)


@pytest.mark.parametrize("measure", [cohens_kappa, krippendorffs_alpha])
def test_where_everybody_always_says_the_same_there_is_no_chance_to_compare_with(measure):
    assert measure([("a", "a")] * 50).estimate is None


@pytest.mark.parametrize("measure", [cohens_kappa, krippendorffs_alpha])
def test_people_who_always_agree_have_a_coefficient_of_one(measure):
    found = measure([("a", "a"), ("b", "b")] * 30)
    assert (found.estimate, found.low, found.high, found.enough) == (1, 1, 1, True)


def test_the_same_answers_give_the_same_bounds_twice():
    assert krippendorffs_alpha(PUBLISHED) == krippendorffs_alpha(PUBLISHED)


def test_each_class_is_a_yes_or_a_no_of_its_own():
    images = [[{"blood"}, {"blood", "nude"}]] * 20 + [[set(), set()]] * 20 + [[{"nude"}, set()]] * 10
    found = by_class(images, classes=["blood", "nude", "logo"])
    assert found["blood"].raw.estimate == 1
    assert found["blood"].alpha.estimate == 1
    assert found["nude"].raw.estimate == pytest.approx(0.4)
    assert found["nude"].alpha.estimate < 0
    assert found["logo"].raw.estimate == 1
    assert found["logo"].alpha.estimate is None


def test_a_persons_accuracy_has_wilsons_interval_and_few_items_are_not_enough():
    person = accuracy_of_person(right=95, items=100)
    assert (person.low, person.high) == pytest.approx((0.8882, 0.9785), abs=1e-4)
    assert person.enough
    assert not accuracy_of_person(right=6, items=6).enough
    assert accuracy_of_person(right=0, items=0).estimate is None


@steady
@given(answers_of_images)
def test_alpha_never_exceeds_one_and_lies_within_its_bounds(images):
    alpha = krippendorffs_alpha(images)
    if alpha.estimate is not None:
        assert alpha.low <= alpha.estimate <= alpha.high <= 1 + 1e-9


@steady
@given(answers_of_images, st.randoms())
def test_who_said_what_does_not_matter_to_alpha(images, random):
    shuffled = [random.sample(answers, len(answers)) for answers in images]
    one, other = krippendorffs_alpha(images).estimate, krippendorffs_alpha(shuffled).estimate
    assert one == other if one is None else one == pytest.approx(other)
