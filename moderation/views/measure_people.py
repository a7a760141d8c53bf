"""This will show how people work and how well they agree: to managers everybody, to others themselves."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from config.accounts.rules import here, page
from moderation.people import showing as people_shown
from moderation.views.periods import period_of


@require_GET
@page()
def people(request: HttpRequest) -> HttpResponse:
    place = here(request)
    shown = people_shown.page(
        place.project, period_of(request), viewer=place.person, roles=place.roles, now=timezone.now()
    )
    return render(request, "moderation/measure/people.html", {"shown": shown})
