"""Tests of arms: sticky, of the share asked for, growing and shrinking without anybody changing sides needlessly."""

from hypothesis import given
from hypothesis import strategies as st

from moderation.rollouts import arms

KEYS = st.text(min_size=1, max_size=40)
SALTS = st.binary(min_size=32, max_size=32)
SHARES = st.floats(0, 1)


@given(KEYS, SALTS, SHARES)
def test_a_unit_is_always_in_the_same_arm(key: str, salt: bytes, share: float) -> None:
    assert arms.arm(salt, key, share=share) == arms.arm(salt, key, share=share)


@given(KEYS, SALTS, SHARES, SHARES)
def test_a_share_that_grows_takes_nobody_from_the_challenger(key: str, salt: bytes, one: float, other: float) -> None:
    less, more = sorted((one, other))
    if arms.arm(salt, key, share=less) == arms.CHALLENGER:
        assert arms.arm(salt, key, share=more) == arms.CHALLENGER


@given(KEYS, SALTS)
def test_no_share_is_nobody_and_all_of_it_is_everybody(key: str, salt: bytes) -> None:
    assert arms.arm(salt, key, share=0.0) == arms.CHAMPION
    assert arms.arm(salt, key, share=1.0) == arms.CHALLENGER


def test_the_challenger_gets_the_share_that_was_asked_for() -> None:
    for salt in (b"one" * 11, b"two" * 11):
        for share in (0.01, 0.2, 0.5):
            n = sum(arms.arm(salt, f"poster:{one}", share=share) == arms.CHALLENGER for one in range(20_000))
            deviation = (20_000 * share * (1 - share)) ** 0.5
            assert abs(n - 20_000 * share) < 5 * deviation


def test_two_rollouts_deal_independently_of_each_other() -> None:
    """Of those in one rollout's arm the other takes its share, too."""
    mine = [f"poster:{n}" for n in range(20_000) if arms.place(b"a" * 32, f"poster:{n}") < 0.2]
    both = sum(arms.place(b"b" * 32, key) < 0.2 for key in mine)
    assert 0.17 < both / len(mine) < 0.23


def test_a_post_without_a_poster_goes_by_its_image_and_no_poster_is_taken_for_one() -> None:
    assert arms.unit_key("poster", poster="", image="ab") == arms.unit_key("image", poster="eve", image="ab")
    assert arms.unit_key("poster", poster="image:ab", image="x") != arms.unit_key("image", poster="", image="ab")
