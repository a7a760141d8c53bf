"""This will keep what happened by itself before people's eyes: a rollout that stopped, a version below its promise.

An alert stands on every page of the project until somebody who answers for its models says that they have seen it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from config.accounts.models import Membership, Role, User
from config.compiled import Compiled, Given
from moderation.models import ModelAlert, Rollout, Validation

# An alert about a version that somebody has seen is raised again after so long, where nothing has become better.
AGAIN_AFTER = timedelta(days=7)
ANSWER_FOR = (Role.ENGINEER, Role.MANAGER, Role.ADMIN)

_UNSEEN = Compiled(
    lambda: ModelAlert.objects.for_member(Given("user")).filter(seen_at__isnull=True).only("pk")[:1]  # type: ignore[arg-type]
)
_STANDING = Compiled(
    lambda: (
        ModelAlert.objects.for_member(Given("user"))  # type: ignore[arg-type]
        .filter(seen_at__isnull=True)
        .select_related("project", "rollout__challenger__detector", "validation__model_version__detector")
        .select_related("finding__model_version__detector", "finding__model_version__schema")
        .order_by("-id")
    )
)


class AlertRefused(Exception):
    """This person does not answer for the models of the alert's project; ``code`` is not_allowed."""

    code = "not_allowed"


def standing(user: User) -> list[ModelAlert]:
    """Return the alerts of all this person's projects that nobody has seen, newest first."""
    # PostgreSQL takes 12 ms to plan so many joins, on every page, and nearly always nothing stands.
    return _STANDING.all(user=user.pk) if _UNSEEN.first(user=user.pk) else []


def answered_for_by(user: User) -> set[int]:
    """Return the projects whose alerts this person may put away."""
    held = Membership.objects.filter(user=user, role__in=ANSWER_FOR)
    return set(held.values_list("project_id", flat=True))


def see(alert: ModelAlert, *, by: User, now: datetime) -> None:
    """Write down who has seen an alert; of two at once the first counts. Raises AlertRefused."""
    if alert.project_id not in answered_for_by(by):
        raise AlertRefused("Only engineers, managers and admins of the project may do this.")
    ModelAlert.objects.filter(pk=alert.pk, seen_at__isnull=True).update(seen_at=now, seen_by=by)


def raise_for_rollout(rollout: Rollout, *, detail: Mapping[str, Any], now: datetime) -> ModelAlert:
    """Alert people that a guardrail stopped a rollout; the caller is in the transaction that did."""
    return ModelAlert.objects.create(
        project_id=rollout.project_id, rollout=rollout, detail=dict(detail), created_at=now
    )


def raise_for_validation(validation: Validation, *, now: datetime) -> ModelAlert | None:
    """Alert people that a version is clearly below what was promised; None where they know.

    They know while an alert about the version stands, and for a week after they have seen it.
    """
    mine = ModelAlert.objects.filter(validation__model_version=validation.model_version_id)
    if mine.filter(seen_at__isnull=True).exists() or mine.filter(seen_at__gte=now - AGAIN_AFTER).exists():
        return None
    if mine.filter(validation=validation).exists():
        return None
    return ModelAlert.objects.create(
        project_id=validation.project_id, validation=validation, detail={"below": validation.below}, created_at=now
    )
