"""This will keep the business rules about posters that policy obeys: each with owner, reason and expiry."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from config.accounts.models import Project, User
from moderation.models import Override, OverrideKind


class BadOverride(ValueError):
    """An override needs a poster, a reason and an expiry in the future."""


def add(
    project: Project, *, kind: OverrideKind, poster: str, owner: User, reason: str, expires_at: datetime, now: datetime
) -> Override:
    """Put an override in force until it expires. Raises BadOverride."""
    if not poster.strip() or not reason.strip() or expires_at <= now:
        raise BadOverride("An override needs a poster, a reason and an expiry in the future.")
    return Override.objects.create(
        project=project,
        kind=kind,
        poster=poster.strip(),
        owner=owner,
        reason=reason.strip(),
        created_at=now,
        expires_at=expires_at,
    )


def of_posters(project: Project, posters: Iterable[str], *, now: datetime) -> dict[str, frozenset[str]]:
    """Return the kinds of override in force for each of these posters, in one query."""
    found: dict[str, set[str]] = defaultdict(set)
    rows = Override.objects.filter(project=project, poster__in=set(posters), expires_at__gt=now, created_at__lte=now)
    for poster, kind in rows.values_list("poster", "kind"):
        found[poster].add(kind)
    return {poster: frozenset(kinds) for poster, kinds in found.items()}
