"""This will set a project up, and give it other classes later: classes, a policy in force, a detector to be trained.

All of it or nothing. A change of classes is a new schema version. Open questions keep the version they were asked
under, and so do their truths; what is asked from now on is asked under the new one. The champion goes on deciding about
the classes it knows until a version trained on the new ones is deployed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from config.accounts.models import Project, User
from models_registry import registry
from models_registry.models import Detector, LabelSchema, SchemaKind
from moderation import policies, reasons
from moderation.models import PolicyMode, PolicyVersion

DETECTOR = "rules"
DEFAULT_CONFIG: dict[str, Any] = {"canvas": {"size_px": 96}, "fit": {}}
DEFAULT_AUDIT = {"looks_per_day": 150, "removed_rate": 0.1}
# No version was ever measured on a new class, and a required recall nobody can reach would flag every post.
NEW_CLASS = {"remove": None, "review": None, "hours_allowed": 24}


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
    kind: SchemaKind = SchemaKind.SEVERAL,
    guideline: str = "",
    why: Sequence[Mapping[str, str]] = (),
    by: User | None = None,
    now: datetime,
) -> Founded:
    """Make a project that can take posts at once; ``classes`` as in LabelSchema, ``why`` as in ``reasons.add``.

    Raises BadSchema or BadRules.
    """
    project = Project.objects.create(slug=slug, name=name)
    schema = registry.add_schema(project, classes=classes, kind=kind, guideline=guideline, by=by, now=now)
    reasons.add(project, why)
    reasons.add_missing(project, classes=classes)
    detector = Detector.objects.create(
        project=project, slug=DETECTOR, schema=schema, config=config or DEFAULT_CONFIG, created_at=now
    )
    rules = rules or default_rules(schema.keys)
    draft = policies.draft(project, mode=mode, rules=rules, by=by, reason="the project was founded", now=now)
    return Founded(project, schema, detector, policies.put_in_force(draft, by=by, now=now))


@transaction.atomic
def change_classes(
    project: Project,
    *,
    classes: Sequence[dict[str, Any]],
    kind: SchemaKind = SchemaKind.SEVERAL,
    guideline: str = "",
    by: User | None = None,
    now: datetime,
) -> LabelSchema:
    """Give a project another schema version; returns it. Raises BadSchema.

    Where the classes themselves changed, a policy that names them comes into force in the mode of the one before: a
    class keeps its bands, and a new one has none until somebody writes them. Where only words changed, truths of the
    versions before go on teaching; otherwise the next model starts from truths under the new version alone.
    """
    registry.lock(project)
    before, policy = registry.current_schema(project), policies.in_force(project)
    schema = registry.add_schema(project, classes=classes, kind=kind, guideline=guideline, by=by, now=now)
    Detector.objects.filter(project=project).update(schema=schema)
    reasons.add_missing(project, classes=classes)
    if set(schema.keys) != set(before.keys):
        bands = {key: policy.rules["classes"].get(key, NEW_CLASS) for key in schema.keys}
        rules = policy.rules | {"classes": bands}
        reason = f"the classes of schema {schema.version}"
        mode = PolicyMode(policy.mode)
        draft = policies.draft(project, mode=mode, rules=rules, by=by, reason=reason, now=now)
        policies.put_in_force(draft, by=by, now=now)
    return schema
