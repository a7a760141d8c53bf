"""This will show the threshold lab, keep what is tried there as a draft, and put a draft in force in a second step."""

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from config.accounts.models import Role
from config.accounts.rules import here, page
from moderation import policies, policy, stops
from moderation.lab import drafts, tiles
from moderation.lab import page as lab_page
from moderation.lab.drafts import InForceChanged, NotADraft, Wanted
from moderation.measurement.periods import Period
from moderation.models import PolicyMode, PolicyVersion
from moderation.views.lab_forms import BadWanted, wanted_of
from moderation.views.periods import period_of

READERS = (Role.ENGINEER, Role.MANAGER, Role.ADMIN)
DECIDERS = (Role.MANAGER, Role.ADMIN)
LONGEST_REASON = 2000


@require_GET
@page(*READERS)
def lab(request: HttpRequest) -> HttpResponse:
    """The lab, or only its results when htmx asks; ``?draft=3`` begins with what a draft says."""
    try:
        wanted, problem = wanted_of(request.GET), ""
    except BadWanted as error:
        wanted, problem = None, error.detail
    return _lab(request, wanted=wanted, problem=problem, status=422 if problem else 200)


def _lab(
    request: HttpRequest, *, wanted: Wanted | None, problem: str = "", status: int = 200, reason: str = ""
) -> HttpResponse:
    project, period = here(request).project, period_of(request)
    said = {"problem": problem, "reason": reason, "modes": PolicyMode.choices}
    try:
        shown = lab_page.shown(project, period, wanted=wanted, draft=_draft(request))
    except policies.NoPolicy:
        return render(request, "moderation/measure/lab.html", {"lab": None})
    context = said | {"lab": shown, "tiles": tiles.tiles(shown), "query": _ends(period)}
    # Refused with the whole page: htmx would not show a refusal otherwise.
    template = "_lab_results.html" if request.htmx else "lab.html"  # type: ignore[attr-defined]
    status = 200 if request.htmx else status  # type: ignore[attr-defined]
    return render(request, f"moderation/measure/{template}", context, status=status)


def _draft(request: HttpRequest) -> PolicyVersion | None:
    number = request.GET.get("draft", "")
    return _known_draft(request, int(number)) if number.isdecimal() else None


def _known_draft(request: HttpRequest, pk: int) -> PolicyVersion:
    try:
        return drafts.draft_of(here(request).project, pk)
    except PolicyVersion.DoesNotExist:
        raise Http404("No such draft.") from None


@require_GET
@page(*READERS)
def curves(request: HttpRequest) -> JsonResponse:
    """One class's precision and recall at every threshold, and how its scores are spread."""
    found = lab_page.charts(here(request).project, period_of(request), key=request.GET.get("class", ""))
    if found is None:
        raise Http404("Nothing is known of this class in this period.")
    return JsonResponse(found)


@require_POST
@page(*READERS)
def save(request: HttpRequest) -> HttpResponse:
    """Write what is tried down as a draft, and show it; refused, the page keeps what was tried."""
    place, reason = here(request), request.POST.get("reason", "").strip()[:LONGEST_REASON]
    # The period stands in the form, so that a refused page shows the same one.
    request.GET = request.POST
    try:
        wanted = wanted_of(request.POST)
    except BadWanted as error:
        return _lab(request, wanted=None, problem=error.detail, status=422, reason=reason)
    refused: dict[str, Any] = {"wanted": wanted, "reason": reason}
    if wanted is None or not reason:
        return _lab(request, **refused, problem=_("Say why: a draft needs a reason."), status=422)
    try:
        draft = lab_page.save(
            place.project,
            period_of(request),
            wanted=wanted,
            based_on=_number(request, "based_on"),
            reason=reason,
            by=place.person,
            now=timezone.now(),
        )
    except InForceChanged as error:
        return _lab(request, **refused, problem=_changed(error), status=409)
    except policy.BadRules as error:
        return _lab(request, **refused, problem=str(error), status=422)
    return redirect(_address(draft, period_of(request)))


@require_GET
@page(*READERS)
def draft(request: HttpRequest, draft_id: int) -> HttpResponse:
    """What a draft would change, and the button that puts it in force."""
    return _draft_page(request, _known_draft(request, draft_id))


def _draft_page(request: HttpRequest, found: PolicyVersion, *, problem: str = "", status: int = 200) -> HttpResponse:
    place, period = here(request), period_of(request)
    shown = lab_page.shown(place.project, period, wanted=None, draft=found)
    context = {
        "draft": found,
        "lab": shown,
        "tiles": tiles.tiles(shown),
        "may_decide": bool(place.roles & set(DECIDERS)),
        "problem": problem,
        "query": _ends(period),
    }
    return render(request, "moderation/measure/lab_draft.html", context, status=status)


@require_POST
@page(*DECIDERS)
def put_in_force(request: HttpRequest, draft_id: int) -> HttpResponse:
    found = _known_draft(request, draft_id)
    request.GET = request.POST
    try:
        drafts.put_in_force(found, seen=_number(request, "seen"), by=here(request).person, now=timezone.now())
    except InForceChanged as error:
        return _draft_page(request, found, problem=_changed(error), status=409)
    except stops.NeedsGo:
        needed = _("The machine was stopped. A policy that acts needs a new go first.")
        return _draft_page(request, found, problem=needed, status=409)
    except NotADraft:
        return _draft_page(request, found, problem=_("This policy is no draft any more."), status=409)
    except policy.BadRules as error:
        return _draft_page(request, found, problem=str(error), status=409)
    return redirect(f"{reverse('lab')}?{urlencode(_ends(period_of(request)) | {'came': found.number})}")


def _changed(error: InForceChanged) -> str:
    facts = {"number": error.current.number, "reason": error.current.reason or "–"}
    return (
        _(
            "Nothing was changed: somebody else put policy %(number)s in force meanwhile (%(reason)s). "
            "Look at what is compared with it now."
        )
        % facts
    )


def _number(request: HttpRequest, name: str) -> int:
    said = request.POST.get(name, "")
    return int(said) if said.isdecimal() else 0


def _ends(period: Period) -> dict[str, str]:
    return {"from": period.first.isoformat(), "to": period.last.isoformat()}


def _address(draft: PolicyVersion, period: Period) -> str:
    return f"{reverse('lab_draft', args=[draft.pk])}?{urlencode(_ends(period))}"
