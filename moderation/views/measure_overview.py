"""This will show the overview of a period, with the present work above it, and take in incidents."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from config.accounts.models import Role
from config.accounts.rules import here, page
from moderation import dashboard, journal
from moderation.models.journal import LONGEST_TEXT, LONGEST_TITLE
from moderation.overview import overview as overview_of
from moderation.overview import trends
from moderation.views.pages import DASHBOARD_READERS
from moderation.views.periods import period_of

MODEL_READERS = frozenset({Role.ENGINEER, Role.MANAGER, Role.ADMIN})
WRITERS = (Role.MANAGER, Role.ADMIN)


class IncidentForm(forms.Form):
    """``at`` is in UTC, as all times on these pages are."""

    title = forms.CharField(max_length=LONGEST_TITLE)
    at = forms.DateTimeField()
    note = forms.CharField(max_length=LONGEST_TEXT, required=False)


@require_GET
@page(*DASHBOARD_READERS)
def overview(request: HttpRequest) -> HttpResponse:
    """The overview, or only the present, which refreshes when htmx asks."""
    project, now = here(request).project, timezone.now()
    present = dashboard.present(project, now=now)
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "moderation/measure/_now.html", {"now": present})
    shown = {
        "now": present,
        "at": now.strftime("%Y-%m-%dT%H:%M"),
        "shown": overview_of(project, period_of(request)),
        "may_open_models": bool(here(request).roles & MODEL_READERS),
    }
    return render(request, "moderation/measure/overview.html", shown)


@require_GET
@page(*DASHBOARD_READERS)
def days(request: HttpRequest) -> JsonResponse:
    """How many posts came, and what became of them: one object a day, oldest first."""
    return JsonResponse({"days": dashboard.days(here(request).project, period_of(request))})


@require_GET
@page(*DASHBOARD_READERS)
def trend(request: HttpRequest) -> JsonResponse:
    """What the charts over time draw."""
    return JsonResponse(trends.drawn(here(request).project, period_of(request)))


@require_POST
@page(*WRITERS)
def incidents(request: HttpRequest) -> HttpResponse:
    """Mark something that happened on the time axis."""
    said = IncidentForm(request.POST)
    if said.is_valid():
        place = here(request)
        journal.report_incident(place.project, **said.cleaned_data, by=place.person, now=timezone.now())
    else:
        messages.error(request, _("An incident needs a title and a time."))
    return onward(request, otherwise="dashboard")


def onward(request: HttpRequest, *, otherwise: str) -> HttpResponse:
    """Go back to the page that a form stood on."""
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()})
    return redirect(wanted if is_ours else otherwise)
