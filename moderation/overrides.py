"""This will keep the business rules about posters that policy obeys: each with owner, reason and expiry."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db.models import F

from config.accounts.models import Project, User
from config.compiled import Among, Compiled, Given
from moderation.models import Override, OverrideKind

_IN_FORCE = Compiled(
    lambda: Override.objects.filter(
        Among(F("poster"), Given("posters")),
        project=Given("project"),
        expires_at__gt=Given("now"),
        created_at__lte=Given("now"),
    ).only("poster", "kind")
)


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
    for one in _IN_FORCE.all(project=project.pk, posters=list(posters), now=now):
        found[one.poster].add(one.kind)
    return {poster: frozenset(kinds) for poster, kinds in found.items()}
