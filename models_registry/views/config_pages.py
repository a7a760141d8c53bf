"""This will let engineers write a config file, check it as they type, and start what it asks for; and show a study."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from config.accounts.models import Role
from config.accounts.rules import here, page
from models_registry import config_files, registry, studies, tasks
from models_registry.config_files import ConfigFileWrong, writing
from models_registry.models import DatasetVersion, Detector, Run, Study
from models_registry.nudge import nudge
from models_registry.registry import RunRefused
from models_registry.studies import StudyRefused, showing

READERS = (Role.ENGINEER, Role.MANAGER, Role.ADMIN)
WRITERS = (Role.ENGINEER, Role.ADMIN)
# What a page begins with where the detector has no config of its own.
_CANVAS = {"canvas": {"size_px": 96}}


@require_http_methods(["GET", "HEAD", "POST"])
def new_run(request: HttpRequest) -> HttpResponseBase:
    """The page on which a config file is written; htmx only asks what it would do."""
    return _posted(request) if request.method == "POST" else _empty(request)


@page(*WRITERS)
def _empty(request: HttpRequest) -> HttpResponse:
    """Fill the page with the config of a run (``?like=``), or with the detector's own."""
    project, pairs = here(request).project, _pairs(request)
    like = request.GET.get("like", "")
    run = Run.objects.filter(detector__project=project, pk=like).first() if like.isdecimal() else None
    config: dict[str, Any] = run.config if run else pairs[0][0].config if pairs else {}
    text = run.config_text if run and run.config_text else writing.write(config or _CANVAS)
    return _form(request, text=text, chosen=f"{run.detector_id}-{run.dataset_id}" if run else "")


@page(*WRITERS)
def _posted(request: HttpRequest) -> HttpResponse:
    text = request.POST.get("config_yaml", "").replace("\r\n", "\n")
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "models_registry/_config_found.html", _found(text))
    chosen = request.POST.get("train_on", "")
    pair = next((one for one in _pairs(request) if f"{one[0].pk}-{one[1].pk}" == chosen), None)
    if pair is None:
        return _form(request, text=text, chosen=chosen, refusal=_("Choose what to train on."), status=422)
    try:
        return _start(request, *pair, text=text)
    except ConfigFileWrong:
        return _form(request, text=text, chosen=chosen, status=422)
    except (RunRefused, StudyRefused) as refused:
        return _form(request, text=text, chosen=chosen, refusal=str(refused), status=409)


def _start(request: HttpRequest, detector: Detector, dataset: DatasetVersion, *, text: str) -> HttpResponse:
    asked = here(request).person
    if config_files.read(text).is_study:
        study = studies.request(detector, dataset, config_text=text, by=asked, now=timezone.now())
        nudge(tasks.train)
        return redirect("study", study_id=study.pk)
    runs = registry.request_runs(detector, dataset, config_text=text, by=asked, now=timezone.now())
    nudge(tasks.train)
    if len(runs) == 1:
        return redirect("run", run_id=runs[0].pk)
    messages.success(request, _("%(count)s runs are requested, one for each seed.") % {"count": len(runs)})
    return redirect("models")


def _pairs(request: HttpRequest) -> list[tuple[Detector, DatasetVersion]]:
    """Return what can be trained on what: each detector with the datasets of its schema, newest first."""
    project = here(request).project
    frozen = list(DatasetVersion.objects.filter(project=project).order_by("-number")[:50])
    detectors = Detector.objects.filter(project=project).order_by("slug", "id")
    return [(one, dataset) for one in detectors for dataset in frozen if dataset.schema_id == one.schema_id]


def _form(request: HttpRequest, *, text: str, chosen: str = "", refusal: str = "", status: int = 200) -> HttpResponse:
    pairs = [(f"{one.pk}-{dataset.pk}", one, dataset) for one, dataset in _pairs(request)]
    context = {"text": text, "pairs": pairs, "chosen": chosen, "refusal": refusal, **_found(text)}
    return render(request, "models_registry/new_run.html", context, status=status)


def _found(text: str) -> dict[str, Any]:
    """Say what a text asks for, or what is wrong with it."""
    try:
        return {"file": config_files.read(text), "faults": []}
    except ConfigFileWrong as wrong:
        return {"file": None, "faults": wrong.faults}


def _shown(request: HttpRequest, study_id: int) -> showing.StudyPage:
    try:
        return showing.page(here(request).project, study_id)
    except Study.DoesNotExist:
        raise Http404("No such study.") from None


@require_GET
@page(*READERS)
def study(request: HttpRequest, study_id: int) -> HttpResponse:
    """One study, or only the part that refreshes when htmx asks."""
    template = "models_registry/_study.html" if request.htmx else "models_registry/study.html"  # type: ignore[attr-defined]
    may_act = bool(here(request).roles & set(WRITERS))
    return render(request, template, {"shown": _shown(request, study_id), "may_act": may_act})


@require_GET
@page(*READERS)
def study_trials(request: HttpRequest, study_id: int) -> HttpResponse:
    """What the charts of a study draw; ``is_live`` while more may come."""
    return JsonResponse(showing.figures(_shown(request, study_id)))


@require_POST
@page(*WRITERS)
def train_best(request: HttpRequest, study_id: int) -> HttpResponse:
    """Start a whole run with the best config so far."""
    found = _study(request, study_id)
    try:
        run = studies.train_best(found, by=here(request).person, now=timezone.now())
    except (StudyRefused, RunRefused) as refused:
        said = {
            "nothing_finished": _("No trial has been fitted to the end yet."),
            "run_in_flight": _("A run with this config is waiting or under way already."),
        }
        messages.error(request, said.get(refused.code, str(refused)))
        return redirect("study", study_id=study_id)
    nudge(tasks.train)
    return redirect("run", run_id=run.pk)


def _study(request: HttpRequest, study_id: int) -> Study:
    mine = Study.objects.filter(detector__project=here(request).project)
    return get_object_or_404(mine.select_related("detector", "dataset"), pk=study_id)
