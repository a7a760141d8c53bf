"""This will say who may come in: every URL names the roles, or the clients, that it is for.

A person works in one project at a time: the one named by ``?project=slug``, else the one they last chose, else
their first. A project in which they hold none of the roles is, to them, not there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from config.accounts.keys import ClientUser
from config.accounts.models import Client, Membership, Project, Role, User
from config.compiled import Compiled, Given

ANY_ROLE = frozenset(Role)
CHOSEN = "project"
# A page tells for whom it was made: another tab of the same browser may have signed somebody else in since.
PERSON_HEADER = "X-Person"
_MEMBERSHIPS = Compiled(
    lambda: Membership.objects.select_related("project").filter(user=Given("user")).order_by("project_id", "id")
)


class AnotherPerson(Exception):
    """The page that asks was made for somebody other than who is signed in by now."""


class NobodyYet(BasePermission):
    """The default: a view that names no rule lets nobody in."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return False


class ClientsOnly(BasePermission):
    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.user, ClientUser)


class People(BasePermission):
    """Lets in people who hold one of ``view.roles`` in the project they ask for; sets ``request.project``.

    Raises AnotherPerson where the page that asks says that it was made for somebody else.
    """

    def has_permission(self, request: Any, view: Any) -> bool:
        if isinstance(request.user, ClientUser) or not request.user.is_authenticated:
            return False
        made_for = request.headers.get(PERSON_HEADER)
        if made_for is not None and made_for != str(request.user.pk):
            raise AnotherPerson("This page was opened by somebody else than is signed in now.")
        project, roles = place_of(request._request, user=request.user, wanted=view.roles)
        request.project, request.roles = project, roles
        return project is not None


class PeopleOrClients(BasePermission):
    """Lets in the project's own clients, and people as above."""

    def has_permission(self, request: Any, view: Any) -> bool:
        if isinstance(request.user, ClientUser):
            request.project, request.roles = request.user.client.project, frozenset()
            return True
        return People().has_permission(request, view)


@dataclass(frozen=True)
class Place:
    """Who is asking, and where: a person with the roles they hold in the project they work in."""

    person: User
    project: Project
    roles: frozenset[Role]


def here(request: Any) -> Place:
    """Return the place that ``People`` or ``page`` let this request into."""
    return Place(person=request.user, project=request.project, roles=request.roles)


def client_of(request: Request) -> Client:
    """Return the client behind a request that ``ClientsOnly`` let in."""
    if not isinstance(request.user, ClientUser):
        raise PermissionDenied("Only clients may do this.")
    return request.user.client


def place_of(request: HttpRequest, *, user: User, wanted: frozenset[Role]) -> tuple[Project | None, frozenset[Role]]:
    """Return the project to work in and the roles held there, or (None, empty) where there is none.

    Sets ``request.projects`` to all that this person has a part in, for the pages that offer them.
    Raises Http404 for a project named in the URL that this person has no part in.
    """
    held: dict[Project, set[Role]] = {}
    for one in _MEMBERSHIPS.all(user=user.pk) if user.held is None else user.held:
        held.setdefault(one.project, set()).add(Role(one.role))
    request.projects = list(held)  # type: ignore[attr-defined]
    named = request.GET.get("project")
    if named and named not in {project.slug for project in held}:
        raise Http404("No such project.")
    chosen = named or getattr(request, "session", {}).get(CHOSEN)
    fitting = [project for project, roles in held.items() if roles & wanted]
    exact = [project for project in fitting if project.slug == chosen]
    if named and not exact:
        return None, frozenset()
    project = next(iter(exact or fitting), None)
    return project, frozenset(held[project]) if project else frozenset()


def page(*roles: Role) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Guard a page: signed in, and holding one of ``roles`` in the current project (any, when none is named)."""
    wanted = frozenset(roles) or ANY_ROLE

    def guard(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @login_required
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            project, held = place_of(request, user=request.user, wanted=wanted)  # type: ignore[arg-type]
            if project is None:
                raise PermissionDenied("None of your roles opens this page.")
            request.project, request.roles = project, held  # type: ignore[attr-defined]
            return view(request, *args, **kwargs)

        guarded.roles = wanted  # type: ignore[attr-defined]
        return guarded

    return guard
