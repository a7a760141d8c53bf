"""This will serve posts, answers and measurements over HTTP: translate in, one room call, translate out."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation import labels
from annotation.images import ImageRefused
from annotation.serializers import JobOut
from config.accounts.keys import ClientUser
from config.accounts.models import Role
from config.accounts.rules import ClientsOnly, People, PeopleOrClients, client_of, here
from models_registry.nudge import nudge
from moderation import decisions, intake, measurement, revealing, tasks
from moderation.models import Post
from moderation.serializers import (
    LabelIn,
    LabelOut,
    MeasurementQuery,
    NewPost,
    PostDetail,
    PostFilterByClass,
    PostSummary,
)

# Moderators and annotators see no scores before they answer, so not by this way either.
READERS = frozenset({Role.ENGINEER, Role.MANAGER, Role.ADMIN})
ANSWERERS = frozenset({Role.MODERATOR, Role.ANNOTATOR, Role.MANAGER, Role.ADMIN})


class Posts(generics.ListAPIView[Post]):
    """List posts, newest first, or take one in."""

    permission_classes = [PeopleOrClients]
    parser_classes = [MultiPartParser]
    roles = READERS
    serializer_class = PostSummary
    filterset_class = PostFilterByClass

    def get_queryset(self) -> QuerySet[Post]:
        return visible_posts(self.request)

    @extend_schema(
        request={"multipart/form-data": NewPost},
        responses={201: PostSummary, 200: PostSummary},
        description="201 for a new post; 200 with the same post when the same content is sent again.",
    )
    def post(self, request: Request) -> Response:
        self._clients_only(request)
        _refuse_huge(request)
        said = NewPost(data=request.data)
        said.is_valid(raise_exception=True)
        post, is_new = intake.submit(client_of(request), _submission(said.validated_data), now=timezone.now())
        nudge(tasks.screen)
        return Response(PostSummary(post).data, status=status.HTTP_201_CREATED if is_new else status.HTTP_200_OK)

    def _clients_only(self, request: Request) -> None:
        if not ClientsOnly().has_permission(request, self):
            self.permission_denied(request, message="Posts are sent by clients, with a client's key.")


# What a form may hold besides its image: field names, texts, attributes, boundaries.
FORM_BYTES = 1024 * 1024


def _refuse_huge(request: Request) -> None:
    """Refuse by the announced length, before a byte of the body is read."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdigit() and int(length) > settings.IMAGE_MAX_BYTES + FORM_BYTES:
        raise _too_large(int(length))


def _too_large(size_bytes: int) -> ImageRefused:
    return ImageRefused("image_too_large", f"{size_bytes:,} bytes were sent; {settings.IMAGE_MAX_BYTES:,} are allowed.")


def visible_posts(request: Request) -> QuerySet[Post]:
    """Return the posts of the client, or of the project that the person works in."""
    if isinstance(request.user, ClientUser):
        return Post.objects.for_client(client_of(request))
    return Post.objects.for_member(here(request).person).filter(project=here(request).project)


def _submission(said: dict[str, Any]) -> intake.Submission:
    file = said["image"]
    if file.size > settings.IMAGE_MAX_BYTES:
        raise ImageRefused(
            "image_too_large", f"The image has {file.size:,} bytes; {settings.IMAGE_MAX_BYTES:,} are allowed."
        )
    return intake.Submission(**{**said, "image": file.read()})


class OnePost(generics.RetrieveAPIView[Post]):
    """One post with its predictions, verdicts, decisions and events; or take it back."""

    permission_classes = [PeopleOrClients]
    roles = READERS
    serializer_class = PostDetail

    def get_queryset(self) -> QuerySet[Post]:
        return visible_posts(self.request).select_related("image")

    @extend_schema(responses={200: PostSummary}, description="The platform withdrew the post; safe to repeat.")
    def delete(self, request: Request, pk: int) -> Response:
        if not ClientsOnly().has_permission(request, self):
            self.permission_denied(request, message="Posts are withdrawn by the client that sent them.")
        post = generics.get_object_or_404(self.get_queryset(), pk=pk)
        return Response(PostSummary(intake.withdraw(post.pk, client=client_of(request), now=timezone.now())).data)


class Answer(APIView):
    """Answer the job that a lease token holds."""

    permission_classes = [People]
    roles = ANSWERERS

    @extend_schema(request=LabelIn, responses={201: LabelOut})
    def post(self, request: Request, pk: int) -> Response:
        said = LabelIn(data=request.data)
        said.is_valid(raise_exception=True)
        given = said.validated_data
        answer = labels.Answer(
            classes=tuple(given["answer"]["classes"]),
            regions=tuple(given["answer"]["regions"]),
            is_unsure=given["answer"]["unsure"],
            note=given["note"],
        )
        answered = decisions.answer(
            pk, person=here(request).person, token=given["lease_token"], answer=answer, now=timezone.now()
        )
        if answered.decisions:
            nudge(tasks.deliver)
        body = {
            "label_id": answered.accepted.label.pk,
            "settled": answered.accepted.truth is not None,
            "revealed": revealing.after(answered),
        }
        return Response(LabelOut(body).data, status=status.HTTP_201_CREATED)


class Retract(APIView):
    """Take one's own answer back, within ten minutes; the job is leased anew."""

    permission_classes = [People]
    roles = ANSWERERS

    @extend_schema(request=None, responses={200: JobOut})
    def post(self, request: Request, pk: int) -> Response:
        retracted = decisions.retract(pk, person=here(request).person, now=timezone.now())
        nudge(tasks.deliver)
        return Response({"job": JobOut(retracted.job).data})


class Measurements(APIView):
    """The metrics of a period, each with its interval."""

    permission_classes = [People]
    roles = frozenset({Role.MANAGER, Role.ENGINEER, Role.ADMIN})

    @extend_schema(
        parameters=[OpenApiParameter("from", str, required=True), OpenApiParameter("to", str, required=True)],
        responses={200: dict},
    )
    def get(self, request: Request) -> Response:
        said = MeasurementQuery(data=request.query_params)
        said.is_valid(raise_exception=True)
        start, last = (datetime.combine(said.validated_data[key], time(), tzinfo=UTC) for key in ("from", "to"))
        period = measurement.Period(start, last + timedelta(days=1))
        return Response(
            {
                "counts": measurement.counts(here(request).project, period),
                "metrics": measurement.to_json(measurement.measure(here(request).project, period), period),
            }
        )
