"""This will tell every page where the person is: the project, their roles, the projects to switch to."""

from typing import Any

from django.http import HttpRequest

from config.accounts.models import Project, Role
from config.accounts.rules import ANY_ROLE, place_of


def place(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"project": None, "roles": frozenset(), "projects": []}
    project: Project | None = getattr(request, "project", None)
    roles: frozenset[Role] = getattr(request, "roles", frozenset())
    if project is None:
        project, roles = place_of(request, user=user, wanted=ANY_ROLE)
    return {"project": project, "roles": roles, "projects": Project.objects.for_member(user)}
