"""This will show what waits and how fast it goes, and plan how many people a number of posts a day needs."""

import math
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from config.accounts.models import Role
from config.accounts.rules import here, page
from moderation.queues import capacity
from moderation.queues import showing as queue_showing
from moderation.queues.staffing import MOST_POSTS, BadWish, Wish
from moderation.views.pages import DASHBOARD_READERS
from moderation.views.periods import period_of

HOURS, SHARE_PERCENT = 7, 80


class WishForm(forms.Form):
    """What the planner is asked: posts a day, hours a person works in a day, and percent of them spent looking."""

    posts = forms.IntegerField(min_value=0, max_value=MOST_POSTS)
    hours = forms.FloatField(min_value=0.5, max_value=24)
    share = forms.IntegerField(min_value=5, max_value=100)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("hours") is not None and not math.isfinite(said["hours"]):
            self.add_error("hours", "")
        return said


@require_GET
@page(*DASHBOARD_READERS)
def show(request: HttpRequest) -> HttpResponse:
    """The page of queues of a period, with the plan for as many posts as there are now."""
    project, now = here(request).project, timezone.now()
    period = period_of(request)
    known = capacity.basis(project, now=now)
    wish = Wish(known.posts_a_day, HOURS, SHARE_PERCENT / 100)
    context = {
        "shown": queue_showing.show(capacity.queues(project, period, now=now), period),
        "basis": queue_showing.basis(known),
        "plan": queue_showing.plan(capacity.plan(known, wish)),
        "shows_kinds": _shows_kinds(request),
        "wish": {"posts": wish.posts, "hours": HOURS, "share": SHARE_PERCENT},
    }
    return render(request, "moderation/measure/queues.html", context)


def _shows_kinds(request: HttpRequest) -> bool:
    """Say whether to tell what the work is for: who answers blind questions is not told how many there are."""
    return bool(here(request).roles & {Role.MANAGER, Role.ADMIN, Role.ENGINEER})


@require_GET
@page(*DASHBOARD_READERS)
def plan(request: HttpRequest) -> HttpResponse:
    """The answer of the planner, as a fragment; what makes no sense is said in it."""
    form = WishForm(request.GET)
    context: dict[str, Any] = {"plan": None, "is_wrong": True}
    if form.is_valid():
        said = form.cleaned_data
        try:
            wish = Wish(said["posts"], said["hours"], said["share"] / 100)
        except BadWish:
            return render(request, "moderation/measure/_plan.html", context, status=422)
        known = capacity.basis(here(request).project, now=timezone.now())
        context = {"plan": queue_showing.plan(capacity.plan(known, wish)), "shows_kinds": _shows_kinds(request)}
        return render(request, "moderation/measure/_plan.html", context)
    return render(request, "moderation/measure/_plan.html", context, status=422)
