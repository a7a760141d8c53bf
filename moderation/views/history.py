"""This will show re-scorings, one while it goes on, and the galleries of what flips."""

import uuid
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from annotation import rescoring
from annotation.models import Rescoring, RescoringStatus
from config.accounts import preferences
from config.accounts.models import Role
from config.accounts.rules import here, page
from models_registry.deployment import champion_of
from models_registry.models import ModelVersion
from models_registry.nudge import nudge
from models_registry.registry import current_schema
from models_registry.run_page import took
from moderation import flips, tasks
from moderation.models import Flip, FlipComparison, FlipKind, Outcome
from moderation.views.cards import Card, Style, cards
from moderation.views.rescorings_api import RESCORERS, rescorings

READERS = (Role.ENGINEER, Role.MANAGER, Role.ADMIN)
SHOWN = 20
NAMED = 20
SAMPLES = (50, 200)
_LIVE = frozenset({RescoringStatus.REQUESTED, RescoringStatus.RUNNING})


class RequestForm(forms.Form):
    """Which version over which images."""

    version = forms.ModelChoiceField(queryset=ModelVersion.objects.none(), label=_("Model version"))
    received_from = forms.DateField(required=False, label=_("From day"))
    received_until = forms.DateField(required=False, label=_("To day"))
    percent = forms.FloatField(min_value=0.01, max_value=100, initial=100, label=_("Share of the images"))

    def __init__(self, *args: Any, versions: QuerySet[ModelVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["version"].queryset = versions  # type: ignore[attr-defined]

    def scope(self) -> rescoring.Scope:
        said = self.cleaned_data
        return rescoring.Scope(said["received_from"], said["received_until"], said["percent"] / 100)


def versions_of(request: HttpRequest) -> QuerySet[ModelVersion]:
    """Return the model versions of the project, newest first."""
    place = here(request)
    mine = ModelVersion.objects.for_member(place.person).filter(detector__project=place.project)
    found: QuerySet[ModelVersion] = mine.select_related("detector").order_by("-pk")
    return found


@require_http_methods(["GET", "POST"])
@page(*READERS)
def show_all(request: HttpRequest) -> HttpResponse:
    """The re-scorings there were, and the form that requests one."""
    may_rescore = bool(here(request).roles & RESCORERS)
    sent = request.POST if request.method == "POST" else None
    form = RequestForm(sent, versions=versions_of(request), initial={"version": request.GET.get("version")})
    if request.method == "POST":
        if not may_rescore:
            return render(request, "403.html", status=403)
        if form.is_valid() and (made := _request(request, form)):
            return redirect("rescoring", made.pk)
    share = settings.RESCORING_PERCENT / 100
    found = rescorings(request).order_by("-id")[:SHOWN]
    context = {
        "rows": [(one, rescoring.progress(one, share=share), flips.latest(one)) for one in found],
        "form": form,
        "may_rescore": may_rescore,
        "champion": champion_of(here(request).project),
        "given_percent": settings.RESCORING_PERCENT,
        "today": timezone.now(),
    }
    return render(request, "moderation/history/all.html", context, status=422 if form.errors else 200)


def _request(request: HttpRequest, form: RequestForm) -> Rescoring | None:
    """Request what the form says; None, with the reason in the form, where it is refused."""
    try:
        made = rescoring.request(
            form.cleaned_data["version"], form.scope(), by=here(request).person, now=timezone.now()
        )
    except rescoring.RescoringRefused as refused:
        form.add_error(None, _REFUSALS.get(refused.code, str(refused)))
        return None
    nudge(tasks.rescore)
    return made


_REFUSALS = {
    "rescoring_in_flight": _("History is being re-scored with this version already."),
    "no_images": _("There are no images yet."),
    "bad_scope": _("The first day lies after the last one."),
}


@require_GET
@page(*READERS)
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One re-scoring, or only what goes on of it when htmx asks."""
    one = get_object_or_404(rescorings(request), pk=pk)
    comparison = flips.latest(one)
    is_part = bool(request.htmx)  # type: ignore[attr-defined]
    context = _standing(request, one, comparison)
    if not is_part:
        context |= _gallery(request, comparison) if comparison else {}
        context |= {"batch_id": uuid.uuid4(), "samples": SAMPLES}
    template = "moderation/history/_live.html" if is_part else "moderation/history/one.html"
    return render(request, template, context)


def _standing(request: HttpRequest, one: Rescoring, comparison: FlipComparison | None) -> dict[str, Any]:
    share = settings.RESCORING_PERCENT / 100
    shown = rescoring.progress(one, share=share)
    is_comparing = comparison is None or comparison.finished_at is None
    sendings = list(comparison.sendings.select_related("person").order_by("-id")) if comparison else []
    is_over = one.status in (RescoringStatus.DONE, RescoringStatus.CANCELED)
    return {
        "one": one,
        "progress": shown,
        "left": took(shown.seconds_left) if shown.seconds_left is not None else "",
        "worked": took(one.worked_seconds) if one.worked_seconds else "",
        "given_percent": settings.RESCORING_PERCENT,
        "events": one.events.select_related("actor"),
        "unscored": one.unscored_images.select_related("image").order_by("id")[:NAMED] if one.unscored else [],
        "comparison": comparison,
        "is_comparing": is_comparing,
        "is_outdated": comparison is not None and not is_comparing and flips.is_outdated(comparison),
        "sendings": sendings,
        "is_live": one.status in _LIVE or (is_over and is_comparing) or any(not s.finished_at for s in sendings),
        "may_rescore": bool(here(request).roles & RESCORERS),
    }


@require_GET
@page(*READERS)
def gallery(request: HttpRequest, pk: int) -> HttpResponse:
    """One gallery of what flips, or a later page of it."""
    comparison = flips.latest(get_object_or_404(rescorings(request), pk=pk))
    if comparison is None:
        raise Http404("Nothing is compared yet.")
    context = _gallery(request, comparison) | {"one": comparison.rescoring, "comparison": comparison}
    return render(request, "moderation/history/_gallery.html", context)


@dataclass(frozen=True)
class FlipCard:
    """A post with what flips it; shares of the class in whole percent, and where they lie on a bar of 100."""

    card: Card
    flip: Flip
    name: str
    before: int
    after: int
    low: float
    width: float
    outcome_before: str
    outcome_after: str


def _gallery(request: HttpRequest, comparison: FlipComparison) -> dict[str, Any]:
    asked = request.GET.get("kind", "")
    kind = FlipKind(asked) if asked in FlipKind.values else _fuller(comparison)
    try:
        found = flips.page(comparison, kind, place=request.GET.get("cursor", ""))
    except flips.BadPlace as error:
        raise Http404("This service did not make this cursor.") from error
    return {"gallery": found, "kind": kind, "cards": _cards(request, found), "cursor": request.GET.get("cursor", "")}


def _fuller(comparison: FlipComparison) -> FlipKind:
    """Return the gallery to begin with: what would be newly flagged, unless only the other one holds something."""
    return FlipKind.CLEARED if comparison.newly_cleared and not comparison.newly_flagged else FlipKind.FLAGGED


def _cards(request: HttpRequest, found: flips.Shown) -> list[FlipCard]:
    names = {one["key"]: one.get("name", one["key"]) for one in current_schema(here(request).project).classes}
    relief = preferences.to_json(preferences.of(here(request).person))["wellness"]
    style = Style(names, relief, kept="", moment="MOMENT_FORMAT")
    return [
        _card(card | {"relief": _relief(relief, flip, card["relief"])}, flip, names)
        for card, flip in zip(cards(found.found, style), found.flips, strict=True)
    ]


def _card(card: Card, flip: Flip, names: dict[str, str]) -> FlipCard:
    low, high = sorted((flip.score_before, flip.score_after))
    return FlipCard(
        card=card,
        flip=flip,
        name=names.get(flip.class_key, flip.class_key),
        before=round(100 * flip.score_before),
        after=round(100 * flip.score_after),
        low=round(100 * low, 2),
        width=round(100 * (high - low), 2),
        outcome_before=str(Outcome(flip.outcome_before).label),
        outcome_after=str(Outcome(flip.outcome_after).label),
    )


def _relief(relief: dict[str, Any], flip: Flip, already: str) -> str:
    """Spare a person an image of the flip's class too: nobody but the other version may have seen it so far."""
    more = {f"relief-{kind}" for kind, when in relief.items() if isinstance(when, list) and flip.class_key in when}
    return " ".join(sorted(more | set(already.split())))
