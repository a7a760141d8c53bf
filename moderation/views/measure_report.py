"""This will show the report of a period as a page that prints, as CSV and as JSON, and take in what people write."""

from collections.abc import Callable
from datetime import UTC, date
from typing import Any

from django import forms
from django.contrib import messages
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from config.accounts.rules import here, page
from config.errors import problem
from moderation import journal, report
from moderation.measurement.periods import Period
from moderation.models import StepKind
from moderation.models.journal import LONGEST_TEXT
from moderation.report import files, showing
from moderation.views.measure_overview import MODEL_READERS, WRITERS, onward
from moderation.views.pages import DASHBOARD_READERS
from moderation.views.periods import FIRST_DAY, BadPeriod, asked_period, period_of

LAST_DAY = date(9999, 12, 30)


class WordsForm(forms.Form):
    """A text about the days of a period, both included."""

    first = forms.DateField(validators=[MinValueValidator(FIRST_DAY)])
    last = forms.DateField(validators=[MaxValueValidator(LAST_DAY)])
    text = forms.CharField(max_length=LONGEST_TEXT)

    def period(self) -> Period:
        return Period.of_days(self.cleaned_data["first"], self.cleaned_data["last"])

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if "first" in said and "last" in said and said["first"] > said["last"]:
            raise forms.ValidationError("reversed")
        return said


class StepForm(forms.Form):
    kind = forms.ChoiceField(choices=StepKind.choices)
    text = forms.CharField(max_length=LONGEST_TEXT)


@require_GET
@page(*DASHBOARD_READERS)
def report_page(request: HttpRequest) -> HttpResponse:
    """The report as a page, or as a file: ``?format=csv``, ``?format=json``; bad dates are 400 for a file."""
    wanted = request.GET.get("format", "")
    if wanted in FILES:
        return _file(request, FILES[wanted])
    period = period_of(request)
    found = report.report(here(request).project, period, now=timezone.now(), every=showing.spacing(period))
    shown = {
        "report": found,
        "shown": found.overview,
        "printed": showing.show(found),
        "may_write": bool(here(request).roles & frozenset(WRITERS)),
        "may_open_models": bool(here(request).roles & MODEL_READERS),
    }
    return render(request, "moderation/measure/report.html", shown)


def _file(request: HttpRequest, write: Callable[[report.Report], HttpResponse]) -> HttpResponse:
    now = timezone.now()
    try:
        period = asked_period(request.GET, today=now.astimezone(UTC).date())
    except BadPeriod as error:
        said = problem(400, code=error.code, detail=error.detail)
        return JsonResponse(said, status=400, content_type="application/problem+json")
    return write(report.report(here(request).project, period, now=now))


def _as_csv(found: report.Report) -> HttpResponse:
    return _download(
        HttpResponse(files.to_csv(found), content_type="text/csv; charset=utf-8"), f"{found.file_name}.csv"
    )


def _as_json(found: report.Report) -> HttpResponse:
    return _download(JsonResponse(files.to_json(found)), f"{found.file_name}.json")


def _download(response: HttpResponse, name: str) -> HttpResponse:
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


FILES = {"csv": _as_csv, "json": _as_json}


@require_POST
@page(*WRITERS)
def notes(request: HttpRequest) -> HttpResponse:
    """Keep a note about the period of the report."""
    return _written(request, journal.add_note, "text")


@require_POST
@page(*WRITERS)
def investigations(request: HttpRequest) -> HttpResponse:
    """Open an investigation about the period of the report."""
    return _written(request, journal.investigate, "hypothesis")


def _written(request: HttpRequest, write: Callable[..., object], name: str) -> HttpResponse:
    place, said = here(request), WordsForm(request.POST)
    if said.is_valid():
        text = {name: said.cleaned_data["text"]}
        write(place.project, said.period(), **text, by=place.person, now=timezone.now())
    else:
        _refuse(request)
    return onward(request, otherwise="report")


@require_POST
@page(*WRITERS)
def investigation_steps(request: HttpRequest, investigation_id: int) -> HttpResponse:
    """Add an action or an effect to an investigation."""
    place, said = here(request), StepForm(request.POST)
    if not said.is_valid():
        _refuse(request)
        return onward(request, otherwise="report")
    step = {"kind": StepKind(said.cleaned_data["kind"]), "text": said.cleaned_data["text"]}
    try:
        journal.add_step(place.project, investigation_id, **step, by=place.person, now=timezone.now())
    except journal.NoSuchInvestigation as error:
        raise Http404("No such investigation.") from error
    return onward(request, otherwise="report")


def _refuse(request: HttpRequest) -> None:
    messages.error(request, _("Nothing was kept: a text is needed, of at most 4,000 characters."))
