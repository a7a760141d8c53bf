"""This will keep alerts before everybody's eyes until somebody who answers for the project acknowledges them."""

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from config.accounts.models import Membership, Role, User
from moderation.go_no_go import criteria
from moderation.models import Acknowledgement, Alert


def standing(user: User) -> QuerySet[Any]:
    """Return the alerts of all this person's projects that nobody has acknowledged, newest first.

    Each says as ``may_acknowledge`` whether this person may.
    """
    answers_for = Membership.objects.filter(
        user=user, project_id=OuterRef("project_id"), role__in=[Role.MANAGER, Role.ADMIN]
    )
    mine = Alert.objects.for_member(user).filter(acknowledgement__isnull=True)
    marked = mine.annotate(may_acknowledge=Exists(answers_for))
    return marked.select_related("project").order_by("-id")


def acknowledge(alert: Alert, *, by: User, now: datetime) -> Acknowledgement:
    """Write down who has seen an alert, and when; of two at once the first counts. Raises CriteriaRefused."""
    criteria.refuse_others(alert.project, by)
    return Acknowledgement.objects.get_or_create(alert=alert, defaults={"person": by, "created_at": now})[0]
