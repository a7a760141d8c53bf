"""This will serve rollouts over HTTP: translate in, one room call, translate out."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.accounts.models import Role
from config.accounts.rules import People, here
from models_registry.models import ModelVersion
from moderation.models import Rollout, RolloutEvent, RolloutKind, RolloutUnit
from moderation.rollouts import conducting
from moderation.rollouts.conducting import Wish

READERS = frozenset({Role.ENGINEER, Role.MANAGER, Role.ADMIN})
CONDUCTORS = frozenset({Role.ENGINEER, Role.ADMIN})
MOST_LETTERS = 2000


class RolloutEventOut(serializers.ModelSerializer[RolloutEvent]):
    by = serializers.SlugRelatedField[Any](source="person", slug_field="username", read_only=True)

    class Meta:
        model = RolloutEvent
        fields = ["kind", "by", "reason", "detail", "created_at"]


class RolloutOut(serializers.ModelSerializer[Rollout]):
    """``share`` is the challenger's part of the posts; ``limits`` those of the guardrails."""

    by = serializers.SlugRelatedField[Any](source="started_by", slug_field="username", read_only=True)

    class Meta:
        model = Rollout
        fields = [
            "id", "kind", "unit", "status", "detector", "champion", "challenger", "share", "labels_per_day", "limits",
            "reason", "by", "started_at", "ended_at",
        ]  # fmt: skip


class WholeRollout(RolloutOut):
    events = RolloutEventOut(many=True)

    class Meta(RolloutOut.Meta):
        fields = [*RolloutOut.Meta.fields, "events"]


class RolloutIn(serializers.Serializer[Any]):
    """What to try: a model version by its id. What is left out is what the kind of rollout usually has."""

    model_version = serializers.IntegerField(min_value=1)
    kind = serializers.ChoiceField(choices=RolloutKind.choices)
    unit = serializers.ChoiceField(choices=RolloutUnit.choices, required=False, default=RolloutUnit.POSTER)
    share = serializers.FloatField(required=False, allow_null=True, default=None)
    labels_per_day = serializers.IntegerField(required=False, allow_null=True, default=None)
    limits = serializers.DictField(child=serializers.FloatField(), required=False, default=dict)
    reason = serializers.CharField(max_length=MOST_LETTERS)


class WhyIn(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=MOST_LETTERS)


class ShareIn(WhyIn):
    share = serializers.FloatField()


def rollouts_of(request: Request) -> QuerySet[Rollout]:
    mine = Rollout.objects.for_member(here(request).person).filter(project=here(request).project)
    return mine.select_related("started_by").order_by("-id")


class Rollouts(generics.ListAPIView[Rollout]):
    """Rollouts, newest first; posting starts one."""

    permission_classes = [People]
    roles = READERS
    queryset = Rollout.objects.none()
    serializer_class = RolloutOut
    filterset_fields = ["status", "kind", "challenger"]

    def get_queryset(self) -> QuerySet[Rollout]:
        return rollouts_of(self.request)

    @extend_schema(request=RolloutIn, responses={201: WholeRollout})
    def post(self, request: Request) -> Response:
        if not here(request).roles & CONDUCTORS:
            self.permission_denied(request, message="Engineers and admins start rollouts.")
        said = RolloutIn(data=request.data)
        said.is_valid(raise_exception=True)
        wanted = dict(said.validated_data)
        mine = ModelVersion.objects.for_member(here(request).person).filter(detector__project=here(request).project)
        version = generics.get_object_or_404(
            mine.select_related("detector__project", "schema"), pk=wanted.pop("model_version")
        )
        made = conducting.start(version, Wish(**wanted), by=here(request).person, now=timezone.now())
        return Response(WholeRollout(made).data, status=status.HTTP_201_CREATED)


class OneRollout(generics.RetrieveAPIView[Rollout]):
    """A rollout with all that happened to it."""

    permission_classes = [People]
    roles = READERS
    serializer_class = WholeRollout

    def get_queryset(self) -> QuerySet[Rollout]:
        return rollouts_of(self.request).prefetch_related("events__person")


class ChangeShare(APIView):
    """Give the challenger more or fewer posts from now on."""

    permission_classes = [People]
    roles = CONDUCTORS

    @extend_schema(request=ShareIn, responses={200: WholeRollout})
    def post(self, request: Request, pk: int) -> Response:
        rollout = generics.get_object_or_404(rollouts_of(request), pk=pk)
        said = ShareIn(data=request.data)
        said.is_valid(raise_exception=True)
        changed = conducting.change_share(
            rollout,
            said.validated_data["share"],
            by=here(request).person,
            reason=said.validated_data["reason"],
            now=timezone.now(),
        )
        return Response(WholeRollout(changed).data)


class End(APIView):
    """Stop, promote or discard a rollout: which is said by the address."""

    permission_classes = [People]
    roles = CONDUCTORS
    act: Any = None

    @extend_schema(request=WhyIn, responses={200: WholeRollout})
    def post(self, request: Request, pk: int) -> Response:
        rollout = generics.get_object_or_404(rollouts_of(request), pk=pk)
        said = WhyIn(data=request.data)
        said.is_valid(raise_exception=True)
        ended = type(self).act(
            rollout, by=here(request).person, reason=said.validated_data["reason"], now=timezone.now()
        )
        return Response(WholeRollout(ended).data)


class Stop(End):
    """Ask the challenger no more; whether it is promoted or discarded is left for later."""

    act = staticmethod(conducting.stop)


class Promote(End):
    """Make the challenger the champion, through the gate, and end the rollout with it."""

    act = staticmethod(conducting.promote)


class Discard(End):
    """End the rollout without promoting."""

    act = staticmethod(conducting.discard)
