"""This will tell every page where the person is, and what they chose: project, roles, other projects, preferences."""

from typing import Any

from django.http import Http404, HttpRequest

from config.accounts import preferences
from config.accounts.models import Preferences, Project, Role, User
from config.accounts.rules import ANY_ROLE, place_of


def place(request: HttpRequest) -> dict[str, Any]:
    """Return project, roles and projects; empty where nobody is signed in. Never raises: error pages ask as well."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"project": None, "roles": frozenset(), "projects": []}
    project, roles = _place_of_page(request) or _first_place(request, user)
    # Whichever of the two found the place has looked through all of them.
    return {"project": project, "roles": roles, "projects": getattr(request, "projects", [])}


def chosen(request: HttpRequest) -> dict[str, Any]:
    """Return what this person chose for their screens, as the API gives it; the defaults where nobody is signed in."""
    user = getattr(request, "user", None)
    found = preferences.of(user) if isinstance(user, User) else Preferences()
    return {"preferences": preferences.to_json(found)}


def _place_of_page(request: HttpRequest) -> tuple[Project, frozenset[Role]] | None:
    """Return the place that the page's own rule found; None where none has, as on the pages of an account."""
    project = getattr(request, "project", None)
    return (project, getattr(request, "roles", frozenset())) if project else None


def _first_place(request: HttpRequest, user: User) -> tuple[Project | None, frozenset[Role]]:
    try:
        return place_of(request, user=user, wanted=ANY_ROLE)
    except Http404:
        return None, frozenset()
