"""This will show moderators and managers their pages: where to begin, and the desks for posts."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from annotation.models import Desk
from config.accounts.models import Role
from config.accounts.rules import CHOSEN, page

# The first role that a person holds names the page they begin with.
BEGINNINGS = {
    Role.MODERATOR: "review",
    Role.ANNOTATOR: "label",
    Role.ENGINEER: "models",
    Role.MANAGER: "dashboard",
    Role.ADMIN: "dashboard",
}
DASHBOARD_READERS = (Role.MANAGER, Role.ADMIN, Role.ENGINEER, Role.MODERATOR)


@require_GET
@page()
def home(request: HttpRequest) -> HttpResponse:
    roles = request.roles  # type: ignore[attr-defined]
    return redirect(next(place for role, place in BEGINNINGS.items() if role in roles))


@require_POST
@page()
def choose_project(request: HttpRequest) -> HttpResponse:
    """Remember the project; one that this person has no part in is never chosen by the rules of pages."""
    request.session[CHOSEN] = request.POST.get("project", "")
    onward = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(onward, allowed_hosts={request.get_host()})
    return redirect(onward if is_ours else "home")


@require_GET
@page(Role.MODERATOR, Role.MANAGER, Role.ADMIN)
def review(request: HttpRequest) -> HttpResponse:
    return render(request, "answering/page.html", {"desk": Desk.REVIEW})


@require_GET
@page(Role.MODERATOR, Role.MANAGER, Role.ADMIN)
def complaints(request: HttpRequest) -> HttpResponse:
    return render(request, "answering/page.html", {"desk": Desk.COMPLAINT})


@require_GET
@page(Role.MODERATOR, Role.MANAGER, Role.ADMIN)
def appeals(request: HttpRequest) -> HttpResponse:
    return render(request, "answering/page.html", {"desk": Desk.APPEAL})
