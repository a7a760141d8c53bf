"""Who must agree before something is true."""

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.consensus import Answer, AskMore, Escalate, Rule, Settled, decide

FINE, A, B, C, UNSURE = frozenset(), frozenset({"a"}), frozenset({"b"}), frozenset({"c"}), None
ONE, TWO, THREE = Rule.ONE, Rule.TWO_THEN_THIRD, Rule.UNANIMOUS_THREE
steady = settings(deadline=None, derandomize=True)
said = st.one_of(st.none(), st.frozensets(st.sampled_from("abc")))
rules = st.sampled_from([rule for rule in Rule if rule != Rule.NEVER])


def answers(*said):
    return [Answer(n, classes or FINE, unsure=classes is None) for n, classes in enumerate(said)]


@pytest.mark.parametrize(
    ("rule", "said", "expected"),
    [
        (ONE, [], AskMore(1)),
        (ONE, [FINE], Settled(FINE)),
        (ONE, [UNSURE, A, B], Settled(A)),
        (TWO, [], AskMore(1)),
        (TWO, [FINE], Settled(FINE)),
        (TWO, [A], AskMore(1)),
        (TWO, [A, A], Settled(A)),
        (TWO, [A, FINE], AskMore(1)),
        (TWO, [A, A | B], AskMore(1)),
        (TWO, [A, FINE, FINE], Settled(FINE)),
        (TWO, [A, FINE, A], Settled(A)),
        (TWO, [A, A | B, FINE], Settled(A)),
        (TWO, [A, B, C], AskMore(1)),
        (TWO, [A, B, C, A], AskMore(1)),
        (TWO, [A, B, C, A, A], Settled(A)),
        (TWO, [A, B, C, A, B], Escalate()),
        (THREE, [], AskMore(1)),
        (THREE, [FINE], Settled(FINE)),
        (THREE, [A], AskMore(2)),
        (THREE, [A, A], AskMore(1)),
        (THREE, [A, A, A], Settled(A)),
        (THREE, [A, FINE], AskMore(1)),
        (THREE, [A, FINE, FINE], Settled(FINE)),
        (THREE, [A, A, FINE], AskMore(2)),
        (THREE, [A, A, FINE, A], AskMore(1)),
        (THREE, [A, A, FINE, A, A], Settled(A)),
        (THREE, [A, A, FINE, FINE], Settled(FINE)),
        (THREE, [A, A, FINE, A, FINE], Settled(FINE)),
        (THREE, [A, A, B], Settled(A)),
        (THREE, [A | B, A, B], Settled(A | B)),
        (THREE, [A, B, C], AskMore(1)),
        (THREE, [A, B, C, B, B], Settled(B)),
        (THREE, [A, B, C, B, A], Escalate()),
    ],
)
def test_what_follows_from_the_answers(rule, said, expected):
    assert decide(rule, answers(*said)) == expected


@pytest.mark.parametrize(
    ("rule", "said", "expected"),
    [
        (TWO, [], AskMore(2)),
        (TWO, [FINE], AskMore(1)),
        (TWO, [FINE, FINE], Settled(FINE)),
        (TWO, [FINE, A], AskMore(1)),
        (TWO, [FINE, A, A], Settled(A)),
        (THREE, [FINE], AskMore(1)),
        (THREE, [FINE, FINE], Settled(FINE)),
        (ONE, [FINE], Settled(FINE)),
    ],
)
def test_on_a_hold_out_image_fine_needs_a_second_person_too(rule, said, expected):
    assert decide(rule, answers(*said), is_hold_out=True) == expected


def test_an_unsure_answer_is_no_vote_and_the_third_escalates():
    assert decide(TWO, answers(UNSURE)) == AskMore(1)
    assert decide(TWO, answers(A, UNSURE, UNSURE)) == AskMore(1)
    assert decide(TWO, answers(A, UNSURE, UNSURE, UNSURE)) == Escalate()
    assert decide(TWO, answers(A, UNSURE, UNSURE, A)) == Settled(A)
    assert decide(ONE, answers(UNSURE, UNSURE, UNSURE)) == Escalate()


def test_one_person_has_one_vote_the_last_one():
    twice = [Answer(1, A, unsure=False), Answer(1, A, unsure=False), Answer(1, A, unsure=False)]
    assert decide(THREE, twice) == AskMore(2)
    assert decide(TWO, [Answer(1, A, unsure=False), Answer(1, FINE, unsure=False)]) == Settled(FINE)


def test_a_rule_read_from_a_database_row_is_the_same_rule():
    assert decide("ONE", answers(A)) == Settled(A)
    assert decide("TWO_THEN_THIRD", answers(A, A)) == Settled(A)


@steady
@given(rules, st.lists(st.builds(Answer, st.integers(), st.frozensets(st.text()), st.booleans())), st.booleans())
def test_no_sequence_of_answers_raises(rule, given_answers, is_hold_out):
    assert isinstance(decide(rule, given_answers, is_hold_out=is_hold_out), Settled | AskMore | Escalate)


@steady
@given(st.sampled_from([TWO, THREE]), st.lists(said, max_size=5), st.booleans())
def test_the_order_of_the_answers_does_not_matter(rule, said, is_hold_out):
    found = {decide(rule, answers(*one), is_hold_out=is_hold_out) for one in permutations(said)}
    assert len(found) == 1


@steady
@given(rules, st.lists(said, min_size=7, max_size=7), st.booleans())
def test_every_question_ends_within_seven_answers(rule, said, is_hold_out):
    n = 0
    while isinstance(outcome := decide(rule, answers(*said[:n]), is_hold_out=is_hold_out), AskMore):
        assert outcome.n_more >= 1
        n += 1
    assert n <= 7


@steady
@given(rules, st.lists(said, max_size=7))
def test_nothing_is_settled_that_nobody_said(rule, said):
    outcome = decide(rule, answers(*said))
    if isinstance(outcome, Settled):
        sure = [classes for classes in said if classes is not None]
        assert outcome.classes <= frozenset().union(*sure)
        assert outcome.classes or FINE in sure


@steady
@given(st.lists(said, max_size=7))
def test_a_find_has_three_agreeing_people_or_four_of_five(said):
    outcome = decide(THREE, answers(*said))
    votes = [classes for classes in said if classes is not None]
    if isinstance(outcome, Settled) and outcome.classes:
        violations = sum(1 for classes in votes if classes)
        assert violations >= 3
        assert violations == len(votes) or violations >= 4


@given(st.lists(said, max_size=7))
def test_what_was_known_before_is_never_settled_and_nobody_more_is_asked(said):
    assert decide(Rule.NEVER, answers(*said)) == AskMore(0)
