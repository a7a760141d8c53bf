"""Tests of the table that says which event may follow which status of a post."""

import pytest

from moderation import states
from moderation.models import EventKind, PostStatus
from moderation.states import TRANSITIONS, IllegalTransition, after


def test_every_status_and_event_of_the_table_is_one_of_the_models() -> None:
    assert {status for status, _ in TRANSITIONS} | set(TRANSITIONS.values()) == set(PostStatus.values)
    assert {event for _, event in TRANSITIONS} | {"receive"} == set(EventKind.values)


def test_a_withdrawn_post_stays_withdrawn() -> None:
    assert not [one for one in TRANSITIONS if one[0] == "withdrawn"]


@pytest.mark.parametrize("status", sorted(set(PostStatus.values) - {"withdrawn"}))
def test_a_living_post_can_be_withdrawn(status: str) -> None:
    assert after(status, "withdraw") == "withdrawn"


@pytest.mark.parametrize(
    ("status", "event"),
    [("waiting", "pass"), ("waiting", "decide"), ("screening", "claim"), ("failed", "decide"), ("passed", "reopen")],
)
def test_what_the_table_does_not_name_is_refused_in_a_sentence(status: str, event: str) -> None:
    with pytest.raises(IllegalTransition, match=f"A post that is {status} cannot {event}"):
        after(status, event)


def test_every_status_can_be_reached_from_waiting() -> None:
    reached = {"waiting"}
    for _ in TRANSITIONS:
        reached |= {after for (before, _), after in states.TRANSITIONS.items() if before in reached}
    assert reached == set(PostStatus.values)
