"""This will plan, day by day, with which probability passed posts get a look by chance.

The plan in force is the newest row; audits does the arithmetic. Until scores of passed posts are known, every post
has the same probability.
"""

import math
from datetime import datetime, timedelta

from django.db.models import Avg, Count, Q

from annotation.models import Purpose, Question, QuestionStatus
from config.compiled import Compiled, Given
from models_registry import deployment
from models_registry.models import ModelVersion
from moderation import audits
from moderation.models import AuditPlanRow, Draw, Outcome, PolicyVersion, Verdict

VOLUME_DAYS = 7
LEARNING_DAYS = 56
FEWEST_SCORES = 200
# What a project without any traffic is taken to receive in a day; the first real day replaces it.
UNKNOWN_VOLUME = 1000.0
LEAST_SHARE = 0.1
_NEWEST = Compiled(
    lambda: AuditPlanRow.objects.filter(policy_version=Given("policy_version")).order_by("-created_at", "-id")[:1]
)


def current(policy_version: PolicyVersion, version: ModelVersion | None, *, now: datetime) -> AuditPlanRow:
    """Return the plan in force for a policy version, planning one where there is none yet."""
    plan = _newest(policy_version)
    return plan or replan(policy_version, version=version, now=now)


def replan_in_force(
    policy_version: PolicyVersion, *, expected_posts: float | None = None, now: datetime
) -> AuditPlanRow:
    """Plan anew for today, from what earlier audits found; ``expected_posts`` overrides what was counted."""
    version = deployment.champion_of(policy_version.project)
    return replan(policy_version, version=version, expected_posts=expected_posts, now=now)


def replan(
    policy_version: PolicyVersion, *, version: ModelVersion | None, expected_posts: float | None = None, now: datetime
) -> AuditPlanRow:
    """Write the plan for the coming day. The expected number of looks equals what people can keep up with."""
    audit = policy_version.rules["audit"]
    budget, removed_rate = _within_reach(policy_version, now=now), float(audit["removed_rate"])
    passing = _passed_a_day(policy_version, now=now) if expected_posts is None else expected_posts
    edges = _edges(policy_version, version, now=now)
    if edges is None:
        rate = min(1.0, budget / max(passing, 1.0))
        plan = audits.uniform(rate, removed_rate=removed_rate)
    else:
        plan = _allocate(policy_version, edges, passing=passing, budget=budget, removed_rate=removed_rate, now=now)
    return AuditPlanRow.objects.create(
        project=policy_version.project,
        policy_version=policy_version,
        model_version=version,
        plan=plan.to_dict(),
        budget=budget,
        expected_posts=passing,
        created_at=now,
    )


def _within_reach(policy_version: PolicyVersion, *, now: datetime) -> int:
    """Return the policy's looks a day, less the audits that wait past their time, and never less than a tenth.

    So where people cannot keep up the next day's rates fall. What was drawn stays drawn: dropping it would choose which
    posts are known, and without any look there would be nothing to tell that the machine has become bad.
    """
    budget = int(policy_version.rules["audit"]["looks_per_day"])
    waiting = Question.objects.filter(
        project=policy_version.project, purpose=Purpose.AUDIT, status=QuestionStatus.OPEN, due_at__lt=now
    )
    return max(math.ceil(LEAST_SHARE * budget), budget - waiting.count())


def _newest(policy_version: PolicyVersion) -> AuditPlanRow | None:
    return _NEWEST.first(policy_version=policy_version.pk)


def _passed_a_day(policy_version: PolicyVersion, *, now: datetime) -> float:
    """Return how many posts a day passed lately; a project's first days count as what they are."""
    since = now - timedelta(days=VOLUME_DAYS)
    passed = Verdict.objects.filter(
        project=policy_version.project, outcome=Outcome.PASS, created_at__gte=since, created_at__lt=now
    )
    first = passed.order_by("created_at").values_list("created_at", flat=True).first()
    if first is None:
        return UNKNOWN_VOLUME
    return passed.count() / max((now - first) / timedelta(days=1), 1.0)


def _edges(policy_version: PolicyVersion, version: ModelVersion | None, *, now: datetime) -> tuple[float, ...] | None:
    """Return the strata's edges: as before for the same policy and model, else cut anew; None while scores are few."""
    last = _newest(policy_version)
    if last and last.model_version_id == (version.pk if version else None):
        strata = audits.AuditPlan.from_dict(last.plan).strata
        if len(strata) > 1:
            return (0.0, *(one.high for one in strata))
    since = now - timedelta(days=VOLUME_DAYS)
    passed = Verdict.objects.filter(
        policy_version=policy_version, model_version=version, machine_outcome=Outcome.PASS, created_at__gte=since
    )
    rows = passed.exclude(score=None).order_by("id").values_list("score", flat=True)[:100_000]
    scores = [score for score in rows if score is not None]
    return audits.cut(scores) if len(scores) >= FEWEST_SCORES else None


def _allocate(
    policy_version: PolicyVersion,
    edges: tuple[float, ...],
    *,
    passing: float,
    budget: int,
    removed_rate: float,
    now: datetime,
) -> audits.AuditPlan:
    counted = [_stratum(policy_version, low, high, now=now) for low, high in zip(edges, edges[1:], strict=False)]
    seen = sum(one["posts"] for one in counted) or 1
    return audits.allocate(
        edges,
        expected_posts=[passing * one["posts"] / seen for one in counted],
        mean_scores=[one["mean_score"] for one in counted],
        audited=[int(one["audited"]) for one in counted],
        found=[int(one["found"]) for one in counted],
        budget=budget,
        removed_rate=removed_rate,
    )


def _stratum(policy_version: PolicyVersion, low: float, high: float, *, now: datetime) -> dict[str, float]:
    """Count passed posts of a score range over the days that are learned from."""
    top = Q(score__lte=high) if high >= 1 else Q(score__lt=high)
    since = now - timedelta(days=LEARNING_DAYS)
    draws = Draw.objects.filter(
        top,
        design=audits.FIRST_DRAW,
        project=policy_version.project,
        verdict__outcome=Outcome.PASS,
        score__gte=low,
        created_at__gte=since,
    )
    answered = Q(is_drawn=True, question__truths__withdrawn_at=None, question__truths__isnull=False)
    counts = draws.aggregate(
        posts=Count("pk", distinct=True),
        mean=Avg("score"),
        audited=Count("pk", filter=answered, distinct=True),
        found=Count("pk", filter=answered & Q(question__truths__classes__len__gt=0), distinct=True),
    )
    return {
        "posts": counts["posts"],
        "mean_score": float(counts["mean"] or (low + high) / 2),
        "audited": counts["audited"],
        "found": counts["found"],
    }
