"""This will keep policy versions: draft one, put it in force, know which one is.

Exactly one is in force per project. Changing it locks the row that every screening transaction holds ``FOR SHARE``,
so no verdict is written under a policy that has just gone.
"""

from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from config.accounts.models import Project, User
from config.compiled import Compiled, Given
from models_registry.models import ModelVersion
from models_registry.registry import current_schema, lock, next_number, require_precision
from moderation import policy, stops
from moderation.models import PolicyMode, PolicyStart, PolicyStatus, PolicyVersion

_IN_FORCE = Compiled(lambda: PolicyVersion.objects.filter(project=Given("project"), status=PolicyStatus.IN_FORCE))


class NoPolicy(Exception):
    """The project has no policy in force."""


@transaction.atomic
def draft(
    project: Project,
    *,
    mode: PolicyMode,
    rules: dict[str, Any],
    by: User | None = None,
    reason: str = "",
    now: datetime,
) -> PolicyVersion:
    """Write a new policy version down, not in force yet. Raises BadRules."""
    policy.check_rules(rules, class_keys=current_schema(project).keys)
    lock(project)
    return PolicyVersion.objects.create(
        project=project,
        number=next_number(PolicyVersion.objects.filter(project=project)),
        mode=mode,
        rules=rules,
        reason=reason,
        created_at=now,
        created_by=by,
    )


@transaction.atomic
def put_in_force(version: PolicyVersion, *, by: User | None = None, now: datetime) -> PolicyVersion:
    """Make a version the one that decides, and write down who did; the one before is retired. Repeating it changes
    nothing.

    Of two callers the later wins. Returns the row as it is now. Raises BadRules for a version that was written for
    other classes than the project has now, and stops.NeedsGo for one that acts where the machine is stopped; then
    nothing has changed.
    """
    lock(version.project)
    # Read anew: what the caller holds may be from before somebody else's change.
    version = PolicyVersion.objects.select_related("project").get(pk=version.pk)
    policy.check_rules(version.rules, class_keys=current_schema(version.project).keys)
    if version.mode != PolicyMode.MANUAL:
        stops.refuse_acting(version.project)
    current = PolicyVersion.objects.select_for_update(no_key=True).filter(
        project=version.project, status=PolicyStatus.IN_FORCE
    )
    for one in current.exclude(pk=version.pk):
        one.status, one.retired_at = PolicyStatus.RETIRED, now
        one.save(update_fields=["status", "retired_at"])
    if version.status != PolicyStatus.IN_FORCE:
        version.status, version.in_force_at, version.retired_at = PolicyStatus.IN_FORCE, now, None
        version.save(update_fields=["status", "in_force_at", "retired_at"])
        PolicyStart.objects.create(policy_version=version, started_at=now, started_by=by)
        # The gate, two floors below, compares versions where this policy will use them.
        require_precision(version.project, policy.least_flag_precision(version.rules))
    return version


def in_force(project: Project) -> PolicyVersion:
    """Return the policy in force. Raises NoPolicy."""
    found = _IN_FORCE.first(project=project.pk)
    if found is None:
        raise NoPolicy(f"{project} has no policy in force; put one in force first.")
    return found


def projects() -> QuerySet[Project]:
    """Return the projects in which a policy is in force."""
    ruled = PolicyVersion.objects.filter(status=PolicyStatus.IN_FORCE)
    return Project.objects.filter(pk__in=ruled.values("project"))


def hold_still(project: Project) -> PolicyVersion:
    """Return the policy in force and keep it so until the caller's transaction ends."""
    with connection.cursor() as cursor:
        # FOR SHARE, which the ORM does not offer: workers need not wait for each other, only a change of policy waits.
        cursor.execute(
            "SELECT id FROM moderation_policyversion WHERE project_id = %s AND status = 'in_force' FOR SHARE",
            [project.pk],
        )
    return in_force(project)


def limits(version: PolicyVersion, model_version: ModelVersion | None) -> policy.Thresholds | None:
    """Return the thresholds that a policy means for a model version, read off its operating points."""
    if model_version is None:
        return None
    return policy.thresholds(version.rules, report=model_version.report)


def bands(version: PolicyVersion, model_version: ModelVersion) -> dict[str, list[float]]:
    """Return, per class, the thresholds at which a policy changes its mind about this model version's scores."""
    found = limits(version, model_version)
    if found is None:
        return {}
    both = (found.remove, found.review)
    return {key: [one[key] for one in both if one.get(key) is not None] for key in version.rules["classes"]}  # type: ignore[misc]
