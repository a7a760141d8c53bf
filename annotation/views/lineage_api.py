"""This will serve over HTTP what answers taught: translate in, one room call, translate out."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation import lineage
from annotation.models import Label, Question
from config.accounts.models import Role
from config.accounts.rules import People, here

READERS = frozenset({Role.ENGINEER, Role.MANAGER, Role.ADMIN})


class TruthOut(serializers.Serializer[Any]):
    """A truth and the ids of the labels that it rests on; ``withdrawn_at`` is empty while it stands."""

    id = serializers.IntegerField(source="truth.pk")
    source = serializers.CharField(source="truth.source")  # type: ignore[assignment]
    purpose = serializers.CharField(source="truth.purpose")
    classes = serializers.ListField(source="truth.classes", child=serializers.CharField())
    settled_at = serializers.DateTimeField(source="truth.settled_at")
    withdrawn_at = serializers.DateTimeField(source="truth.withdrawn_at", allow_null=True)
    labels = serializers.SerializerMethodField()

    def get_labels(self, rested: lineage.Rested) -> list[int]:
        return [one.pk for one in rested.labels]


class DeploymentSpan(serializers.Serializer[Any]):
    role = serializers.CharField()
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class MadeOut(serializers.Serializer[Any]):
    run = serializers.IntegerField(source="run.pk")
    status = serializers.CharField(source="run.status")
    model_version = serializers.IntegerField(source="version.pk", default=None, allow_null=True)
    name = serializers.SerializerMethodField()
    is_deployed = serializers.BooleanField()
    deployments = DeploymentSpan(many=True)

    def get_name(self, made: lineage.Made) -> str:
        return str(made.version or "")


class DatasetHolding(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="dataset.pk")
    number = serializers.IntegerField(source="dataset.number")
    checksum = serializers.CharField(source="dataset.checksum")
    truth = serializers.IntegerField(source="truth_id")
    runs = MadeOut(many=True, source="made")


class TaughtOut(serializers.Serializer[Any]):
    """``side`` says what the image does: on ``fit`` it teaches, on ``calibration`` it calibrates, on ``hold_out`` it
    measures. ``dataset_versions`` are the newest of ``n_datasets``."""

    image = serializers.IntegerField(source="image.pk")
    sha256 = serializers.CharField(source="image.sha256")
    side = serializers.CharField()
    is_deployed = serializers.BooleanField()
    truths = TruthOut(many=True)
    n_datasets = serializers.IntegerField()
    dataset_versions = DatasetHolding(many=True, source="held")


class LabelLineage(APIView):
    """Every dataset version, run and model version that one answer went into."""

    permission_classes = [People]
    roles = READERS

    @extend_schema(responses={200: TaughtOut})
    def get(self, request: Request, pk: int) -> Response:
        mine = Question.objects.for_member(here(request).person).filter(project=here(request).project)
        labels = Label.objects.filter(question__in=mine).select_related("question__image")
        label = generics.get_object_or_404(labels, pk=pk)
        return Response(TaughtOut(lineage.of_label(label)).data)
