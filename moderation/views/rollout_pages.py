"""This will show rollouts, and the form that starts one."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from config.accounts.models import Role
from config.accounts.rules import here, page
from models_registry import deployment
from models_registry.models import ModelVersion
from moderation.models import ModelAlert, Rollout, RolloutKind, RolloutStatus, RolloutUnit
from moderation.rollouts import alerts, conducting, guardrails, limits, showing, wording
from moderation.rollouts.alerts import AlertRefused

READERS = (Role.ENGINEER, Role.MANAGER, Role.ADMIN)
CONDUCTORS = frozenset({Role.ENGINEER, Role.ADMIN})


@require_GET
@page(*READERS)
def rollouts(request: HttpRequest) -> HttpResponse:
    return render(request, "moderation/rollouts/rollouts.html", showing.listed(here(request).project))


@require_GET
@page(*READERS)
def rollout(request: HttpRequest, rollout_id: int) -> HttpResponse:
    found = _rollout(request, rollout_id)
    context = {
        "page": showing.page(found, now=timezone.now()),
        "may_conduct": bool(here(request).roles & CONDUCTORS),
        "most_share": 100 * conducting.MOST_SHARE[RolloutKind(found.kind)],
        "is_open": found.status in (RolloutStatus.RUNNING, RolloutStatus.STOPPED),
    }
    return render(request, "moderation/rollouts/rollout.html", context)


@require_GET
@page(*READERS)
def rollout_days(request: HttpRequest, rollout_id: int) -> JsonResponse:
    """What is still possible of each guarded ratio, day by day: {days, rails: [{key, title, limit, bounds}]}."""
    return JsonResponse(showing.drawn(guardrails.state(_rollout(request, rollout_id))))


@require_GET
@page(*CONDUCTORS)
def new_rollout(request: HttpRequest, version_id: int) -> HttpResponse:
    """The form that starts a rollout of a version; the API takes it."""
    mine = ModelVersion.objects.for_member(here(request).person).filter(detector__project=here(request).project)
    version = get_object_or_404(mine.select_related("detector"), pk=version_id)
    context: dict[str, Any] = {
        "version": version,
        "champion": deployment.champion_of(here(request).project),
        "kinds": [
            {"value": kind.value, "label": kind.label, "share": 100 * conducting.USUAL_SHARE[kind]}
            for kind in RolloutKind
        ],
        "units": RolloutUnit.choices,
        "labels": conducting.USUAL_LABELS,
        "limits": [{"key": key, "title": title, "usual": limits.USUAL[key]} for key, title in wording.RAILS.items()],
    }
    return render(request, "moderation/rollouts/new_rollout.html", context)


@require_POST
@page(*READERS)
def see_alert(request: HttpRequest, alert_id: int) -> HttpResponse:
    alert = get_object_or_404(ModelAlert.objects.for_member(here(request).person), pk=alert_id)
    try:
        alerts.see(alert, by=here(request).person, now=timezone.now())
    except AlertRefused as refusal:
        raise Http404("This alert is not yours to put away.") from refusal
    onward = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(onward, allowed_hosts={request.get_host()})
    return redirect(onward if is_ours else "rollouts")


def _rollout(request: HttpRequest, rollout_id: int) -> Rollout:
    return get_object_or_404(
        showing.rollouts(here(request).project).select_related("project", "detector", "champion__detector"),
        pk=rollout_id,
    )
