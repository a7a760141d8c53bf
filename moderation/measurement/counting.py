"""This will count what happened in a period: posts, verdicts, decisions, looks, views, complaints, and how fast.

Counts need no interval. What people found otherwise than by draws (complaints, appeals) is counted here, beside the
metrics, and never enters them.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum

from annotation.models import Label, Purpose, Truth
from config.accounts.models import Project
from moderation.measurement import bins
from moderation.measurement.gathering import first_draws, with_truth
from moderation.measurement.periods import Period
from moderation.models import (
    Appeal,
    Complaint,
    DayViews,
    Decision,
    DecisionKind,
    Outcome,
    Post,
    PostStatus,
    Verdict,
)

# System recall counts what was unpublished within this time of posting.
STATED_HOURS = 24.0
# Any other post is published, and nobody has decided on it.
_TOUCHED = (PostStatus.DECIDED, PostStatus.WITHDRAWN, PostStatus.IN_REVIEW)


def counts(project: Project, period: Period) -> dict[str, Any]:
    """Count what happened in a period; everything can be added up over periods, bins of hours entry by entry."""
    inside = {"project": project, "created_at__gte": period.start, "created_at__lt": period.end}
    received = Post.objects.filter(project=project, received_at__gte=period.start, received_at__lt=period.end)
    verdicts = Verdict.objects.filter(**inside).aggregate(
        scored=Count("pk", filter=~Q(machine_outcome="")),
        flagged=Count("pk", filter=Q(machine_outcome__in=[Outcome.REMOVE, Outcome.REVIEW])),
        removed=Count("pk", filter=Q(outcome=Outcome.REMOVE)),
        passed=Count("pk", filter=Q(outcome=Outcome.PASS)),
    )
    audited = first_draws(project, period).filter(verdict__outcome=Outcome.PASS, is_drawn=True).count()
    looks = Label.objects.filter(
        question__project=project, created_at__gte=period.start, created_at__lt=period.end
    ).aggregate(human_looks=Count("pk"), label_looks=Count("pk", filter=Q(question__purpose=Purpose.LABEL)))
    return {
        "posts": received.count(),
        "failed": received.filter(status=PostStatus.FAILED).count(),
        **verdicts,
        "audited": audited,
        **_decisions(Decision.objects.filter(**inside)),
        **looks,
        **_from_outside(project, period),
        **_speed(project, period),
    }


def together(days: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Add up the counts of many days."""
    total: dict[str, Any] = {}
    hours = []
    for one in days:
        for key, n in one.items():
            if key == "hours_to_action":
                hours.append(n)
            else:
                total[key] = total.get(key, 0) + n
    return total | {"hours_to_action": bins.together(hours)}


def _decisions(made: QuerySet[Decision]) -> dict[str, int]:
    """Count decisions. What its own maker took back was never a removal, and neither is what confirms one, as an appeal
    may; one that a later decision put back was overturned."""
    standing = made.filter(reverses__isnull=True)
    counted = standing.aggregate(
        decided=Count("pk"),
        removals=Count("pk", filter=Q(kind=DecisionKind.REMOVE)),
        keeps=Count("pk", filter=Q(kind=DecisionKind.KEEP)),
    )
    later = Decision.objects.filter(
        post=OuterRef("post"), kind=DecisionKind.KEEP, reverses__isnull=True, id__gt=OuterRef("id")
    )
    earlier = Decision.objects.filter(
        post=OuterRef("post"), reverses__isnull=True, reversal__isnull=True, id__lt=OuterRef("id")
    )
    removals = standing.filter(kind=DecisionKind.REMOVE, reversal__isnull=True)
    before = Subquery(earlier.order_by("-id").values("kind")[:1])
    kept = removals.annotate(before=before).filter(Q(before__isnull=True) | Q(before=DecisionKind.KEEP))
    ended = kept.aggregate(standing_removals=Count("pk"), overturned=Count("pk", filter=Q(Exists(later))))
    return {**counted, **ended, "reversals": made.filter(reverses__isnull=False).count()}


def _from_outside(project: Project, period: Period) -> dict[str, int]:
    """Count what viewers and posters did, and what people answered them."""
    of_project = {"project": project}
    came = {"received_at__gte": period.start, "received_at__lt": period.end}
    told = Truth.objects.filter(
        **of_project, settled_at__gte=period.start, settled_at__lt=period.end, withdrawn_at__isnull=True
    )
    answered = told.aggregate(
        found_by_complaint=Count("pk", filter=Q(purpose=Purpose.COMPLAINT, classes__len__gt=0)),
        answered_complaints=Count("pk", filter=Q(purpose=Purpose.COMPLAINT)),
        upheld_appeals=Count("pk", filter=Q(purpose=Purpose.APPEAL, classes__len=0)),
        answered_appeals=Count("pk", filter=Q(purpose=Purpose.APPEAL)),
    )
    days = DayViews.objects.filter(**of_project, date__gte=period.first, date__lte=period.last)
    return {
        "views": days.aggregate(n=Sum("views"))["n"] or 0,
        "complaints": Complaint.objects.filter(**of_project, **came).count(),
        "appeals": Appeal.objects.filter(**of_project, **came).count(),
        **answered,
    }


def _speed(project: Project, period: Period) -> dict[str, Any]:
    """Count how fast the period's posts were acted on.

    ``in_time`` are violations that a person unpublished within the stated time of posting, ``late`` those that are
    known and were not. The machine's own removals are in neither: how many of them violate is estimated.
    """
    in_time = late = 0
    hours = []
    for one in _acted_on(project, period):
        if one["stands"] == DecisionKind.REMOVE and one["first_removal"]:
            hours.append(_hours(one["first_removal"] - one["post__posted_at"]))
        if one["verdict__outcome"] == Outcome.REMOVE or not _violates(one):
            continue
        is_in_time = (
            one["removed_by_person"] and _hours(one["removed_by_person"] - one["post__posted_at"]) <= STATED_HOURS
        )
        in_time, late = in_time + bool(is_in_time), late + (not is_in_time)
    return {"in_time": in_time, "late": late, "hours_to_action": bins.spread(hours)}


def _acted_on(project: Project, period: Period) -> Iterable[dict[str, Any]]:
    touched = Q(question__isnull=False) | Q(post__status__in=_TOUCHED)
    standing = Decision.objects.filter(post=OuterRef("post"), reverses__isnull=True, reversal__isnull=True)
    by_people = standing.filter(person__isnull=False)
    return (
        with_truth(first_draws(project, period).filter(touched))
        .annotate(
            stands=_last_kind(standing),
            decided=_last_kind(by_people),
            first_removal=_first_removal(standing),
            removed_by_person=_first_removal(by_people),
        )
        .filter(Q(stands=DecisionKind.REMOVE) | Q(decided=DecisionKind.REMOVE) | Q(truth__len__gt=0))
        .values(
            "post__posted_at",
            "verdict__outcome",
            "truth",
            "stands",
            "decided",
            "first_removal",
            "removed_by_person",
        )
        .order_by(F("id"))
    )


def _last_kind(decisions: QuerySet[Decision]) -> Subquery:
    return Subquery(decisions.order_by("-created_at", "-id").values("kind")[:1])


def _first_removal(decisions: QuerySet[Decision]) -> Subquery:
    removals = decisions.filter(kind=DecisionKind.REMOVE)
    return Subquery(removals.order_by("created_at", "id").values("created_at")[:1])


def _violates(one: Mapping[str, Any]) -> bool:
    """What people decided last tells; where nobody decided, as after an audit that is not acted on yet, the truth."""
    return one["decided"] == DecisionKind.REMOVE if one["decided"] else bool(one["truth"])


def _hours(span: timedelta) -> float:
    return max(0.0, span / timedelta(hours=1))
