"""This will measure a period from the rows of ordinary work: counts, and the metrics with their intervals.

Only looks that a recorded draw opened enter an estimator (estimation does the arithmetic). What the machine flagged
and people looked at is a census; what passed is a sample with known probabilities; what people looked at anyway
(MANUAL mode, overrides) has probability 1.

Only the first draw, of routing, is read here. What the second draw finds, by views, does not enter: a find would count
with the chance that either draw fell on it, and for what the first draw found nobody can know how likely the second
would have been, because the look ended the views by which that is decided. See the room viewing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Avg, Count, Exists, OuterRef, Q, QuerySet

from annotation.models import Label, Purpose, Truth
from config.accounts.models import Project
from moderation import audits, estimation
from moderation.estimation import Cell, Interval
from moderation.measurement.periods import Period
from moderation.models import DailyMeasurement, Decision, DecisionKind, Draw, Outcome, Post, PostStatus, Verdict

TRAILING_DAYS = 28
LATE_HOURS = 6
_FLAGGED = Q(verdict__machine_outcome__in=[Outcome.REMOVE, Outcome.REVIEW]) & ~Q(
    verdict__reason="override_trusted_poster"
)
_SCORED = ~Q(verdict__machine_outcome="")
# Withdrawn before anybody answered: nobody will.
_LOST = Q(post__status=PostStatus.WITHDRAWN, is_answered=False)


@dataclass(frozen=True)
class Metrics:
    flag_precision: Interval
    takedown_precision: Interval
    machine_recall: Interval
    prevalence: Interval
    missed_per_thousand: Interval
    pending: int
    looks_still_needed: int | None


def measure(project: Project, period: Period) -> Metrics:
    """Estimate the metrics of a period; ``pending`` drawn looks are not answered yet, and the period not final."""
    draws = _truthful(_first_draws(project, period))
    scored = draws.filter(_SCORED)
    flagged, removed = _flagged(scored), _removed(scored)
    passed = _cells(scored.filter(~_FLAGGED))
    takedown = estimation.takedown_precision(violations=removed.violations, others=removed.others)
    machine: dict[str, Any] = {
        "flagged_violations": flagged.violations,
        "removed": removed.posts,
        "takedown": takedown if removed.posts else None,
    }
    missed: dict[str, Any] = {"finds": passed.finds, "cells": passed.cells, "looks": passed.looks}
    posts = flagged.posts + removed.posts + passed.posts
    recall = estimation.machine_recall(**machine, **missed)
    return Metrics(
        flag_precision=estimation.flag_precision(
            flagged=flagged.answered,
            violations=flagged.violations,
            removed=removed.posts,
            takedown=machine["takedown"],
        ),
        takedown_precision=takedown,
        machine_recall=recall,
        prevalence=estimation.prevalence(**machine, **missed, posts=posts),
        missed_per_thousand=estimation.missed_per_thousand(**missed, posts=posts),
        pending=flagged.posts - flagged.answered + removed.pending + passed.pending,
        looks_still_needed=estimation.looks_still_needed(
            recall, cells=passed.cells, flagged_violations=flagged.violations
        ),
    )


@dataclass(frozen=True)
class Flagged:
    """What was flagged and put before people."""

    posts: int
    answered: int
    violations: int


@dataclass(frozen=True)
class Removed:
    """What the machine removed by itself; the lists hold the probabilities of answered second looks."""

    posts: int
    violations: list[float]
    others: list[float]
    pending: int


@dataclass(frozen=True)
class Passed:
    """What the machine let pass; ``finds`` holds the probabilities of confirmed missed violations."""

    posts: int
    cells: list[Cell]
    finds: list[float]
    looks: int
    pending: int


def _first_draws(project: Project, period: Period) -> QuerySet[Draw]:
    inside = Draw.objects.filter(project=project, created_at__gte=period.start, created_at__lt=period.end)
    return inside.filter(design=audits.FIRST_DRAW)


def _truthful(draws: QuerySet[Draw]) -> QuerySet[Any]:
    """Mark each draw with whether its question has a standing truth, and whether that is a violation.

    What was answered before the platform withdrew the post still counts: a platform that deletes what is taken down
    must not delete the evidence with it.
    """
    standing = Truth.objects.filter(question_id=OuterRef("question_id"), withdrawn_at__isnull=True)
    return draws.annotate(is_answered=Exists(standing), is_violation=Exists(standing.filter(classes__len__gt=0)))


def _flagged(draws: QuerySet[Any]) -> Flagged:
    """Count; a post that was withdrawn before anybody answered can no longer be known, and is left out."""
    asked = draws.filter(_FLAGGED, verdict__outcome=Outcome.REVIEW).exclude(_LOST)
    counts = asked.aggregate(
        posts=Count("pk"),
        answered=Count("pk", filter=Q(is_answered=True)),
        violations=Count("pk", filter=Q(is_violation=True)),
    )
    return Flagged(**counts)


def _removed(draws: QuerySet[Any]) -> Removed:
    removed = draws.filter(verdict__outcome=Outcome.REMOVE)
    drawn = removed.filter(is_drawn=True)
    answered = list(drawn.filter(is_answered=True).values_list("probability", "is_violation"))
    return Removed(
        posts=removed.count(),
        violations=[probability for probability, violates in answered if violates],
        others=[probability for probability, violates in answered if not violates],
        pending=drawn.filter(is_answered=False).exclude(_LOST).count(),
    )


def _cells(draws: QuerySet[Draw]) -> Passed:
    """Group what passed by stratum and plan.

    Where some looks are not answered, the probability of the cell is lowered by the answered share, or by that of the
    whole period where none of the cell is: as if the unanswered ones had not been drawn. That is fair as long as they
    are few and not chosen (docs/measurement.md).
    """
    grouped = draws.values("stratum", "plan_id", "probability").annotate(
        posts=Count("pk"),
        mean=Avg("score"),
        drawn=Count("pk", filter=Q(is_drawn=True)),
        answered=Count("pk", filter=Q(is_drawn=True, is_answered=True)),
        found=Count("pk", filter=Q(is_drawn=True, is_violation=True)),
        lost=Count("pk", filter=Q(is_drawn=True) & _LOST),
    )
    groups = list(grouped.order_by("plan_id", "stratum", "probability"))
    total = {key: sum(one[key] for one in groups) for key in ("posts", "drawn", "answered", "lost")}
    overall = _share(total, otherwise=1.0)
    cells, finds = [], []
    for one in groups:
        probability = one["probability"] * (_share(one, otherwise=overall) or overall)
        cells.append(Cell(posts=one["posts"], probability=probability, mean_score=float(one["mean"] or 0.0)))
        finds += [probability] * one["found"]
    pending = total["drawn"] - total["answered"] - total["lost"]
    return Passed(posts=total["posts"], cells=cells, finds=finds, looks=total["answered"], pending=pending)


def _share(group: Mapping[str, Any], *, otherwise: float) -> float:
    """Return the answered share of what was drawn; ``otherwise`` where nothing was."""
    return float(group["answered"] / group["drawn"]) if group["drawn"] else otherwise


def draws_by_stratum(project: Project, period: Period) -> list[dict[str, Any]]:
    """Return what the draws of a period promised and did, per stratum of passed posts."""
    passed = _first_draws(project, period).filter(verdict__outcome=Outcome.PASS)
    found: dict[str, dict[str, Any]] = {}
    empty = {"posts": 0, "drawn": 0, "sum_pi": 0.0, "sum_pi_1_minus_pi": 0.0}
    for stratum, probability, is_drawn in passed.values_list("stratum", "probability", "is_drawn").order_by("stratum"):
        one = found.setdefault(stratum, {"stratum": stratum, **empty})
        one["posts"] += 1
        one["drawn"] += is_drawn
        one["sum_pi"] += probability
        one["sum_pi_1_minus_pi"] += probability * (1 - probability)
    return list(found.values())


def counts(project: Project, period: Period) -> dict[str, int]:
    """Count what happened in a period."""
    inside = {"project": project, "created_at__gte": period.start, "created_at__lt": period.end}
    received = Post.objects.filter(project=project, received_at__gte=period.start, received_at__lt=period.end)
    verdicts = Verdict.objects.filter(**inside).aggregate(
        flagged=Count("pk", filter=Q(machine_outcome__in=[Outcome.REMOVE, Outcome.REVIEW])),
        removed=Count("pk", filter=Q(outcome=Outcome.REMOVE)),
        passed=Count("pk", filter=Q(outcome=Outcome.PASS)),
    )
    audited = _first_draws(project, period).filter(verdict__outcome=Outcome.PASS, is_drawn=True).count()
    decided = Decision.objects.filter(**inside, reverses__isnull=True).aggregate(
        decided=Count("pk"),
        removals=Count("pk", filter=Q(kind=DecisionKind.REMOVE)),
        keeps=Count("pk", filter=Q(kind=DecisionKind.KEEP)),
    )
    looks = Label.objects.filter(
        question__project=project, created_at__gte=period.start, created_at__lt=period.end
    ).aggregate(human_looks=Count("pk"), label_looks=Count("pk", filter=Q(question__purpose=Purpose.LABEL)))
    failed = received.filter(status=PostStatus.FAILED).count()
    return {"posts": received.count(), "failed": failed, **verdicts, "audited": audited, **decided, **looks}


def refresh(project: Project, day: date, *, now: datetime) -> DailyMeasurement:
    """Count a day anew, and the metrics of the 28 days that end with it; safe to repeat."""
    start = datetime.combine(day, datetime.min.time(), tzinfo=UTC)
    end = start + timedelta(days=1)
    trailing = Period(end - timedelta(days=TRAILING_DAYS), end)
    row, _ = DailyMeasurement.objects.update_or_create(
        project=project,
        day=day,
        defaults={
            "counts": counts(project, Period(start, end)),
            "metrics": to_json(measure(project, trailing), trailing),
            "measured_at": now,
        },
    )
    return row


def to_json(metrics: Metrics, period: Period) -> dict[str, Any]:
    """Return metrics as plain values, each interval with its period."""
    dates = {"from": period.start.date().isoformat(), "to": (period.end - timedelta(days=1)).date().isoformat()}
    found = asdict(metrics)
    return {key: value | dates if isinstance(value, dict) else value for key, value in found.items()}


def refresh_all(projects: Iterable[Project], *, now: datetime) -> None:
    """Count today anew; for some hours after midnight yesterday too, whose last answers came late."""
    days = [now.date() - timedelta(days=1), now.date()] if now.hour < LATE_HOURS else [now.date()]
    for project in projects:
        for day in days:
            refresh(project, day, now=now)
