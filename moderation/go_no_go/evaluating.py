"""This will hold a period against its criteria: every figure, every judgement, and what follows from them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from config.accounts.models import Project
from moderation.go_no_go import criteria, expense
from moderation.go_no_go.judging import Judgement, Recommendation, judge, recommend
from moderation.measurement import figures
from moderation.measurement.evidence import Evidence
from moderation.measurement.periods import Period
from moderation.models import CriteriaVersion, Criterion
from moderation.statistics.sufficiency import Interval


@dataclass(frozen=True)
class Judged:
    """One criterion with the interval it was compared with, None where the metric is not measured.

    ``needed`` looks would make the number "enough": 0 when it is, None where looks cannot help.
    """

    criterion: Criterion
    judgement: Judgement
    interval: Interval | None
    needed: int | None


@dataclass(frozen=True)
class Evaluation:
    """A period against criteria, and the sums it rests on; ``pending`` looks could still change it, and so can the days
    until it is over."""

    criteria: CriteriaVersion
    period: Period
    judged: list[Judged]
    evidence: Evidence
    recommendation: Recommendation
    pending: int
    is_over: bool

    @property
    def is_final(self) -> bool:
        return self.is_over and not self.pending


def evaluate(project: Project, version: CriteriaVersion, period: Period, *, now: datetime) -> Evaluation:
    """Compare each criterion. Raises CriteriaRefused for a period that began before the criteria were set."""
    criteria.refuse_unfit(version, period)
    found = figures.figures(project, period)
    lines, intervals = list(version.criteria.order_by("id")), dict(found.intervals)
    if any(one.metric == expense.METRIC for one in lines):
        intervals[expense.METRIC] = expense.interval(project, period)
    judged = judge_all(lines, intervals, needed=found.needed)
    return Evaluation(
        criteria=version,
        period=period,
        judged=judged,
        evidence=found.evidence,
        recommendation=recommend(one.judgement for one in judged),
        pending=found.pending,
        is_over=period.end <= now,
    )


def judge_all(
    lines: list[Criterion], intervals: Mapping[str, Interval], *, needed: Mapping[str, int | None]
) -> list[Judged]:
    return [
        Judged(
            criterion=one,
            judgement=judge(intervals.get(one.metric), direction=one.direction, target=one.target),
            interval=intervals.get(one.metric),
            needed=needed.get(one.metric),
        )
        for one in lines
    ]
