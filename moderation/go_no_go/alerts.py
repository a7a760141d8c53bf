"""This will keep alerts before everybody's eyes until somebody who answers for the project acknowledges them."""

from datetime import datetime

from config.accounts.models import Membership, Role, User
from config.compiled import Compiled, Given
from moderation.go_no_go import criteria
from moderation.models import Acknowledgement, Alert

_STANDING = Compiled(
    lambda: (
        Alert.objects.for_member(Given("user"))  # type: ignore[arg-type]
        .filter(acknowledgement__isnull=True)
        .select_related("project")
        .order_by("-id")
    )
)


def standing(user: User) -> list[Alert]:
    """Return the alerts of all this person's projects that nobody has acknowledged, newest first."""
    return _STANDING.all(user=user.pk)


def answered_for_by(user: User) -> set[int]:
    """Return the projects whose alerts this person may acknowledge."""
    held = Membership.objects.filter(user=user, role__in=[Role.MANAGER, Role.ADMIN])
    return set(held.values_list("project_id", flat=True))


def acknowledge(alert: Alert, *, by: User, now: datetime) -> Acknowledgement:
    """Write down who has seen an alert, and when; of two at once the first counts. Raises CriteriaRefused."""
    criteria.refuse_others(alert.project, by)
    return Acknowledgement.objects.get_or_create(alert=alert, defaults={"person": by, "created_at": now})[0]
