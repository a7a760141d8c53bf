"""This will gather what the page of decisions shows: the period at hand, the guard, what was decided before.

Pure reading.
"""

from dataclasses import dataclass
from datetime import date, datetime

from config.accounts.models import Project
from moderation import readings, stops
from moderation.go_no_go import criteria, deciding, guard, wording
from moderation.go_no_go.betting import Watched
from moderation.go_no_go.evaluating import Evaluation, Judged, evaluate
from moderation.go_no_go.judging import Judgement, looks_to_tell
from moderation.measurement.catalog import METRIC, Metric
from moderation.measurement.periods import Period
from moderation.models import Alert, CriteriaVersion, Guarded, PeriodDecision
from moderation.statistics.sufficiency import Interval

HISTORY = 50


@dataclass(frozen=True)
class Offer:
    """A period that can be decided about; ``key`` names it in an address: the criteria's number and its first day."""

    version: CriteriaVersion
    period: Period

    @property
    def key(self) -> str:
        return f"{self.version.number}-{self.period.first.isoformat()}"


@dataclass(frozen=True)
class Line:
    """One criterion as a picture: ends of the interval and the target on a scale from 0 to 100, and in words."""

    judged: Judged
    metric: Metric
    target: str
    low: str
    high: str
    estimate: str
    target_at: float
    low_at: float
    high_at: float
    needed: int | None

    @property
    def width(self) -> float:
        # An interval that is one point is still to be seen.
        return max(0.8, self.high_at - self.low_at)

    @property
    def is_known(self) -> bool:
        interval = self.judged.interval
        return interval is not None and interval.low is not None


@dataclass(frozen=True)
class Watching:
    """A guarded number in words; ``worth`` is how many times its stake the bet has become."""

    guarded: str
    title: str
    limit: str
    bound: str
    is_seen: bool
    worth: str
    fires_at: str
    has_fired: bool

    @property
    def is_ceiling(self) -> bool:
        return self.guarded == Guarded.FLAGGED_SHARE


@dataclass(frozen=True)
class Guard:
    """How the guard stands; where it ``has_stopped`` the machine, how it stood then."""

    first: date
    has_stopped: bool
    days: int
    pending: int
    watching: list[Watching]


@dataclass(frozen=True)
class Told:
    """An alert, and in words what the guard saw."""

    alert: Alert
    what: str


@dataclass(frozen=True)
class Coming:
    """Criteria that have not begun, each line in words."""

    version: CriteriaVersion
    worded: list[str]


@dataclass(frozen=True)
class Page:
    offers: list[Offer]
    chosen: Offer | None
    evaluation: Evaluation | None
    lines: list[Line]
    in_force: CriteriaVersion | None
    coming: list[Coming]
    guard: Guard | None
    stop: PeriodDecision | None
    history: list[PeriodDecision]
    alerts: list[Told]


def page(project: Project, *, judge: str = "", now: datetime) -> Page:
    """Return the page; ``judge`` is the key of the period to be shown, else the one that is to be decided next."""
    found = offers(project, now=now)
    chosen = next((one for one in found if one.key == judge), None) or _to_decide(found, now=now)
    evaluation = evaluate(project, chosen.version, chosen.period, now=now) if chosen else None
    alerts = Alert.objects.filter(project=project).select_related("acknowledgement__person")
    return Page(
        offers=found,
        chosen=chosen,
        evaluation=evaluation,
        lines=[_line(one) for one in evaluation.judged] if evaluation else [],
        in_force=criteria.in_force(project, now=now),
        coming=[Coming(one, wording.of_criteria(one)) for one in criteria.coming(project, now=now)],
        guard=_guard(project, now=now),
        stop=stops.standing(project),
        history=list(deciding.decisions(project)[:HISTORY]),
        alerts=[Told(one, wording.of_alert(one)) for one in alerts.order_by("-id")[:HISTORY]],
    )


def offers(project: Project, *, now: datetime) -> list[Offer]:
    """Return the periods that can be decided about, newest first: of the criteria in force and those before."""
    versions = CriteriaVersion.objects.filter(project=project, starts_at__lte=now).order_by("-starts_at", "-number")
    found = [Offer(one, period) for one in versions[:2] for period in criteria.periods(one, now=now)]
    return sorted(found, key=lambda one: (one.period.start, one.version.number), reverse=True)[:6]


def _to_decide(found: list[Offer], *, now: datetime) -> Offer | None:
    """The newest period that is over and nobody has decided about; else the newest there is."""
    over = next((one for one in found if one.period.end <= now), None)
    if over is None:
        return next(iter(found), None)
    decided = PeriodDecision.objects.filter(criteria=over.version, starts_at=over.period.start)
    is_open = not decided.filter(ends_at=over.period.end).exists()
    return over if is_open else found[0]


def _line(one: Judged) -> Line:
    metric, interval, target = METRIC[one.criterion.metric], one.interval, one.criterion.target
    low, high, estimate = (interval.low, interval.high, interval.estimate) if interval else (None, None, None)
    whole = 1.0 if metric.unit == "share" else max(2 * target, min(1.2 * (high or 0.0), 4 * target), 1e-9)
    return Line(
        judged=one,
        metric=metric,
        target=wording.quantity(metric.key, target),
        low=wording.quantity(metric.key, low),
        high=wording.quantity(metric.key, high),
        estimate=wording.quantity(metric.key, estimate) if _is_told(interval, metric) else "",
        target_at=_place(target, whole),
        low_at=_place(low or 0.0, whole),
        high_at=_place(whole if high is None else high, whole),
        needed=_needed(one),
    )


def _is_told(interval: Interval | None, metric: Metric) -> bool:
    """Whether there is a likeliest value to name: none or all of what was looked at is not the likeliest."""
    return interval is not None and interval.enough and not readings.is_at_edge(interval, metric.unit)


def _needed(one: Judged) -> int | None:
    """Looks until it can be told, where it cannot be told yet."""
    if one.judgement != Judgement.NOT_ENOUGH_DATA:
        return None
    return looks_to_tell(one.interval, target=one.criterion.target) or one.needed


def _place(value: float, whole: float) -> float:
    return round(100 * min(1.0, max(0.0, value / whole)), 2)


def watched(project: Project, *, now: datetime) -> guard.State | None:
    """Return how the guard stands, or stood when it stopped the machine; None while there is nothing to guard."""
    stop = stops.standing(project)
    if stop is not None:
        return guard.state_at(stop) if stop.person_id is None else None
    return guard.state(project, now=now)


def _guard(project: Project, *, now: datetime) -> Guard | None:
    state = watched(project, now=now)
    if state is None:
        return None
    watching = [
        Watching(
            guarded=one.guarded,
            title=title(one),
            limit=wording.share(one.limit),
            bound=wording.share(one.bound),
            # With nothing to bet on the capital stays what it was, and anything is possible.
            is_seen=one.bound < 1 if one.guarded != Guarded.FLAGGED_SHARE else one.bound > 0,
            worth=wording.stakes(one.capital[-1] if one.capital else 0.0),
            fires_at=wording.stakes(one.fires_at),
            has_fired=one.has_fired,
        )
        for one in state.watched
    ]
    return Guard(state.first, state.fired is not None, len(state.days), state.pending, watching)


def title(one: Watched) -> str:
    return str(Guarded(one.guarded).label)
