"""This will count what a person had to see today, and say when it is as much as somebody thought right.

Nothing is forced: the desk offers other work or a break, and the person decides.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Func, QuerySet

from annotation.models import Label
from config.accounts import preferences
from config.accounts.models import Project, User
from models_registry.registry import current_schema
from moderation.models import ExposureBudget


@dataclass(frozen=True)
class Exposure:
    """Images of one class that a person answered since midnight UTC; ``budget`` is None where nobody set one."""

    class_key: str
    name: str
    seen: int
    budget: int | None

    @property
    def is_reached(self) -> bool:
        return self.budget is not None and self.seen >= self.budget


def today(person: User, *, project: Project, now: datetime) -> list[Exposure]:
    """Return every class of the project in its order; of the project's budget and the person's own, the smaller."""
    seen = _seen(person, project=project, now=now)
    budgets = _budgets(person, project=project)
    return [
        Exposure(str(one["key"]), str(one.get("name", one["key"])), seen[one["key"]], budgets.get(one["key"]))
        for one in current_schema(project).classes
    ]


def _seen(person: User, *, project: Project, now: datetime) -> Counter[str]:
    """Count images, not answers: one that was taken back and answered anew was seen once."""
    named = answers_of(person, project=project, now=now).annotate(one=Func(F("classes"), function="unnest"))
    return Counter(dict(named.values("one").annotate(n=Count("question", distinct=True)).values_list("one", "n")))


def answers_of(person: User, *, project: Project, now: datetime) -> QuerySet[Label]:
    """Return what a person answered in a project since midnight UTC and did not take back."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    mine = Label.objects.filter(person=person, created_at__gte=midnight, created_at__lte=now)
    return mine.filter(question__project=project, retraction__isnull=True)


def _budgets(person: User, *, project: Project) -> dict[str, int]:
    set_here = dict(ExposureBudget.objects.filter(project=project).values_list("class_key", "per_day"))
    own = preferences.of(person).exposure_budget
    return {key: min(found[key] for found in (set_here, own) if key in found) for key in {*set_here, *own}}
