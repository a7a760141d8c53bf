"""This will gather what the pages of rollouts show. Pure reading.

Intervals of one arm and of the difference between the two speak of the *process*: what the version would do on average
with such traffic, for the arms had different posts. They hold for one look, at a time that was not chosen by what they
said; the confidence sequence of the guardrails holds at every look.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.formats import number_format

from config.accounts.models import Project
from models_registry.models import ModelVersion
from moderation import readings
from moderation.measurement import reading
from moderation.measurement.catalog import METRIC, Unit
from moderation.measurement.estimating import estimate
from moderation.measurement.periods import Part, PartKind, Period
from moderation.models import (
    ArmName,
    Disagreement,
    Outcome,
    Rollout,
    RolloutArm,
    RolloutEvent,
    RolloutEventKind,
    RolloutKind,
)
from moderation.readings import Reading
from moderation.rollouts import gathering, guardrails, validating, wording
from moderation.rollouts.gathering import Counts
from moderation.rollouts.guardrails import State
from moderation.statistics import comparison, sufficiency
from moderation.statistics.intervals import Amount, Scope, wilson
from moderation.statistics.sufficiency import Interval

METRICS = ("takedown_precision", "flag_precision", "machine_recall", "missed_per_thousand")
GALLERY = 24
HISTORY = 50


@dataclass(frozen=True)
class Row:
    """One metric of both arms, the difference (challenger less champion), and whether that is more than noise:
    "better", "worse", "differs", "noise", or "unknown"."""

    title: str
    champion: Reading | None
    challenger: Reading | None
    difference: Reading | None
    said: str


@dataclass(frozen=True)
class Counted:
    """A plain count of both arms."""

    title: str
    champion: str
    challenger: str


@dataclass(frozen=True)
class Rail:
    """A comparing guardrail in words; ``possible`` is what the ratio can still be."""

    key: str
    title: str
    limit: str
    possible: str
    worth: str
    fires_at: str
    champion: int
    challenger: int
    has_fired: bool
    is_more_than_noise: bool


@dataclass(frozen=True)
class Agreeing:
    """How a shadow's disagreements stand: of those that people answered, in how many which version was right."""

    flagged: int
    cleared: int
    other: int
    asked: int
    answered: int
    challenger_right: Reading | None
    gallery: list[Disagreement]


@dataclass(frozen=True)
class Page:
    rollout: Rollout
    rows: list[Row]
    counted: list[Counted]
    rails: list[Rail]
    state: State
    agreeing: Agreeing | None
    events: list[wording.Told]
    days: int
    is_of_several_shares: bool


def rollouts(project: Project) -> QuerySet[Rollout]:
    """Return a project's rollouts, newest first."""
    mine = Rollout.objects.filter(project=project).select_related("challenger__detector", "champion", "started_by")
    return mine.order_by("-id")


def listed(project: Project) -> dict[str, Any]:
    """Return what the list shows: rollouts, what next-day validation found, and alerts of the past."""
    return {
        "rollouts": list(rollouts(project)[:HISTORY]),
        "validations": [wording.validated(one) for one in validating.newest(project)],
    }


def of_version(version: ModelVersion) -> dict[str, Any]:
    """Return what a model version's page shows: its rollouts and validations."""
    tried = Rollout.objects.filter(challenger=version).select_related("champion").order_by("-id")
    found = validating.newest(version.detector.project, version=version)
    return {"tried": list(tried[:HISTORY]), "validations": [wording.validated(one) for one in found[:14]]}


def page(rollout: Rollout, *, now: datetime) -> Page:
    """Return what the page of one rollout shows."""
    state, days = guardrails.state(rollout), gathering.by_day(gathering.days(rollout))
    is_shadow = rollout.kind == RolloutKind.SHADOW
    totals = [_total([two[arm] for two in [(one, other) for _, one, other in days]]) for arm in (0, 1)]
    return Page(
        rollout=rollout,
        rows=[] if is_shadow else _rows(rollout, totals, now=now),
        counted=_counted(totals, state, is_shadow=is_shadow),
        rails=[_rail(one, state) for one in state.rails],
        state=state,
        agreeing=_agreeing(rollout) if is_shadow else None,
        events=[wording.told(one) for one in _events(rollout)],
        days=len(days),
        is_of_several_shares=rollout.events.filter(kind=RolloutEventKind.SHARE_CHANGED).exists(),
    )


def _events(rollout: Rollout) -> QuerySet[RolloutEvent]:
    return rollout.events.select_related("person").order_by("-id")


def _total(days: Sequence[Counts]) -> dict[str, float]:
    keys = ("posts", "units", "flagged", "removed", "overturned", "views", "complaints", "images", "microseconds")
    return {key: sum(one[key] for one in days) for key in keys}


def _rows(rollout: Rollout, totals: Sequence[dict[str, float]], *, now: datetime) -> list[Row]:
    intervals = [
        intervals_of(arm, rollout, now=now)
        for arm in sorted(rollout.arms.all(), key=lambda arm: arm.name != ArmName.CHAMPION)
    ]
    rows = [_row(key, intervals[0][key], intervals[1][key]) for key in METRICS if all(key in one for one in intervals)]
    shares = [share_of(int(one["flagged"]), int(one["posts"])) for one in totals]
    overturned = [share_of(int(one["overturned"]), int(one["removed"])) for one in totals]
    return [
        *rows,
        _shares(wording.FLAGGED_SHARE, *shares, more_is_better=None),
        _shares(wording.OVERTURNED_SHARE, *overturned, more_is_better=False),
    ]


def intervals_of(
    arm: RolloutArm, rollout: Rollout, *, scope: Scope = Scope.PROCESS, now: datetime
) -> dict[str, Interval]:
    """Return the metrics of one arm over all days of its rollout."""
    period = Period.of_days(rollout.started_at.astimezone(UTC).date(), _last_day(rollout, now=now))
    evidence = reading.evidence(rollout.project, period, part=Part(PartKind.ARM, str(arm.pk)))
    return estimate(evidence, scope=scope, is_whole=False).intervals


def _last_day(rollout: Rollout, *, now: datetime) -> date:
    return (rollout.ended_at or now).astimezone(UTC).date()


def share_of(part: int, whole: int) -> Interval:
    """A share of what was counted, as what the process would give: Wilson's interval."""
    if not whole:
        return sufficiency.by_width(None, finds=0, looks=0)
    low, high = wilson(part / whole, whole)
    return sufficiency.by_width(Amount(part / whole, float(low), float(high)), finds=part, looks=whole)


def _row(key: str, champion: Interval, challenger: Interval) -> Row:
    metric = METRIC[key]
    return _compared(str(metric.title), champion, challenger, unit=metric.unit, more_is_better=metric.more_is_better)


def _shares(title: Any, champion: Interval, challenger: Interval, *, more_is_better: bool | None) -> Row:
    return _compared(str(title), champion, challenger, unit=Unit.SHARE, more_is_better=more_is_better)


def _compared(title: str, champion: Interval, challenger: Interval, *, unit: Unit, more_is_better: bool | None) -> Row:
    change = comparison.difference(challenger, champion)
    said = "unknown"
    if change.low is not None:
        said = "noise"
    if change.is_more_than_noise and change.low is not None:
        is_more = change.low > 0
        said = "differs" if more_is_better is None else "better" if is_more == more_is_better else "worse"
    return Row(
        title=title,
        champion=_said(champion, unit),
        challenger=_said(challenger, unit),
        difference=readings.change(change, unit) if change.low is not None else None,
        said=said,
    )


def _said(interval: Interval, unit: Unit) -> Reading | None:
    return readings.reading(interval, unit) if interval.low is not None else None


def _counted(totals: Sequence[dict[str, float]], state: State, *, is_shadow: bool) -> list[Counted]:
    keys = ("images",) if is_shadow else ("posts", "units", "flagged", "removed", "overturned", "views", "complaints")
    rows = [Counted(str(wording.COUNTED[key]), *(readings.whole(one[key]) for one in totals)) for key in keys]
    speed = state.speed
    if speed.champion and speed.challenger:
        both = number_format(speed.champion, 1), number_format(speed.challenger, 1)
        rows.append(Counted(str(wording.COUNTED["speed"]), *both))
    return rows


def _rail(one: guardrails.Rail, state: State) -> Rail:
    capital = one.watch.capital[-1] if one.watch.capital else 0.0
    return Rail(
        key=one.key,
        title=str(wording.RAILS[one.key]),
        limit=wording.times(one.watch.limit),
        possible=wording.possible(one.last),
        worth=wording.stakes(capital),
        fires_at=wording.stakes(one.watch.fires_at),
        champion=one.champion_events,
        challenger=one.challenger_events,
        has_fired=one.watch.fired_on is not None,
        is_more_than_noise=one.last.is_more_than_noise,
    )


def drawn(state: State) -> dict[str, Any]:
    """Return what the chart draws: the days and, for each guardrail, the bounds of the ratio and the limit."""
    rails = [
        {
            "key": one.key,
            "title": str(wording.RAILS[one.key]),
            "limit": one.watch.limit,
            "bounds": [[bounds.low, bounds.high] for bounds in one.bounds],
        }
        for one in state.rails
    ]
    return {"days": [day.isoformat() for day in state.days], "rails": rails}


def _agreeing(rollout: Rollout) -> Agreeing:
    flags = [Outcome.REVIEW, Outcome.REMOVE]
    newly = Q(champion_outcome=Outcome.PASS, challenger_outcome__in=flags)
    cleared = Q(challenger_outcome=Outcome.PASS, champion_outcome__in=flags)
    counts = rollout.disagreements.aggregate(
        flagged=Count("pk", filter=newly),
        cleared=Count("pk", filter=cleared),
        other=Count("pk", filter=~newly & ~cleared),
        asked=Count("pk", filter=Q(is_drawn=True)),
    )
    answered, right = _judged(rollout)
    share = share_of(right, answered)
    return Agreeing(
        **counts,
        answered=answered,
        challenger_right=_said(share, Unit.SHARE),
        gallery=list(rollout.disagreements.select_related("post", "image").order_by("-id")[:GALLERY]),
    )


def _judged(rollout: Rollout) -> tuple[int, int]:
    """Of disagreements about flagging that people have answered, how many, and in how many the challenger was right.

    Each hour's were drawn with a chance of its own, which is not weighed here: it says who is right among those asked.
    """
    told = rollout.disagreements.filter(
        Q(champion_outcome=Outcome.PASS) | Q(challenger_outcome=Outcome.PASS),
        question__truths__withdrawn_at__isnull=True,
        question__truths__isnull=False,
    )
    is_violation = Q(question__truths__classes__len__gt=0)
    right = Q(champion_outcome=Outcome.PASS) & is_violation | Q(challenger_outcome=Outcome.PASS) & ~is_violation
    counts = told.aggregate(n=Count("pk", distinct=True), right=Count("pk", filter=right, distinct=True))
    return counts["n"], counts["right"]
