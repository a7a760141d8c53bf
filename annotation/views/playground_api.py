"""This will serve the playground over HTTP, and its pictures: translate in, one room call, translate out."""

from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponseBase, HttpResponseRedirect
from django.utils import timezone
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import generics, serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation import playground, tasks
from annotation.images import ImageRefused
from annotation.models import PlaygroundImage, PlaygroundScore
from config.accounts.models import Role
from config.accounts.rules import People, here
from models_registry.models import ModelVersion
from models_registry.nudge import nudge

READERS = frozenset({Role.ENGINEER, Role.MANAGER, Role.ADMIN})
PLAYERS = frozenset({Role.ENGINEER, Role.ADMIN})
# What a form may hold besides its image.
FORM_BYTES = 64 * 1024
CACHE_SECONDS = 86_400
_ID: dict[str, Any] = {"min_value": 1, "max_value": 2**63 - 1}


class PlaygroundIn(serializers.Serializer[Any]):
    """``versions`` are ids of model versions, as repeated fields."""

    image = serializers.FileField()
    is_drawn = serializers.BooleanField(required=False, default=False)
    versions = serializers.ListField(child=serializers.IntegerField(**_ID), max_length=playground.MOST_VERSIONS)


class PlaygroundRunIn(serializers.Serializer[Any]):
    """``images`` are ids; left out, the whole history."""

    images = serializers.ListField(
        child=serializers.IntegerField(**_ID),
        max_length=playground.MOST_IMAGES,
        required=False,
        allow_null=True,
        default=None,
    )
    versions = serializers.ListField(child=serializers.IntegerField(**_ID), max_length=playground.MOST_VERSIONS)


class PlaygroundScoreOut(serializers.ModelSerializer[PlaygroundScore]):
    class Meta:
        model = PlaygroundScore
        fields = ["model_version", "scores", "failure", "asked_at", "answered_at"]


class PlaygroundOut(serializers.ModelSerializer[PlaygroundImage]):
    scores = PlaygroundScoreOut(many=True)

    class Meta:
        model = PlaygroundImage
        fields = [
            *("id", "person", "name", "is_drawn", "width_px", "height_px", "failure_code", "failure_detail"),
            *("created_at", "scores"),
        ]


class _Playground(APIView):
    """What its views share: whose history, which versions."""

    permission_classes = [People]

    def mine(self, request: Any) -> QuerySet[PlaygroundImage]:
        return playground.history(here(request).project, here(request).person)

    def versions(self, request: Request, ids: list[int]) -> list[ModelVersion]:
        """Return the versions with these ids; one that is not of the project is not there."""
        place = here(request)
        known = ModelVersion.objects.for_member(place.person).filter(detector__project=place.project, pk__in=set(ids))
        found = list(known.select_related("detector").order_by("pk"))
        if len(found) != len(set(ids)):
            raise Http404("No such model version.")
        return found

    def players_only(self, request: Request) -> None:
        if not here(request).roles & PLAYERS:
            self.permission_denied(request, message="Engineers and admins use the playground.")


class Playground(_Playground, generics.ListAPIView[PlaygroundImage]):
    """What was tried, newest first, or try something."""

    roles = READERS
    parser_classes = [MultiPartParser]
    queryset = PlaygroundImage.objects.none()
    serializer_class = PlaygroundOut

    def get_queryset(self) -> QuerySet[PlaygroundImage]:
        return self.mine(self.request)

    @extend_schema(
        request={"multipart/form-data": PlaygroundIn},
        responses={201: PlaygroundOut, 200: PlaygroundOut},
        description="201 for a new picture; 200 with the same one when its bytes are sent again.",
    )
    def post(self, request: Request) -> Response:
        self.players_only(request)
        _refuse_huge(int(request.META.get("CONTENT_LENGTH") or 0), beside=FORM_BYTES)
        said = PlaygroundIn(data=request.data)
        said.is_valid(raise_exception=True)
        given, place = said.validated_data, here(request)
        file = given["image"]
        _refuse_huge(file.size, beside=0)
        made, is_new = playground.bring(
            place.project,
            file.read(),
            name="" if given["is_drawn"] else file.name,
            is_drawn=given["is_drawn"],
            versions=self.versions(request, given["versions"]),
            by=place.person,
            now=timezone.now(),
        )
        nudge(tasks.play, seconds=0)
        shown = PlaygroundOut(self.mine(request).get(pk=made.pk)).data
        return Response(shown, status=status.HTTP_201_CREATED if is_new else status.HTTP_200_OK)


def _refuse_huge(size_bytes: int, *, beside: int) -> None:
    if size_bytes > settings.IMAGE_MAX_BYTES + beside:
        raise ImageRefused(
            "image_too_large", f"{size_bytes:,} bytes were sent; {settings.IMAGE_MAX_BYTES:,} are allowed."
        )


class OnePlayground(_Playground, generics.RetrieveAPIView[PlaygroundImage]):
    """One picture with what versions said of it; or delete it, if it is one's own."""

    roles = READERS
    serializer_class = PlaygroundOut

    def get_queryset(self) -> QuerySet[PlaygroundImage]:
        return self.mine(self.request)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        self.players_only(request)
        one = generics.get_object_or_404(self.mine(request), pk=pk)
        if one.person_id != here(request).person.pk:
            self.permission_denied(request, message="Only who brought a picture deletes it.")
        playground.delete(one)
        return Response(status=status.HTTP_204_NO_CONTENT)


class RunPlayground(_Playground):
    """Ask versions about pictures of the history that they have not been asked about."""

    roles = PLAYERS

    @extend_schema(
        request=PlaygroundRunIn,
        responses={202: inline_serializer("PlaygroundRun", {"asked": serializers.IntegerField()})},
    )
    def post(self, request: Request) -> Response:
        said = PlaygroundRunIn(data=request.data)
        said.is_valid(raise_exception=True)
        ids, place = said.validated_data["images"], here(request)
        images = self.mine(request) if ids is None else self.mine(request).filter(pk__in=ids)
        versions = self.versions(request, said.validated_data["versions"])
        asked = playground.ask(list(images), versions, project=place.project, now=timezone.now())
        nudge(tasks.play, seconds=0)
        return Response({"asked": asked}, status=status.HTTP_202_ACCEPTED)


class Picture(_Playground):
    """Serve a derivative, without metadata, to who may see the history; the bytes that came are never served."""

    roles = READERS

    @extend_schema(responses={(200, "image/jpeg"): bytes, 302: None})
    def get(self, request: Request, pk: int, kind: str) -> HttpResponseBase:
        found = self.mine(request).filter(pk=pk).first()
        key = playground.file_of(found, kind) if found else None
        if key is None:
            raise Http404
        if settings.S3_BUCKET:
            return HttpResponseRedirect(default_storage.url(key))
        response = FileResponse(default_storage.open(key), content_type="image/jpeg")
        response["Cache-Control"] = f"private, max-age={CACHE_SECONDS}, immutable"
        return response
