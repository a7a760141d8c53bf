"""This will hand the stored files of model versions to engineers."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from config.accounts.models import Role
from config.accounts.rules import here, page
from models_registry import artifact_files
from models_registry.artifacts import ArtifactDamaged
from models_registry.models import ModelVersion


@require_GET
@page(Role.ENGINEER, Role.ADMIN)
def version_file(request: HttpRequest, version_id: int, kind: str) -> HttpResponse:
    """One file of a model version, checked; its SHA-256 goes along as the ETag."""
    mine = ModelVersion.objects.filter(detector__project=here(request).project).select_related("detector")
    version = get_object_or_404(mine, pk=version_id)
    file = next((one for one in artifact_files.of(version) if one.kind == kind), None)
    if file is None:
        raise Http404("The version has no such file.")
    try:
        content = artifact_files.read(file)
    except ArtifactDamaged as damaged:
        raise Http404(str(damaged)) from None
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"', "ETag": f'"{file.sha256}"'}
    return HttpResponse(content, content_type="application/octet-stream", headers=headers)
