"""This will watch every season, and stop the machine by itself when it has fallen below what it is guarded by.

Every look at the bets is a fresh reading of the daily rows (betting says why that may be done as often as one likes),
so a check that runs twice, late or at once with another gives the same answer. A stop is one transaction: a decision
with its evidence, MANUAL in force, an alert, the e-mails to be sent.
"""

import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from config.accounts.models import Project
from models_registry.registry import lock
from moderation.go_no_go import betting, criteria, deciding, evidence, mails, seasons
from moderation.go_no_go.betting import DaySums, Watched
from moderation.go_no_go.seasons import WatchedDay
from moderation.models import Alert, CriteriaVersion, Guarded, PeriodDecision, PeriodOutcome

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class State:
    """How a season stands: its days, from ``first`` on, and each guarded number over them."""

    first: date
    criteria: CriteriaVersion | None
    days: list[WatchedDay]
    watched: list[Watched]

    @property
    def pending(self) -> int:
        """Looks not answered yet: they count in the machine's favor."""
        return sum(one.pending for one in self.days)

    @property
    def fired(self) -> Watched | None:
        """What fired, the first one where several did."""
        found = [one for one in self.watched if one.fired_on is not None]
        return min(found, key=lambda one: one.fired_on or 0, default=None)

    def day_of(self, one: Watched) -> date:
        return self.days[one.fired_on or 0].day


def state(project: Project, *, now: datetime) -> State | None:
    """Read the guard; None while no machine acts."""
    season = seasons.running(project, now=now)
    if season is None:
        return None
    days = seasons.days(project, first=season.first, last=now.date())
    watched = betting.watch([one.sums for one in days], limits=season.limits)
    return State(season.first, season.criteria, days, watched)


def state_at(stop: PeriodDecision) -> State:
    """Return what the guard saw when it stopped the machine, from the evidence of that stop."""
    content = json.loads(stop.evidence)
    days = [
        WatchedDay(date.fromisoformat(one["day"]), DaySums.from_dict(one["sums"]), one["pending"])
        for one in content["days"]
    ]
    watched = [Watched(**one | {"capital": tuple(one["capital"])}) for one in content["guarded"]]
    return State(stop.starts_at.date(), stop.criteria, days, watched)


def check_all(projects: Iterable[Project], *, now: datetime) -> list[Alert]:
    """Check each project; one that cannot be checked is logged, and does not keep the others from it."""
    raised = []
    for project in projects:
        try:
            alert = check(project, now=now)
        except Exception:
            log.exception("The guard could not look at %s.", project)
        else:
            raised += [alert] if alert else []
    return raised


def check(project: Project, *, now: datetime) -> Alert | None:
    """Stop the machine where it has to be; returns the alert that this call raised."""
    found = state(project, now=now)
    if found is None or found.fired is None:
        return None
    return _stop(project, now=now)


@transaction.atomic
def _stop(project: Project, *, now: datetime) -> Alert | None:
    """Read again, alone with the project: of two checks at once, or a check and a no-go, the second finds MANUAL."""
    lock(project)
    found = state(project, now=now)
    fired = found.fired if found else None
    if found is None or fired is None:
        return None
    frozen = evidence.freeze(evidence.of_guard(project, found.watched, found.days, now=now))
    reason = f"The guard stopped the machine: {Guarded(fired.guarded).label}."
    decision = PeriodDecision.objects.create(
        project=project,
        outcome=PeriodOutcome.STOPPED,
        criteria=found.criteria,
        starts_at=criteria.midnight(found.first),
        ends_at=now,
        is_final=False,
        reason=reason,
        evidence=frozen.text,
        checksum=frozen.checksum,
        policy_version=deciding.stop(project, reason=reason, by=None, now=now),
        created_at=now,
    )
    return _alert(decision, fired, season=found.first, day=found.day_of(fired), now=now)


def _alert(decision: PeriodDecision, fired: Watched, *, season: date, day: date, now: datetime) -> Alert:
    alert = Alert.objects.create(
        project=decision.project,
        season=season,
        decision=decision,
        guarded=fired.guarded,
        limit=fired.limit,
        bound=fired.bound,
        day=day,
        created_at=now,
    )
    mails.write(alert, now=now)
    log.error("The guard stopped the machine of %s: %s.", decision.project, fired.guarded)
    return alert
