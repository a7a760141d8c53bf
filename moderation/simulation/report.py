"""This will say, of a day or a season, what was measured and what was true."""

import io
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from PIL import Image

from config.accounts.models import Project
from moderation import measurement
from moderation.estimation import Interval
from moderation.measurement import Period
from moderation.models import Outcome, Publication, Verdict
from moderation.simulation.pool import Pool

SUMMED = ("posts", "violations", "removed", "flagged", "audited", "human_looks")


def day(project: Project, period: Period, *, answers: Mapping[str, bool]) -> dict[str, Any]:
    """Return one row: counts, the two metrics with truth and interval, and true system recall."""
    rows = Verdict.objects.filter(project=project, created_at__gte=period.start, created_at__lt=period.end)
    facts = list(rows.values_list("post__image__sha256", "machine_outcome", "post__publication"))
    flagged = [answers[sha256] for sha256, outcome, _ in facts if outcome in (Outcome.REMOVE, Outcome.REVIEW)]
    scored = [answers[sha256] for sha256, outcome, _ in facts if outcome]
    gone = sum(answers[sha256] and publication == Publication.UNPUBLISHED for sha256, _, publication in facts)
    violations = sum(answers[sha256] for sha256, _, _ in facts)
    counts = measurement.counts(project, period)
    metrics = measurement.measure(project, period)
    return {
        "posts": counts["posts"],
        "violations": violations,
        "removed": counts["removals"],
        "flagged": counts["flagged"],
        "audited": counts["audited"],
        "human_looks": counts["human_looks"],
        "flag_precision": _beside(metrics.flag_precision, true=_share(sum(flagged), len(flagged))),
        "machine_recall": _beside(metrics.machine_recall, true=_share(sum(flagged), sum(scored))),
        "system_recall_true": _share(gone, violations),
    }


def totals(days: Sequence[Mapping[str, Any]], whole: Mapping[str, Any]) -> dict[str, Any]:
    """Return the whole period's row: its metrics are measured over the period, its counts are the days' sums."""
    speeds = [one["posts"] / one["posts_per_second"] for one in days if one["posts_per_second"]]
    counted = {key: sum(one[key] for one in days) for key in SUMMED}
    per_second = round(counted["posts"] / sum(speeds), 1) if speeds else None
    last = days[-1]["model_version"] if days else None
    return {**whole, **counted, "day": None, "posts_per_second": per_second, "model_version": last}


def canvas_px(pool: Pool) -> int:
    """Choose a canvas for a source: as large as its images where they are small, 96 px where they are photos."""
    sizes = [max(Image.open(io.BytesIO(data)).size) for _, data in pool.source.read(pool.source.names[:50])]
    return 32 if median(sizes) <= 48 else 64 if median(sizes) <= 64 else 96


def _beside(interval: Interval, *, true: float | None) -> dict[str, Any]:
    return {
        "true": true,
        "estimate": interval.estimate,
        "low": interval.low,
        "high": interval.high,
        "finds": interval.finds,
        "enough": interval.enough,
    }


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


_COLUMNS = (
    "  day  posts  viol  removed  flagged  audited  looks   flag precision        machine recall        "
    "sys      /s   model"
)


def table(report: Mapping[str, Any]) -> str:
    """Return the report as lines of text: a row a day, the whole period, what was trained."""
    lines = [_COLUMNS, *(_row(one) for one in report["days"]), _row({**report["totals"], "day": "all"})]
    for one in report["models"]:
        state = "deployed" if one["deployed"] else "not deployed"
        lines.append(
            f"model {one['version']}: dataset {one['dataset']}, average precision {one['average_precision']:.3f} on "
            f"{one['images']} hold-out images, gate {one['gate']}, {state}"
        )
    return "\n".join(lines)


def _row(one: Mapping[str, Any]) -> str:
    counts = (
        f"{one['day']:>5} {one['posts']:>6} {one['violations']:>5} {one['removed']:>8} {one['flagged']:>8} "
        f"{one['audited']:>8} {one['human_looks']:>6}"
    )
    metrics = (
        f"{_metric(one['flag_precision'])}  {_metric(one['machine_recall'])}  {_number(one['system_recall_true'])}"
    )
    return f"{counts}   {metrics} {one['posts_per_second'] or 0:>6}   {one['model_version'] or '-'}"


def _metric(one: Mapping[str, Any]) -> str:
    """Return truth and interval: ".87 in .80-.95"."""
    return f"{_number(one['true'])} in {_number(one['low'])}–{_number(one['high'])} ({one['finds']:>3})"


def _number(value: float | None) -> str:
    return "  — " if value is None else f"{value:.2f}".replace("0.", " .") if value < 1 else "1.00"
