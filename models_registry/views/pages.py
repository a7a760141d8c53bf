"""This will show what was trained: detectors and datasets, one run while it trains, one model version."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from config.accounts import preferences
from config.accounts.models import Role
from config.accounts.rules import here, page
from models_registry import artifact_files, overview, run_page, version_page
from models_registry.comparing import circumstances
from models_registry.config_files import writing
from models_registry.models import ModelVersion, Run
from models_registry.studies import showing as studies_showing

READERS = (Role.ENGINEER, Role.MANAGER, Role.ADMIN)
TRAINERS = frozenset({Role.ENGINEER, Role.ADMIN})


@require_GET
@page(*READERS)
def models(request: HttpRequest) -> HttpResponse:
    project = request.project  # type: ignore[attr-defined]
    shown = {
        "detectors": overview.detectors(project),
        "runs": overview.runs(project),
        "datasets": overview.datasets(project),
        "studies": studies_showing.of_project(project),
        "may_train": bool(here(request).roles & TRAINERS),
    }
    return render(request, "models_registry/models.html", shown)


@require_GET
@page(*READERS)
def run(request: HttpRequest, run_id: int) -> HttpResponse:
    """One run, or only the part that refreshes when htmx asks."""
    found = _run(request, run_id)
    template = "models_registry/_run.html" if request.htmx else "models_registry/run.html"  # type: ignore[attr-defined]
    shown = run_page.shown(found, now=timezone.now())
    context = {
        "run": found,
        "page": shown,
        "standing": run_page.outcome_in_words(shown),
        "settings": writing.differing(found.config),
        "config_yaml": found.config_text or writing.write(found.config),
        "weights_source": overview.weights_source(found),
        "files": artifact_files.of(found.model_version) if hasattr(found, "model_version") else [],
        "environment": circumstances.environment(found),
        "may_train": bool(here(request).roles & TRAINERS),
    }
    return render(request, template, context)


@require_GET
@page(*READERS)
def run_epochs(request: HttpRequest, run_id: int) -> HttpResponse:
    """What each epoch measured, for the curve; ``is_live`` while more may come."""
    found = _run(request, run_id)
    epochs = [{"epoch": one.epoch, **one.metrics} for one in found.epochs.all()]
    return JsonResponse({"epochs": epochs, "is_live": overview.is_under_way(found)})


def _run(request: HttpRequest, run_id: int) -> Run:
    try:
        return overview.run(request.project, run_id)  # type: ignore[attr-defined]
    except Run.DoesNotExist:
        raise Http404("No such run.") from None


@require_GET
@page(*READERS)
def model_version(request: HttpRequest, version_id: int) -> HttpResponse:
    try:
        shown = overview.version(request.project, version_id)  # type: ignore[attr-defined]
    except ModelVersion.DoesNotExist:
        raise Http404("No such model version.") from None
    settings = overview.settings_of(shown.version.preprocessing) + overview.settings_of(shown.version.run.config)
    relief = preferences.of(here(request).person).wellness
    parts = version_page.shown(shown.report, shown.version.schema, relief=relief)
    context = {"page": shown, "parts": parts, "figures": _figures(shown), "settings": settings}
    return render(request, "models_registry/model_version.html", context)


def _figures(shown: overview.VersionPage) -> dict[str, Any]:
    """Return what the charts draw: per class, "" being any violation, the curve and the reliability."""
    return {
        one.key: {"curve": one.measures.get("curve", []), "reliability": one.measures.get("reliability", [])}
        for one in shown.measured
    }
