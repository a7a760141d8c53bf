"""This will show how the period stands, and take down criteria, decisions and acknowledgements."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from config.accounts.models import Role
from config.accounts.rules import here, page
from moderation import policies
from moderation.go_no_go import CriteriaRefused, DecisionRefused, alerts, criteria, deciding, evidence, overview
from moderation.models import Alert, PeriodDecision
from moderation.views.deciding_forms import CriteriaForm, DecisionForm, beginning
from moderation.views.pages import DASHBOARD_READERS

DECIDERS = (Role.MANAGER, Role.ADMIN)
# What a refusal means, in the reader's language; what is not here says itself what is wrong.
REFUSALS: dict[str, Promise] = {
    "not_allowed": _("Only managers and admins of the project may do this."),
    "criteria_set_too_late": _("Criteria come before the period they judge; choose a first day that has not begun."),
    "no_criteria": _("Set a target for at least one metric."),
    "bad_period": _("A period has from 1 to 366 days."),
    "bad_target": _("One of the targets is not a number that this metric can reach."),
    "decided_meanwhile": _("Somebody has decided meanwhile. Look at the newest decision below, then decide again."),
    "evidence_changed": _("The figures have changed meanwhile, and so has the recommendation. Look again."),
    "not_final": _("The period is not final yet; say that you know."),
    "not_a_period_of_these_criteria": _("These criteria do not judge this period."),
}


@require_GET
@page(*DASHBOARD_READERS)
def decisions(request: HttpRequest) -> HttpResponse:
    return _page(request, status=200)


@require_GET
@page(*DASHBOARD_READERS)
def watched(request: HttpRequest) -> JsonResponse:
    """The guard's capital day by day: {days, guarded: [{key, title, capital (log10), fires_at (log10)}]}."""
    place = here(request)
    state = overview.watched(place.project, now=timezone.now())
    if state is None:
        return JsonResponse({"days": [], "guarded": []})
    return JsonResponse(
        {
            "days": [one.day.isoformat() for one in state.days],
            "guarded": [
                {"key": one.guarded, "title": overview.title(one), "capital": one.capital, "fires_at": one.fires_at}
                for one in state.watched
            ],
        }
    )


@require_POST
@page(*DECIDERS)
def set_criteria(request: HttpRequest) -> HttpResponse:
    place, form = here(request), CriteriaForm(request.POST)
    if not form.is_valid():
        return _page(request, criteria_form=form, status=422)
    try:
        criteria.set_criteria(
            place.project,
            span=form.span(),
            targets=form.targets(),
            limits=form.limits(),
            reason=form.cleaned_data["reason"],
            by=place.person,
            now=timezone.now(),
        )
    except CriteriaRefused as refusal:
        form.add_error(None, in_words(refusal))
        return _page(request, criteria_form=form, status=422)
    messages.success(request, gettext("The criteria are set. They count from their first day on."))
    return redirect("decisions")


@require_POST
@page(*DECIDERS)
def decide(request: HttpRequest) -> HttpResponse:
    place, form, now = here(request), DecisionForm(request.POST), timezone.now()
    if not form.is_valid():
        return _page(request, decision_form=form, status=422)
    asked = [one for one in overview.offers(place.project, now=now) if one.key == form.cleaned_data["judge"]]
    if not asked:
        raise Http404("There is no such period.")
    try:
        made = deciding.decide(
            place.project, asked[0].version, asked[0].period, wish=form.wish(), by=place.person, now=now
        )
    except (CriteriaRefused, DecisionRefused) as refusal:
        form.add_error(None, in_words(refusal))
        return _page(request, decision_form=form, status=409)
    messages.success(request, gettext("Recorded: %(outcome)s.") % {"outcome": made.get_outcome_display()})
    return redirect("decisions")


@require_GET
@page(*DASHBOARD_READERS)
def evidence_of(request: HttpRequest, decision_id: int) -> HttpResponse:
    """The evidence, byte for byte as it was signed."""
    decision = _decision(request, decision_id)
    response = HttpResponse(decision.evidence.encode(), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="decision-{decision.pk}.json"'
    return response


@require_GET
@page(*DASHBOARD_READERS)
def verify(request: HttpRequest, decision_id: int) -> HttpResponse:
    decision = _decision(request, decision_id)
    shown = {"decision": decision, "verified": evidence.verify(decision), "at": timezone.now()}
    return render(request, "moderation/measure/_verified.html", shown)


@require_POST
@page(*DECIDERS)
def acknowledge(request: HttpRequest, alert_id: int) -> HttpResponse:
    place = here(request)
    alert = get_object_or_404(Alert.objects.for_member(place.person), pk=alert_id)
    try:
        alerts.acknowledge(alert, by=place.person, now=timezone.now())
    except CriteriaRefused as refusal:
        raise Http404("This alert is not yours to acknowledge.") from refusal
    onward = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(onward, allowed_hosts={request.get_host()})
    return redirect(onward if is_ours else "decisions")


def in_words(refusal: CriteriaRefused | DecisionRefused) -> str:
    return str(REFUSALS.get(refusal.code, refusal))


def _decision(request: HttpRequest, decision_id: int) -> PeriodDecision:
    mine = PeriodDecision.objects.for_member(here(request).person).filter(project=here(request).project)
    return get_object_or_404(mine, pk=decision_id)


def _page(
    request: HttpRequest,
    *,
    criteria_form: CriteriaForm | None = None,
    decision_form: DecisionForm | None = None,
    status: int,
) -> HttpResponse:
    place, now = here(request), timezone.now()
    judge = request.POST.get("judge") or request.GET.get("judge", "")
    shown = overview.page(place.project, judge=judge, now=now)
    newest = deciding.newest(place.project)
    seen: dict[str, Any] = {"after": newest.pk if newest else 0}
    if shown.chosen and shown.evaluation:
        seen |= {"judge": shown.chosen.key, "saw": str(shown.evaluation.recommendation)}
    if decision_form is not None:
        # What they see now is what they decide on next; their words stay.
        decision_form.data = request.POST.dict() | {key: str(value) for key, value in seen.items()}
    context = {
        "shown": shown,
        "may_decide": bool(place.roles & set(DECIDERS)),
        "decision_form": decision_form or DecisionForm(initial=seen),
        "criteria_form": criteria_form or CriteriaForm(initial=_beginning(request)),
        "is_setting": criteria_form is not None,
    }
    return render(request, "moderation/measure/decisions.html", context, status=status)


def _beginning(request: HttpRequest) -> dict[str, Any]:
    place, now = here(request), timezone.now()
    version = criteria.in_force(place.project, now=now)
    try:
        limits = criteria.limits_of(version, policies.in_force(place.project))
    except policies.NoPolicy:
        limits = {}
    return beginning(version, limits, today=now.date())
