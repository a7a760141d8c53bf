"""This will estimate how many views were prevented by removing violations, from the views of posts that were left up.

Pure. A violation that is removed at some age would have been seen on for as long as it stayed: as often as posts of the
same age that were left up are seen, on average, on the rest of that day and on each day after, up to 28 days after the
day it came. So over all removals it is P = sum over ages k of c_k m_k: c_k is how many post-days of age k the removals
spared, m_k = V_k / n_k the mean views of a post that is up at that age.

Violations that viewers complained about are seen more often than most, and views after the 28 days are left out: both
make P smaller than it is, and a prevented view look dearer than it was.

The interval is that of a sum of ratio estimators, linearized, with the days on which posts came as clusters: a cohort d
deviates by e_d = sum_k c_k (V_dk - m_k n_dk) / n_k, and Var P = D/(D - 1) sum_d e_d^2 (Saerndal, Swensson and Wretman
1992, Model Assisted Survey Sampling, 5.5-5.6; Wolter 2007, Introduction to Variance Estimation, 6). One post's views on
its days, and the mood of a day, so need not be independent. The quantile is Student's with D - 1 degrees of freedom.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from moderation.statistics.intervals import Amount

LEVEL = 0.975
FEWEST_COHORTS = 2


def views(
    spared: Sequence[float] | NDArray[np.float64], *, posts: NDArray[np.float64], seen: NDArray[np.float64]
) -> Amount | None:
    """The views prevented, at 95 %, at least 0; None where fewer than two cohorts were seen.

    `spared` [A] are post-days by age, `posts` and `seen` [D, A] the posts that were up and their views, by cohort. An
    age at which nothing was seen yet adds nothing.
    """
    if len(posts) < FEWEST_COHORTS:
        return None
    counted = posts.sum(axis=0)  # [A]
    is_known = counted > 0
    means = np.divide(seen.sum(axis=0), counted, out=np.zeros(len(counted)), where=is_known)  # [A]
    weights = np.divide(np.asarray(spared, dtype=float), counted, out=np.zeros(len(counted)), where=is_known)  # [A]
    estimate = float((weights * seen.sum(axis=0)).sum())
    deviations = ((seen - means * posts) * weights).sum(axis=1)  # [D]
    n = len(posts)
    reach = float(stdtrit(n - 1, LEVEL)) * math.sqrt(n / (n - 1) * float((deviations**2).sum()))
    return Amount(max(0.0, estimate), max(0.0, estimate - reach), max(0.0, estimate + reach))


def with_machine(people: Amount, machine: Amount, *, precision: Amount) -> Amount:
    """What people's removals prevented and, times takedown precision, those of the machine.

    The two rest on the same curve, so their bounds add up; the precision is independent of it (MOVER). Without an
    estimate of the precision there is none of the sum.
    """
    if machine.high <= 0:
        return people
    curve = Amount(
        people.estimate + precision.estimate * machine.estimate,
        people.low + precision.low * machine.low,
        people.high + precision.high * machine.high,
    )
    if math.isnan(precision.estimate):
        return curve
    down = math.hypot(
        people.estimate - people.low + precision.estimate * (machine.estimate - machine.low),
        machine.estimate * (precision.estimate - precision.low),
    )
    up = math.hypot(
        people.high - people.estimate + precision.estimate * (machine.high - machine.estimate),
        machine.estimate * (precision.high - precision.estimate),
    )
    return Amount(curve.estimate, max(0.0, curve.estimate - down), curve.estimate + up)
