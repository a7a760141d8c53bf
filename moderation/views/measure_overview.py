"""This will show the overview of a period, and the present work above it."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from config.accounts.rules import page
from moderation import dashboard
from moderation.views.pages import DASHBOARD_READERS
from moderation.views.periods import period_of


@require_GET
@page(*DASHBOARD_READERS)
def overview(request: HttpRequest) -> HttpResponse:
    """The dashboard, or only the part that refreshes when htmx asks."""
    project = request.project  # type: ignore[attr-defined]
    template = "moderation/_dashboard.html" if request.htmx else "moderation/measure/overview.html"  # type: ignore[attr-defined]
    period_of(request)
    return render(request, template, {"now": dashboard.overview(project, now=timezone.now())})


@require_GET
@page(*DASHBOARD_READERS)
def days(request: HttpRequest) -> JsonResponse:
    """The bars of the dashboard: one object a day, oldest first."""
    project = request.project  # type: ignore[attr-defined]
    return JsonResponse({"days": dashboard.days(project, now=timezone.now())})
