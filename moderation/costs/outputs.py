"""This will count what a day's work came to: posts, decisions, removals, and the views that removals spared.

A removal counts on the day it was made, and is taken off again on the day on which the post was put back: so a day is
the same whenever it is counted. What the machine removed by itself is counted whole, whatever became of it: how much of
it violated says takedown precision.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import OuterRef, Subquery

from annotation.models import Purpose
from config.accounts.models import Project
from moderation.costs.views_by_age import AGES
from moderation.models import Complaint, DailyOutput, Decision, DecisionKind, Post

PLACES = 6


@dataclass
class _Removed:
    """Removals, and by age of the post how many post-days of views they spared."""

    count: int = 0
    spared: list[float] = field(default_factory=lambda: [0.0] * AGES)

    def add(self, days: list[float], *, sign: int) -> None:
        self.count += sign
        self.spared = [round(one + sign * day, PLACES) for one, day in zip(self.spared, days, strict=True)]


def refresh(project: Project, day: date) -> DailyOutput:
    """Count a day anew; safe to repeat."""
    start = datetime.combine(day, time(), tzinfo=UTC)
    end = start + timedelta(days=1)
    inside = {"project": project, "received_at__gte": start, "received_at__lt": end}
    made = Decision.objects.filter(project=project, created_at__gte=start, created_at__lt=end)
    people, machine, complaints = _removals(_changes(made))
    facts = {
        "posts": Post.objects.filter(**inside).count(),
        "decisions": made.filter(reverses__isnull=True).count(),
        "removals": people.count,
        "machine_removals": machine.count,
        "complaint_removals": complaints.count,
        "complaints": Complaint.objects.filter(**inside).count(),
        "prevented": {"people": people.spared, "machine": machine.spared, "complaints": complaints.spared},
    }
    return DailyOutput.objects.update_or_create(project=project, day=day, defaults=facts)[0]


def _changes(made: Any) -> Any:
    """Return the decisions of a day that changed whether their post is up, each with what was in force before it."""
    before = Decision.objects.filter(post=OuterRef("post"), id__lt=OuterRef("id")).order_by("-id")
    marked = made.annotate(
        kind_before=Subquery(before.values("kind")[:1]),
        person_before=Subquery(before.values("person")[:1]),
        purpose_before=Subquery(before.values("label__question__purpose")[:1]),
    )
    names = ("kind", "kind_before", "person", "person_before", "label__question__purpose", "purpose_before")
    return marked.order_by("id").values(*names, "created_at", "post__received_at")


def _removals(changes: Iterable[dict[str, Any]]) -> tuple[_Removed, _Removed, _Removed]:
    """Return what people removed (less what was put back), what the machine did, and what complaints led to."""
    people, machine, complaints = _Removed(), _Removed(), _Removed()
    for one in changes:
        was_up, is_up = (one[name] != DecisionKind.REMOVE for name in ("kind_before", "kind"))
        if was_up == is_up:
            continue
        days = days_left(one["post__received_at"], at=one["created_at"])
        sign, then = (-1, "_before") if is_up else (1, "")
        if one[f"person{then}"]:
            people.add(days, sign=sign)
            purpose = one["purpose_before" if is_up else "label__question__purpose"]
            if purpose == Purpose.COMPLAINT:
                complaints.add(days, sign=sign)
        elif not is_up:
            machine.add(days, sign=sign)
    return people, machine, complaints


def days_left(received_at: datetime, *, at: datetime) -> list[float]:
    """Return, by age in days (of UTC), which share of that day a post that is removed now is not seen any more.

    The first is the day on which it came, of which only the part after it came counts; views spread over a day evenly.
    """
    age = (at.astimezone(UTC).date() - received_at.astimezone(UTC).date()).days
    midnight = datetime.combine(at.astimezone(UTC).date(), time(), tzinfo=UTC)
    began, ended = max(midnight, received_at), midnight + timedelta(days=1)
    left = (ended - at) / (ended - began) if ended > began else 0.0
    return [0.0 if one < age else max(0.0, min(1.0, left)) if one == age else 1.0 for one in range(AGES)]
