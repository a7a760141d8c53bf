"""This will set a project up: its classes, a policy in force, a detector to be trained. All of it or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from config.accounts.models import Project, User
from models_registry import registry
from models_registry.models import Detector, LabelSchema
from moderation import policies
from moderation.models import PolicyMode, PolicyVersion

DETECTOR = "rules"
DEFAULT_CONFIG: dict[str, Any] = {"canvas": {"size_px": 96}, "fit": {}}
DEFAULT_AUDIT = {"looks_per_day": 150, "removed_rate": 0.1}


@dataclass(frozen=True)
class Founded:
    project: Project
    schema: LabelSchema
    detector: Detector
    policy: PolicyVersion


def default_rules(class_keys: Sequence[str]) -> dict[str, Any]:
    """Return cautious rules: review what reaches a recall of .9 per class, remove only at a precision of .95."""
    band = {"remove": {"required_precision": 0.95}, "review": {"required_recall": 0.9}, "hours_allowed": 24}
    return {"classes": dict.fromkeys(class_keys, band), "audit": dict(DEFAULT_AUDIT)}


@transaction.atomic
def found(
    *,
    slug: str,
    name: str,
    classes: Sequence[dict[str, Any]],
    mode: PolicyMode = PolicyMode.MANUAL,
    rules: dict[str, Any] | None = None,
    config: dict[str, Any] | None = None,
    guideline: str = "",
    by: User | None = None,
    now: datetime,
) -> Founded:
    """Make a project that can take posts at once; ``classes`` as in LabelSchema. Raises BadRules."""
    project = Project.objects.create(slug=slug, name=name)
    schema = registry.add_schema(project, classes=classes, guideline=guideline, by=by, now=now)
    detector = Detector.objects.create(
        project=project, slug=DETECTOR, schema=schema, config=config or DEFAULT_CONFIG, created_at=now
    )
    rules = rules or default_rules(schema.keys)
    draft = policies.draft(project, mode=mode, rules=rules, by=by, reason="the project was founded", now=now)
    return Founded(project, schema, detector, policies.put_in_force(draft, now=now))
