"""This will show a dataset version, and what the answers about one image taught: translate in, one room call, out."""

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from annotation import dataset_page, images, lineage
from annotation.models import Image
from config.accounts import preferences
from config.accounts.models import Role
from config.accounts.rules import here, page
from models_registry.models import DatasetVersion

READERS = (Role.ENGINEER, Role.MANAGER, Role.ADMIN)
ENGINEERS = (Role.ENGINEER, Role.ADMIN)
FINE = "fine"


@require_GET
@page(*READERS)
def dataset(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """One dataset version; ``?class=`` shows many pictures of one class, ``fine`` those of none."""
    found, asked = _dataset(request, dataset_id), request.GET.get("class")
    keys = {"": None, FINE: ""} | {key: key for key in found.schema.keys}
    if asked is not None and asked not in keys:
        raise Http404("The dataset has no such class.")
    shown = dataset_page.shown(found, person=here(request).person, chosen=keys[asked] if asked else None)
    may_fetch = bool(here(request).roles & set(ENGINEERS))
    return render(request, "annotation/dataset.html", {"page": shown, "may_fetch": may_fetch})


def _dataset(request: HttpRequest, dataset_id: int) -> DatasetVersion:
    try:
        return dataset_page.find(here(request).project, dataset_id)
    except DatasetVersion.DoesNotExist:
        raise Http404("No such dataset version.") from None


@require_GET
@page(*ENGINEERS)
def dataset_manifest(request: HttpRequest, dataset_id: int) -> HttpResponseBase:
    """The manifest as it is stored, a Parquet file."""
    found = _dataset(request, dataset_id)
    try:
        file = default_storage.open(found.manifest)
    except (FileNotFoundError, IsADirectoryError, ValueError):
        raise Http404("The manifest is no longer in storage.") from None
    name = f"{found.project.slug}-dataset-{found.number}.parquet"
    return FileResponse(file, as_attachment=True, filename=name, content_type="application/vnd.apache.parquet")


@require_GET
@page(*READERS)
def image_lineage(request: HttpRequest, image_id: int) -> HttpResponse:
    """Every dataset version, run and model version that the answers about one image went into."""
    mine = Image.objects.for_member(here(request).person).filter(project=here(request).project)
    image = get_object_or_404(mine, pk=image_id)
    taught = lineage.of_image(image)
    chosen = preferences.to_json(preferences.of(here(request).person))["wellness"]
    classes = {key for one in taught.truths for key in one.truth.classes}
    context = {"taught": taught, "image": image, "relief": preferences.reliefs(chosen, classes)}
    context["view_url"] = images.url(image, "view") if image.view else ""
    return render(request, "annotation/image.html", context)
