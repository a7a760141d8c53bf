"""This will serve images by what their bytes hash to, for pages that know no more of an image than that."""

from typing import Any

from django.http import Http404
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from annotation.models import Image
from annotation.views.api import OneImage
from config.accounts.rules import here


class ImageByHash(OneImage):
    """Serve a derivative of the project's image with these bytes to a member; originals are never served."""

    @extend_schema(responses={(200, "image/jpeg"): bytes, 302: None})
    def get(self, request: Request, sha256: str, kind: str, **more: Any) -> HttpResponseBase:  # type: ignore[override]
        found = Image.objects.filter(project=here(request).project, sha256=sha256).values_list("pk", flat=True).first()
        if found is None:
            raise Http404
        return super().get(request, found, kind)
