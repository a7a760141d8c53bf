"""This will show annotators their desk, and both desks how much waits in each lane."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from annotation import lanes
from annotation.models import Desk
from annotation.queue import desks_of
from config.accounts.models import Role
from config.accounts.rules import page


@require_GET
@page(Role.ANNOTATOR, Role.MANAGER, Role.ADMIN)
def label(request: HttpRequest) -> HttpResponse:
    return render(request, "answering/page.html", {"desk": Desk.LABEL})


@require_GET
@page(Role.MODERATOR, Role.ANNOTATOR, Role.MANAGER, Role.ADMIN)
def lane_counts(request: HttpRequest, desk: str) -> HttpResponse:
    """The lanes of one desk, with what waits in them for this person."""
    roles = request.roles  # type: ignore[attr-defined]
    if desk not in desks_of(roles):
        raise PermissionDenied("None of your roles sits at this desk.")
    project = request.project  # type: ignore[attr-defined]
    counted = lanes.waiting(project, desk=Desk(desk), roles=roles, now=timezone.now())
    return render(request, "answering/_lanes.html", {"lanes": counted, "all": lanes.together(counted)})
