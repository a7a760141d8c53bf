"""This will say whether a metric changed between two periods, or only trembled.

Pure. MOVER-D (Newcombe 1998, Stat Med 17:873; Zou and Donner 2008, Stat Med 27:1693) on the two intervals, whatever
they were made by. Intervals of PERIOD scope compare what two periods turned out to be; to say that the *service* got
better or worse, give intervals of PROCESS scope, which add the chance in the traffic itself.
"""

import math
from dataclasses import dataclass

from moderation.statistics.intervals import Amount, minus
from moderation.statistics.sufficiency import Interval


@dataclass(frozen=True)
class Difference:
    """Later minus earlier, in the metric's own unit; show `estimate` only if `enough`, None where nothing is known."""

    estimate: float | None
    low: float | None
    high: float | None
    enough: bool

    @property
    def is_more_than_noise(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def difference(later: Interval, earlier: Interval) -> Difference:
    """The change of one metric between independent periods; "enough" when both sides are."""
    one, other = _amount(later), _amount(earlier)
    if one is None or other is None:
        return Difference(None, None, None, enough=False)
    change = minus(one, other)
    estimate = None if math.isnan(change.estimate) else float(change.estimate)
    return Difference(estimate, float(change.low), float(change.high), enough=later.enough and earlier.enough)


def _amount(interval: Interval) -> Amount | None:
    if interval.low is None or interval.high is None:
        return None
    return Amount(math.nan if interval.estimate is None else interval.estimate, interval.low, interval.high)
