"""This will show what is watched of a version: translate in, one room call, translate out."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from config.accounts.models import Role
from config.accounts.rules import here, page
from moderation.watch import showing, skewing

READERS = (Role.ENGINEER, Role.MANAGER, Role.ADMIN)


@require_GET
@page(*READERS)
def show(request: HttpRequest) -> HttpResponse:
    """One version: the one that is asked for, else the one that was asked last. 404 for another project's."""
    now, project = timezone.now(), here(request).project
    versions = showing.versions(project, now=now)
    wanted = request.GET.get("version", "")
    chosen = next((one for one in versions if str(one.pk) == wanted), None)
    if wanted and chosen is None:
        raise Http404("Nothing of this version was watched lately.")
    chosen = chosen or (versions[0] if versions else None)
    context = {
        "versions": versions,
        "page": showing.page(chosen, now=now) if chosen else None,
        "skew": skewing.page(chosen, now=now) if chosen else None,
    }
    return render(request, "moderation/watch/watch.html", context)
