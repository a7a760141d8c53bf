"""This will list every figure of a report as plain values, for the files: metrics by part, counts, costs, and words."""

from collections.abc import Iterator, Mapping
from typing import Any

from moderation.costs.accounts import Money
from moderation.measurement.catalog import METRIC, METRICS
from moderation.measurement.figures import Figures, change
from moderation.overview import COST
from moderation.overview.tables import Row, Table
from moderation.overview.trends import days_of
from moderation.report import Report
from moderation.statistics.comparison import Difference
from moderation.statistics.intervals import Amount
from moderation.statistics.sufficiency import Interval

Values = dict[str, Any]


def period(report: Report) -> Values:
    before = report.period.before
    return {
        "from": report.period.first.isoformat(),
        "to": report.period.last.isoformat(),
        "days": report.period.days,
        "compared_with": {"from": before.first.isoformat(), "to": before.last.isoformat()},
    }


def metrics(report: Report) -> list[Values]:
    """Every metric of the whole traffic, with its change against the period before."""
    shown, before = report.overview.figures, report.overview.before
    changes = change(shown, before)
    found = [
        metric(key.key, shown.intervals[key.key], needed=shown.needed.get(key.key), changed=changes.get(key.key))
        for key in METRICS
        if key.key in shown.intervals
    ]
    headline = next((one.tile for one in report.overview.headlines if one.metric.key == COST), None)
    return found + ([metric(COST, headline.interval, currency=report.costs.currency)] if headline else [])


def metric(
    key: str,
    interval: Interval,
    *,
    needed: int | None = None,
    changed: Difference | None = None,
    currency: str = "",
) -> Values:
    """One metric. ``estimate`` is empty where there is not enough behind it: the bounds are what is known."""
    known = METRIC[key]
    return {
        "key": key,
        "title": str(known.title),
        "unit": currency or str(known.unit),
        "estimate": interval.estimate if interval.enough else None,
        "low": interval.low,
        "high": interval.high,
        "enough": interval.enough,
        "finds": interval.finds,
        "looks": interval.looks,
        "effective_finds": interval.effective_finds,
        "needed": needed,
        "change": _change(changed) if changed else None,
    }


def _change(one: Difference) -> Values:
    return {
        "estimate": one.estimate if one.enough else None,
        "low": one.low,
        "high": one.high,
        "enough": one.enough,
        "is_more_than_noise": one.is_more_than_noise,
    }


def tables(report: Report) -> Iterator[tuple[str, list[Values]]]:
    """Yield each kind of part, with its parts and all their metrics."""
    for table in (*report.overview.tables, report.overview.slices):
        yield str(table.kind), [_part(row, table) for row in table.rows]


def _part(row: Row, table: Table) -> Values:
    slice_note = {"attribute": row.note, "stands_out": row.stands_out} if table.kind == "slice" else {}
    return {
        "key": row.key,
        "name": row.name,
        **slice_note,
        "posts": row.posts,
        "flagged": row.flagged,
        "metrics": _all_of(row.figures),
    }


def _all_of(shown: Figures) -> list[Values]:
    return [
        metric(one.key, shown.intervals[one.key], needed=shown.needed.get(one.key))
        for one in METRICS
        if one.key in shown.intervals
    ]


def counts(report: Report) -> Mapping[str, int]:
    """What was counted, without the bins of hours."""
    return {key: value for key, value in report.overview.counts.items() if isinstance(value, int)}


def missed(report: Report) -> Values:
    """How many violations passed, all in all: an estimate."""
    one = report.overview.figures.missed
    return {"estimate": one.estimate if one.enough else None, "low": one.low, "high": one.high, "enough": one.enough}


def trend(report: Report) -> list[Values]:
    """Each metric of the charts over time: a point a day, of the 28 days that end with it."""
    days = days_of(report.period, every=report.every)
    return [
        {
            "key": line.key,
            "title": line.title,
            "unit": line.unit,
            "points": [
                {"day": day.isoformat(), "estimate": estimate, "low": low, "high": high}
                for day, (estimate, low, high) in zip(days, line.points, strict=True)
                if low is not None or estimate is not None
            ],
        }
        for line in report.lines
    ]


def costs(report: Report) -> Values:
    """What the period cost, line by line, what one of each thing cost, and the two other ways."""
    found = report.costs
    each = {
        "per_thousand_posts": found.per_thousand_posts,
        "per_decision": found.per_decision,
        "per_violation_removed": found.per_violation,
        "per_violating_view_prevented": found.per_prevented_view,
    }
    return {
        "currency": found.currency,
        "total": _money(found.total),
        "each": {key: _interval(one) for key, one in each.items()},
        "lines": [
            {
                "resource": line.resource,
                "source": line.source,
                "unit": line.unit,
                "quantity": _amount(line.quantity),
                "price": float(line.price.amount) if line.price else None,
                "rows": line.rows,
                "measured_rows": line.measured_rows,
                "cost": _money(line.cost),
            }
            for line in found.lines
        ],
        "ways": [
            {
                "way": str(one.way),
                "total": _money(one.total),
                "looks": one.looks,
                "hours": _amount(one.hours) if one.hours else None,
                "views_prevented": _amount(one.prevented) if one.prevented else None,
            }
            for one in found.baselines
        ],
    }


def _interval(one: Interval) -> Values:
    return {"estimate": one.estimate if one.enough else None, "low": one.low, "high": one.high, "enough": one.enough}


def _money(one: Money) -> Values:
    return {**_amount(one.amount), "is_complete": one.is_complete}


def _amount(one: Amount) -> Values:
    """NaN is no JSON: what is not known is None."""
    known = {"estimate": float(one.estimate), "low": float(one.low), "high": float(one.high)}
    return {key: None if value != value else value for key, value in known.items()}


def words(report: Report) -> Values:
    """What was decided, what happened, and what people wrote."""
    return {
        "decisions": [
            {
                "decided_at": one.created_at.isoformat(),
                "outcome": one.outcome,
                "from": one.starts_at.date().isoformat(),
                "to": one.last_day.isoformat(),
                "by": str(one.person or ""),
                "reason": one.reason,
                "plan": one.plan,
                "evidence_sha256": one.checksum,
            }
            for one in report.decisions
        ],
        "marks": [
            {"at": one.at.isoformat(), "kind": str(one.kind), "title": one.title, "detail": one.detail, "by": one.who}
            for _, one in report.overview.marks
        ],
        "notes": [
            {
                "at": one.created_at.isoformat(),
                "by": str(one.by),
                "from": str(one.first),
                "to": str(one.last),
                "text": one.text,
            }
            for one in report.notes
        ],
        "investigations": [
            {
                "at": one.created_at.isoformat(),
                "by": str(one.by),
                "hypothesis": one.hypothesis,
                "steps": [
                    {"at": step.created_at.isoformat(), "by": str(step.by), "kind": step.kind, "text": step.text}
                    for step in one.steps.all()
                ],
            }
            for one in report.investigations
        ],
    }
