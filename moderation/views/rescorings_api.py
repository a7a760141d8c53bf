"""This will serve re-scorings and their flips over HTTP: translate in, one room call, translate out."""

import uuid
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from annotation import rescoring
from annotation.models import Rescoring, RescoringEvent, UnscoredImage
from config.accounts.models import Role
from config.accounts.rules import People, here
from models_registry.models import ModelVersion
from models_registry.nudge import nudge
from moderation import flips, tasks
from moderation.models import Flip, FlipComparison, FlipKind, FlipSending
from moderation.sight import READERS

RESCORERS = frozenset({Role.ENGINEER, Role.ADMIN})
MOST_NAMED = 100
_LINK: dict[str, Any] = {"allow_null": True}


class RescoringIn(serializers.Serializer[Any]):
    model_version = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    received_from = serializers.DateField(required=False, allow_null=True, default=None)
    received_until = serializers.DateField(required=False, allow_null=True, default=None)
    share = serializers.FloatField(required=False, default=1.0)


class RescoringOut(serializers.ModelSerializer[Rescoring]):
    class Meta:
        model = Rescoring
        fields = [
            *("id", "model_version", "status", "received_from", "received_until", "share"),
            *("images", "scored", "known", "unscored", "worked_seconds", "error"),
            *("requested_at", "requested_by", "started_at", "finished_at"),
        ]


class RescoringEventOut(serializers.ModelSerializer[RescoringEvent]):
    class Meta:
        model = RescoringEvent
        fields = ["kind", "actor", "detail", "at"]


class UnscoredOut(serializers.ModelSerializer[UnscoredImage]):
    class Meta:
        model = UnscoredImage
        fields = ["image", "code", "detail"]


class ComparisonOut(serializers.ModelSerializer[FlipComparison]):
    is_over = serializers.SerializerMethodField()

    class Meta:
        model = FlipComparison
        fields = [
            *("policy_version", "champion", "posts", "stay_flagged", "newly_flagged", "newly_cleared"),
            *("incomparable", "is_over"),
        ]

    def get_is_over(self, comparison: FlipComparison) -> bool:
        return comparison.finished_at is not None


class OneRescoringOut(RescoringOut):
    """A re-scoring with what happened to it, the first images that could not be decoded, and what flips."""

    events = RescoringEventOut(many=True)
    unscored_images = serializers.SerializerMethodField()
    flips = serializers.SerializerMethodField()

    class Meta(RescoringOut.Meta):
        fields = [*RescoringOut.Meta.fields, "events", "unscored_images", "flips"]

    def get_unscored_images(self, one: Rescoring) -> list[dict[str, Any]]:
        return [UnscoredOut(each).data for each in one.unscored_images.order_by("id")[:MOST_NAMED]]

    def get_flips(self, one: Rescoring) -> dict[str, Any] | None:
        comparison = flips.latest(one)
        return ComparisonOut(comparison).data if comparison else None


def rescorings(request: Any) -> QuerySet[Rescoring]:
    """Return the re-scorings of the project that the person works in."""
    mine = Rescoring.objects.for_member(here(request).person).filter(project=here(request).project)
    found: QuerySet[Rescoring] = mine.select_related("project", "model_version__detector", "requested_by")
    return found


class Rescorings(generics.ListAPIView[Rescoring]):
    """Re-scorings, newest first, or request one."""

    permission_classes = [People]
    roles = READERS
    queryset = Rescoring.objects.none()
    serializer_class = RescoringOut

    def get_queryset(self) -> QuerySet[Rescoring]:
        return rescorings(self.request)

    @extend_schema(request=RescoringIn, responses={201: RescoringOut})
    def post(self, request: Request) -> Response:
        if not here(request).roles & RESCORERS:
            self.permission_denied(request, message="Engineers and admins re-score history.")
        said = RescoringIn(data=request.data)
        said.is_valid(raise_exception=True)
        given, place = dict(said.validated_data), here(request)
        mine = ModelVersion.objects.for_member(place.person).filter(detector__project=place.project)
        version = generics.get_object_or_404(mine, pk=given.pop("model_version"))
        made = rescoring.request(version, rescoring.Scope(**given), by=place.person, now=timezone.now())
        nudge(tasks.rescore)
        return Response(RescoringOut(made).data, status=status.HTTP_201_CREATED)


class OneRescoring(generics.RetrieveAPIView[Rescoring]):
    """A re-scoring, how far it is, and what flips."""

    permission_classes = [People]
    roles = READERS
    serializer_class = OneRescoringOut

    def get_queryset(self) -> QuerySet[Rescoring]:
        return rescorings(self.request)


class Change(APIView):
    """What can be done with one re-scoring of the project."""

    permission_classes = [People]
    roles = RESCORERS

    def one(self, request: Request, pk: int) -> Rescoring:
        return generics.get_object_or_404(rescorings(request), pk=pk)


class Pause(Change):
    """Stop it where it is, until it is resumed."""

    @extend_schema(request=None, responses={200: RescoringOut})
    def post(self, request: Request, pk: int) -> Response:
        paused = rescoring.pause(self.one(request, pk), by=here(request).person, now=timezone.now())
        return Response(RescoringOut(paused).data)


class Resume(Change):
    """Let a paused or failed one go on from where it stopped."""

    @extend_schema(request=None, responses={202: RescoringOut})
    def post(self, request: Request, pk: int) -> Response:
        resumed = rescoring.resume(self.one(request, pk), by=here(request).person, now=timezone.now())
        nudge(tasks.rescore)
        return Response(RescoringOut(resumed).data, status=status.HTTP_202_ACCEPTED)


class Cancel(Change):
    """End it for good; what was scored stays."""

    @extend_schema(request=None, responses={200: RescoringOut})
    def post(self, request: Request, pk: int) -> Response:
        canceled = rescoring.cancel(self.one(request, pk), by=here(request).person, now=timezone.now())
        nudge(tasks.compare_history)
        return Response(RescoringOut(canceled).data)


class CompareAgain(Change):
    """Compare anew, under the policy that is in force by now and beside the champion of now."""

    @extend_schema(request=None, responses={202: ComparisonOut})
    def post(self, request: Request, pk: int) -> Response:
        comparison = flips.begin(self.one(request, pk), now=timezone.now())
        nudge(tasks.compare_history)
        return Response(ComparisonOut(comparison).data, status=status.HTTP_202_ACCEPTED)


class FlipOut(serializers.ModelSerializer[Flip]):
    external_id = serializers.CharField(source="post.external_id")

    class Meta:
        model = Flip
        fields = [
            *("post", "external_id", "kind", "outcome_before", "outcome_after"),
            *("class_key", "score_before", "score_after"),
        ]


class FlipQuery(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(FlipKind.choices, required=False, default=FlipKind.FLAGGED)
    cursor = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")


class SendIn(serializers.Serializer[Any]):
    """``sample`` is how many; left out, all of them. The same ``batch_id`` sent again is the same order."""

    kind = serializers.ChoiceField(FlipKind.choices)
    sample = serializers.IntegerField(min_value=1, max_value=10**9, required=False, allow_null=True, default=None)
    batch_id = serializers.UUIDField(required=False, default=uuid.uuid4)
    reason = serializers.CharField(max_length=200)


class SendingOut(serializers.ModelSerializer[FlipSending]):
    class Meta:
        model = FlipSending
        fields = [
            *("id", "kind", "batch_id", "posts", "probability", "reason", "done", "already", "cannot"),
            *("created_at", "finished_at"),
        ]


_FLIPS = inline_serializer(
    "FlipList",
    {"next": serializers.URLField(**_LINK), "previous": serializers.URLField(**_LINK), "results": FlipOut(many=True)},
)


class Flips(APIView):
    """What flips, the farthest moved first; or send some or all to review."""

    permission_classes = [People]
    roles = READERS

    @extend_schema(parameters=[FlipQuery], responses={200: _FLIPS})
    def get(self, request: Request, pk: int) -> Response:
        said = FlipQuery(data=request.query_params)
        said.is_valid(raise_exception=True)
        asked = said.validated_data
        try:
            shown = flips.page(comparison_of(request, pk), FlipKind(asked["kind"]), place=asked["cursor"])
        except flips.BadPlace as error:
            raise Http404("This service did not make this cursor.") from error
        found = {
            "next": _link(request, shown.after),
            "previous": _link(request, shown.before),
            "results": FlipOut(shown.flips, many=True).data,
        }
        return Response(found)

    @extend_schema(request=SendIn, responses={202: SendingOut})
    def post(self, request: Request, pk: int) -> Response:
        said, comparison = SendIn(data=request.data), comparison_of(request, pk)
        said.is_valid(raise_exception=True)
        given = said.validated_data
        order = flips.Order(given["batch_id"], FlipKind(given["kind"]), given["sample"], given["reason"])
        sending = flips.send(comparison, order, by=here(request).person, now=timezone.now())
        nudge(tasks.send_flips)
        return Response(SendingOut(sending).data, status=status.HTTP_202_ACCEPTED)


def comparison_of(request: Any, pk: int) -> FlipComparison:
    """Return the newest comparison of a re-scoring of the project. Raises Http404."""
    found = flips.latest(generics.get_object_or_404(rescorings(request), pk=pk))
    if found is None:
        raise Http404("Nothing is compared yet.")
    return found


def _link(request: Request, place: str | None) -> str | None:
    return None if place is None else replace_query_param(request.build_absolute_uri(), "cursor", place)
