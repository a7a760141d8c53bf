"""Settle what is true of an image from what people answered, or say how many more must be asked.

Pure. One vote a person: the last answer of a person counts, and an unsure answer is no vote. Only counts
matter, never the order, except where one answer is the truth. Two things are decided, one after the other:

- a violation at all: enough votes name at least one class (how many is the rule's affair, below);
- which classes: those that more than half of the votes name. When a violation is certain but no class has its
  half, people are asked up to five votes, and then it is escalated: nobody is told "fine" because the kind is
  disputed.

A class within an agreed violation needs no more than half, while the violation itself needs three of three,
because the avalanche of false finds comes from the many images that are fine: at one violation in a thousand
passed posts, a slip rate of 2 % and one look multiplies what was missed by 21, two of three by 1.8, three of
three by 0.95, three of three else four of five by 0.99 (exact calculation). Nothing like it happens among
images that do violate.

Three unsure answers escalate, so a question takes at most five votes and two unsure answers.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

UNSURE_LIMIT = 3
PANEL = 5
PANEL_FOR_A_VIOLATION = 4
UNANIMOUS = 3

Classes = frozenset[str]
FINE: Classes = frozenset()


class Rule(StrEnum):
    """How many must agree.

    ONE: the first sure answer is the truth. TWO_THEN_THIRD: "fine" settles at once unless the image is held
    out; a violation needs a second, blind person; where the two differ, further people until more than half
    agree. UNANIMOUS_THREE: "fine" settles at once; a violation asks two more; three of three make it a find;
    one dissenter calls the panel of five, where four must say violation; two dissenters settle it as fine, as
    four of five is out of reach. NEVER: the truth was known before, and each answer is asked for itself.
    """

    ONE = "ONE"
    TWO_THEN_THIRD = "TWO_THEN_THIRD"
    UNANIMOUS_THREE = "UNANIMOUS_THREE"
    NEVER = "NEVER"


@dataclass(frozen=True)
class Answer:
    """What one person said: a set of class keys, empty for fine; `unsure` makes it no vote."""

    person_id: int
    classes: frozenset[str]
    unsure: bool


@dataclass(frozen=True)
class Settled:
    classes: frozenset[str]


@dataclass(frozen=True)
class AskMore:
    """`n_more` answers are wanted beyond those given; seats already open for the question count towards
    them."""

    n_more: int


@dataclass(frozen=True)
class Escalate:
    """People cannot settle it: an adjudicator has to."""


Outcome = Settled | AskMore | Escalate


def decide(rule: Rule, answers: Sequence[Answer], *, is_hold_out: bool = False) -> Outcome:
    """What follows from the answers so far; never raises, whatever they are.

    On a hold-out image "fine" too needs a second vote, under both rules that ask more than one person; ONE
    takes the first sure answer all the same.
    """
    if rule == Rule.NEVER:
        return AskMore(0)
    given = {answer.person_id: answer for answer in answers}.values()
    votes = [answer.classes for answer in given if not answer.unsure]
    outcome = _by_votes(rule, votes, is_hold_out=is_hold_out)
    is_stuck = isinstance(outcome, AskMore) and len(given) - len(votes) >= UNSURE_LIMIT
    return Escalate() if is_stuck else outcome


def _by_votes(rule: Rule, votes: Sequence[Classes], *, is_hold_out: bool) -> Outcome:
    if rule == Rule.ONE:
        return Settled(votes[0]) if votes else AskMore(1)
    needed = 2 if is_hold_out else 1
    if not any(votes) and len(votes) < needed:
        return AskMore(needed - len(votes))
    if not any(votes):
        return Settled(FINE)
    return _two_then_third(votes) if rule == Rule.TWO_THEN_THIRD else _unanimous_three(votes)


def _two_then_third(votes: Sequence[Classes]) -> Outcome:
    """At least one vote says violation."""
    if len(votes) < 2:
        return AskMore(1)
    if len(votes) == 2:
        return Settled(votes[0]) if votes[0] == votes[1] else AskMore(1)
    if votes.count(FINE) * 2 > len(votes):
        return Settled(FINE)
    return _named(votes)


def _unanimous_three(votes: Sequence[Classes]) -> Outcome:
    """At least one vote says violation."""
    dissenters = votes.count(FINE)
    if dissenters > PANEL - PANEL_FOR_A_VIOLATION:
        return Settled(FINE)
    if len(votes) < UNANIMOUS:
        return AskMore(UNANIMOUS - len(votes))
    if dissenters and len(votes) < PANEL:
        return AskMore(PANEL - len(votes))
    return _named(votes)


def _named(votes: Sequence[Classes]) -> Outcome:
    """The classes that more than half of the votes name; one vote more, up to five, when none is."""
    counts = Counter(one for classes in votes for one in classes)
    classes = frozenset(one for one, count in counts.items() if count * 2 > len(votes))
    if classes:
        return Settled(classes)
    return AskMore(1) if len(votes) < PANEL else Escalate()
