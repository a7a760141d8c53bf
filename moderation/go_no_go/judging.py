"""This will compare a metric's interval with its target, and recommend. Pure.

A criterion "at least" passes when the lower bound of the 95 % interval reaches the target, fails when the upper bound
misses it, and says NOT ENOUGH DATA in between; "at most" the other way round. No data never passes, and needs no rule
of its own. Each criterion errs on one side, with a chance of about 2.5 %, at the end of its period; looking every day
and stopping at the first pass would err more often, which is why the period is fixed before it begins.
"""

import math
from collections.abc import Iterable
from enum import StrEnum

from moderation.statistics.sufficiency import Interval

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
    low = -math.inf if interval is None or interval.low is None else interval.low
    high = math.inf if interval is None or interval.high is None else interval.high
    is_reached, is_missed = (low >= target, high < target) if direction == AT_LEAST else (high <= target, low > target)
    return Judgement.PASS if is_reached else Judgement.FAIL if is_missed else Judgement.NOT_ENOUGH_DATA


def looks_to_tell(interval: Interval | None, *, target: float) -> int | None:
    """How many more looks would about decide where the interval holds its target: n ((W/W*)^2 - 1), W* twice the gap
    between estimate and target. None where there is no estimate to go by, or it lies on the target."""
    if interval is None or interval.estimate is None or interval.width is None or not interval.looks:
        return None
    gap = 2 * abs(interval.estimate - target)
    return max(0, math.ceil(interval.looks * ((interval.width / gap) ** 2 - 1))) if gap > 0 else None


def recommend(judgements: Iterable[Judgement]) -> Recommendation:
    """GO when all pass, NO-GO when any fails, else EXTEND; without criteria nothing speaks for a GO."""
    found = set(judgements)
    if Judgement.FAIL in found:
        return Recommendation.NO_GO
    return Recommendation.GO if found == {Judgement.PASS} else Recommendation.EXTEND
