"""This will be the platform of a season: it shows posts, counts who saw them, and passes on complaints and appeals.

It knows of a post what its real counterpart would know by webhook, whether it is public, and beside that the secret,
whether it violates: of the secret only viewers and posters make use, when they complain and appeal. Chance is drawn for
every post at every step, shown or not, so that a season with another outcome is still played with the same dice.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from config.accounts.models import Client
from moderation import appeals, complaints, impressions
from moderation.impressions import MOST_AT_ONCE, Counted
from moderation.models import Post, Publication
from moderation.simulation.plan import CLASS, FIRST_DAY, Audience

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Shown:
    """A post that is seen from ``posted_at`` on."""

    external_id: str
    violates: bool
    posted_at: datetime


class Platform:
    """``views`` is [posts, days], in the order in which posts were shown; a row of ``violates`` each.

    ``complaints`` and ``expected_complaints`` are [days]: how many came, and how many would on average.
    """

    def __init__(self, client: Client, *, audience: Audience, days: int, seed: int) -> None:
        self.client = client
        self.audience = audience
        self.days = days
        self.external_ids: list[str] = []
        self.violates: NDArray[np.bool_] = np.zeros(0, dtype=bool)
        self.views: NDArray[np.int64] = np.zeros((0, days), dtype=np.int64)
        self.complaints: NDArray[np.int64] = np.zeros(days, dtype=np.int64)
        self.expected_complaints: NDArray[np.float64] = np.zeros(days)
        self.appeals = 0
        self._posted: NDArray[np.float64] = np.zeros(0)
        self._wanted: NDArray[np.float64] = np.zeros(0)
        self._was_contested: NDArray[np.bool_] = np.zeros(0, dtype=bool)
        self._passed = FIRST_DAY
        self._chance = np.random.default_rng([seed, 0x5EE])

    def show(self, posted: Sequence[Shown]) -> None:
        """Take posts that are seen from when they were posted; the client has sent them in by now."""
        n, audience = len(posted), self.audience
        middle = math.log(audience.views) - audience.spread**2 / 2
        self.external_ids += [one.external_id for one in posted]
        self.violates = np.append(self.violates, np.array([one.violates for one in posted], dtype=bool))
        self.views = np.vstack([self.views, np.zeros((n, self.days), dtype=np.int64)])
        self._posted = np.append(self._posted, [_days(one.posted_at) for one in posted])
        self._wanted = np.append(self._wanted, self._chance.lognormal(middle, audience.spread, n))
        self._was_contested = np.append(self._was_contested, np.zeros(n, dtype=bool))

    def pass_time(self, *, until: datetime) -> None:
        """Have what is public seen up to a time, midnight at the latest, and viewers complain of what they saw."""
        seen = self._chance.poisson(self._expected(_days(self._passed), _days(until)))  # [posts]
        seen = np.where(self._is_public(), seen, 0)
        day = int(_days(self._passed))
        self._passed = until
        self.views[:, day] += seen
        # What was seen before midnight is complained of before midnight.
        self._complain(seen, day=day, now=min(until, FIRST_DAY + (day + 1) * _DAY - timedelta(seconds=1)))

    def _expected(self, since: float, until: float) -> NDArray[np.float64]:
        """Return how often each post would be seen between two times, [posts]."""
        decay = math.log(2) / self.audience.half_life_days
        ages = [np.maximum(0.0, moment - self._posted) for moment in (since, until)]
        return np.asarray(self._wanted * (np.exp(-decay * ages[0]) - np.exp(-decay * ages[1])))

    def _is_public(self) -> NDArray[np.bool_]:
        public = Post.objects.filter(client=self.client, publication=Publication.PUBLISHED)
        known = set(public.values_list("external_id", flat=True))
        return np.array([one in known for one in self.external_ids], dtype=bool)

    def _complain(self, seen: NDArray[np.int64], *, day: int, now: datetime) -> None:
        rates = np.where(self.violates, self.audience.complains, self.audience.complains_wrongly)
        self.expected_complaints[day] += float(seen @ rates)
        for row in np.repeat(np.arange(len(seen)), self._chance.binomial(seen, rates)):
            self.complaints[day] += 1
            said = complaints.Said(
                external_id=self.external_ids[row],
                reason=CLASS,
                text="This should not be here.",
                complaint_id=f"complaint-{self.complaints.sum()}",
                complained_at=now,
            )
            complaints.submit(self.client, said, now=now)

    def contest(self, *, now: datetime) -> None:
        """Have posters whose posts are down, and have not been before, appeal or let it be."""
        tosses = self._chance.random(len(self.external_ids))
        new = ~self._is_public() & ~self._was_contested
        self._was_contested |= new
        rates = np.where(self.violates, self.audience.appeals, self.audience.appeals_rightly)
        for row in np.flatnonzero(new & (tosses < rates)):
            self.appeals += 1
            said = appeals.Said(
                external_id=self.external_ids[row],
                text="Please look again.",
                appeal_id=f"appeal-{self.appeals}",
                appealed_at=now,
            )
            appeals.submit(self.client, said, now=now)

    def send_counts(self, number: int, *, now: datetime) -> None:
        """Report how often each post was seen on a day of the season, the first being 1."""
        date = (FIRST_DAY + (number - 1) * _DAY).date()
        counts = self.views[:, number - 1]
        rows = [Counted(self.external_ids[row], date, int(counts[row])) for row in np.flatnonzero(counts)]
        for first in range(0, len(rows), MOST_AT_ONCE):
            impressions.report(self.client, rows[first : first + MOST_AT_ONCE], now=now)

    def seen_by_cut_off(self) -> dict[str, int]:
        """Return, by external id, the views of the day each post came and of the next, which violating views count."""
        found: dict[str, int] = {}
        for row, (name, posted) in enumerate(zip(self.external_ids, self._posted, strict=True)):
            found[name] = int(self.views[row, int(posted) : int(posted) + 2].sum())
        return found


def _days(moment: datetime) -> Any:
    return (moment - FIRST_DAY) / _DAY
