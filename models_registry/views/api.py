"""This will serve the registry over HTTP: translate in, one room call, translate out."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.accounts.models import Role
from config.accounts.rules import People, here
from models_registry import deployment, listing, registry, tasks
from models_registry.models import Deployment, Detector, ModelVersion, Run, Scorecard
from models_registry.nudge import nudge
from models_registry.views.queries import Filtered, RunQuery

READERS = frozenset({Role.ENGINEER, Role.MANAGER, Role.ADMIN})
DEPLOYERS = frozenset({Role.ENGINEER, Role.ADMIN})
# Outside of ml/, it is always said which precision and which recall is meant.
FULL_NAMES = {
    f"{name}{end}": f"{full}{end}"
    for name, full in (("precision", "flag_precision"), ("recall", "machine_recall"))
    for end in ("", "_low", "_high")
} | {"required_precision": "required_flag_precision"}


def with_full_names(report: Any) -> Any:
    """Return a report of ml/ in which every point of a curve names its metrics in full."""
    if isinstance(report, dict):
        return {FULL_NAMES.get(name, name): with_full_names(value) for name, value in report.items()}
    return [with_full_names(one) for one in report] if isinstance(report, list) else report


class ScorecardOut(serializers.ModelSerializer[Scorecard]):
    class Meta:
        model = Scorecard
        fields = ["id", "champion", "outcome", "checks", "created_at"]


class ModelVersionOut(serializers.ModelSerializer[ModelVersion]):
    detector: serializers.SlugRelatedField[Any] = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    scorecards = ScorecardOut(many=True)
    report = serializers.SerializerMethodField()

    class Meta:
        model = ModelVersion
        fields = [
            "id",
            "detector",
            "number",
            "schema",
            "dataset",
            "run",
            "artifact_sha256",
            "preprocessing",
            "calibration",
            "parity",
            "report",
            "scorecards",
            "created_at",
        ]

    def get_report(self, version: ModelVersion) -> dict[str, Any]:
        return with_full_names(version.report)


class ModelVersionSummary(serializers.ModelSerializer[ModelVersion]):
    """A model version in the list, with what it reached on its own hold-out; shares, empty before."""

    detector: serializers.SlugRelatedField[Any] = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    average_precision = serializers.FloatField(allow_null=True)
    machine_recall_at_tenth = serializers.FloatField(source="recall_at_tenth", allow_null=True)
    gate = serializers.CharField(help_text="What the gate said last; empty before.")
    is_deployed = serializers.BooleanField()

    class Meta:
        model = ModelVersion
        fields = [
            "id",
            "detector",
            "number",
            "dataset",
            "run",
            "average_precision",
            "machine_recall_at_tenth",
            "gate",
            "is_deployed",
            "created_at",
        ]


class DeploymentOut(serializers.ModelSerializer[Deployment]):
    class Meta:
        model = Deployment
        fields = ["id", "detector", "model_version", "role", "is_roll_back", "reason", "started_at"]


class ReasonIn(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")


class RunOut(serializers.ModelSerializer[Run]):
    class Meta:
        model = Run
        fields = ["id", "detector", "dataset", "config", "status", "attempts", "error", "requested_at", "finished_at"]


class Models(Filtered, generics.ListAPIView[ModelVersion]):
    """Model versions, newest first or as asked for."""

    permission_classes = [People]
    roles = READERS
    serializer_class = ModelVersionSummary

    def get_queryset(self) -> QuerySet[ModelVersion]:
        return listing.versions(here(self.request).project, self.wanted())

    @extend_schema(parameters=[RunQuery], responses=ModelVersionSummary(many=True))
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.list(request, *args, **kwargs)


class OneModel(generics.RetrieveAPIView[ModelVersion]):
    """A model version with its evaluation and scorecards."""

    permission_classes = [People]
    roles = READERS
    serializer_class = ModelVersionOut

    def get_queryset(self) -> QuerySet[ModelVersion]:
        return versions_of(self.request).prefetch_related("scorecards")


def versions_of(request: Request) -> QuerySet[ModelVersion]:
    mine = ModelVersion.objects.for_member(here(request).person).filter(detector__project=here(request).project)
    return mine.select_related("detector__project")


class Deploy(APIView):
    """Make a version the champion; the gate decides whether it may be."""

    permission_classes = [People]
    roles = DEPLOYERS

    @extend_schema(request=ReasonIn, responses={201: DeploymentOut})
    def post(self, request: Request, pk: int) -> Response:
        said = ReasonIn(data=request.data)
        said.is_valid(raise_exception=True)
        version = generics.get_object_or_404(versions_of(request), pk=pk)
        made = deployment.deploy(
            version, by=here(request).person, reason=said.validated_data["reason"], now=timezone.now()
        )
        return Response(DeploymentOut(made).data, status=status.HTTP_201_CREATED)


class Waive(APIView):
    """Take responsibility for a scorecard that says NOT ENOUGH DATA."""

    permission_classes = [People]
    roles = DEPLOYERS

    @extend_schema(request=ReasonIn, responses={201: ScorecardOut})
    def post(self, request: Request, pk: int) -> Response:
        said = ReasonIn(data=request.data)
        said.is_valid(raise_exception=True)
        version = generics.get_object_or_404(versions_of(request), pk=pk)
        card = deployment.standing_scorecard(version)
        if card is None:
            raise Http404("The gate has not measured this version.")
        deployment.waive(card, by=here(request).person, reason=said.validated_data["reason"], now=timezone.now())
        return Response(ScorecardOut(card).data, status=status.HTTP_201_CREATED)


class Measure(APIView):
    """Measure a version again, against the champion of now; a training worker does it."""

    permission_classes = [People]
    roles = DEPLOYERS

    @extend_schema(request=None, responses={202: RunOut})
    def post(self, request: Request, pk: int) -> Response:
        version = generics.get_object_or_404(versions_of(request).select_related("run"), pk=pk)
        run = registry.request_measurement(version, by=here(request).person, now=timezone.now())
        nudge(tasks.train)
        return Response(RunOut(run).data, status=status.HTTP_202_ACCEPTED)


class RollBack(APIView):
    """Return to the version that was champion before."""

    permission_classes = [People]
    roles = DEPLOYERS

    @extend_schema(request=ReasonIn, responses={201: DeploymentOut})
    def post(self, request: Request, pk: int) -> Response:
        said = ReasonIn(data=request.data)
        said.is_valid(raise_exception=True)
        mine = Detector.objects.for_member(here(request).person).filter(project=here(request).project)
        detector = generics.get_object_or_404(mine, pk=pk)
        made = deployment.roll_back(
            detector, by=here(request).person, reason=said.validated_data["reason"], now=timezone.now()
        )
        return Response(DeploymentOut(made).data, status=status.HTTP_201_CREATED)
