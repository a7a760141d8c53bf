"""This will compare a metric's interval with its target, and recommend. Pure.

A criterion "at least" passes when the lower bound of the 95 % interval reaches the target, fails when the upper bound
misses it, and says NOT ENOUGH DATA in between; "at most" the other way round. No data never passes, and needs no rule
of its own. Each criterion errs on one side, with a chance of about 2.5 %, at the end of its period; looking every day
and stopping at the first pass would err more often, which is why the period is fixed before it begins.
"""

from collections.abc import Iterable
from enum import StrEnum

from moderation.sufficiency import Interval

AT_LEAST, AT_MOST = "at_least", "at_most"


class Judgement(StrEnum):
    PASS = "pass"  # noqa: S105  Not a password.
    FAIL = "fail"
    NOT_ENOUGH_DATA = "not_enough_data"


class Recommendation(StrEnum):
    GO = "go"
    NO_GO = "no_go"
    EXTEND = "extend"


def judge(interval: Interval | None, *, direction: str, target: float) -> Judgement:
    """Compare; ``direction`` is "at_least" or "at_most", the target in the metric's own unit."""
    if interval is None or interval.low is None or interval.high is None:
        return Judgement.NOT_ENOUGH_DATA
    is_reached, is_missed = (
        (interval.low >= target, interval.high < target)
        if direction == AT_LEAST
        else (interval.high <= target, interval.low > target)
    )
    return Judgement.PASS if is_reached else Judgement.FAIL if is_missed else Judgement.NOT_ENOUGH_DATA


def recommend(judgements: Iterable[Judgement]) -> Recommendation:
    """GO when all pass, NO-GO when any fails, else EXTEND; without criteria nothing speaks for a GO."""
    found = set(judgements)
    if Judgement.FAIL in found:
        return Recommendation.NO_GO
    return Recommendation.GO if found == {Judgement.PASS} else Recommendation.EXTEND
