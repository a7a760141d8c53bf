"""This will show what another model version would flag or clear among past posts, and have people asked about it.

A comparison follows a re-scoring. Under the policy in force it sets what the other version's scores mean beside what
the scores that stand mean: the champion's, where it has scored the image, else those of the post's newest verdict.
Modes and overrides are left out: it is what the machine says of the picture. A post about which the two differ is a
*flip*.

Flips are found by looking, not by a draw, so nothing of this enters an estimator: what people answer about a flip is a
review like any other, without an inclusion probability. The chance with which a flip was sent is kept beside.
"""

from moderation.flips.comparing import begin, begin_missing, compare_all, compare_some, is_outdated
from moderation.flips.gallery import BadPlace, Shown, latest, page
from moderation.flips.sending import FlipsRefused, Order, send, send_all, send_some

__all__ = [
    "BadPlace",
    "FlipsRefused",
    "Order",
    "Shown",
    "begin",
    "begin_missing",
    "compare_all",
    "compare_some",
    "is_outdated",
    "latest",
    "page",
    "send",
    "send_all",
    "send_some",
]
